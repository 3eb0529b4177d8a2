"""ONNX Runtime: what answers on a processor. See `docs/decisions` for what it was measured against."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from face_classifier.core.bundles import ONNX, BundleError, Manifest, check
from face_classifier.core.crops import CENTRE
from face_classifier.core.onnx_files import check_onnx

INPUT: Final = "images"
LOGITS: Final = "logits"
EMBEDDING: Final = "embedding"
SHAPE: Final = (CENTRE, CENTRE, 3)
WARM_UP: Final = (1, 8, 32)
"""Photos at once that it is asked for before anyone waits for it."""

Numbers = NDArray[np.float32]


class OnnxRuntime:
    """A network that answers. Fulfils `ports.Runtime`; may be used from several threads.

    Args:
        data: `model.onnx`, whose SHA-256 was checked.
        threads: of the processor that one answer takes; 0 is as many as there are cores.

    Attributes:
        classes: how many logits it gives for a photo.
        width: how many numbers an embedding has.

    Raises:
        BundleError: it cannot be run here, or is no network of 96 px photos with logits and embeddings.
    """

    sizes: tuple[int, ...] = ()
    """How many photos it is best given at once; any number here: 5 photos take 5/8 of the time of 8."""

    def __init__(self, data: bytes, *, threads: int = 0) -> None:
        check_onnx(data)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4  # what is wrong with a model is raised; warnings name no file that anyone knows
        # threads that wait by spinning take the cores from whoever reads requests meanwhile
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise BundleError(f"model.onnx cannot be run: {_first_line(error)}") from error
        inputs, outputs = self._session.get_inputs(), {each.name: each for each in self._session.get_outputs()}
        if [(each.name, each.type, tuple(each.shape[1:])) for each in inputs] != [(INPUT, "tensor(float)", SHAPE)]:
            raise BundleError(f"model.onnx has to take {INPUT} of float32, n × {' × '.join(map(str, SHAPE))}, alone")
        if isinstance(inputs[0].shape[0], int):
            raise BundleError(f"model.onnx takes {inputs[0].shape[0]} photos at once and no other number")
        self.classes, self.width = (_columns(outputs.get(name), name) for name in (LOGITS, EMBEDDING))

    def run(self, images: Numbers) -> tuple[Numbers, Numbers]:
        """Logits [n, classes] and embeddings [n, width] of photos [n, 96, 96, 3], red, green, blue in [0, 1].

        Raises:
            RuntimeError: the network failed.
        """
        logits, embedding = self._session.run([LOGITS, EMBEDDING], {INPUT: images})
        return logits, embedding

    def warm_up(self) -> None:
        """Answer once for each usual number of photos: the first answers take longer.

        Raises:
            BundleError: the network fails, or gives something other than it says.
        """
        for count in WARM_UP:
            try:
                logits, embedding = self.run(np.full((count, *SHAPE), 0.5, np.float32))
            except Exception as error:
                raise BundleError(f"model.onnx cannot be run: {_first_line(error)}") from error
            shapes = [(count, self.classes), (count, self.width)]
            if [logits.shape, embedding.shape] != shapes or not np.isfinite(logits).all():
                raise BundleError("model.onnx gives no logits and embeddings that can be used")


def open_runtime(manifest: Manifest, files: Mapping[str, bytes], *, threads: int = 0) -> OnnxRuntime:
    """The network of a model, warmed up. Takes some 0.1 s of a processor: from a thread.

    Raises:
        BundleError: it is not what the manifest names, cannot be run, or knows other labels than the manifest.
    """
    if ONNX not in files:
        raise BundleError(f"there is no {ONNX}")
    runtime = OnnxRuntime(check(manifest, ONNX, files[ONNX]), threads=threads)
    if runtime.classes != len(manifest.labels):
        raise BundleError(f"{ONNX} has {runtime.classes} logits for {len(manifest.labels)} labels")
    runtime.warm_up()
    return runtime


def _columns(output: "onnxruntime.NodeArg | None", name: str) -> int:
    shape = None if output is None or output.type != "tensor(float)" else output.shape
    if shape is None or len(shape) != 2 or not isinstance(shape[1], int) or shape[1] < 1:  # noqa: PLR2004
        raise BundleError(f"model.onnx has to give {name} of float32, n × a number that it says")
    return int(shape[1])


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
