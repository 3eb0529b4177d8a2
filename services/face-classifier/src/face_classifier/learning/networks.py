"""The networks: pictures in, logits and an embedding out; what standardises a picture is part of them.

Both are made of Keras layers alone, so that TensorFlow and JAX train the same network.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import keras
from keras import layers, ops

from face_classifier.core.crops import CENTRE

LOGITS: Final = "logits"
EMBEDDING: Final = "embedding"
INPUT: Final = "images"

RESNET_STAGES: Final = ((32, 1), (64, 1), (128, 2))
"""Channels and blocks of each: 0.68 million parameters, and a fifth of what `cnn2016` has to multiply."""
CNN2016_FILTERS: Final = (60, 90, 120, 150)


@keras.saving.register_keras_serializable("face_classifier")
class Standardise(layers.Layer):
    """Each picture to a mean of 0 and a variance of 1, as `tf.image.per_image_standardization` does.

    The deviation is taken as at least 1/√n, n being the numbers in a picture: a blank one becomes zeros, not noise.
    """

    def call(self, images: Any) -> Any:
        """[n, height, width, channels] of any range to the same shape."""
        mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
        centred = images - mean
        variance = ops.mean(ops.square(centred), axis=(1, 2, 3), keepdims=True)
        least = 1.0 / float(images.shape[1] * images.shape[2] * images.shape[3])
        return centred / ops.sqrt(ops.maximum(variance, least))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """As it comes in."""
        return input_shape


def resnet(classes: int, *, synchronized: bool = False) -> keras.Model:
    """A small residual network (He et al. 2015, arXiv:1512.03385) on 96 × 96 pixels: 0.7 million parameters.

    Batch normalisation and ReLU after each convolution; a stride of 2 where the channels double. The embedding is the
    128 numbers that are left when each channel is averaged.

    Args:
        classes: how many labels there are.
        synchronized: the replicas of a TensorFlow strategy take batch normalisation's statistics together, so that a
            batch that is parted among them is one batch.
    """
    images = layers.Input((CENTRE, CENTRE, 3), name=INPUT)
    convolved = partial(_convolved, synchronized=synchronized)
    x = Standardise(name="standardise")(images)
    x = convolved(x, RESNET_STAGES[0][0], stride=2, kernel=5, name="stem")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="stem_pool")(x)
    for stage, (channels, blocks) in enumerate(RESNET_STAGES, 1):
        for block in range(1, blocks + 1):
            stride = 2 if block == 1 and stage > 1 else 1
            x = _block(convolved, x, channels, stride, name=f"stage{stage}_block{block}")
    embedding = layers.GlobalAveragePooling2D(name=EMBEDDING)(x)
    return _finished(images, embedding, classes, "resnet")


def _block(convolved: Callable[..., Any], x: Any, channels: int, stride: int, *, name: str) -> Any:
    short = x
    if stride > 1 or x.shape[-1] != channels:
        short = convolved(x, channels, stride=stride, kernel=1, name=f"{name}_short", active=False)
    x = convolved(x, channels, stride=stride, name=f"{name}_a")
    x = convolved(x, channels, name=f"{name}_b", active=False)
    return layers.ReLU(name=f"{name}_out")(layers.Add(name=f"{name}_add")([x, short]))


def _convolved(
    x: Any,
    channels: int,
    *,
    name: str,
    synchronized: bool,
    stride: int = 1,
    kernel: int = 3,
    active: bool = True,
) -> Any:
    x = layers.Conv2D(
        channels, kernel, strides=stride, padding="same", use_bias=False, kernel_initializer="he_normal", name=name
    )(x)
    x = layers.BatchNormalization(momentum=0.9, synchronized=synchronized, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x) if active else x


def cnn2016(classes: int, *, synchronized: bool = False) -> keras.Model:  # noqa: ARG001  (it normalises no batch)
    """The network of 2016, for comparison: four 3 × 3 convolutions, each halved by a pool, then 200, 200, N.

    ReLU throughout, L2 of 0.001 on the dense kernels. The embedding is the second dense layer.
    """
    images = layers.Input((CENTRE, CENTRE, 3), name=INPUT)
    x = Standardise(name="standardise")(images)
    for number, filters in enumerate(CNN2016_FILTERS, 1):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"conv{number}")(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same", name=f"pool{number}")(x)
    x = layers.Flatten(name="flat")(x)
    decay = keras.regularizers.L2(0.001)
    x = layers.Dense(200, activation="relu", kernel_regularizer=decay, name="dense1")(x)
    embedding = layers.Dense(200, activation="relu", kernel_regularizer=decay, name=EMBEDDING)(x)
    return _finished(images, embedding, classes, "cnn2016", decay)


def _finished(images: Any, embedding: Any, classes: int, name: str, decay: Any = None) -> keras.Model:
    # float32 in mixed precision too: a softmax in half precision is too coarse to call 0.999 what it is.
    logits = layers.Dense(classes, kernel_regularizer=decay, dtype="float32", name=LOGITS)(embedding)
    wide = layers.Activation("linear", dtype="float32", name=f"{EMBEDDING}_out")(embedding)
    return keras.Model(images, {LOGITS: logits, EMBEDDING: wide}, name=name)


NETWORKS: Final[dict[str, Callable[..., keras.Model]]] = {"resnet": resnet, "cnn2016": cnn2016}
