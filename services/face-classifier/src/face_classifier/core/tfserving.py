"""TensorFlow Serving's REST protocol: requests read, answers made. Reference: tensorflow.org/tfx/serving/api_rest."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from face_classifier.core.tensors import (
    INPUT,
    OUTPUTS,
    PROBABILITIES,
    SHAPE,
    Photos,
    Said,
    Signature,
    TensorError,
    checked,
    from_base64,
    numbers_of,
)

SIGNATURE: Final = "serving_default"
_FLAT: Final = SHAPE[0] * SHAPE[1] * SHAPE[2]


def status(version: str, state: str = "AVAILABLE") -> dict[str, Any]:
    """What the server says of a model's version, in one of the protocol's states."""
    said = {"error_code": "OK", "error_message": ""}
    return {"model_version_status": [{"version": version, "state": state, "status": said}]}


def metadata(signature: Signature) -> dict[str, Any]:
    """What a model takes and gives."""
    defined = {
        "inputs": {INPUT: _tensor(INPUT, SHAPE)},
        "outputs": {name: _tensor(name, (signature.columns(name),)) for name in OUTPUTS},
        "method_name": "tensorflow/serving/predict",
    }
    return {
        "model_spec": {"name": signature.name, "signature_name": "", "version": signature.version},
        "metadata": {"signature_def": {"signature_def": {SIGNATURE: defined}}},
    }


def _tensor(name: str, shape: Sequence[int]) -> dict[str, Any]:
    dims = [{"size": str(size), "name": ""} for size in (-1, *shape)]
    return {"dtype": "DT_FLOAT", "tensor_shape": {"dim": dims, "unknown_rank": False}, "name": f"{name}:0"}


def read_predict(said: Mapping[str, Any]) -> tuple[Photos, bool]:
    """What a `:predict` is about, and whether it has a row a photo (`instances`) or a column a tensor (`inputs`).

    Raises:
        TensorError: it cannot be read.
    """
    _check_signature(said)
    if ("instances" in said) == ("inputs" in said):
        raise TensorError("either instances or inputs has to be there")
    if "inputs" in said:
        column = said["inputs"]
        return _photos(_only(column) if isinstance(column, dict) and "b64" not in column else column), False
    rows = said["instances"]
    if not isinstance(rows, list) or not rows:
        raise TensorError("instances has to be a list with one photo or more")
    return _photos([_only(row) if isinstance(row, dict) and "b64" not in row else row for row in rows]), True


def read_classify(said: Mapping[str, Any]) -> Photos:
    """What a `:classify` is about.

    Raises:
        TensorError: it cannot be read.
    """
    _check_signature(said)
    examples, context = said.get("examples"), said.get("context", {})
    if not isinstance(examples, list) or not examples or not all(isinstance(row, dict) for row in examples):
        raise TensorError("examples has to be a list of one object or more")
    if not isinstance(context, dict):
        raise TensorError("context has to be an object")
    if any(context.keys() & row.keys() for row in examples):
        raise TensorError("what is in context may not be in examples too")
    return _photos([_only({**context, **row}) for row in examples])


def predictions(said: Said, *, rows: bool) -> dict[str, Any]:
    """The answer to a `:predict`."""
    found = {name: said.output(name).tolist() for name in OUTPUTS}
    if not rows:
        return {"outputs": found}
    return {"predictions": [dict(zip(OUTPUTS, each, strict=True)) for each in zip(*found.values(), strict=True)]}


def classes(said: Said, signature: Signature) -> dict[str, Any]:
    """The answer to a `:classify`: for each photo all labels with their probabilities, the likeliest first."""
    found = []
    for row in said.output(PROBABILITIES):
        order = np.argsort(-row, kind="stable")
        found.append([[signature.labels[place], float(row[place])] for place in order])
    return {"result": found}


def _check_signature(said: Mapping[str, Any]) -> None:
    name = said.get("signature_name", SIGNATURE)
    if name not in {SIGNATURE, ""}:
        raise TensorError(f"there is no signature {str(name)[:60]!r}; the model has one, {SIGNATURE}")


def _only(named: Mapping[str, Any]) -> Any:
    if list(named) != [INPUT]:
        raise TensorError(f"there has to be one tensor, {INPUT}, not {', '.join(map(str, named))[:100] or 'none'}")
    return named[INPUT]


def _photos(rows: Any) -> Photos:
    """Photos of numbers, nested or one after the other, or of files in Base64: one value each, or all in one list."""
    if isinstance(rows, dict):
        rows = [rows]
    if isinstance(rows, list) and any(isinstance(row, dict) for row in rows):
        if not all(isinstance(row, dict) and list(row) == ["b64"] for row in rows):
            raise TensorError('each photo has to be numbers, or each {"b64": "…"}')
        return [from_base64(row["b64"]) for row in rows]
    found = numbers_of(rows)
    if found.ndim == 2 and found.shape[1] == _FLAT:  # noqa: PLR2004
        found = found.reshape(-1, *SHAPE)
    return checked(found)
