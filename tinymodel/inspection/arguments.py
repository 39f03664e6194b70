"""The arguments of Keras layers in the form that the calculator knows: windows as pairs, names as text."""

from __future__ import annotations

import re
import sys
from typing import Any

import keras
import numpy as np

from generator.geometry.axis import effective_kernel


def window_arguments_pair(value: Any) -> tuple[int, int]:
    """A window of two axes.

    >>> window_arguments_pair(3), window_arguments_pair([1, 2])
    ((3, 3), (1, 2))
    """
    return (int(value), int(value)) if isinstance(value, int) else (int(value[0]), int(value[1]))


def margins_arguments(value: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """Pixels before and behind each axis, as Keras' padding and cropping layers keep them."""
    return window_arguments_pair(value[0]), window_arguments_pair(value[1])


def activation_name(function: Any) -> str | None:
    """The name of one of Keras' own activations; None for a function of somebody else.

    >>> activation_name(keras.activations.relu), activation_name(lambda x: x)
    ('relu', None)
    """
    if function is None:
        return "linear"
    name = getattr(function, "__name__", "")
    if not any(getattr(home, name, None) is function for home in (keras.activations, *_same_functions(name))):
        return None
    return _OTHER_NAMES.get(name, name)


def _same_functions(name: str) -> tuple[Any, ...]:
    """Where else the activation of a name is found that computes the same: tutorials say `tf.nn.relu`."""
    if not hasattr(keras.activations, name) or name in _OTHERS_BY_THE_SAME_NAME:
        return ()
    return keras.ops, getattr(sys.modules.get("tensorflow"), "nn", None)


_OTHERS_BY_THE_SAME_NAME = ("gelu",)
"""Activations that `keras.ops` computes by an approximation and `keras.activations` does not."""


_OTHER_NAMES = {"hard_silu": "hard_swish"}
"""Activations that have two names in Keras, and a design says the other one."""


def factors_arguments(channels: int, *, scale: Any, offset: Any) -> dict[str, Any]:
    """What a rescaling does, as a design says it: each one number, or one a channel; nothing where it is neither.

    >>> factors_arguments(3, scale=[1, 2, 3], offset=[[0.5]]), factors_arguments(3, scale=np.ones((2, 3)), offset=0)
    ({'scale': (1.0, 2.0, 3.0), 'offset': 0.5}, {})
    """
    found: dict[str, Any] = {}
    for word, value in (("scale", scale), ("offset", offset)):
        numbers = np.asarray(value, np.float64)
        of_all, of_each = numbers.size == 1, numbers.size == channels == numbers.shape[-1:][0] if numbers.ndim else False
        if not (of_all or of_each) or not np.isfinite(numbers).all():
            return {}
        flat = tuple(map(float, numbers.ravel()))
        found[word] = flat[0] if len(set(flat)) == 1 else flat
    return found


def kernel_arguments(layer: Any, kernel: str = "kernel") -> dict[str, Any]:
    """Bias, initialiser and penalty of a layer with weights, as far as a design can say them."""
    initializer = getattr(layer, f"{kernel}_initializer", None)
    penalty = getattr(layer, f"{kernel}_regularizer", None)
    named = _snake(type(initializer).__name__) if initializer is not None else None
    return {
        "use_bias": bool(layer.use_bias),
        **({"kernel_initializer": named} if named else {}),
        **({"l2": float(penalty.l2)} if isinstance(penalty, keras.regularizers.L2) else {}),
    }


def _snake(name: str) -> str:
    """A class name as Keras writes it in lower case.

    >>> _snake("GlorotUniform"), _snake("HeNormal")
    ('glorot_uniform', 'he_normal')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def transposed_padding(layer: Any) -> Any:
    """Padding of a transposed convolution; with `output_padding`, the units cut off at each end of the full output.

    Source: Keras' shapes (`(size - 1) strides + kernel + output_padding`, less `2 (kernel // 2)` under "same") and the place
    of the full output in them, which is the same in TensorFlow and JAX: the odd unit is cut off at the end.
    """
    if layer.output_padding is None:
        return layer.padding
    added = window_arguments_pair(layer.output_padding)
    kernels = [
        effective_kernel(*each)
        for each in zip(window_arguments_pair(layer.kernel_size), window_arguments_pair(layer.dilation_rate), strict=True)
    ]
    sides = []
    for kernel, more in zip(kernels, added, strict=True):
        cut = 0 if layer.padding == "valid" else 2 * (kernel // 2)
        before = max(cut - more, 0) // 2
        sides.append((before, cut - more - before))
    return tuple(sides)
