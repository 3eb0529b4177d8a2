"""Models that were never trained: the smallest that has what the face service wants of one."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from face_classifier.core.bundles import CENTROIDS, ONNX, Manifest, Unknown, file_info
from face_classifier.core.datasets import Label


def tiny_graph(classes: int = 3, *, seed: int = 0, images: Sequence[Any] = ("n", 96, 96, 3)) -> onnx.ModelProto:
    """A photo's mean colour, and a dense layer on it: the embedding is the colour."""
    dense = np.random.default_rng(seed).normal(size=(3, classes)).astype(np.float32)
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["colour"], axes=[1, 2], keepdims=0),
        helper.make_node("MatMul", ["colour", "dense"], ["logits"]),
        helper.make_node("Identity", ["colour"], ["embedding"]),
    ]
    outputs = [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", classes]),
        helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", 3]),
    ]
    inputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, list(images))]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, [numpy_helper.from_array(dense, "dense")])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)


def tiny_bundle(classes: int = 3, *, seed: int = 0, name: str = "faces") -> tuple[Manifest, Mapping[str, bytes]]:
    """A manifest and its files: labels `label-0`, `label-1`…, centroids along the axes."""
    centroids = np.eye(3, dtype=np.float32)[np.arange(classes) % 3]
    npy = _npy(centroids)
    files = {ONNX: tiny_graph(classes, seed=seed).SerializeToString(), CENTROIDS: npy}
    manifest = Manifest(
        name=name,
        architecture="resnet",
        labels=tuple(Label(f"label-{number}", f"Label {number}") for number in range(classes)),
        temperature=1.0,
        unknown=Unknown(0.0, 1.0),
        data_set="ab" * 32,
        created_at="2026-11-28T07:00:00Z",
        metrics={"top1": 1.0},
        files={name: file_info(data) for name, data in files.items()},
    )
    return manifest, files


def _npy(numbers: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, numbers, allow_pickle=False)
    return file.getvalue()
