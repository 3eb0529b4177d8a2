"""What answers on a processor: what it gives, and which files it will not run."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from face_classifier.adapters.runtime import OnnxRuntime, open_runtime
from face_classifier.core.bundles import BundleError, file_info
from face_classifier.core.onnx_files import check_onnx
from faces_models import tiny_bundle, tiny_graph

Change = Callable[[onnx.ModelProto], object]


def noise(count: int) -> np.ndarray:
    return np.random.default_rng(1).random((count, 96, 96, 3), np.float32)


@pytest.mark.parametrize("threads", [0, 1, 2])
def test_logits_and_embeddings_are_the_networks_for_any_number_of_photos(threads: int) -> None:
    model = tiny_graph(5)
    runtime = OnnxRuntime(model.SerializeToString(), threads=threads)
    assert (runtime.classes, runtime.width) == (5, 3)
    dense = numpy_helper.to_array(model.graph.initializer[0])
    for count in (1, 3, 40):
        images = noise(count)
        logits, embedding = runtime.run(images)
        np.testing.assert_allclose(embedding, images.mean((1, 2)), rtol=1e-4)
        np.testing.assert_allclose(logits, embedding @ dense, rtol=1e-4, atol=1e-5)


def test_a_models_network_is_opened_if_it_is_what_the_manifest_says() -> None:
    manifest, files = tiny_bundle(4)
    assert open_runtime(manifest, files, threads=1).classes == 4
    with pytest.raises(BundleError, match="is not the file"):
        open_runtime(manifest, {"model.onnx": tiny_graph(4, seed=9).SerializeToString()})
    with pytest.raises(BundleError, match="there is no"):
        open_runtime(manifest, {})
    other = tiny_graph(3).SerializeToString()
    with pytest.raises(BundleError, match="3 logits for 4 labels"):
        open_runtime(replace(manifest, files={"model.onnx": file_info(other)}), {"model.onnx": other})


def test_a_network_that_gives_no_numbers_is_refused_before_anyone_asks_it() -> None:
    model = tiny_graph()
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.full((3, 3), np.nan, np.float32), "dense"))
    manifest, _ = tiny_bundle()
    data = model.SerializeToString()
    with pytest.raises(BundleError, match="that can be used"):
        open_runtime(replace(manifest, files={"model.onnx": file_info(data)}), {"model.onnx": data})


def external(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def loop(model: onnx.ModelProto) -> None:
    body = helper.make_graph([], "body", [], [])
    model.graph.node.append(helper.make_node("Loop", ["", ""], ["x"], body=body))


def filling(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("ConstantOfShape", ["dense"], ["x"]))


def inner(model: onnx.ModelProto) -> None:
    model.graph.node[0].attribute.append(helper.make_attribute("body", helper.make_graph([], "body", [], [])))


def foreign(model: onnx.ModelProto) -> None:
    model.graph.node[0].domain = "com.microsoft"


def constant(model: onnx.ModelProto) -> None:
    tensor = numpy_helper.from_array(np.zeros(3, np.float32), "zeros")
    tensor.data_location = TensorProto.EXTERNAL
    model.graph.node.append(helper.make_node("Constant", [], ["zeros"], value=tensor))


def huge(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].dims[0] = 1 << 40


def function(model: onnx.ModelProto) -> None:
    model.functions.add(name="ReduceMean")


def sparse(model: onnx.ModelProto) -> None:
    model.graph.sparse_initializer.add(dims=[3, 3])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (external, "in another file"),
        (constant, "in another file"),
        (loop, "within an operator"),
        (filling, "the operator 'ConstantOfShape'"),
        (foreign, "operator 'com.microsoft.ReduceMean'"),
        (inner, "a network within an operator"),
        (huge, "a dimension above"),
        (function, "functions of its own"),
        (sparse, "sparse"),
        (lambda model: model.ClearField("graph"), "no network"),
        (lambda model: model.graph.node.pop(), "cannot be run"),
        (lambda model: setattr(model.graph.input[0], "name", "photos"), "cannot be run"),
    ],
)
def test_what_a_network_of_ours_never_has_is_not_run(change: Change, why: str) -> None:
    model = tiny_graph()
    change(model)
    with pytest.raises(BundleError, match=why):
        OnnxRuntime(model.SerializeToString())


def test_other_inputs_and_outputs_are_refused() -> None:
    for images in (("n", 112, 112, 3), ("n", 96, 96, "c"), (96, 96, 3)):
        with pytest.raises(BundleError, match=r"has to take images|cannot be run"):
            OnnxRuntime(tiny_graph(images=images).SerializeToString())
    with pytest.raises(BundleError, match="4 photos at once"):
        OnnxRuntime(tiny_graph(images=(4, 96, 96, 3)).SerializeToString())
    model = tiny_graph()
    model.graph.node[2].output[0] = model.graph.output[1].name = "features"
    with pytest.raises(BundleError, match="has to give embedding"):
        OnnxRuntime(model.SerializeToString())


@given(st.binary(max_size=300))
def test_what_is_no_model_is_refused_in_a_word(data: bytes) -> None:
    with pytest.raises(BundleError, match=r"^model\.onnx"):
        OnnxRuntime(data)


@given(st.data())
def test_a_mutated_model_is_run_or_refused_in_a_word(data: st.DataObject) -> None:
    whole = bytearray(tiny_graph().SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(len(whole) // 2, len(whole)))])
    with suppress(BundleError):  # and nothing else
        OnnxRuntime(cut, threads=1)


def test_a_networks_megabytes_are_stepped_over() -> None:
    """Numbers that lie in the file are not looked at one by one: no number of them is taken for a field."""
    model = tiny_graph()
    noise_bytes = np.random.default_rng(2).bytes(4 << 20)
    model.graph.initializer.add(name="more", data_type=TensorProto.UINT8, dims=[64, 65_536], raw_data=noise_bytes)
    check_onnx(model.SerializeToString())
