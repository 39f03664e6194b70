"""The third proof: what units of the last map see, by the calculator and by gradient, in the middle and at the borders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

from generator.errors import InputError
from generator.geometry import Axis
from generator.graph import Graph
from generator.phases import Span
from generator.seen import Spans, paths_to, seen
from generator.trace import SIDES, Trace, trace
from tinymodel.verify.probe import Seen

MAX_SIDE = 8_192
"""Largest image of a probe, px; the other axis keeps the network's own size."""
MAX_ELEMENTS = 500_000_000
"""Most numbers in the maps of all units that are probed at once, 4 GB; above it the proof is left out."""
BORDER_UNITS = 2
"""Units at each border that are probed."""
MIDDLE_UNITS = 3
"""Units in the middle, at least; behind an upsampling as many as see different things, up to `MAX_MIDDLE_UNITS`."""
MAX_MIDDLE_UNITS = 8


class Difference(NamedTuple):
    """Two numbers that should be one."""

    layer: str
    what: str
    calculated: Any
    found: Any

    def __str__(self) -> str:
        return f'layer "{self.layer}", {self.what}: calculated {self.calculated}, found {self.found}'


class FieldProof(NamedTuple):
    """What was shown of the receptive field.

    Attributes:
        layer: The last map.
        probed: Units whose gradients were taken.
        differences: Units that see something else than the calculator says.
        left_out: What could not be shown, and why.
    """

    layer: str
    probed: int
    differences: tuple[Difference, ...]
    left_out: tuple[str, ...]


def prove_field(graph: Graph, traced: Trace, operations: Mapping[str, Any]) -> FieldProof:
    """Compares what units of the last map see.

    Args:
        graph: The network.
        traced: It at its own image size.
        operations: The Keras layer of each of its layers, by name.
    """
    final = traced.final
    if final.unknown:
        unknown = next(row.name for row in traced.rows if row.kind == "unknown")
        return FieldProof(final.name, 0, (), (f'what "{final.name}" sees: layer "{unknown}" before it is of unknown kind',))
    own = paths_to(graph, final.name)
    witness = Seen(own, operations)
    probed, differences, left_out = 0, list[Difference](), list[str]()
    if final.gated:
        left_out.append("paths through a global pool: by them a unit sees the whole image, and the others are what is compared")
    for index, side in enumerate(SIDES):
        for size, inside in _sizes(own, traced, index, left_out):
            at = trace(own, size)
            row = at.rows[-1]
            if _elements(at) * (2 * BORDER_UNITS + MAX_MIDDLE_UNITS) > MAX_ELEMENTS:
                left_out.append(f"{side} at {size[0]} x {size[1]}: the maps are too large")
                continue
            spans = seen(own, at)[row.name]
            beside = _widest(spans[1 - index])
            axis: Axis = getattr(row, side)
            units = _middle(axis) if inside else _borders(axis)
            places = [(unit, beside) if index == 0 else (beside, unit) for unit in units]
            found = [both[index] for both in witness.of(places, size)]
            probed += len(units)
            differences += _compared(final.name, side, units, spans[index], found)
            if inside:
                differences += _closed_form(final.name, side, axis, units, found, left_out)
    return FieldProof(final.name, probed, tuple(differences), tuple(dict.fromkeys(left_out)))


def _compared(layer: str, side: str, units: list[int], along: Spans, found: list[Span]) -> Iterator[Difference]:
    for unit, span in zip(units, found, strict=True):
        if along[unit] != span:
            yield Difference(layer, f"{side}, pixels of unit {unit}", _words(along[unit]), _words(span))


def _closed_form(
    layer: str, side: str, axis: Axis, units: list[int], found: list[Span], left_out: list[str]
) -> Iterator[Difference]:
    """rf, jump and start, against units that the image's borders do not reach."""
    differing = list(_unlike(layer, side, axis, units, found))
    if axis.aligned:
        yield from differing
    elif differing:
        extent = max(map(_extent, found), default=0)
        left_out.append(
            f"{side}: branches look at different places, so rf {axis.rf}, of the longest path, is not the {extent} px that all "
            "of them see together; what each unit sees agrees"
        )


def _unlike(layer: str, side: str, axis: Axis, units: list[int], found: list[Span]) -> Iterator[Difference]:
    for unit, span in zip(units, found, strict=True):
        if axis.phases is not None:
            expected = axis.phases[0].span(unit)
        else:
            centre, half = axis.start + unit * axis.jump, Fraction(axis.rf - 1) / 2
            expected = int(centre - half), int(centre + half)
        if expected != span:
            yield Difference(layer, f"{side}, rf {axis.rf} around unit {unit}", _words(expected), _words(span))
    if axis.phases is not None and len(axis.phases[0].spans) <= len(units):
        extent = max(map(_extent, found), default=0)
        if extent != axis.rf:
            yield Difference(layer, f"{side}, rf", axis.rf, extent)


def _sizes(graph: Graph, traced: Trace, index: int, left_out: list[str]) -> Iterator[tuple[tuple[int, int], bool]]:
    """The network's own image size, for the borders; one at which a unit in the middle sees all that it can."""
    yield traced.image_size, False
    side = SIDES[index]
    own = traced.image_size[index]
    step = _period(graph, index)
    while own <= MAX_SIDE:
        size = (own, traced.image_size[1]) if index == 0 else (traced.image_size[0], own)
        try:
            row = trace(graph, size).rows[-1]
        except InputError as error:
            left_out.append(f"{side} of rf in full: {error.fact}")
            return
        axis: Axis = getattr(row, side)
        if _fits(axis, own):
            yield size, True
            return
        # Sizes that differ by the product of all strides are padded alike, so they have one start.
        lacking = int(axis.rf) + step - own
        own += max(step, -(-lacking // step) * step)
    left_out.append(f"{side} of rf in full: it takes an image of more than {MAX_SIDE:,} px")


def _period(graph: Graph, index: int) -> int:
    """Pixels by which an image may grow so that all layers pad it as before: the product of the strides on every path."""
    steps: dict[str, int] = {}
    for layer in graph.layers:
        step = lcm(*(steps[source] for source in layer.inputs))
        if layer.kind != "transposed_conv" and "strides" in layer.arguments:
            step *= layer.arguments["strides"][index]
        steps[layer.name] = step
    return min(steps[graph.layers[-1].name], MAX_SIDE)


def _fits(axis: Axis, size: int) -> bool:
    """Whether the units in the middle see nothing outside the image."""
    units = _middle(axis)
    if len(units) < min(axis.size, MIDDLE_UNITS) or axis.size < MIDDLE_UNITS:
        return False
    if axis.phases is not None:
        spans = [span for unit in units if (span := axis.phases[0].span(unit))]
        return all(span[0] >= 0 and span[1] < size for span in spans)
    half = Fraction(axis.rf - 1) / 2
    return axis.start + units[0] * axis.jump - half >= 0 and axis.start + units[-1] * axis.jump + half < size


def _middle(axis: Axis) -> list[int]:
    period = len(axis.phases[0].spans) if axis.phases is not None else 1
    count = min(max(MIDDLE_UNITS, period), MAX_MIDDLE_UNITS, axis.size)
    first = (axis.size - count) // 2
    return list(range(first, first + count))


def _borders(axis: Axis) -> list[int]:
    last = axis.size - 1
    return sorted({*range(min(BORDER_UNITS, axis.size)), *range(max(0, last - BORDER_UNITS + 1), last + 1), last // 2})


def _widest(spans: Spans) -> int:
    """The unit on the other axis: one that sees as much as any, by all paths, as near to the middle as there is one."""
    middle = (len(spans) - 1) / 2
    return max(range(len(spans)), key=lambda unit: (_extent(spans[unit]), -abs(unit - middle)))


def _extent(span: Span) -> int:
    return span[1] - span[0] + 1 if span else 0


def _elements(traced: Trace) -> int:
    return sum(row.height.size * row.width.size for row in traced.rows)


def _words(span: Span) -> str:
    return f"px {span[0]} to {span[1]}" if span else "nothing"
