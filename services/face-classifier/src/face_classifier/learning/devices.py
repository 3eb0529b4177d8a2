"""What a training computes on: a processor, an accelerator, several of them, or several machines.

Several are driven by TensorFlow's `tf.distribute` (machines are named by TF_CONFIG), or under JAX by Keras's
distribution API: each sees its share of every batch, and all see the mean of the gradients.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Final

import keras

from face_classifier.core.material import DeviceError

KINDS: Final = ("auto", "cpu", "gpu")
Batch = tuple[Any, Any]


@dataclass(frozen=True, slots=True)
class Devices:
    """What is computed on.

    Attributes:
        kind: `cpu` or `gpu`.
        count: how many replicas of the network there are, on all machines together.
        strategy: TensorFlow's, if there are several.
        chief: this process keeps what comes of it; of several machines one does.
    """

    kind: str
    count: int = 1
    strategy: Any = None
    chief: bool = True

    @property
    def compiles(self) -> bool | str:
        """Whether XLA compiles the steps: on a processor it made five of six cases slower."""
        return "auto" if self.kind == "gpu" or keras.backend.backend() == "jax" else False

    @property
    def feeders(self) -> int:
        """Threads that make batches."""
        return max(1, min(8, (os.cpu_count() or 2) // 2))

    def scope(self) -> AbstractContextManager[Any]:
        """In it the network and its optimizer are made."""
        return nullcontext() if self.strategy is None else self.strategy.scope()

    def train(self, model: keras.Model, batches: Iterable[Batch]) -> Iterator[Mapping[str, Any]]:
        """Do one step on each batch; gives `loss` and `accuracy` since the metrics were reset."""
        if self.strategy is None:
            for images, labels in batches:
                yield model.train_on_batch(images, labels, return_dict=True)
            return
        shares = iter(self.strategy.experimental_distribute_dataset(_dataset(batches)))
        step = _shared_step(model, self.strategy)
        try:
            while True:
                yield {name: keras.ops.convert_to_numpy(value) for name, value in step(shares).items()}
        except StopIteration:
            return


def _shared_step(model: keras.Model, strategy: Any) -> Any:
    """One step on all replicas. Not Keras's own: that cannot take the mean of a number over several machines."""
    import tensorflow as tf  # noqa: PLC0415  (only where it is the backend)

    @tf.function
    def step(shares: Any) -> Any:
        logs = strategy.run(model.train_step, args=(next(shares),))
        return {name: strategy.reduce("MEAN", value, axis=None) for name, value in logs.items()}

    return step


def _dataset(batches: Iterable[Batch]) -> Any:
    """The batches as TensorFlow distributes them: each is parted among the replicas."""
    import tensorflow as tf  # noqa: PLC0415  (only where it is the backend)

    source = iter(batches)
    images, labels = next(source)

    def all_of_them() -> Iterator[Batch]:
        yield images, labels
        yield from source

    spec = (tf.TensorSpec(images.shape, tf.float32), tf.TensorSpec(labels.shape, tf.float32))
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return tf.data.Dataset.from_generator(all_of_them, output_signature=spec).with_options(options)


def find_devices(kind: str = "auto", count: int | None = 1) -> Devices:
    """The devices of this process; to be called before anything is computed.

    Args:
        kind: `cpu`, `gpu`, or `auto`: an accelerator if there is one.
        count: how many; None for all there are. Of processors there are as many as are asked for.

    Raises:
        DeviceError: there is no such, or not so many.
    """
    if kind not in KINDS:
        raise DeviceError(f"a device is one of {', '.join(KINDS)}, not {kind!r:.20}")
    found = _tensorflow if keras.backend.backend() == "tensorflow" else _jax
    return found(kind, count)


def _tensorflow(kind: str, count: int | None) -> Devices:
    import tensorflow as tf  # noqa: PLC0415  (only where it is the backend)

    workers = len(json.loads(os.environ.get("TF_CONFIG") or "{}").get("cluster", {}).get("worker", []))
    gpus = [] if kind == "cpu" else tf.config.list_physical_devices("GPU")
    if kind == "gpu" and not gpus:
        raise DeviceError("TensorFlow sees no GPU here (the extra `gpu` brings what it needs); --device cpu goes on")
    if not gpus:
        if kind == "cpu":
            tf.config.set_visible_devices([], "GPU")
        tf.config.experimental.enable_op_determinism()
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, enable=True)
    if workers > 1:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
        index = strategy.cluster_resolver.task_id
        return Devices("gpu" if gpus else "cpu", strategy.num_replicas_in_sync, strategy, chief=index == 0)
    here = len(gpus) if gpus else 1
    wanted = here if count is None else count
    if gpus and wanted > here:
        raise DeviceError(f"TensorFlow sees {here} GPUs here, not {wanted}")
    if wanted == 1:
        return Devices("gpu" if gpus else "cpu")
    if not gpus:
        (processor,) = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * wanted)
    names = [f"{'GPU' if gpus else 'CPU'}:{number}" for number in range(wanted)]
    return Devices("gpu" if gpus else "cpu", wanted, tf.distribute.MirroredStrategy(names))


def _jax(kind: str, count: int | None) -> Devices:
    import jax  # noqa: PLC0415  (only where it is the backend)

    found = jax.devices("cpu") if kind == "cpu" else jax.devices()
    platform = "cpu" if found[0].platform == "cpu" else "gpu"
    if kind == "gpu" and platform == "cpu":
        raise DeviceError("JAX sees no accelerator here; --device cpu goes on")
    wanted = len(found) if count is None else count
    if wanted > len(found):
        raise DeviceError(f"JAX sees {len(found)} devices here, not {wanted}")
    if wanted > 1:
        keras.distribution.set_distribution(keras.distribution.DataParallel(devices=found[:wanted]))
    return Devices(platform, wanted)
