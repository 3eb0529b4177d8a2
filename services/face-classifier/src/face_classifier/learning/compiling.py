"""A loop over a frozen network as one compiled program: `tf.while_loop` in a `tf.function`, or `jax.lax` under `jit`.

A loop written in Python asks the interpreter for each operation of each step: at one picture at a time that costs more
than computing it.
"""

from collections.abc import Callable
from typing import Any, Final

import keras

BACKENDS: Final = ("tensorflow", "jax")
State = Any
"""Tensors: a tuple, in which tuples may be."""


class BackendError(RuntimeError):
    """Keras runs on something that these loops are not compiled for."""


def compiled(model: keras.Model, function: Callable[..., State]) -> Callable[..., State]:
    """The function of tensors, as one program; the model that it asks keeps its weights.

    Raises:
        BackendError: Keras runs on neither TensorFlow nor JAX.
    """
    if _backend() == "tensorflow":
        import tensorflow as tf  # noqa: PLC0415  (only where it is the backend)

        return tf.function(function, jit_compile=False, autograph=False)
    import jax  # noqa: PLC0415  (only where it is the backend)

    @jax.jit
    def run(weights: list[Any], *arguments: Any) -> State:
        # as arguments: what a program closes over is compiled into it, megabytes of it
        with keras.StatelessScope(state_mapping=list(zip(model.variables, weights, strict=True))):
            return function(*arguments)

    return lambda *arguments: run([each.value for each in model.variables], *arguments)


def loop(condition: Callable[[State], Any], body: Callable[[State], State], state: State) -> State:
    """The state after `body` as long as `condition` (a boolean tensor without axes) holds."""
    if _backend() == "tensorflow":
        import tensorflow as tf  # noqa: PLC0415  (only where it is the backend)

        (state,) = tf.while_loop(condition, lambda now: (body(now),), (state,))
        return state
    import jax  # noqa: PLC0415  (only where it is the backend)

    return jax.lax.while_loop(condition, body, state)


def value_and_gradient(function: Callable[[Any], Any], at: Any) -> tuple[Any, Any]:
    """A function [n, …] → [n] of samples that do not see each other: its values and each one's gradient [n, …]."""
    if _backend() == "tensorflow":
        import tensorflow as tf  # noqa: PLC0415  (only where it is the backend)

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(at)
            values = function(at)
        return values, tape.gradient(values, at)
    import jax  # noqa: PLC0415  (only where it is the backend)

    def total(point: Any) -> tuple[Any, Any]:
        values = function(point)
        return keras.ops.sum(values), values

    (_, values), gradient = jax.value_and_grad(total, has_aux=True)(at)
    return values, gradient


def _backend() -> str:
    name = keras.backend.backend()
    if name not in BACKENDS:
        raise BackendError(f"Keras runs on {name}; inputs are optimised on {' or '.join(BACKENDS)}")
    return str(name)
