"""What an ONNX file holds, read before a runtime is given it: a file from elsewhere may name other files, or loop.

Only the fields that matter are looked at, of Protocol Buffers' wire format (protobuf.dev/programming-guides/encoding)
and of `onnx.proto3`; numbers of tensors are stepped over, so that a file of megabytes is read in a millisecond.
"""

from collections.abc import Iterator
from typing import Final

from face_classifier.core.bundles import BundleError

BYTES: Final = 512 << 20
"""The longest model that is read; the networks trained here have 3 MB."""
OPERATORS: Final = frozenset(
    [
        "Add",
        "AveragePool",
        "BatchNormalization",
        "Cast",
        "Clip",
        "Concat",
        "Constant",
        "Conv",
        "Div",
        "Flatten",
        "Gemm",
        "GlobalAveragePool",
        "Identity",
        "MatMul",
        "Max",
        "MaxPool",
        "Min",
        "Mul",
        "ReduceMean",
        "Relu",
        "Reshape",
        "Sigmoid",
        "Softmax",
        "Sqrt",
        "Squeeze",
        "Sub",
        "Transpose",
        "Unsqueeze",
    ]
)
"""What a network that tells faces apart is made of. None of them loops, reads files, or makes much of little."""
WIDEST: Final = 1 << 16
"""The most that one dimension of a network's numbers may have."""

_VARINT, _LONG, _BYTES, _SHORT = 0, 1, 2, 5
_VARINT_BYTES: Final = 10

# fields by number, of the messages of onnx.proto3
_MODEL_GRAPH, _MODEL_TRAINING, _MODEL_FUNCTIONS = 7, 20, 25
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_SPARSE = 1, 5, 15
_NODE_OPERATOR, _NODE_ATTRIBUTE, _NODE_DOMAIN = 4, 5, 7
_ATTRIBUTE_TENSORS, _ATTRIBUTE_OTHERS = (5, 10), (6, 11, 22, 23)  # others: graphs and sparse tensors
_TENSOR_DIMS, _TENSOR_EXTERNAL, _TENSOR_LOCATION = 1, 13, 14

Field = tuple[int, int | memoryview]


def check_onnx(data: bytes) -> None:
    """Look whether a file is a plain network, with all of its numbers in it.

    Raises:
        BundleError: it is no ONNX file, has operators that no such network has, or its numbers are in another file.
    """
    if len(data) > BYTES:
        raise BundleError(f"model.onnx has {len(data):,} bytes; {BYTES:,} are read")
    graphs = 0
    for number, value in _fields(memoryview(data)):
        if number == _MODEL_GRAPH:
            graphs += 1
            _check_graph(_message(value))
        elif number in {_MODEL_TRAINING, _MODEL_FUNCTIONS}:
            raise BundleError("model.onnx brings functions of its own, or how to train it; neither is run here")
    if graphs != 1:
        raise BundleError("model.onnx is no ONNX model: it has no network")


def _check_graph(graph: memoryview) -> None:
    for number, value in _fields(graph):
        if number == _GRAPH_NODE:
            _check_node(_message(value))
        elif number == _GRAPH_INITIALIZER:
            _check_tensor(_message(value))
        elif number == _GRAPH_SPARSE:
            raise BundleError("model.onnx has sparse tensors, which no such network has")


def _check_node(node: memoryview) -> None:
    operator = domain = ""
    for number, value in _fields(node):
        if number == _NODE_OPERATOR:
            operator = _text(value)
        elif number == _NODE_DOMAIN:
            domain = _text(value)
        elif number == _NODE_ATTRIBUTE:
            _check_attribute(_message(value))
    if domain not in {"", "ai.onnx"} or operator not in OPERATORS:
        raise BundleError(
            f"model.onnx has the operator {f'{domain}.{operator}'.strip('.')!r:.60}, which is not run here"
        )


def _check_attribute(attribute: memoryview) -> None:
    for number, value in _fields(attribute):
        if number in _ATTRIBUTE_TENSORS:
            _check_tensor(_message(value))
        elif number in _ATTRIBUTE_OTHERS:
            raise BundleError("model.onnx has a network within an operator, which is not run here")


def _check_tensor(tensor: memoryview) -> None:
    for number, value in _fields(tensor):
        if number == _TENSOR_EXTERNAL or (number == _TENSOR_LOCATION and value != 0):
            raise BundleError("model.onnx has its numbers in another file, which is not read")
        if number == _TENSOR_DIMS:
            dims = [value] if isinstance(value, int) else [each for each, _ in _varints(value)]
            if max(dims, default=0) > WIDEST:
                raise BundleError(f"model.onnx has a tensor with a dimension above {WIDEST:,}")


def _fields(message: memoryview) -> Iterator[Field]:
    """The fields of a message: number, and an integer or the bytes."""
    at, end = 0, len(message)
    while at < end:
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if kind == _BYTES:
            length, at = _varint(message, at)
        elif kind in {_LONG, _SHORT}:
            length = 8 if kind == _LONG else 4
        else:
            raise _broken()
        if length > end - at or number == 0:
            raise _broken()
        yield number, message[at : at + length]
        at += length


def _varints(packed: memoryview) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(packed):
        value, at = _varint(packed, at)
        yield value, at


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for place, byte in enumerate(message[at : at + _VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:  # noqa: PLR2004  (the bit that says that more follows)
            return value, at + place + 1
    raise _broken()


def _message(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise _broken()
    return value


def _text(value: int | memoryview) -> str:
    return bytes(_message(value)).decode("utf-8", "replace")


def _broken() -> BundleError:
    return BundleError("model.onnx is no ONNX model: it is broken")
