"""What an accelerator does with the face models, and which share of it that is: `python benchmarks/gpu.py`, 3 minutes.

Training as `face-classifier train` does it, answering 1, 32 and 256 pictures at once, and optimal inputs, each also as
a share of what the card does in one large multiplication of matrices in the same run. KERAS_BACKEND=jax measures JAX.
Where there is no accelerator nothing is measured; `--device cpu` measures the processor.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Any, Final

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from keras import layers, ops

from face_classifier.core.augmentation import Feed
from face_classifier.core.fooling import Fooling
from face_classifier.core.material import DeviceError, Hooks, Progress
from face_classifier.core.recipes import Recipe
from face_classifier.learning.attacks import Attack
from face_classifier.learning.compiling import compiled
from face_classifier.learning.devices import Devices, find_devices
from face_classifier.learning.networks import LOGITS, NETWORKS
from face_classifier.learning.training import Trainer

SIDE: Final = {"gpu": 8_192, "cpu": 1_024}
"""Of the matrices."""
BATCH: Final = {"gpu": 512, "cpu": 32}
STEPS: Final = {"gpu": 300, "cpu": 30}
PEOPLE: Final = 35
FOOLING_STEPS: Final = {"gpu": 200, "cpu": 10}
TRAINING_TIMES: Final = 3
"""Times the work of answering: the pictures' way in, and two of the same cost back (weights and inputs)."""


def fastest(run: Callable[[], object], seconds: float = 3.0) -> float:
    """Seconds of the fastest of as many runs as fit; the first, which compiles, is not counted."""
    run()
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best


def operations(model: keras.Model) -> float:
    """Multiplications and additions for one picture, two for each pair."""
    total = 0.0
    for layer in model.layers:
        if isinstance(layer, layers.Conv2D):
            _, high, wide, _ = layer.output.shape
            total += 2 * high * wide * np.prod(layer.kernel.shape)
        elif isinstance(layer, layers.Dense):
            total += 2 * np.prod(layer.kernel.shape)
    return total


def matrices(model: keras.Model, kind: str, dtype: str) -> float:
    """Operations a second in one multiplication of large matrices."""
    side = SIDE[kind]
    one = ops.cast(np.random.default_rng(0).random((side, side), np.float32), dtype)
    multiply = compiled(model, lambda left, right: ops.sum(ops.cast(ops.matmul(left, right), "float32")))
    return 2 * side**3 / fastest(lambda: float(ops.convert_to_numpy(multiply(one, one))))


def row(what: str, rate: float, unit: str, share: float) -> None:
    """Print a figure."""
    print(f"  {what:<32}{rate:>12,.0f} {unit:<10}{share:>8.2%} of the matrices' rate")


def training(name: str, devices: Devices, precision: str, peak: float) -> None:
    """How many pictures a second are learnt from, the first steps not counted."""
    rng = np.random.default_rng(0)
    photos = rng.integers(0, 256, (2_000, 112, 112, 3), np.uint8)
    batch, steps = BATCH[devices.kind], STEPS[devices.kind]
    recipe = Recipe(architecture=name, steps=steps, batch=batch, precision=precision)
    trainer = Trainer(recipe, Feed(photos, np.arange(2_000) % PEOPLE, batch, 0), PEOPLE, devices)
    marks: list[tuple[int, float]] = []

    def told(progress: Progress) -> None:
        marks.append((progress.step, time.perf_counter()))

    trainer.run(Hooks(told=told))
    (first, begin), (last, end) = marks[0], marks[-1]
    rate = (last - first) * batch / (end - begin)
    work = TRAINING_TIMES * operations(trainer.model)
    row(f"training, batch {batch}", rate, "images/s", rate * work / peak)


def answering(model: keras.Model, kind: str, peak: float) -> None:
    """How many pictures a second are answered, 1, 32 and 256 at once, in float32, their way to the card included."""
    ask = compiled(model, lambda images: model(images, training=False)[LOGITS])
    rates = {}
    for count in (1, 32, 256):
        images = np.random.default_rng(0).random((count, 96, 96, 3), np.float32)
        rates[count] = count / fastest(lambda images=images: ops.convert_to_numpy(ask(images)))  # type: ignore[misc]
        row(f"answering, batch {count}", rates[count], "images/s", rates[count] * operations(model) / peak)
    print(f"  batches of 256 answer {rates[256] / rates[1]:.1f} x as many as one by one ({kind})")


def fooling(model: keras.Model, kind: str, peak: float) -> None:
    """How many steps a second optimal inputs take, all targets at once."""
    count, steps = BATCH[kind], FOOLING_STEPS[kind]
    pictures = np.random.default_rng(0).integers(0, 256, (count, 96, 96, 3), np.uint8)
    attack = Attack(model, "adam2016")
    wanted = Fooling(method="adam2016", steps=steps, probability=1 - 1e-9)  # never: every step is done
    seconds = fastest(lambda: attack.run(pictures, np.arange(count) % PEOPLE, wanted))
    rate = count * steps / seconds
    row(f"optimal inputs, batch {count}", rate, "steps/s", 2 * rate * operations(model) / peak)


def main() -> None:
    """Print everything."""
    kind = sys.argv[sys.argv.index("--device") + 1] if "--device" in sys.argv else "gpu"
    try:
        devices = find_devices(kind)
    except DeviceError as error:
        print(f"{error}. Nothing is measured.")
        return
    precision = "mixed_bfloat16" if devices.kind == "gpu" else "float32"
    for name in NETWORKS:
        keras.config.set_dtype_policy("float32")
        model: Any = NETWORKS[name](PEOPLE)
        peak = matrices(model, devices.kind, "bfloat16" if devices.kind == "gpu" else "float32")
        print(f"{name} with {keras.backend.backend()} on {devices.kind}: {peak / 1e12:.2f} T operations/s in matrices")
        answering(model, devices.kind, peak)
        fooling(model, devices.kind, peak)
        training(name, devices, precision, peak)


if __name__ == "__main__":
    main()
