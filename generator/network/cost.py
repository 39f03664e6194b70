"""Parameters, multiply-accumulates and kept activations of one layer. Pure arithmetic on channels and sizes.

One convention, stated once: `macs` counts the multiply-accumulates of convolutions and dense layers for one image, nothing
else (no bias, normalisation, activation or pool); flops = 2 x macs. `params` are counted as Keras counts them.

Of a model that is inspected, every kernel counts where it is used: a layer called twice has its parameters once and its
multiply-accumulates twice. Layers of unknown kind have the parameters that Keras says, and no multiply-accumulates: what is
printed says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from generator.network.graph import LayerKind


class Cost(NamedTuple):
    """What one layer costs; `trainable_params` leaves out the moving statistics of batch normalisation."""

    params: int = 0
    trainable_params: int = 0
    macs: int = 0


NO_COST = Cost()
COSTLY: frozenset[LayerKind] = frozenset(
    {"conv", "separable_conv", "depthwise_conv", "transposed_conv", "dense", "batch_norm", "layer_norm"}
)
"""Layers that have a cost by their arguments."""


def cost_of(
    kind: LayerKind, arguments: Mapping[str, Any], channels_in: int, channels_out: int, in_positions: int, positions: int
) -> Cost:
    """The cost of a layer.

    Args:
        kind: What the layer is.
        arguments: Its arguments, by Keras' names.
        channels_in: Channels of its input (features of a vector).
        channels_out: Channels of its output.
        in_positions: Height x width of its input, 1 for a vector.
        positions: Height x width of its output, 1 for a vector.

    >>> cost_of("conv", {"kernel_size": (3, 3), "use_bias": True}, 3, 32, 1024, 1024)
    Cost(params=896, trainable_params=896, macs=884736)
    """
    if kind in ("batch_norm", "layer_norm"):
        trained = channels_in * (int(arguments.get("scale", True)) + int(arguments.get("center", True)))
        return Cost(trained + (2 * channels_in if kind == "batch_norm" else 0), trained)
    if kind == "dense":
        weights = channels_in * channels_out
        return _with_bias(weights, weights * positions, channels_out, arguments)
    if kind not in COSTLY:
        return NO_COST
    height, width = arguments["kernel_size"]
    taps = height * width
    if kind == "conv":
        weights = taps * (channels_in // arguments.get("groups", 1)) * channels_out
        return _with_bias(weights, weights * positions, channels_out, arguments)
    if kind == "transposed_conv":
        # Every input unit is spread over the whole kernel, whatever of it is cut off at the edges.
        weights = taps * channels_in * channels_out
        return _with_bias(weights, weights * in_positions, channels_out, arguments)
    depth = channels_in * arguments.get("depth_multiplier", 1)
    weights = taps * depth + (depth * channels_out if kind == "separable_conv" else 0)
    return _with_bias(weights, weights * positions, channels_out, arguments)


def _with_bias(weights: int, macs: int, channels_out: int, arguments: Mapping[str, Any]) -> Cost:
    params = weights + (channels_out if arguments.get("use_bias", True) else 0)
    return Cost(params, params, macs)
