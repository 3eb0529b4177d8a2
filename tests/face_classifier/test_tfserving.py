"""TensorFlow Serving's REST protocol: rows and columns, numbers and files, and what is refused."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from face_classifier.core.tensors import Said, Signature, TensorError
from face_classifier.core.tfserving import classes, metadata, predictions, read_classify, read_predict, status

SIGNATURE = Signature("faces", "3", ("aoi", "ren"), 3, 2.0)
SAID = Said(np.array([[1, 3], [2, 0]], np.float32), np.eye(2, 3, dtype=np.float32), 2.0)
IMAGES = np.random.default_rng(0).random((2, 96, 96, 3), np.float32)
NESTED: Any = IMAGES.tolist()


def file() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (96, 96), "red").save(made, "JPEG")
    return made.getvalue()


def b64() -> dict[str, str]:
    return {"b64": base64.b64encode(file()).decode()}


@pytest.mark.parametrize(
    ("said", "rows"),
    [
        ({"instances": NESTED}, True),
        ({"instances": [{"images": row} for row in NESTED], "signature_name": "serving_default"}, True),
        ({"inputs": NESTED}, False),
        ({"inputs": {"images": NESTED}}, False),
    ],
)
def test_numbers_come_in_rows_or_in_columns_named_or_not(said: dict[str, Any], rows: bool) -> None:
    photos, in_rows = read_predict(said)
    np.testing.assert_array_equal(photos, IMAGES)
    assert in_rows is rows


@pytest.mark.parametrize(
    "said",
    [{"instances": [b64(), b64()]}, {"instances": [{"images": b64()}] * 2}, {"inputs": [b64()] * 2}],
)
def test_files_come_in_base64(said: dict[str, Any]) -> None:
    assert read_predict(said)[0] == [file(), file()]
    assert read_predict({"inputs": b64()})[0] == [file()]


def test_examples_may_be_flat_as_features_are_and_share_a_context() -> None:
    flat = [{"images": row} for row in IMAGES.reshape(2, -1).tolist()]
    np.testing.assert_array_equal(read_classify({"examples": flat}), IMAGES)
    assert read_classify({"examples": [{}, {}], "context": {"images": b64()}}) == [file(), file()]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, "either instances or inputs"),
        ({"instances": NESTED, "inputs": NESTED}, "either instances or inputs"),
        ({"instances": []}, "one photo or more"),
        ({"instances": {}}, "one photo or more"),
        ({"instances": NESTED, "signature_name": "other"}, "no signature 'other'"),
        ({"instances": [{"photos": 1}]}, "one tensor, images, not photos"),
        ({"instances": [b64(), 1]}, "each photo has to be"),
        ({"instances": [{"b64": "?"}]}, "not Base64"),
        ({"instances": [{"b64": 1}]}, "has to be a text"),
        ({"instances": [[1, 2], [1]]}, "longer than others"),
        ({"inputs": {}}, "not none"),
        ({"inputs": None}, "of numbers"),
        ({"inputs": 1}, "the shape"),
        ({"inputs": (IMAGES * 255).tolist()}, "divided by 255"),
        ({"inputs": [[[[float("nan")] * 3] * 96] * 96]}, "values from 0 to 1"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_reason(said: dict[str, Any], why: str) -> None:
    with pytest.raises(TensorError, match=why):
        read_predict(said)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"examples": []}, "list of one object"),
        ({"examples": NESTED}, "list of one object"),
        ({"examples": [{"images": 1}], "context": 1}, "context has to be"),
        ({"examples": [{"images": 1}], "context": {"images": 1}}, "not be in examples too"),
    ],
)
def test_examples_that_are_none_are_refused(said: dict[str, Any], why: str) -> None:
    with pytest.raises(TensorError, match=why):
        read_classify(said)


def test_answers_are_in_rows_or_in_columns_as_the_question_was() -> None:
    rows = predictions(SAID, rows=True)["predictions"]
    columns = predictions(SAID, rows=False)["outputs"]
    assert [list(row) for row in rows] == [["logits", "embedding", "probabilities"]] * 2
    assert columns["logits"] == [row["logits"] for row in rows] == SAID.logits.tolist()
    assert sum(rows[0]["probabilities"]) == pytest.approx(1)


def test_classes_are_all_labels_the_likeliest_first() -> None:
    first, second = classes(SAID, SIGNATURE)["result"]
    assert [label for label, _ in first] == ["ren", "aoi"]
    assert [label for label, _ in second] == ["aoi", "ren"]
    assert first[0][1] == pytest.approx(np.e / (1 + np.e))


def test_a_models_version_and_signature_are_told() -> None:
    (row,) = status("3")["model_version_status"]
    assert (row["version"], row["state"]) == ("3", "AVAILABLE")
    defined = metadata(SIGNATURE)["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert [dim["size"] for dim in defined["inputs"]["images"]["tensor_shape"]["dim"]] == ["-1", "96", "96", "3"]
    assert defined["outputs"]["embedding"]["tensor_shape"]["dim"][1]["size"] == "3"
