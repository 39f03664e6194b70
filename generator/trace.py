"""The one walk: a graph at an image size → a row a layer with shape, geometry and cost.

Everything that shows, checks or compares numbers reads these rows; nothing else computes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from generator import geometry
from generator.cost import Cost, cost_of
from generator.errors import InputError
from generator.geometry import Axis, Exact, Impossible
from generator.graph import Graph, Layer, LayerKind, output_channels

SPATIAL_ENDS: frozenset[LayerKind] = frozenset({"global_average_pool", "global_max_pool", "flatten"})
"""Layers behind which there are no maps; the geometry of a design is that of the last map before them. A dense layer on a
map is, in Keras, a 1x1 convolution."""


class LayerRow(NamedTuple):
    """One layer at one image size. `height` and `width` hold size and receptive field of each axis.

    Attributes:
        spatial: False for a vector (behind a global pool or flatten).
        unknown: True for a layer of unknown kind and everything behind it; its numbers mean nothing.
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
        while not row.spatial or row.kind in SPATIAL_ENDS:
            row = by_name[row.inputs[0]]
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
            rows[layer.name] = _input_row(layer, graph.channels, size) if layer.kind == "input" else _row(layer, sources)
        except Impossible as impossible:
            raise InputError(
                f'layer "{layer.name}" cannot be: {impossible} (image size {size[0]}x{size[1]})',
                help="pad it, make the window smaller, or give a larger image size",
            ) from None
    return Trace(tuple(rows.values()), size)


def _input_row(layer: Layer, channels: int, size: tuple[int, int]) -> LayerRow:
    return LayerRow(layer.name, "input", layer.row, (), Axis(size[0]), Axis(size[1]), channels, Cost())


def _row(layer: Layer, sources: list[LayerRow]) -> LayerRow:
    first = sources[0]
    unknown = layer.kind == "unknown" or any(source.unknown for source in sources)
    _check_inputs(layer, sources)
    height, width = _axes(layer, sources)
    spatial = first.spatial and layer.kind not in SPATIAL_ENDS if layer.kind != "reshape" else True
    if layer.kind == "multiply":
        spatial = any(source.spatial for source in sources)
    channels = output_channels(layer.kind, layer.arguments, [source.channels for source in sources])
    if channels is None:
        channels = first.elements
    cost = cost_of(
        layer.kind,
        layer.arguments,
        first.channels,
        channels,
        first.height.size * first.width.size if first.spatial else 1,
        height.size * width.size if spatial else 1,
    )
    return LayerRow(layer.name, layer.kind, layer.row, layer.inputs, height, width, channels, cost, spatial, unknown)


def _check_inputs(layer: Layer, sources: list[LayerRow]) -> None:
    first = sources[0]
    needs_map = "kernel_size" in layer.arguments or layer.kind in (
        "max_pool",
        "average_pool",
        "upsample",
        "zero_padding",
        "cropping",
    )
    if needs_map and not first.spatial:
        raise Impossible("there is no map behind a global pool or flatten")
    groups = layer.arguments.get("groups", 1)
    if groups > 1 and (first.channels % groups or layer.arguments["filters"] % groups):
        raise Impossible(f"{groups} groups do not divide {first.channels} channels and {layer.arguments['filters']} filters")
    if layer.kind == "add" and len({source.channels for source in sources}) > 1:
        raise Impossible("maps of different channels are added: " + ", ".join(str(source.channels) for source in sources))
    if layer.kind in ("add", "concat") and len({source.spatial for source in sources}) > 1:
        raise Impossible("a map and a vector meet")


def _axes(layer: Layer, sources: list[LayerRow]) -> tuple[Axis, Axis]:
    height, width = (_axis(layer, [getattr(source, side) for source in sources], index) for index, side in enumerate(SIDES))
    return height, width


SIDES = ("height", "width")


def _axis(layer: Layer, axes: list[Axis], index: int) -> Axis:
    axis, arguments = axes[0], layer.arguments
    match layer.kind:
        case "conv" | "separable_conv" | "depthwise_conv":
            return geometry.window(axis, *_window_arguments(arguments, "kernel_size", index))
        case "max_pool" | "average_pool":
            return geometry.window(axis, *_window_arguments(arguments, "pool_size", index))
        case "transposed_conv":
            return geometry.transposed(axis, *_window_arguments(arguments, "kernel_size", index))
        case "upsample":
            return geometry.upsample(axis, arguments["size"][index], arguments.get("interpolation", "nearest"))
        case "zero_padding":
            return geometry.margins(axis, *arguments["padding"][index])
        case "cropping":
            before, after = arguments["cropping"][index]
            return geometry.margins(axis, -before, -after)
        case "add" | "concat":
            return geometry.merge(axes)
        case "multiply":
            # A gate of one unit a channel scales the map; the map's own geometry is what is shown.
            return max(axes, key=lambda other: other.size)
        case "global_average_pool" | "global_max_pool" | "flatten":
            return geometry.whole(axis)
        case _:
            return axis


def _window_arguments(arguments: Mapping[str, Any], key: str, index: int) -> tuple[int, int, Any, int]:
    padding = arguments["padding"]
    dilation = arguments.get("dilation_rate", (1, 1))
    return (
        arguments[key][index],
        arguments["strides"][index],
        padding if isinstance(padding, str) else padding[index],
        dilation[index],
    )


def exact(value: Exact) -> int | float:
    """A number as JSON has it: whole where it is whole.

    >>> exact(3), exact(geometry.Fraction(1, 2))
    (3, 0.5)
    """
    return value if isinstance(value, int) else float(value)
