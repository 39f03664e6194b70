"""What one row does to the map that it reads: found by `expand` and `trace` of this row alone, and kept.

So the judging of edits has no arithmetic of its own beside theirs, and a new kind of row needs nothing here. Whatever rf and
jump are where a row begins, along each axis it does `rf += grown * jump; jump *= factor`; that is why its step from a map can
be kept and used again wherever the row meets a map of this shape.

That is so in plans without upsampling. Behind one, neighbouring units see different things, and what a row adds depends on
all that stands before it: then states hold the whole axes, and steps are kept for these (`exact`). It is right and slower.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from generator.design import rows
from generator.design.record import Design
from generator.errors import InputError
from generator.geometry.axis import Axis, Exact, Impossible, effective_kernel
from generator.network.buildable import check_buildable
from generator.network.cost import Cost
from generator.network.expand import expand
from generator.network.graph import Graph, Layer, LayerKind
from generator.network.resolutions import WINDOWS
from generator.network.trace import LayerRow, layer_row

FIELD_BITS = 96
"""Width of one of the sums that are packed into one integer, so that one addition a row adds all of them up."""
_MASK = (1 << FIELD_BITS) - 1


class Map(NamedTuple):
    """A map between two rows, or a vector; `height` and `width` say what units see only where that is exact."""

    height: Axis
    width: Axis
    channels: int


class State(NamedTuple):
    """What stands between two rows: a map, or a vector, for every image size.

    Attributes:
        pooled: It stands behind a global pool or flatten, as every vector does; a map of one unit may, too.
    """

    maps: tuple[Map, ...]
    spatial: bool = True
    pooled: bool = False

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """(height, width, channels) or (features,) at every image size."""
        return tuple((at.height.size, at.width.size, at.channels)[0 if self.spatial else 2 :] for at in self.maps)


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
    """What a row does: the number of the state behind it, its packed sums, and how it moves rf and jump of each axis.

    Behind a global pool nothing moves them: there rf is that of the last map.
    """

    state: int
    sums: int
    grown_height: Exact
    factor_height: Exact
    grown_width: Exact
    factor_width: Exact


MERGED_AS: Mapping[type[rows.Row], LayerKind] = {rows.Concat: "concat", rows.Add: "add", rows.Multiply: "multiply"}
"""The layer that a merge is."""
Impasse = tuple[()]
IMPASSE: Impasse = ()
"""Stands for the step of a row that cannot be."""


class Variant:
    """A row, whatever its name, with what is known of it.

    Attributes:
        steps: By the number of the state that it reads.
        merged: By the numbers of the states that it merges.
        graphs: By the channels that it reads.
        walks: By the map that it reads, whether that is one, and whether it is pooled: the last layer, and the sums of all.
    """

    __slots__ = ("graphs", "merged", "merges", "row", "steps", "walks")

    def __init__(self, row: rows.Row) -> None:
        self.row = row
        self.merges = isinstance(row, rows.Merge)
        self.steps: dict[int, Step | Impasse] = {}
        self.merged: dict[tuple[int, ...], Step | Impasse] = {}
        self.graphs: dict[int, Graph] = {}
        self.walks: dict[tuple[Map, bool, bool], tuple[LayerRow, Sums]] = {}


def pack_steps(sums: Sequence[Sums]) -> int:
    """The sums of every image size as one integer; packed sums are added as they are.

    >>> unpack_steps(pack_steps([Sums(1, 2, 3, 0)]) + pack_steps([Sums(10, 20, 30, 1)]), 1)
    (Sums(params=11, macs=22, elements=33, oversized=1),)
    """
    return sum(value << FIELD_BITS * index for index, value in enumerate(value for each in sums for value in each))


def unpack_steps(packed: int, sizes: int) -> tuple[Sums, ...]:
    """The sums of each of so many image sizes."""
    values = [packed >> FIELD_BITS * index & _MASK for index in range(sizes * len(Sums._fields))]
    return tuple(Sums(*values[first : first + len(Sums._fields)]) for first in range(0, len(values), len(Sums._fields)))


def step_makes_phases(row: rows.Row) -> bool:
    """Whether neighbouring units may see different things behind a row."""
    return isinstance(row, rows.Upsample) or getattr(row, "conv", "") == "transposed"


class Stepper:
    """Makes steps, and numbers the states between them.

    Args:
        design: Whose rows they are; it says the number of classes.
        exact: Whether states hold all that is known of what units see; needed where a row makes phases (`step_makes_phases`).
    """

    def __init__(self, design: Design, *, exact: bool) -> None:
        self.states: list[State] = []
        self._numbers: dict[State, int] = {}
        self._variants: dict[rows.Row, Variant] = {}
        self._design = design
        self._exact = exact

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
            assert self._exact or not step_makes_phases(bare), f"a plan without upsampling gets a row {bare!r}"
            self._variants[bare] = Variant(bare)
        return self._variants[bare]

    def step(self, variant: Variant, state: int) -> Step | Impasse:
        """The step of a row from a state."""
        if state not in variant.steps:
            try:
                before = self.states[state]
                walks = [self._walk(variant, at, before) for at in before.maps]
                variant.steps[state] = self._step([before], walks)
            except (InputError, Impossible):
                variant.steps[state] = IMPASSE
        return variant.steps[state]

    def merge(self, variant: Variant, states: tuple[int, ...]) -> Step | Impasse:
        """The step of a row that merges states."""
        if states not in variant.merged:
            before = [self.states[state] for state in states]
            try:
                walks = [_merged(variant.row, before, index) for index in range(len(before[0].maps))]
                variant.merged[states] = self._step(before, walks)
            except Impossible:
                variant.merged[states] = IMPASSE
        return variant.merged[states]

    def _walk(self, variant: Variant, at: Map, state: State) -> tuple[LayerRow, Sums]:
        """The last layer of a row that reads a map of a state, and the sums of all its layers."""
        key = (at, state.spatial, state.pooled)
        if key not in variant.walks:
            if at.channels not in variant.graphs:
                image = self._design.input.model_copy(update={"channels": at.channels})
                graph = expand(self._design.model_copy(update={"input": image, "plan": (variant.row,)}))
                check_buildable(graph)
                variant.graphs[at.channels] = graph
            variant.walks[key] = _walked(variant.graphs[at.channels], _source("input", at, state))
        return variant.walks[key]

    def _step(self, before: Sequence[State], walks: Sequence[tuple[LayerRow, Sums]]) -> Step:
        ends = [end for end, _ in walks]
        maps = tuple(Map(self._known(end.height), self._known(end.width), end.channels) for end in ends)
        first = ends[0]
        sums, state = pack_steps([sums for _, sums in walks]), self.number(State(maps, first.spatial, first.pooled))
        if first.pooled:
            return Step(state, sums, 0, 1, 0, 1)
        height, width = first.height, first.width
        placed = [state.maps[0] for state in before if not state.pooled]
        grown_height = height.rf - max(at.height.rf for at in placed)
        grown_width = width.rf - max(at.width.rf for at in placed)
        factors = (1, 1) if self._exact else (height.jump, width.jump)
        return Step(state, sums, grown_height, factors[0], grown_width, factors[1])

    def _known(self, axis: Axis) -> Axis:
        """What a state holds of an axis."""
        return axis if self._exact else Axis(axis.size)


def _source(name: str, at: Map, state: State) -> LayerRow:
    """The map, or the vector, of a state that a row reads, as a layer."""
    return LayerRow(name, "input", name, (), *at, Cost(), state.spatial, pooled=state.pooled)


def _walked(graph: Graph, source: LayerRow) -> tuple[LayerRow, Sums]:
    """The last layer of a graph behind its input, and the sums of all layers but this."""
    found = {source.name: source}
    oversized = 0
    for layer in graph.layers[1:]:
        sources = [found[name] for name in layer.inputs]
        found[layer.name] = layer_row(layer, sources)
        oversized += layer.kind in WINDOWS and _is_oversized(layer, sources[0])
    own = list(found.values())[1:]
    params, macs, elements = (
        sum(numbers)
        for numbers in zip(*((row.cost.params, row.cost.macs, row.elements) for row in own), strict=True)
    )  # fmt: skip
    return own[-1], Sums(params, macs, elements, oversized)


def _is_oversized(layer: Layer, source: LayerRow) -> bool:
    kernel, dilation = layer.arguments["kernel_size"], layer.arguments.get("dilation_rate", (1, 1))
    sizes = (source.height.size, source.width.size)
    return any(effective_kernel(kernel[side], dilation[side]) > sizes[side] for side in (0, 1))


def _merged(row: rows.Row, states: Sequence[State], index: int) -> tuple[LayerRow, Sums]:
    """The layer that merges states at an image size, and its sums with those of its activation."""
    sources = [_source(f"source_{number}", state.maps[index], state) for number, state in enumerate(states)]
    layer = Layer("merge", MERGED_AS[type(row)], tuple(source.name for source in sources), "merge")
    end = layer_row(layer, sources)
    layers = 1 if getattr(row, "activation", None) is None else 2
    return end, Sums(elements=layers * end.elements)
