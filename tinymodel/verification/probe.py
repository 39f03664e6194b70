"""The witness that knows no arithmetic: gradients through Keras' own layers say which pixels a unit sees.

Every layer is made anew with one channel and kernels of ones, so that nothing cancels; a max-pool becomes a mean over the same
window, so that all of it counts; activations and normalisations, which move nothing, are left out. Between layers the gradient
is cut down to its sign: what is seen stays 1 and what is not stays 0, however deep the network is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from generator.geometry.periods import Span
from generator.network.graph import MERGES, Graph, Layer
from tinymodel.fields.gradients import gradient

TRACE_OF_NOTHING = 1e-6
"""Gradients below it are rounding errors of an interpolation whose weight is zero there; a mean over 224 x 224 px has 2e-5."""

DTYPE = "float32"

_KERNELS: dict[type, tuple[str, ...]] = {
    layers.Conv2D: ("kernel_initializer",),
    layers.SeparableConv2D: ("depthwise_initializer", "pointwise_initializer"),
    layers.DepthwiseConv2D: ("depthwise_initializer",),
    layers.Conv2DTranspose: ("kernel_initializer",),
}
_KEPT = ("kernel_size", "strides", "padding", "dilation_rate", "output_padding", "data_format")
"""Arguments that say where a convolution looks."""


class Seen:
    """What units see, by gradient.

    Args:
        graph: The layers that make a map, of known kinds (`generator.network.units.paths_to_map`).
        operations: The Keras layer of each, by name.
    """

    def __init__(self, graph: Graph, operations: Mapping[str, Any]) -> None:
        self.graph = graph
        self.witnesses = {layer.name: _witness(layer, operations.get(layer.name)) for layer in graph.layers}

    def of(self, units: Sequence[tuple[int, int]], image_size: tuple[int, int]) -> list[tuple[Span, Span]]:
        """First and last pixel on each axis that each unit of the last map sees.

        Args:
            units: (height, width) of each.
            image_size: (height, width), px.
        """

        def score(images: Any) -> Any:
            map_ = self._run(images)
            return sum(map_[number, height, width, 0] for number, (height, width) in enumerate(units))

        found = _gradient(score, np.zeros((len(units), *image_size, 1), DTYPE))
        return [(_span(heat.any(axis=1)), _span(heat.any(axis=0))) for heat in found[..., 0] > 0]

    def _run(self, images: Any) -> Any:
        tensors: dict[str, Any] = {}
        for layer in self.graph.layers:
            sources = [tensors[name] for name in layer.inputs] or [images]
            tensors[layer.name] = _signed(self._called(layer, sources))
        return tensors[self.graph.layers[-1].name]

    def _called(self, layer: Layer, sources: list[Any]) -> Any:
        if layer.kind in MERGES:
            return sum(sources[1:], start=sources[0])
        witness = self.witnesses[layer.name]
        return sources[0] if witness is None else witness(sources[0])


def _gradient(score: Callable[[Any], Any], at: np.ndarray) -> np.ndarray:
    """The gradient of a score by images; in TensorFlow as a graph, which leaves out gradients that nobody asked for.

    Its eager gradient of a convolution works out that of the kernel too, and TensorFlow 2.21 crashes there for a strided 1x1
    kernel of one channel.
    """
    if keras.backend.backend() != "tensorflow":
        return gradient(score, at)
    import tensorflow as tf

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def taken(images: Any) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            value = score(images)
        # The score is asked for too: without it no layer is carried out, and one that cannot be would not be noticed.
        return tape.gradient(value, images, unconnected_gradients="zero"), value

    # Each probe is another function; called as one that stays, they would draw a warning of many traces.
    return np.asarray(taken.get_concrete_function(tf.TensorSpec(at.shape, DTYPE))(tf.constant(at))[0])


@ops.custom_gradient  # type: ignore[untyped-decorator]
def _signed(x: Any) -> Any:
    """The tensor itself; of its gradient only where there is any."""

    def backward(*arguments: Any, upstream: Any = None) -> Any:
        gradient = arguments[0] if upstream is None else upstream
        return ops.cast(gradient > TRACE_OF_NOTHING, gradient.dtype)

    return x, backward


def _witness(layer: Layer, operation: Any) -> Any:
    """A layer that looks where the network's own layer looks; None for one that looks only at its own place."""
    match layer.kind:
        case "conv" | "separable_conv" | "depthwise_conv" | "transposed_conv":
            config = operation.get_config()
            kept = {key: config[key] for key in _KEPT if key in config}
            ones: dict[str, Any] = dict.fromkeys(_KERNELS[type(operation)], "ones")
            filters = {} if layer.kind == "depthwise_conv" else {"filters": 1}
            return type(operation)(**filters, **kept, **ones, use_bias=False, dtype=DTYPE)
        case "max_pool" | "average_pool":
            config = operation.get_config()
            kept = {key: config[key] for key in ("pool_size", "strides", "padding", "data_format")}
            return layers.AveragePooling2D(**kept, dtype=DTYPE)
        case "zero_padding" if not isinstance(operation, layers.Layer):
            return operation
        case "upsample" | "zero_padding" | "cropping":
            return type(operation).from_config({**operation.get_config(), "dtype": DTYPE})
        case _:
            return None


def _span(seen: np.ndarray) -> Span:
    where = np.flatnonzero(seen)
    return (int(where[0]), int(where[-1])) if len(where) else None
