"""The Open Inference Protocol, version 2, over HTTP: requests read and answers written, as bytes.

With two of its extensions: binary tensors (numbers as they lie in memory follow the JSON) and classification (the
likeliest labels in place of numbers). Reference: github.com/kserve/open-inference-protocol, and Triton's documents of
the extensions.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from face_classifier.core.tensors import (
    EMBEDDING,
    INPUT,
    OUTPUTS,
    SHAPE,
    Numbers,
    Photos,
    Said,
    Signature,
    TensorError,
    checked,
    numbers_of,
    read_json,
)

EXTENSIONS: Final = ("binary_tensor_data", "classification")
HEADER_LENGTH: Final = "inference-header-content-length"
_LENGTH: Final = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Output:
    """What is asked for.

    Attributes:
        name: of the output.
        binary: as bytes after the JSON, not as numbers in it.
        classes: how many of the likeliest labels are wanted in place of numbers; 0 for the numbers.
    """

    name: str
    binary: bool = False
    classes: int = 0


@dataclass(frozen=True, slots=True)
class InferRequest:
    """A request for inference.

    Attributes:
        photos: what it is about.
        outputs: what is wanted, in order.
        id: what the client calls it; comes back in the answer.
        within: seconds after which the client has no more use for the answer; None if it does not say.
    """

    photos: Photos
    outputs: tuple[Output, ...]
    id: str | None = None
    within: float | None = None


def server_metadata(version: str) -> dict[str, Any]:
    """What the server says of itself."""
    return {"name": "face-classifier", "version": version, "extensions": list(EXTENSIONS)}


def model_metadata(signature: Signature) -> dict[str, Any]:
    """What the server says of a model."""
    outputs = [{"name": name, "datatype": "FP32", "shape": [-1, signature.columns(name)]} for name in OUTPUTS]
    return {
        "name": signature.name,
        "versions": [signature.version],
        "platform": "onnx_onnxv1",
        "inputs": [{"name": INPUT, "datatype": "FP32", "shape": [-1, *SHAPE]}],
        "outputs": outputs,
    }


def read_infer(body: bytes, header_length: str | None = None) -> InferRequest:
    """A request's body.

    Args:
        body: JSON, and after it the tensors that are sent as bytes.
        header_length: how long the JSON is, from the header of that name; None if it is all of it.

    Raises:
        TensorError: it cannot be read, or asks for what there is not.
    """
    whole = memoryview(body)
    length = _header_length(header_length, len(body))
    said = read_json(whole[:length])
    ident = said.get("id")
    if ident is not None and not isinstance(ident, str):
        raise TensorError("id has to be a text")
    inputs = said.get("inputs")
    if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
        raise TensorError(f"inputs has to be a list of one tensor, {INPUT}")
    photos = _photos(inputs[0], whole[length:])
    parameters = _parameters(said)
    outputs = _outputs(said.get("outputs"), binary=parameters.get("binary_data_output") is True)
    return InferRequest(photos, outputs, ident, _within(parameters.get("timeout")))


def _header_length(text: str | None, total: int) -> int:
    if text is None:
        return total
    if not (text.isascii() and text.isdigit()) or len(text) > 12 or int(text) > total:  # noqa: PLR2004
        raise TensorError(f"Inference-Header-Content-Length has to be a number up to the body's length, {total}")
    return int(text)


def _parameters(said: Mapping[str, Any]) -> Mapping[str, Any]:
    found = said.get("parameters", {})
    if not isinstance(found, dict):
        raise TensorError("parameters has to be an object")
    return found


def _within(timeout: Any) -> float | None:
    """Triton's parameter, in microseconds, as seconds."""
    if timeout is None:
        return None
    if isinstance(timeout, bool) or not isinstance(timeout, int) or not 0 <= timeout < 1 << 63:
        raise TensorError("timeout has to be a whole number of microseconds")
    return timeout / 1e6 if timeout else None


def _photos(tensor: Mapping[str, Any], binary: memoryview) -> Photos:
    if tensor.get("name") != INPUT:
        raise TensorError(f"there is no input {str(tensor.get('name'))[:60]!r}; the model has one, {INPUT}")
    kind, shape = tensor.get("datatype"), _shape(tensor.get("shape"))
    if kind not in {"FP32", "BYTES"}:
        raise TensorError(f"{INPUT} has to be of FP32, or of BYTES with a picture's file each, not {str(kind)[:20]}")
    size = _parameters(tensor).get("binary_data_size")
    if size is None:
        if len(binary):
            raise TensorError(f"{len(binary)} bytes follow the JSON, and no binary_data_size says whose")
        return _from_json(tensor, kind, shape)
    if isinstance(size, bool) or not isinstance(size, int) or size != len(binary):
        raise TensorError(f"binary_data_size has to be the number of bytes that follow the JSON, {len(binary)}")
    if kind == "BYTES":
        return _files(binary, shape)
    if (shape[1:] != list(SHAPE)) or size != 4 * int(np.prod(shape, dtype=object)):
        wanted = "[n, 96, 96, 3]" if shape[1:] != list(SHAPE) else f"as many bytes as its shape says, not {size}"
        raise TensorError(f"{INPUT} has the shape {shape[:8]}; it has to have {wanted}")
    return checked(np.frombuffer(binary, "<f4").reshape(shape))


def _from_json(tensor: Mapping[str, Any], kind: str, shape: list[int]) -> Photos:
    if kind == "BYTES":
        raise TensorError("BYTES have to be sent as binary data, with binary_data_size")
    if "data" not in tensor:
        raise TensorError(f"{INPUT} has neither data nor binary_data_size")
    found = numbers_of(tensor["data"])  # flat, or nested as its shape is
    if found.size != int(np.prod(shape, dtype=object)) or (found.ndim != 1 and list(found.shape) != shape):
        raise TensorError(f"{INPUT} has data of the shape {list(found.shape)[:8]}, and says {shape[:8]}")
    return checked(found.reshape(shape))


def _shape(found: Any) -> list[int]:
    if (
        not isinstance(found, list)
        or not found
        or not all(isinstance(each, int) and not isinstance(each, bool) and each >= 0 for each in found)
    ):
        raise TensorError("shape has to be a list of whole numbers")
    return found


def _files(binary: memoryview, shape: list[int]) -> list[bytes]:
    files, at = [], 0
    while at + _LENGTH.size <= len(binary):
        (length,) = _LENGTH.unpack_from(binary, at)
        at += _LENGTH.size
        files.append(bytes(binary[at : at + length]))
        at += length
    if at != len(binary) or not files:
        raise TensorError("BYTES have to be elements of a length in 4 bytes and as many bytes, one at least")
    if shape not in ([len(files)], [len(files), 1]):
        raise TensorError(f"{INPUT} has {len(files)} elements, and says {shape[:8]}")
    return files


def _outputs(found: Any, *, binary: bool) -> tuple[Output, ...]:
    if found is None or found == []:
        return tuple(Output(name, binary) for name in OUTPUTS)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise TensorError("outputs has to be a list of objects")
    wanted = []
    for each in found:
        name, parameters = each.get("name"), _parameters(each)
        if name not in OUTPUTS:
            raise TensorError(f"there is no output {str(name)[:60]!r}; the model has {', '.join(OUTPUTS)}")
        classes = parameters.get("classification", 0)
        if isinstance(classes, bool) or not isinstance(classes, int) or classes < 0:
            raise TensorError("classification has to be a whole number")
        wanted.append(Output(name, parameters.get("binary_data", binary) is True, classes))
    if len({each.name for each in wanted}) < len(wanted):
        raise TensorError("an output is asked for twice")
    return tuple(wanted)


def write_infer(request: InferRequest, said: Said, signature: Signature) -> tuple[bytes, int | None]:
    """The answer's body, and how long its JSON is if bytes follow it."""
    rows, after = [], []
    for output in request.outputs:
        numbers = said.output(output.name)
        row: dict[str, Any] = {"name": output.name}
        if output.classes:
            texts = _likeliest(numbers, output, signature)
            row |= {"datatype": "BYTES", "shape": [len(texts), len(texts[0])]}
            data = b"".join(_LENGTH.pack(len(text)) + text for line in texts for text in line)
            listed: Sequence[Any] = [text.decode() for line in texts for text in line]
        else:
            row |= {"datatype": "FP32", "shape": list(numbers.shape)}
            data = b"" if not output.binary else np.ascontiguousarray(numbers, "<f4").tobytes()
            listed = [] if output.binary else numbers.ravel().tolist()
        if output.binary:
            row["parameters"] = {"binary_data_size": len(data)}
            after.append(data)
        else:
            row["data"] = listed
        rows.append(row)
    answer: dict[str, Any] = {"model_name": signature.name, "model_version": signature.version}
    if request.id is not None:
        answer["id"] = request.id
    head = json.dumps({**answer, "outputs": rows}, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return (head, None) if not after else (b"".join([head, *after]), len(head))


def _likeliest(numbers: Numbers, output: Output, signature: Signature) -> list[list[bytes]]:
    """For each photo `value:index:label` of the greatest values; an embedding's have no label."""
    labels = signature.labels if output.name != EMBEDDING else ()
    found = []
    for row in numbers:
        best = np.argsort(-row, kind="stable")[: output.classes]
        ends = [f":{labels[place]}" if labels else "" for place in best]
        found.append([f"{row[place]:.6f}:{place}{end}".encode() for place, end in zip(best, ends, strict=True)])
    return found
