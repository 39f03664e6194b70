"""Where branches meet that look at different places of the image, and how they would look at the same one.

A unit of one branch is added to the unit of the other that has the same index. Their receptive fields have one centre only if
jump and start agree. A 3x3 stride-2 "same" convolution puts its odd pixel of padding at the end of a map of even size, so it
looks one pixel further than the 1x1 stride-2 shortcut beside it; at odd sizes the two agree.

Source: Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019, "Alignment criteria".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from generator.errors import InputError
from generator.geometry.axis import Exact, whole_if_exact
from generator.network.graph import MERGES, Graph, Layer
from generator.network.trace import LayerRow, Trace, trace
from generator.text import sides


class Misalignment(NamedTuple):
    """A merge whose branches do not look at the same place.

    Attributes:
        merge: Name of the layer.
        branches: The two that are furthest apart.
        offset: Input pixels between the centres of their units, (height, width); at the first unit where jumps differ.
        jumps: Of the two branches, where they differ on an axis.
        pairing: What aligns them, in words; None where nothing simple does.
    """

    merge: str
    branches: tuple[str, str]
    offset: tuple[Exact, Exact]
    jumps: tuple[Exact, Exact] | None
    pairing: str | None

    def __str__(self) -> str:
        apart = sides(*(f"{float(side):g}" for side in self.offset))
        what = f'{apart} px apart at "{self.merge}"'
        if self.jumps:
            what += " and drift, with jumps {} and {}".format(*self.jumps)
        help = f"; aligned with {self.pairing}" if self.pairing else ""
        return f'"{self.branches[0]}" and "{self.branches[1]}" look at places {what}{help}'


def misalignments(graph: Graph, traced: Trace) -> list[Misalignment]:
    """The merges at which branches are out of line, in the order of the graph; what is passed on is not said again."""
    rows = {row.name: row for row in traced.rows}
    found = []
    for layer in graph.layers:
        # What a global pool says of the whole map has no place that could be out of line.
        sources = [row for name in layer.inputs if not (row := rows[name]).pooled]
        if layer.kind not in MERGES or not sources or any(row.unknown for row in sources):
            continue
        first, last = min(sources, key=_place), max(sources, key=_place)
        if _grid(first) != _grid(last):
            found.append(_misalignment(graph, traced, layer, first, last))
    return found


def _misalignment(graph: Graph, traced: Trace, layer: Layer, first: LayerRow, last: LayerRow) -> Misalignment:
    height, width = (
        whole_if_exact(abs(getattr(last, side).start - getattr(first, side).start)) for side in ("height", "width")
    )
    jumps = next(
        (
            (one.jump, other.jump)
            for one, other in ((first.height, last.height), (first.width, last.width))
            if one.jump != other.jump
        ),
        None,
    )
    return Misalignment(
        layer.name, (first.name, last.name), (height, width), jumps, _pairing(graph, traced, layer, (first.name, last.name))
    )


def _place(row: LayerRow) -> tuple[Exact, Exact]:
    return row.height.start, row.width.start


def _grid(row: LayerRow) -> tuple[tuple[Exact, Exact], ...]:
    return tuple((axis.jump, axis.start) for axis in (row.height, row.width))


def _pairing(graph: Graph, traced: Trace, merge: Layer, branches: Sequence[str]) -> str | None:
    """Symmetric padding for the strided "same" windows of odd size in the branches, if that aligns them."""
    layers = {layer.name: layer for layer in graph.layers}
    own = [_upstream(layers, name) for name in branches]
    shared = own[0] & own[1]
    changed = {name: symmetric for name in (own[0] | own[1]) - shared if (symmetric := _symmetric(layers[name]))}
    if not changed:
        return None
    mended = replace(graph, layers=tuple(changed.get(layer.name, layer) for layer in graph.layers))
    try:
        rows = {row.name: row for row in trace(mended, traced.image_size).rows}
    except InputError:
        return None
    if len({_grid(rows[name]) for name in merge.inputs if not rows[name].pooled}) > 1:
        return None
    parts = [f'padding {_pixels(layer)} in place of "same" in "{name}"' for name, layer in changed.items()]
    return " and ".join(sorted(parts))


def _upstream(layers: Mapping[str, Layer], name: str) -> set[str]:
    found, waiting = set(), [name]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting.extend(layers[current].inputs)
    return found


def _symmetric(layer: Layer) -> Layer | None:
    arguments = layer.arguments
    window = arguments.get("kernel_size") or arguments.get("pool_size")
    if layer.kind == "transposed_conv" or window is None or arguments["padding"] != "same" or max(arguments["strides"]) == 1:
        return None
    dilation = arguments.get("dilation_rate", (1, 1))
    extents = [rate * (side - 1) + 1 for rate, side in zip(dilation, window, strict=True)]
    if extents == [1, 1] or any(extent % 2 == 0 for extent in extents):
        return None
    padding = tuple(((extent - 1) // 2, (extent - 1) // 2) for extent in extents)
    return replace(layer, arguments={**arguments, "padding": padding})


def _pixels(layer: Layer) -> str:
    (height, _), (width, _) = layer.arguments["padding"]
    return sides(height, width)
