"""What one row does to the map that it reads: found by `expand` and `trace` of this row alone, and kept.

So the judging of edits has no arithmetic of its own beside theirs, and a new kind of row needs nothing here. Whatever rf and
jump are where a row begins, along each axis it does `rf += grown * jump; jump *= factor`; that is why its step from a map can
be kept and used again wherever the row meets a map of this shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from generator import geometry, rows
from generator.buildable import check_buildable
from generator.design import Design
from generator.errors import InputError
from generator.expand import expand
from generator.geometry import Axis, Exact, Impossible
from generator.graph import Graph
from generator.resolutions import WINDOWS
from generator.trace import LayerRow, trace

FIELD_BITS = 96
"""Width of one of the sums that are packed into one integer, so that one addition a row adds all of them up."""
_MASK = (1 << FIELD_BITS) - 1


class Map(NamedTuple):
    """A map between two rows; of a vector, height and width are 1 and the channels are its features."""

    height: int
    width: int
    channels: int


class State(NamedTuple):
    """What stands between two rows: a map, or a vector, for every image size."""

    maps: tuple[Map, ...]
    spatial: bool = True


class Sums(NamedTuple):
    """What is added up over the layers, for one image size.

    Attributes:
        elements: Numbers in the outputs of one image.
        oversized: Windows of convolutions that are larger than the map they read, padding apart.
    """

    params: int = 0
    macs: int = 0
    elements: int = 0
    oversized: int = 0


class Step(NamedTuple):
    """What a row does: the number of the state behind it, its packed sums, and how it moves rf and jump of each axis."""

    state: int
    sums: int
    grown_height: Exact
    factor_height: Exact
    grown_width: Exact
    factor_width: Exact
    spatial: bool


class _Walk(NamedTuple):
    """A row at one map: its last layer, and the sums of its layers."""

    end: LayerRow
    sums: Sums


class Variant:
    """A row, whatever its name, with what is known of it.

    Attributes:
        steps: By the number of the state that it reads; None where it cannot be.
        merged: By the numbers of the states that it merges.
        graphs: By the channels that it reads.
        walks: By the map that it reads.
    """

    __slots__ = ("graphs", "merged", "merges", "row", "steps", "walks")

    def __init__(self, row: rows.Row) -> None:
        self.row = row
        self.merges = isinstance(row, rows.Concat | rows.Add)
        self.steps: dict[int, Step | None] = {}
        self.merged: dict[tuple[int, ...], Step | None] = {}
        self.graphs: dict[tuple[int, bool], Graph] = {}
        self.walks: dict[tuple[Map, bool], _Walk] = {}


def pack(sums: Sequence[Sums]) -> int:
    """The sums of every image size as one integer; packed sums are added as they are.

    >>> unpack(pack([Sums(1, 2, 3, 0)]) + pack([Sums(10, 20, 30, 1)]), 1)
    (Sums(params=11, macs=22, elements=33, oversized=1),)
    """
    return sum(value << FIELD_BITS * index for index, value in enumerate(value for each in sums for value in each))


def unpack(packed: int, sizes: int) -> tuple[Sums, ...]:
    """The sums of each of so many image sizes."""
    values = [packed >> FIELD_BITS * index & _MASK for index in range(sizes * len(Sums._fields))]
    return tuple(Sums(*values[first : first + len(Sums._fields)]) for first in range(0, len(values), len(Sums._fields)))


class Stepper:
    """Makes steps, and numbers the states between them.

    Args:
        design: Whose rows they are; it says the number of classes.
    """

    def __init__(self, design: Design) -> None:
        self.states: list[State] = []
        self._numbers: dict[State, int] = {}
        self._variants: dict[rows.Row, Variant] = {}
        self._design = design

    def number(self, state: State) -> int:
        """The number of a state, from 0."""
        if state not in self._numbers:
            self._numbers[state] = len(self.states)
            self.states.append(state)
        return self._numbers[state]

    def variant(self, row: rows.Row) -> Variant:
        """The variant of a row; rows that differ only in name, block, note and what they read share one."""
        bare = row.model_copy(update={"name": None, "block": None, "note": None, "inputs": None})
        if bare not in self._variants:
            self._variants[bare] = Variant(bare)
        return self._variants[bare]

    def step(self, variant: Variant, state: int) -> Step | None:
        """The step of a row from a state; None where it cannot be."""
        if state not in variant.steps:
            try:
                variant.steps[state] = self._made(variant, self.states[state])
            except InputError:
                variant.steps[state] = None
        return variant.steps[state]

    def merge(self, variant: Variant, states: tuple[int, ...]) -> Step | None:
        """The step of a concatenation or an addition of states; None where they do not fit each other."""
        if states not in variant.merged:
            variant.merged[states] = self._joined(variant.row, [self.states[state] for state in states])
        return variant.merged[states]

    def _made(self, variant: Variant, state: State) -> Step:
        walks = []
        for at in state.maps:
            key = (at, state.spatial)
            if key not in variant.walks:
                variant.walks[key] = self._walked(variant, at, state.spatial)
            walks.append(variant.walks[key])
        end = walks[0].end
        behind = State(tuple(_map_of(walk.end) for walk in walks), end.spatial)
        sums = pack([walk.sums for walk in walks])
        height, width = end.height, end.width
        return Step(self.number(behind), sums, height.rf - 1, height.jump, width.rf - 1, width.jump, end.spatial)

    def _walked(self, variant: Variant, at: Map, spatial: bool) -> _Walk:
        plan = (variant.row,) if spatial else (rows.Flatten(), variant.row)
        key = (at.channels, spatial)
        if key not in variant.graphs:
            image = self._design.input.model_copy(update={"channels": at.channels})
            graph = expand(self._design.model_copy(update={"input": image, "plan": plan}))
            check_buildable(graph)
            variant.graphs[key] = graph
        traced = trace(variant.graphs[key], (at.height, at.width)).rows
        return _Walk(traced[-1], _sums(traced, len(plan)))

    def _joined(self, row: rows.Row, states: Sequence[State]) -> Step | None:
        spatial = states[0].spatial
        maps, sums = [], []
        for each in zip(*(state.maps for state in states), strict=True):
            channels = [at.channels for at in each]
            try:
                height = geometry.merge([Axis(at.height) for at in each])
                width = geometry.merge([Axis(at.width) for at in each])
            except Impossible:
                return None
            if any(state.spatial != spatial for state in states) or (isinstance(row, rows.Add) and len(set(channels)) > 1):
                return None
            end = Map(height.size, width.size, channels[0] if isinstance(row, rows.Add) else sum(channels))
            layers = 1 + int(getattr(row, "activation", None) is not None)
            maps.append(end)
            sums.append(Sums(elements=layers * end.height * end.width * end.channels))
        return Step(self.number(State(tuple(maps), spatial)), pack(sums), 0, 1, 0, 1, spatial)


def _map_of(row: LayerRow) -> Map:
    return Map(row.height.size, row.width.size, row.channels) if row.spatial else Map(1, 1, row.channels)


def _sums(traced: Sequence[LayerRow], first: int) -> Sums:
    """The sums over the layers from the first one of the row on."""
    by_name = {row.name: row for row in traced}
    own = traced[first:]
    windows = [(row, by_name[row.inputs[0]]) for row in own if row.kind in WINDOWS]
    return Sums(
        sum(row.cost.params for row in own),
        sum(row.cost.macs for row in own),
        sum(row.elements for row in own),
        sum(_is_oversized(row.height, before.height) or _is_oversized(row.width, before.width) for row, before in windows),
    )


def _is_oversized(behind: Axis, before: Axis) -> bool:
    """Whether a window reaches over the map, as its growth of the receptive field tells."""
    window = (behind.rf - before.rf) // before.jump + 1
    return window > max(before.size, 1)
