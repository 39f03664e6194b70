"""What every unit of a map sees, on each axis, at a given image size: the first and last pixel, borders and padding included.

Receptive fields say what a unit in the middle could see. At a border less of it is there, and what that is depends on every
padding on the way; so the units are followed one by one. Paths through global pools are left out, as in the trace.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from generator.geometry.axis import axis_padding_of, effective_kernel, transposed_axis_cut
from generator.geometry.periods import Span, span_around
from generator.geometry.reads import Reads, shifted_reads, transposed_reads, upsample_reads, window_reads
from generator.network.graph import MERGES, Graph, Layer
from generator.network.trace import SIDES, Trace, trace, window_arguments

Spans = tuple[Span, ...]
"""Of each unit along an axis."""


def paths_to_map(graph: Graph, name: str) -> Graph:
    """The part of a graph that a map is made by, without what comes from global pools.

    Raises:
        InputError: The network cannot be at its own image size.
    """
    rows = {row.name: row for row in trace(graph).rows}
    kept: dict[str, Layer] = {}
    waiting = {name}
    for layer in reversed(graph.layers):
        if layer.name in waiting:
            inputs = tuple(source for source in layer.inputs if not rows[source].pooled)
            kept[layer.name] = layer if inputs == layer.inputs else replace(layer, inputs=inputs)
            waiting.update(inputs)
    return replace(graph, layers=tuple(reversed(kept.values())))


def seen_by_units(graph: Graph, traced: Trace) -> dict[str, tuple[Spans, Spans]]:
    """What the units of each layer see, (height, width).

    Args:
        graph: Of layers with a place and a known kind only, as `paths_to_map` gives it.
        traced: The same at the image size that is asked about.

    >>> from generator.network.graph import Layer
    >>> window = {"kernel_size": (3, 3), "strides": (2, 2), "padding": "same"}
    >>> layers = (Layer("image", "input", (), ""), Layer("conv", "conv", ("image",), "", {"filters": 1, **window}))
    >>> graph = Graph(layers, 3, (6, 6))
    >>> seen_by_units(graph, trace(graph))["conv"][0]
    ((0, 2), (2, 4), (4, 5))
    """
    rows = {row.name: row for row in traced.rows}
    found: dict[str, tuple[Spans, Spans]] = {}
    for layer in graph.layers:
        if layer.kind == "input":
            height, width = traced.image_size
            found[layer.name] = tuple((pixel, pixel) for pixel in range(height)), tuple((at, at) for at in range(width))
            continue
        sides = []
        for index, side in enumerate(SIDES):
            size = getattr(rows[layer.name], side).size
            sources = [found[source][index] for source in layer.inputs]
            reads = None if layer.kind in MERGES else reads_of_unit(layer, len(sources[0]), index)
            if reads is None:
                sides.append(tuple(span_around([source[unit] for source in sources]) for unit in range(size)))
            else:
                sides.append(tuple(span_around(_existing(sources[0], reads, unit)) for unit in range(size)))
        found[layer.name] = sides[0], sides[1]
    return found


class Reach(NamedTuple):
    """How units of the last map read the maps before it, on one axis.

    Attributes:
        everywhere: By every layer they see something, and not only padding.
        untouched: They read nothing that is not there: no border of any map changes what they see.
    """

    everywhere: bool
    untouched: bool


def reach_of_units(graph: Graph, traced: Trace, index: int, units: Iterable[int]) -> Reach:
    """Follows units back to the image.

    Args:
        graph: As for `seen_by_units`.
        traced: The same at the image size that is asked about.
        index: 0 for height, 1 for width.
        units: Along that axis.
    """
    rows = {row.name: row for row in traced.rows}
    needed: dict[str, set[int]] = {graph.layers[-1].name: set(units)}
    everywhere = untouched = True
    for layer in reversed(graph.layers):
        for source in layer.inputs:
            size = getattr(rows[source], SIDES[index]).size
            reads = None if layer.kind in MERGES else reads_of_unit(layer, size, index)
            read = needed[layer.name] if reads is None else {at for unit in needed[layer.name] for at in reads(unit)}
            existing = {at for at in read if 0 <= at < size}
            everywhere = everywhere and bool(existing)
            untouched = untouched and len(existing) == len(read)
            needed.setdefault(source, set()).update(existing)
    return Reach(everywhere, untouched)


def reads_of_unit(layer: Layer, size: int, index: int) -> Reads | None:
    """Which units of its input a unit of a layer reads; None where it is the one at its own place.

    Args:
        layer: Not a merge.
        size: Of its input.
        index: 0 for height, 1 for width.
    """
    arguments = layer.arguments
    match layer.kind:
        case "conv" | "separable_conv" | "depthwise_conv" | "max_pool" | "average_pool":
            kernel, strides, padding, dilation = window_arguments(layer, index)
            before, _ = axis_padding_of(size, effective_kernel(kernel, dilation), strides, padding)
            return window_reads(kernel, strides, before, dilation)
        case "transposed_conv":
            kernel, strides, padding, dilation = window_arguments(layer, index)
            return transposed_reads(
                kernel, strides, transposed_axis_cut(effective_kernel(kernel, dilation), strides, padding), dilation
            )
        case "upsample":
            return upsample_reads(arguments["size"][index], arguments.get("interpolation", "nearest"))
        case "zero_padding":
            return shifted_reads(arguments["padding"][index][0])
        case "cropping":
            return shifted_reads(-arguments["cropping"][index][0])
        case _:
            return None


def _existing(units: Spans, reads: Reads, unit: int) -> list[Span]:
    return [units[read] for read in reads(unit) if 0 <= read < len(units)]
