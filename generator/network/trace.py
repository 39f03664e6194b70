"""The one walk: a graph at an image size → a row a layer with shape, geometry and cost.

Everything that shows, checks or compares numbers reads these rows; nothing else computes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any, NamedTuple

from generator.errors import InputError
from generator.geometry import operations
from generator.geometry.axis import Axis, Exact, Impossible
from generator.network.cost import COSTLY, NO_COST, Cost, cost_of
from generator.network.graph import MERGES, Graph, Layer, LayerKind, output_channels

SPATIAL_ENDS: frozenset[LayerKind] = frozenset({"global_average_pool", "global_max_pool", "flatten"})
"""Layers behind which no unit has a place; the geometry of a design is that of the last map before them. A dense layer on a
map is, in Keras, a 1x1 convolution."""

NEEDS_MAP: frozenset[LayerKind] = frozenset(
    {
        "conv",
        "separable_conv",
        "depthwise_conv",
        "transposed_conv",
        "max_pool",
        "average_pool",
        "upsample",
        "zero_padding",
        "cropping",
    }
)


class LayerRow(NamedTuple):
    """One layer at one image size. `height` and `width` hold size and receptive field of each axis.

    Attributes:
        spatial: False for a vector (behind a global pool or flatten).
        unknown: True for a layer of unknown kind and everything behind it: only its size is known, or 0 if that is not.
        pooled: Every way to it leads through a global pool or flatten; it may still be a map, of one unit a channel.
        gated: A way to it leads through a global pool: by that way it sees the whole image. Its geometry is that of the others.
    """

    name: str
    kind: LayerKind
    row: str
    inputs: tuple[str, ...]
    height: Axis
    width: Axis
    channels: int
    cost: Cost
    spatial: bool = True
    unknown: bool = False
    pooled: bool = False
    gated: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Output shape of one image: `(height, width, channels)`, or `(features,)`."""
        return (self.height.size, self.width.size, self.channels) if self.spatial else (self.channels,)

    @property
    def elements(self) -> int:
        """Numbers in the output of one image."""
        return self.height.size * self.width.size * self.channels if self.spatial else self.channels


class Trace(NamedTuple):
    """All layers of a network at one image size."""

    rows: tuple[LayerRow, ...]
    image_size: tuple[int, int]

    @property
    def params(self) -> int:
        """Parameters of the whole network, as Keras counts them."""
        return sum(row.cost.params for row in self.rows)

    @property
    def trainable_params(self) -> int:
        """Parameters that training changes."""
        return sum(row.cost.trainable_params for row in self.rows)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one image."""
        return sum(row.cost.macs for row in self.rows)

    @property
    def final(self) -> LayerRow:
        """The last map before global pooling or flatten, on the way to the output."""
        by_name = {row.name: row for row in self.rows}
        row = self.rows[-1]
        while row.pooled:
            sources = [by_name[name] for name in row.inputs]
            row = next((source for source in sources if not source.pooled), sources[0])
        return row


def trace(graph: Graph, image_size: tuple[int, int] | None = None) -> Trace:
    """Walks the graph once.

    Args:
        graph: The network.
        image_size: (height, width) in px; the graph's own where it is not given.

    Raises:
        InputError: A layer that cannot be: a kernel larger than its map, a merge of unequal sizes, groups that do not divide
            the channels, a convolution behind a flatten.
    """
    size = image_size or graph.image_size
    rows: dict[str, LayerRow] = {}
    for layer in graph.layers:
        sources = [rows[name] for name in layer.inputs]
        try:
            if layer.kind == "input":
                rows[layer.name] = input_row(layer, graph.channels, size)
            elif layer.kind == "unknown":
                rows[layer.name] = unknown_row(layer, sources, known=size == graph.image_size)
            else:
                rows[layer.name] = layer_row(layer, sources)
        except Impossible as impossible:
            raise InputError(
                f'layer "{layer.name}" cannot be: {impossible} (image size {size[0]}x{size[1]})',
                help=impossible.help,
            ).of_row(layer.row) from None
    return Trace(tuple(rows.values()), size)


def input_row(layer: Layer, channels: int, size: tuple[int, int]) -> LayerRow:
    """The image, for which one axis stands for both where they are equal."""
    height = Axis(size[0])
    width = height if size[0] == size[1] else Axis(size[1])
    return LayerRow(layer.name, "input", layer.row, (), height, width, channels, NO_COST)


def unknown_row(layer: Layer, sources: list[LayerRow], *, known: bool = True) -> LayerRow:
    """A layer of which nobody knows what its units see.

    Args:
        layer: Of kind unknown.
        sources: What it reads.
        known: Whether the image has the size that the layer's `shape` was found at.
    """
    shape = layer.arguments.get("shape")
    spatial = len(shape) == 3 if shape else all(source.spatial for source in sources)
    height, width, channels = shape if shape and spatial else (0, 0, shape[-1] if shape else 0)
    axes = (Axis(height), Axis(width)) if known else (Axis(0), Axis(0))
    cost = Cost(*layer.counted) if layer.counted else Cost()
    return LayerRow(
        layer.name, "unknown", layer.row, layer.inputs, *axes, channels, cost, spatial, unknown=True, pooled=not spatial
    )  # fmt: skip


def layer_row(layer: Layer, sources: list[LayerRow]) -> LayerRow:
    """The row of a layer behind those that it reads.

    Raises:
        Impossible: It cannot be.
    """
    kind, arguments, first = layer.kind, layer.arguments, sources[0]
    _check_inputs(layer, sources)
    if len(sources) == 1:
        # Most layers read one other; what follows says the same for several.
        pooled, placed, unknown, gated = first.pooled or kind in SPATIAL_ENDS, sources, first.unknown, first.gated
    else:
        pooled = all(source.pooled for source in sources)
        # A branch that every unit reads alike has no place; the geometry of a merge is that of its other branches.
        placed = sources if pooled else [source for source in sources if not source.pooled]
        unknown = any(source.unknown for source in sources)
        gated = len(placed) < len(sources) or any(source.gated for source in sources)
    sizes_known = not unknown or all(source.height.size for source in placed)
    height, width = _axes(layer, placed) if sizes_known else (Axis(0), Axis(0))
    channels = output_channels(kind, arguments, [source.channels for source in sources])
    if channels is None:
        channels = first.elements
    spatial = _is_map(layer, sources)
    cost = NO_COST
    if kind in COSTLY:
        in_positions = first.height.size * first.width.size if first.spatial else 1
        cost = cost_of(kind, arguments, first.channels, channels, in_positions, height.size * width.size if spatial else 1)
    if layer.counted is not None:
        cost = Cost(*layer.counted, cost.macs)
    gated = gated or "whole_map" in arguments
    return LayerRow(
        layer.name, kind, layer.row, layer.inputs, height, width, channels, cost, spatial, unknown, pooled, gated
    )  # fmt: skip


def _is_map(layer: Layer, sources: list[LayerRow]) -> bool:
    if layer.kind == "reshape":
        return len(layer.arguments["target_shape"]) == 3
    if layer.kind in SPATIAL_ENDS:
        return bool(layer.arguments.get("keepdims", False)) and sources[0].spatial
    return sources[0].spatial  # Of a merge, all are maps or none is.


def _check_inputs(layer: Layer, sources: list[LayerRow]) -> None:
    kind, first = layer.kind, sources[0]
    if kind in NEEDS_MAP and not first.spatial:
        raise Impossible("there is no map behind a global pool or flatten", "move it up, or give the pool `keepdims: true`")
    if kind in MERGES:
        _check_merge(layer, sources)
    elif kind == "conv" and (groups := layer.arguments.get("groups", 1)) > 1:
        filters = layer.arguments["filters"]
        if first.channels % groups or filters % groups:
            fact = f"{groups} groups do not divide {first.channels} channels and {filters} filters"
            raise Impossible(fact, "give it `groups` that divide both")
    elif kind == "reshape":
        _check_reshape(layer.arguments["target_shape"], first)
    elif kind == "rescaling":
        _check_factors(layer.arguments, first.channels)


def _check_merge(layer: Layer, sources: list[LayerRow]) -> None:
    if len({source.spatial for source in sources}) > 1:
        raise Impossible("a map and a vector meet", "give the global pool `keepdims: true`")
    channels = {source.channels for source in sources}
    adds = layer.kind == "add"
    if layer.kind != "concat" and len(channels - ({1} if not adds else set())) > 1:
        several = ", ".join(str(source.channels) for source in sources)
        what = "are added" if adds else "meet"
        raise Impossible(f"maps of different channels {what}: {several}", "bring them to the same channels by a `bottleneck`")


def _check_reshape(target: tuple[int, ...], source: LayerRow) -> None:
    """A gate of one unit a channel, as a map or as a vector; other forms have no places that anybody knows."""
    channels = source.channels
    if target not in ((channels,), (1, 1, channels), source.shape) or source.elements != prod(target):
        raise Impossible(f"a {' x '.join(map(str, source.shape))} map takes the shape {target}")


def _check_factors(arguments: Mapping[str, Any], channels: int) -> None:
    for word in ("scale", "offset"):
        value = arguments.get(word)
        if isinstance(value, tuple) and len(value) != channels:
            fact = f"its {word} has {len(value)} numbers for {channels} channels"
            raise Impossible(fact, "give one number, or one for each channel")


SIDES = ("height", "width")


def _axes(layer: Layer, sources: list[LayerRow]) -> tuple[Axis, Axis]:
    first = sources[0]
    if layer.kind in UNIT_BY_UNIT:
        return first.height, first.width
    height = _axis(layer, [source.height for source in sources], 0)
    if first.height is first.width and _is_square(layer.arguments) and all(each.height is each.width for each in sources):
        return height, height
    return height, _axis(layer, [source.width for source in sources], 1)


UNIT_BY_UNIT: frozenset[LayerKind] = frozenset(
    {
        "activation", "batch_norm", "dropout", "augmentation", "rescaling", "layer_norm", "rms_norm", "unit_norm", "group_norm",
        "dense", "reshape",
    }
)  # fmt: skip
"""Layers of which a unit reads the unit at its own place."""


def _is_square(arguments: Mapping[str, Any]) -> bool:
    """Whether a layer does the same to both axes."""
    for name, value in arguments.items():
        if name in WINDOWS and value[0] != value[1] and not isinstance(value, str):
            return False
    return True


WINDOWS = frozenset({"kernel_size", "pool_size", "strides", "padding", "dilation_rate", "size", "cropping"})
"""Arguments that hold a value for each axis."""


def _axis(layer: Layer, axes: list[Axis], index: int) -> Axis:
    axis, arguments = axes[0], layer.arguments
    match layer.kind:
        case "conv" | "separable_conv" | "depthwise_conv" | "max_pool" | "average_pool":
            return operations.window_axis(axis, *window_arguments(layer, index))
        case "transposed_conv":
            return operations.transposed_axis_exactly(axis, *window_arguments(layer, index))
        case "upsample":
            return operations.upsampled_axis_exactly(axis, arguments["size"][index], arguments.get("interpolation", "nearest"))
        case "zero_padding":
            return operations.padded_axis(axis, *arguments["padding"][index])
        case "cropping":
            before, after = arguments["cropping"][index]
            return operations.padded_axis(axis, -before, -after)
        case "concat" | "add" | "subtract" | "multiply" | "average" | "maximum" | "minimum":
            return operations.merged_axis(axes) if len(axes) > 1 else axis
        case "global_average_pool" | "global_max_pool" | "flatten":
            return operations.pooled_axis(axis)
        case _:
            return axis


def window_arguments(layer: Layer, index: int) -> tuple[int, int, Any, int]:
    """Kernel or pool size, strides, padding and dilation rate of a layer on one axis; `index` is 0 for height, 1 for width."""
    arguments = layer.arguments
    window = arguments["kernel_size"] if "kernel_size" in arguments else arguments["pool_size"]
    padding = arguments["padding"]
    dilation = arguments.get("dilation_rate")
    return (
        window[index],
        arguments["strides"][index],
        padding if isinstance(padding, str) else padding[index],
        dilation[index] if dilation else 1,
    )


def exact_number(value: Exact) -> int | float:
    """A number as JSON has it: whole where it is whole.

    >>> from fractions import Fraction
    >>> exact_number(3), exact_number(Fraction(1, 2))
    (3, 0.5)
    """
    return value if isinstance(value, int) else float(value)
