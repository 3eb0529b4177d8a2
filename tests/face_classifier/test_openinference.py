"""The Open Inference Protocol as bytes: what clients send is read, what they cannot have meant is refused."""

import io
import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from face_classifier.core.openinference import InferRequest, model_metadata, read_infer, write_infer
from face_classifier.core.tensors import Said, Signature, TensorError, decode

SIGNATURE = Signature("faces", "3", ("aoi", "ren"), 3, 2.0)
SAID = Said(np.array([[1, 3], [2, 0]], np.float32), np.eye(2, 3, dtype=np.float32), 2.0)


def noise(count: int) -> np.ndarray:
    return np.random.default_rng(count).random((count, 96, 96, 3), np.float32)


def binary(images: np.ndarray, **changes: Any) -> tuple[bytes, str]:
    """A request with its tensor as bytes, and its header's length."""
    data = images.tobytes()
    tensor: dict[str, Any] = {"name": "images", "datatype": "FP32", "shape": list(images.shape)}
    tensor |= {"parameters": {"binary_data_size": len(data)}}
    head = json.dumps({"inputs": [tensor | changes]}).encode()
    return head + data, str(len(head))


def listed(data: Any, shape: list[int], **more: Any) -> bytes:
    tensor = {"name": "images", "datatype": "FP32", "shape": shape, "data": data}
    return json.dumps({"inputs": [tensor]} | more).encode()


@given(count=st.integers(1, 5), spaces=st.integers(0, 7))
@settings(deadline=None)
def test_numbers_that_follow_the_json_are_read_wherever_they_begin(count: int, spaces: int) -> None:
    images = noise(count)
    body, length = binary(images)
    at = int(length)
    read = read_infer(body[:at] + b" " * spaces + body[at:], str(at + spaces))
    np.testing.assert_array_equal(read.photos, images)
    assert [output.name for output in read.outputs] == ["logits", "embedding", "probabilities"]


def test_numbers_in_json_may_be_flat_or_nested() -> None:
    images = noise(2)
    for data in (images.tolist(), images.ravel().tolist()):
        read = read_infer(listed(data, [2, 96, 96, 3], id="mine"))
        np.testing.assert_array_equal(read.photos, images)
        assert read.id == "mine"


def test_files_of_faces_are_read_in_place_of_numbers() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (112, 112, 3), np.uint8)
    files = []
    for picture in (Image.fromarray(pixels), Image.fromarray(pixels[8:104, 8:104]), Image.new("L", (300, 200), 51)):
        file = io.BytesIO()
        picture.save(file, "PNG")
        files.append(file.getvalue())
    data = b"".join(struct.pack("<I", len(file)) + file for file in files)
    tensor = {"name": "images", "datatype": "BYTES", "shape": [3], "parameters": {"binary_data_size": len(data)}}
    head = json.dumps({"inputs": [tensor]}).encode()
    read = read_infer(head + data, str(len(head)))
    assert read.photos == files
    photos = decode(files)
    np.testing.assert_array_equal(photos[0], pixels[8:104, 8:104] / np.float32(255))
    np.testing.assert_array_equal(photos[1], photos[0])
    assert (photos[2] == np.float32(0.2)).all()
    with pytest.raises(TensorError, match="picture 1: no picture"):
        decode([files[0], b"none"])


def bad(images: np.ndarray, **changes: Any) -> tuple[bytes, str | None]:
    return binary(images, **changes)


ONE = noise(1)


@pytest.mark.parametrize(
    ("body", "length", "why"),
    [
        (b"", None, "not JSON"),
        (b"[" * 100_000, None, "not JSON"),
        (b"[]", None, "JSON object"),
        (b"{}", None, "list of one tensor"),
        (b"{}", "-1", "up to the body's length"),
        (b"{}", "3", "up to the body's length"),
        (b"{}", "١", "up to the body's length"),
        (b'{"id": 7}', None, "id has to be a text"),
        (b'{"inputs": [{"name": "photos"}]}', None, "no input 'photos'"),
        (b'{"inputs": [{"name": "images", "datatype": "FP16", "shape": [1]}]}', None, "not FP16"),
        (b'{"inputs": [{"name": "images", "datatype": "FP32", "shape": [-1]}]}', None, "whole numbers"),
        (b'{"inputs": [{"name": "images", "datatype": "FP32", "shape": [true]}]}', None, "whole numbers"),
        (b'{"inputs": [{"name": "images", "datatype": "FP32", "shape": [1]}]}', None, "neither data"),
        (b'{"inputs": [{"name": "images", "datatype": "FP32", "shape": [1]}]}more', "66", "no binary_data_size"),
        (b'{"inputs": [{"name": "images", "datatype": "BYTES", "shape": [1], "data": ["x"]}]}', None, "as binary"),
        (listed([1, "2"], [2]), None, "of numbers"),
        (listed([[1], [1, 2]], [3]), None, "longer than others"),
        (listed([True] * 3, [3]), None, "of numbers"),
        (listed([0] * 3, [1, 3]), None, "shape"),
        (listed([10**400], [1]), None, "of numbers"),
        (*bad(ONE, shape=[1, 96, 96]), "has to have"),
        (*bad(ONE, shape=[2, 96, 96, 3]), "as many bytes as its shape says"),
        (*bad(ONE, shape=[2**70, 96, 96, 3]), "as many bytes as its shape says"),
        (*bad(ONE, parameters={"binary_data_size": 7}), "number of bytes that follow"),
        (*bad(ONE, parameters=[]), "parameters has to be an object"),
        (*bad(ONE, datatype="BYTES"), "BYTES have to be elements"),
        (*bad(np.zeros((0, 96, 96, 3), np.float32)), "n at least 1"),
        (*bad(np.full_like(ONE, np.nan)), "values from 0 to 1"),
        (*bad(np.full_like(ONE, -np.inf)), "values from 0 to 1"),
        (*bad(ONE * 255), "divided by 255"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_reason(body: bytes, length: str | None, why: str) -> None:
    with pytest.raises(TensorError, match=why):
        read_infer(body, length)


@pytest.mark.parametrize(
    ("outputs", "why"),
    [
        ({}, "list of objects"),
        ([1], "list of objects"),
        ([{"name": "logit"}], "no output 'logit'"),
        ([{"name": "logits"}, {"name": "logits"}], "twice"),
        ([{"name": "logits", "parameters": {"classification": -1}}], "whole number"),
    ],
)
def test_outputs_that_there_are_not_are_refused(outputs: Any, why: str) -> None:
    with pytest.raises(TensorError, match=why):
        read_infer(listed(ONE.tolist(), [1, 96, 96, 3], outputs=outputs))


@given(st.binary(max_size=200), st.none() | st.integers(0, 200).map(str))
def test_no_body_does_more_than_be_refused(body: bytes, length: str | None) -> None:
    with pytest.raises(TensorError):
        read_infer(body, length)


def ask(**said: Any) -> InferRequest:
    return read_infer(listed(ONE.tolist(), [1, 96, 96, 3], **said))


def test_the_answer_has_numbers_in_json_or_after_it_as_was_asked() -> None:
    outputs = [{"name": "embedding", "parameters": {"binary_data": True}}, {"name": "logits"}]
    body, length = write_infer(ask(id="7", outputs=outputs), SAID, SIGNATURE)
    assert length is not None
    said = json.loads(body[:length])
    assert said["outputs"][0] == {
        "name": "embedding",
        "datatype": "FP32",
        "shape": [2, 3],
        "parameters": {"binary_data_size": 24},
    }
    assert said["outputs"][1]["data"] == [1, 3, 2, 0]
    assert (said["model_name"], said["model_version"], said["id"]) == ("faces", "3", "7")
    np.testing.assert_array_equal(np.frombuffer(body[length:], "<f4").reshape(2, 3), SAID.embedding)
    body, length = write_infer(ask(parameters={"binary_data_output": True}), SAID, SIGNATURE)
    assert length == len(body) - 4 * (4 + 6 + 4)
    body, length = write_infer(ask(), SAID, SIGNATURE)
    assert length is None
    probabilities = json.loads(body)["outputs"][2]["data"]
    assert probabilities == pytest.approx([1 / (1 + np.e), np.e / (1 + np.e), np.e / (1 + np.e), 1 / (1 + np.e)])


def test_the_likeliest_labels_come_in_place_of_numbers_if_asked_for() -> None:
    outputs = [{"name": "logits", "parameters": {"classification": 1}}]
    body, _ = write_infer(ask(outputs=outputs), SAID, SIGNATURE)
    (row,) = json.loads(body)["outputs"]
    assert row == {
        "name": "logits",
        "datatype": "BYTES",
        "shape": [2, 1],
        "data": ["3.000000:1:ren", "2.000000:0:aoi"],
    }
    outputs = [{"name": "embedding", "parameters": {"classification": 9, "binary_data": True}}]
    body, length = write_infer(ask(outputs=outputs), SAID, SIGNATURE)
    assert body[length:].startswith(struct.pack("<I", 10) + b"1.000000:0")


def test_a_models_metadata_says_what_it_takes_and_gives() -> None:
    said = model_metadata(SIGNATURE)
    assert said["inputs"] == [{"name": "images", "datatype": "FP32", "shape": [-1, 96, 96, 3]}]
    assert [(each["name"], each["shape"]) for each in said["outputs"]] == [
        ("logits", [-1, 2]),
        ("embedding", [-1, 3]),
        ("probabilities", [-1, 2]),
    ]
