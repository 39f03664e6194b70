"""A network as a graph of primitive layers, without sizes: made by `expand` from a design, by `inspect` from a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

LayerKind = Literal[
    "input",
    "conv",
    "separable_conv",
    "depthwise_conv",
    "transposed_conv",
    "max_pool",
    "average_pool",
    "global_average_pool",
    "global_max_pool",
    "upsample",
    "zero_padding",
    "cropping",
    "batch_norm",
    "activation",
    "dropout",
    "augmentation",
    "rescaling",
    "layer_norm",
    "rms_norm",
    "unit_norm",
    "group_norm",
    "concat",
    "add",
    "subtract",
    "multiply",
    "average",
    "maximum",
    "minimum",
    "dense",
    "flatten",
    "reshape",
    "unknown",
]

MERGES: frozenset[LayerKind] = frozenset({"concat", "add", "subtract", "multiply", "average", "maximum", "minimum"})
"""Layers that read several maps of one size."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One primitive layer.

    Attributes:
        name: Unique in the graph; the Keras layer's name.
        kind: What it is, in the words of the table.
        inputs: Names of the layers it reads.
        row: Name of the plan's row that it belongs to.
        arguments: Keras' arguments by Keras' names; windows are `(height, width)`. Of an unknown layer, `shape`: that of its
            output for one image of the graph's size, or None. `whole_map` says that a layer looks at the whole map beside
            what its kind does.
        counted: Parameters and trainable ones as Keras counts them, where the arguments do not say it.
    """

    name: str
    kind: LayerKind
    inputs: tuple[str, ...]
    row: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    counted: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """Layers in an order in which every layer stands behind its inputs; the first is the input, the last the output."""

    layers: tuple[Layer, ...]
    channels: int
    image_size: tuple[int, int]

    @property
    def needs_image_size(self) -> bool:
        """Whether weights depend on the image size: behind a flatten they may. Else one model serves all sizes."""
        return any(layer.kind == "flatten" for layer in self.layers)

    def layer(self, name: str) -> Layer:
        """The layer of that name."""
        return next(layer for layer in self.layers if layer.name == name)


def output_channels(kind: LayerKind, arguments: Mapping[str, Any], inputs: Sequence[int | None]) -> int | None:
    """Channels behind a layer; None where they depend on the image size (behind a flatten) or are unknown.

    >>> output_channels("concat", {}, [32, 64]), output_channels("max_pool", {}, [96])
    (96, 96)
    """
    match kind:
        case "conv" | "separable_conv" | "transposed_conv":
            return int(arguments["filters"])
        case "depthwise_conv":
            return None if inputs[0] is None else inputs[0] * int(arguments.get("depth_multiplier", 1))
        case "dense":
            return int(arguments["units"])
        case "concat":
            known = [channels for channels in inputs if channels is not None]
            return sum(known) if len(known) == len(inputs) else None
        case "multiply" | "average" | "maximum" | "minimum" | "subtract":
            return max((channels for channels in inputs if channels is not None), default=None)
        case "flatten" | "unknown":
            return None
        case "reshape":
            return int(arguments["target_shape"][-1])
        case _:
            return inputs[0]
