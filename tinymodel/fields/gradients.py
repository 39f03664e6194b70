"""Gradients by either backend, for looking at networks: what moves a score, pixel by pixel or unit by unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np


def gradient(score: Callable[[Any], Any], at: np.ndarray) -> np.ndarray:
    """The gradient of a number by an array.

    Args:
        score: Of Keras operations; takes a tensor of the shape of `at`, gives a scalar.
        at: Where the gradient is taken.

    Returns:
        An array of the shape of `at`.

    >>> gradient(lambda x: keras.ops.sum(x * x), np.array([1.0, 3.0], np.float32)).tolist()
    [2.0, 6.0]
    """
    if keras.backend.backend() == "jax":
        import jax

        return np.asarray(jax.grad(score)(np.asarray(at)))
    import tensorflow as tf

    where = tf.convert_to_tensor(at)
    with tf.GradientTape() as tape:
        tape.watch(where)
        value = score(where)
    found = tape.gradient(value, where)
    return np.zeros_like(at) if found is None else np.asarray(found)
