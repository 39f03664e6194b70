"""The third proof: what units of the last map see, by the calculator and by gradient, in the middle and at the borders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

import keras

from generator.errors import InputError
from generator.geometry.axis import Axis
from generator.geometry.periods import Span
from generator.network.graph import Graph
from generator.network.trace import SIDES, Trace, trace
from generator.network.units import Spans, paths_to_map, reach_of_units, seen_by_units
from tinymodel.verification.probe import Seen

MAX_SIDE = 8_192
"""Largest image of a probe, px; the other axis keeps the network's own size."""
MAX_ELEMENTS = 500_000_000
"""Most numbers in the maps of all units that are probed at once, 4 GB; above it the proof is left out."""
BORDER_UNITS = 2
"""Units at each border that are probed."""
MIDDLE_UNITS = 3
"""Units in the middle, at least; behind an upsampling as many as see different things, up to `MAX_MIDDLE_UNITS`."""
MAX_MIDDLE_UNITS = 8
MAX_BESIDE = 9
"""Units on the other axis that are tried until one sees something by every path."""
MAX_LINE = 200
"""Characters of a backend's message that are repeated."""


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
    prover = _Prover(paths_to_map(graph, final.name), traced.image_size, operations)
    if final.gated:
        prover.left_out.append(
            "paths through a global pool: by them a unit sees the whole image, and the others are what is compared"
        )
    for index in (0, 1):
        prover.compare(index, inside=False)
        prover.compare(index, inside=True)
    return FieldProof(final.name, prover.probed, tuple(prover.differences), tuple(dict.fromkeys(prover.left_out)))


class _Prover:
    """Compares units of the last map of a graph, and collects what came out."""

    def __init__(self, graph: Graph, image_size: tuple[int, int], operations: Mapping[str, Any]) -> None:
        self.graph, self.image_size = graph, image_size
        self.name = graph.layers[-1].name
        self.witness = Seen(graph, operations)
        self.probed = 0
        self.differences: list[Difference] = []
        self.left_out: list[str] = []
        self.large = [self._large(index) for index in (0, 1)]

    def compare(self, index: int, *, inside: bool) -> None:
        """Units along one axis: those at the borders of the network's own image, or those in the middle of a large one."""
        side, length = SIDES[index], self.large[index] if inside else self.image_size[index]
        if length is None:
            return
        for other in (self.image_size[1 - index], self.large[1 - index]):
            if other is None:
                continue
            at = self._traced((length, other) if index == 0 else (other, length))
            if at is None:
                continue
            beside = _beside(self.graph, at, 1 - index)
            if beside is not None:
                self._compare(index, at, beside, inside=inside)
                return
        self.left_out.append(f"{side}: every unit looks past the map on the other axis")

    def _compare(self, index: int, at: Trace, beside: int, *, inside: bool) -> None:
        side, row = SIDES[index], at.rows[-1]
        where = "{} at {} x {} px".format(side, *at.image_size)
        axis: Axis = getattr(row, side)
        units = _middle(axis) if inside else _borders(axis)
        if sum(each.height.size * each.width.size for each in at.rows) * len(units) > MAX_ELEMENTS:
            self.left_out.append(f"{where}: the maps are too large")
            return
        places = [(unit, beside) if index == 0 else (beside, unit) for unit in units]
        try:
            found = [both[index] for both in self.witness.of(places, at.image_size)]
        except Exception as error:
            # Keras builds some layers that a backend then does not carry out; each has errors of its own for that.
            self.left_out.append(f"{where}: {keras.backend.backend()} stops: {_line(error)}")
            return
        self.probed += len(units)
        self.differences += _compared(self.name, side, units, seen_by_units(self.graph, at)[self.name][index], found)
        if inside:
            self.differences += _closed_form(self.name, side, axis, units, found, self.left_out)

    def _traced(self, size: tuple[int, int]) -> Trace | None:
        try:
            return trace(self.graph, size)
        except InputError:
            return None

    def _large(self, index: int) -> int | None:
        """An image side at which units in the middle see all that they can."""
        side, own = SIDES[index], self.image_size[index]
        step = _period(self.graph, index)
        while own <= MAX_SIDE:
            size = (own, self.image_size[1]) if index == 0 else (self.image_size[0], own)
            at = self._traced(size)
            if at is None:
                self.left_out.append(f"{side} of rf in full: the network cannot be at {size[0]} x {size[1]} px")
                return None
            axis: Axis = getattr(at.rows[-1], side)
            if axis.size >= MIDDLE_UNITS and reach_of_units(self.graph, at, index, _middle(axis)).untouched:
                return own
            # Sizes that differ by the product of all strides are padded alike, so they have one start.
            lacking = int(axis.rf) + step - own
            own += max(step, -(-lacking // step) * step)
        self.left_out.append(f"{side} of rf in full: it takes an image of more than {MAX_SIDE:,} px")
        return None


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


def _period(graph: Graph, index: int) -> int:
    """Pixels by which an image may grow so that all layers pad it as before: the product of the strides on every path."""
    steps: dict[str, int] = {}
    for layer in graph.layers:
        step = lcm(*(steps[source] for source in layer.inputs))
        if layer.kind != "transposed_conv" and "strides" in layer.arguments:
            step *= layer.arguments["strides"][index]
        steps[layer.name] = step
    return min(steps[graph.layers[-1].name], MAX_SIDE)


def _middle(axis: Axis) -> list[int]:
    period = len(axis.phases[0].spans) if axis.phases is not None else 1
    count = min(max(MIDDLE_UNITS, period), MAX_MIDDLE_UNITS, axis.size)
    first = (axis.size - count) // 2
    return list(range(first, first + count))


def _borders(axis: Axis) -> list[int]:
    last = axis.size - 1
    return sorted({*range(min(BORDER_UNITS, axis.size)), *range(max(0, last - BORDER_UNITS + 1), last + 1), last // 2})


def _beside(graph: Graph, at: Trace, index: int) -> int | None:
    """A unit on the other axis that sees something by every path, as near to the middle as there is one."""
    size = getattr(at.rows[-1], SIDES[index]).size
    nearest = sorted(range(size), key=lambda unit: abs(2 * unit + 1 - size))[:MAX_BESIDE]
    return next((unit for unit in nearest if reach_of_units(graph, at, index, [unit]).everywhere), None)


def _extent(span: Span) -> int:
    return span[1] - span[0] + 1 if span else 0


def _line(error: Exception) -> str:
    """The line of a backend's message that says what is wrong; where in its graph that is comes last."""
    lines = [line.strip() for line in str(error).splitlines()]
    said = [line for line in lines if line and not line.startswith("[[")]
    return said[-1][:MAX_LINE] if said else type(error).__name__


def _words(span: Span) -> str:
    return f"px {span[0]} to {span[1]}" if span else "nothing"
