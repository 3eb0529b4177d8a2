"""A Keras network as ONNX, so that a processor answers without TensorFlow, and in a fifth of its time.

It knows the layers that `learning.networks` is made of and refuses others. Keras works on [n, height, width, channels];
ONNX's operators on [n, channels, height, width]: the pictures are turned once, at the beginning, and kernels as they
are written. Reference: the ONNX operators of opset 17.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import keras
import numpy as np
import onnx
from keras import layers, ops
from onnx import TensorProto, helper, numpy_helper

from face_classifier.core.crops import CENTRE
from face_classifier.learning.networks import EMBEDDING, INPUT, LOGITS, Standardise

OPSET: Final = 17
IR_VERSION: Final = 10
"""Of the file; runtimes refuse one that is later than they know."""


class ExportError(ValueError):
    """The network has something for which there is no rule."""


def to_onnx(model: keras.Model) -> bytes:
    """The network as ONNX: input `images` [n, 96, 96, 3], outputs `logits` and `embedding`, float32, any n.

    Raises:
        ExportError: a layer is none of those that `learning.networks` uses.
    """
    graph = _Graph()
    turned = graph.add("Transpose", [INPUT], "turned", perm=[0, 3, 1, 2])
    found = {id(model.input): turned}
    for layer in model.layers:
        if isinstance(layer, layers.InputLayer):
            continue
        rule = next((rule for kind, rule in _RULES if isinstance(layer, kind)), None)
        if rule is None:
            raise ExportError(f"{layer.name} is a {type(layer).__name__}, which cannot be exported")
        (node,) = layer._inbound_nodes  # noqa: SLF001  (Keras has no other way to say what a layer is fed with)
        inputs = [found[id(tensor)] for tensor in node.input_tensors]
        found[id(layer.output)] = rule(graph, layer, inputs)
    outputs = []
    for name in (LOGITS, EMBEDDING):
        tensor = model.output[name]
        graph.nodes.append(helper.make_node("Identity", [found[id(tensor)]], [name], name=f"{name}/output"))
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", tensor.shape[-1]]))
    images = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["n", CENTRE, CENTRE, 3])
    made = helper.make_model(
        helper.make_graph(graph.nodes, model.name, [images], outputs, graph.numbers),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="face-classifier",
    )
    onnx.checker.check_model(made, full_check=True)
    return bytes(made.SerializeToString())


class _Graph:
    """What the network is written into."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.numbers: list[Any] = []

    def add(self, operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Add an operator; gives the name of what it makes."""
        made = f"network/{output}"  # no layer's name can be taken for an output's
        self.nodes.append(helper.make_node(operator, list(inputs), [made], name=f"{output}/{operator}", **attributes))
        return made

    def number(self, name: str, value: Any) -> str:
        """Add a constant; gives its name."""
        self.numbers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name


def _standardise(graph: _Graph, layer: Any, inputs: list[str]) -> str:
    name = layer.name
    over: dict[str, Any] = {"axes": [1, 2, 3], "keepdims": 1}
    mean = graph.add("ReduceMean", inputs, f"{name}/mean", **over)
    centred = graph.add("Sub", [*inputs, mean], f"{name}/centred")
    squared = graph.add("Mul", [centred, centred], f"{name}/squared")
    variance = graph.add("ReduceMean", [squared], f"{name}/variance", **over)
    least = graph.number(f"{name}/least", np.float32(1 / (CENTRE * CENTRE * 3)))
    bounded = graph.add("Max", [variance, least], f"{name}/bounded")
    return graph.add("Div", [centred, graph.add("Sqrt", [bounded], f"{name}/deviation")], name)


def _convolution(graph: _Graph, layer: Any, inputs: list[str]) -> str:
    name = layer.name
    kernel = graph.number(f"{name}/kernel", ops.convert_to_numpy(layer.kernel).transpose(3, 2, 0, 1))
    biases = [graph.number(f"{name}/bias", ops.convert_to_numpy(layer.bias))] if layer.use_bias else []
    strides = list(layer.strides)
    made = graph.add("Conv", [*inputs, kernel, *biases], f"{name}/sum", strides=strides, auto_pad=_padding(layer))
    return _activated(graph, layer, made)


def _normalisation(graph: _Graph, layer: Any, inputs: list[str]) -> str:
    name = layer.name
    numbers = [
        graph.number(f"{name}/{kind}", ops.convert_to_numpy(getattr(layer, kind)))
        for kind in ("gamma", "beta", "moving_mean", "moving_variance")
    ]
    return graph.add("BatchNormalization", [*inputs, *numbers], name, epsilon=float(layer.epsilon))


def _pool(graph: _Graph, layer: Any, inputs: list[str]) -> str:
    sizes = {"kernel_shape": list(layer.pool_size), "strides": list(layer.strides)}
    return graph.add("MaxPool", inputs, layer.name, auto_pad=_padding(layer), **sizes)


def _padding(layer: Any) -> str:
    return "SAME_UPPER" if layer.padding == "same" else "VALID"


def _average(graph: _Graph, layer: Any, inputs: list[str]) -> str:
    return graph.add("Flatten", [graph.add("GlobalAveragePool", inputs, f"{layer.name}/average")], layer.name)


def _flat(graph: _Graph, layer: Any, inputs: list[str]) -> str:
    # in Keras's order, channels last, for the dense kernel that follows
    back = graph.add("Transpose", inputs, f"{layer.name}/turned", perm=[0, 2, 3, 1])
    return graph.add("Flatten", [back], layer.name)


def _dense(graph: _Graph, layer: Any, inputs: list[str]) -> str:
    name = layer.name
    kernel = graph.number(f"{name}/kernel", ops.convert_to_numpy(layer.kernel).astype(np.float32))
    bias = graph.number(f"{name}/bias", ops.convert_to_numpy(layer.bias).astype(np.float32))
    return _activated(graph, layer, graph.add("Gemm", [*inputs, kernel, bias], f"{name}/sum"))


def _activated(graph: _Graph, layer: Any, made: str) -> str:
    kind = layer.activation.__name__
    if kind not in {"relu", "linear"}:
        raise ExportError(f"{layer.name} is activated by {kind}, which cannot be exported")
    return graph.add("Relu" if kind == "relu" else "Identity", [made], layer.name)


def _same(operator: str) -> Callable[[_Graph, Any, list[str]], str]:
    return lambda graph, layer, inputs: graph.add(operator, inputs, layer.name)


_RULES: Final[tuple[tuple[type, Callable[[_Graph, Any, list[str]], str]], ...]] = (
    (Standardise, _standardise),
    (layers.Conv2D, _convolution),
    (layers.BatchNormalization, _normalisation),
    (layers.MaxPooling2D, _pool),
    (layers.GlobalAveragePooling2D, _average),
    (layers.Flatten, _flat),
    (layers.Dense, _dense),
    (layers.ReLU, _same("Relu")),
    (layers.Add, _same("Add")),
    (layers.Activation, lambda graph, layer, inputs: _activated(graph, layer, inputs[0])),
)
