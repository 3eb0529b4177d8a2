"""Which runtime answers fastest on a processor: `python benchmarks/face_runtimes.py [--run RUN]`, 4 minutes.

For both networks, on one thread and on two, for 1, 8 and 32 photos at once: photos a second, and as a ratio to
TensorFlow's `tf.function` of the same run; and how far the logits are from Keras's own. A rate is the best of what was
run in a second. Beside it stands the processor time of a photo, at 1 and at 32 at once: what else a machine does makes
the first worse and hardly touches the second.

LiteRT and OpenVINO are measured where they are installed (`pip install ai-edge-litert openvino`); what the service
brings is ONNX Runtime. Each runs in a process of its own, one after the other. With `--run`, the network is the one
that `train` has put there; without, one for 35 people that was never trained, which is as fast. Fails where ONNX
Runtime is more than 1e-3 off, or takes more processor time for `resnet` on one thread than `tf.function`.
"""

import argparse
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from face_classifier.adapters.runtime import OnnxRuntime
from genba_servicekit.cli import progress

PEOPLE: Final = 35
BATCHES: Final = (1, 8, 32)
THREADS: Final = (1, 2)
SECONDS: Final = 1.0
CLOSE: Final = 1e-3
"""How far logits may be from Keras's."""
REFERENCE: Final = "tf.function"
OURS: Final = "ONNX Runtime"
PREDICT: Final = "model.predict"
NEEDED: Final = {
    PREDICT: "tensorflow",
    REFERENCE: "tensorflow",
    "LiteRT": "ai_edge_litert",
    "OpenVINO": "openvino",
    "OpenVINO, its default": "openvino",
    OURS: "onnxruntime",
}

Numbers = Any
Run = Callable[[Numbers], Numbers]


def make(folder: Path, architecture: str, run: Path | None) -> None:
    """Write the network down in all forms, and what Keras says of some photos."""
    import keras  # noqa: PLC0415  (in a process of its own, all of it)
    import tensorflow as tf  # noqa: PLC0415

    from face_classifier.learning.exporting import to_onnx  # noqa: PLC0415
    from face_classifier.learning.networks import NETWORKS  # noqa: PLC0415

    model = keras.models.load_model(run / "model.keras") if run else NETWORKS[architecture](PEOPLE)
    model.save(folder / "model.keras")
    (folder / "model.onnx").write_bytes(to_onnx(model))
    if importlib.util.find_spec("ai_edge_litert") is not None:
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        (folder / "model.tflite").write_bytes(converter.convert())
    images = np.random.default_rng(0).random((32, 96, 96, 3), np.float32)
    np.save(folder / "images.npy", images)
    np.save(folder / "logits.npy", np.asarray(model(images, training=False)["logits"]))


def predict(folder: Path, threads: int) -> Run:
    """Keras's own."""
    model = _keras(folder, threads)

    def run(images: Numbers) -> Numbers:
        return model.predict(images, verbose=0)["logits"]

    return run


def function(folder: Path, threads: int) -> Run:
    """TensorFlow's graph."""
    model = _keras(folder, threads)
    import tensorflow as tf  # noqa: PLC0415

    call = tf.function(lambda images: model(images, training=False)["logits"])

    def run(images: Numbers) -> Numbers:
        return call(tf.constant(images)).numpy()

    return run


def _keras(folder: Path, threads: int) -> Any:
    import tensorflow as tf  # noqa: PLC0415

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    import keras  # noqa: PLC0415

    import face_classifier.learning.networks  # noqa: F401, PLC0415  (its layer)

    return keras.models.load_model(folder / "model.keras")


def litert(folder: Path, threads: int) -> Run:
    """LiteRT with XNNPACK, which has to be told how many photos there are."""
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415

    made: dict[int, Any] = {}

    def run(images: Numbers) -> Numbers:
        if len(images) not in made:
            interpreter = Interpreter(str(folder / "model.tflite"), num_threads=threads)
            interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], images.shape)
            interpreter.allocate_tensors()
            made[len(images)] = interpreter
        its = made[len(images)]
        its.set_tensor(its.get_input_details()[0]["index"], images)
        its.invoke()
        found = [its.get_tensor(each["index"]) for each in its.get_output_details()]
        return next(each for each in found if each.shape[1] == classes)

    classes = np.load(folder / "logits.npy").shape[1]
    return run


def openvino(folder: Path, threads: int, *, exact: bool = True) -> Run:
    """OpenVINO; `exact` in float32, otherwise as it chooses."""
    import openvino as ov  # noqa: PLC0415

    how = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    if exact:
        how["INFERENCE_PRECISION_HINT"] = "f32"
    compiled = ov.Core().compile_model(folder / "model.onnx", "CPU", how)
    request = compiled.create_infer_request()

    def run(images: Numbers) -> Numbers:
        return request.infer({"images": images})["logits"]

    return run


def onnx(folder: Path, threads: int) -> Run:
    """What the service runs."""
    runtime = OnnxRuntime((folder / "model.onnx").read_bytes(), threads=threads)
    return lambda images: runtime.run(images)[0]


RUNS: Final[dict[str, Callable[[Path, int], Run]]] = {
    PREDICT: predict,
    REFERENCE: function,
    "LiteRT": litert,
    "OpenVINO": openvino,
    "OpenVINO, its default": lambda folder, threads: openvino(folder, threads, exact=False),
    OURS: onnx,
}


def measure(name: str, folder: Path, threads: int) -> dict[str, float]:
    """Photos a second by how many there are at once, and `off`, the greatest distance of a logit from Keras's."""
    run, images = RUNS[name](folder, threads), np.load(folder / "images.npy")
    found = {"off": float(np.abs(run(images) - np.load(folder / "logits.npy")).max())}
    for count in BATCHES:
        some = np.ascontiguousarray(images[:count])
        run(some)
        times, used = list[float](), list[float]()
        ends = time.perf_counter() + SECONDS
        while len(times) < 3 or time.perf_counter() < ends:
            began, before = time.perf_counter(), time.process_time()
            run(some)
            times.append(time.perf_counter() - began)
            used.append(time.process_time() - before)
        found[f"{count} cpu"] = statistics.median(used) / count * 1e6
        found[str(count)] = count / min(times)
    return found


def in_process(*words: str | Path) -> str:
    """What this program prints when it is called with these words."""
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([sys.executable, __file__, *words], check=False, capture_output=True, env=quiet)
    if done.returncode:
        raise SystemExit(done.stderr.decode()[-2000:])
    return done.stdout.decode()


def table(architecture: str, rows: dict[tuple[int, str], dict[str, float]]) -> list[str]:
    """Print what was found; gives what is not as it has to be."""
    print(
        f"\n{architecture}: photos a second at 1, 8 and 32 at once, and times {REFERENCE}; processor time at 1 and 32"
    )
    wrong = []
    for (threads, name), found in rows.items():
        reference = rows[threads, REFERENCE]
        rates = "".join(f"{found[str(n)]:>9,.0f} {found[str(n)] / reference[str(n)]:6.2f}x" for n in BATCHES)
        cpu = f"{found['1 cpu']:>7,.0f} {found['32 cpu']:>6,.0f} µs"
        print(f"  {threads} thread{'s' if threads > 1 else ' '} {name:<22}{rates}{cpu}   logits {found['off']:.0e} off")
        if name == OURS:
            slow = (
                threads == 1
                and architecture != "cnn2016"
                and any(found[f"{n} cpu"] > reference[f"{n} cpu"] for n in (1, 32))
            )
            wrong += [f"{architecture}: takes more processor time than {REFERENCE}"] if slow else []
            wrong += [f"{architecture}: {found['off']:.0e} off"] if found["off"] > CLOSE else []
    return wrong


def main() -> None:
    """Measure, print, and fail if what is shipped is not the choice it was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, help="a folder with model.keras")
    parser.add_argument("--make", nargs=2, metavar=("FOLDER", "ARCHITECTURE"), help=argparse.SUPPRESS)
    parser.add_argument("--measure", nargs=3, metavar=("RUNTIME", "FOLDER", "THREADS"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make:
        make(Path(asked.make[0]), asked.make[1], asked.run)
        return
    if asked.measure:
        print(json.dumps(measure(asked.measure[0], Path(asked.measure[1]), int(asked.measure[2]))))
        return
    names = [name for name, module in NEEDED.items() if importlib.util.find_spec(module) is not None]
    for name in NEEDED.keys() - set(names):
        print(f"{name} is not installed")
    wrong = []
    architectures = ["of the run"] if asked.run else ["resnet", "cnn2016"]
    for architecture in architectures:
        folder = Path(tempfile.mkdtemp(prefix="genba-face-runtimes-"))
        try:
            in_process("--make", folder, architecture, *(["--run", asked.run] if asked.run else []))
            todo = [(threads, name) for threads in THREADS for name in names]
            rows = {}
            with progress(f"measuring {architecture}", len(todo)) as step:
                for threads, name in todo:
                    rows[threads, name] = json.loads(in_process("--measure", name, folder, str(threads)))
                    step(1)
            wrong += table(architecture, rows)
        finally:
            shutil.rmtree(folder)
    if wrong:
        raise SystemExit("not as it has to be: " + "; ".join(wrong))


if __name__ == "__main__":
    main()
