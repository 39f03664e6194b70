"""The figures of a plan, and of thousands of changes of it a second: a change is walked from its first line on.

Knows no targets and no words; what a row does, `steps` knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from generator.design import Design
from generator.fields import Pair
from generator.geometry import Axis, Exact, plain
from generator.suggest.lines import INPUT, Change, Line, both_rows
from generator.suggest.steps import Map, State, Step, Stepper, Sums, Variant, makes_phases, pack, unpack


class Figures(NamedTuple):
    """What is judged of a plan.

    Attributes:
        rf: (height, width) of the last map before the head.
        sums: Parameters and the like, for each image size.
        output: Shape of what the last row gives, for each image size.
    """

    rf: tuple[Exact, Exact]
    sums: tuple[Sums, ...]
    output: tuple[tuple[int, ...], ...]


class _Place(NamedTuple):
    """Where a walk is: the state, rf and jump of both axes, and the rf of the last map on the way here."""

    state: int
    rf_height: Exact
    jump_height: Exact
    rf_width: Exact
    jump_width: Exact
    final_height: Exact
    final_width: Exact


class _Entry(NamedTuple):
    """A line as a walk reads it; `kept` says that a later one reads it by name."""

    variant: Variant
    sources: tuple[int, ...] | None
    identity: int
    kept: bool


class Prepared(NamedTuple):
    """A change in the terms of a judge.

    Attributes:
        others: Entries that stand in the place of others.
        moves: Positions where an entry leaves (None), or goes in above.
        first: The first position that differs.
    """

    others: tuple[tuple[int, _Entry], ...]
    moves: tuple[tuple[int, _Entry | None], ...]
    first: int


class Judge:
    """Judges changes of one plan.

    Args:
        lines: The plan.
        design: What says its input and classes.
        image_sizes: (height, width) in px; a plan has to be possible at all of them.
    """

    def __init__(self, lines: Sequence[Line], design: Design, image_sizes: Sequence[Pair]) -> None:
        self._stepper = Stepper(design, exact=any(makes_phases(line.row) for line in lines))
        self._sizes = len(image_sizes)
        self._twice: dict[tuple[int, Variant, Variant], _Entry] = {}
        self._read = {source for line in lines for source in line.sources or ()}
        self._positions = {line.identity: position for position, line in enumerate(lines)}
        self._entries = [self._entry(line) for line in lines]
        image = State(tuple(Map(Axis(height), Axis(width), design.input.channels) for height, width in image_sizes))
        place = _Place(self._stepper.number(image), 1, 1, 1, 1, 1, 1)
        total = pack([Sums(elements=at.height.size * at.width.size * at.channels) for at in image.maps])
        self._before = [(place, total)]
        self._kept = {INPUT: place}
        for entry in self._entries:
            found = self._walk([entry], place, total, self._kept)
            if found is None:
                break
            place, total = found
            self._before.append(found)

    def prepare(self, change: Change) -> Prepared:
        """A change, made ready to be judged often and together with others."""
        others = tuple((self._positions[line.identity], self._entry(line)) for line in change.others)
        moves = (
            *((self._positions[identity], None) for identity in change.out),
            *((self._positions[above], self._entry(line)) for above, line in change.into),
        )
        first = min((position for position, _ in (*others, *moves)), default=len(self._entries))
        return Prepared(others, moves, first)

    def judge(self, *changes: Prepared) -> Figures | None:
        """The figures of the plan behind changes; None if it cannot be, at one of the image sizes.

        No two of the changes change the same thing; see `edits.exclude`.
        """
        first = min((change.first for change in changes), default=len(self._entries))
        if first >= len(self._before):
            return None  # The plan itself breaks off before.
        entries = self._entries[first:]
        for change in changes:
            for position, entry in change.others:
                there = entries[position - first]
                both = there is not self._entries[position]
                entries[position - first] = self._both(position, there, entry) if both else entry
        moves = [move for change in changes for move in change.moves]
        # From the end on, so that the positions before stay what they are; what goes in at one place, the last first.
        moves.reverse()
        for position, moving in sorted(moves, key=_position, reverse=True):
            if moving is None:
                del entries[position - first]
            else:
                entries.insert(position - first, moving)
        found = self._walk(entries, *self._before[first], dict(self._kept))
        if found is None:
            return None
        place, total = found
        rf = (plain(place.final_height), plain(place.final_width))
        return Figures(rf, unpack(total, self._sizes), self._stepper.states[place.state].shapes)

    def _entry(self, line: Line) -> _Entry:
        return _Entry(self._stepper.variant(line.row), line.sources, line.identity, line.identity in self._read)

    def _both(self, position: int, one: _Entry, other: _Entry) -> _Entry:
        """The entry of a row that two changes change."""
        key = (position, one.variant, other.variant)
        if key not in self._twice:
            row = both_rows(self._entries[position].variant.row, one.variant.row, other.variant.row)
            self._twice[key] = one._replace(variant=self._stepper.variant(row))
        return self._twice[key]

    def reach(self, identity: int) -> float:
        """How many neighbouring units of the map that a row of the plan itself reads have no pixel between them unseen."""
        place = self._before[self._positions[identity]][0]
        at = self._stepper.states[place.state].maps[0]  # Of its jump and the walk's, one is 1.
        high = place.rf_height / (place.jump_height * at.height.jump)
        wide = place.rf_width / (place.jump_width * at.width.jump)
        return float(min(high, wide))

    def _walk(self, entries: Sequence[_Entry], place: _Place, total: int, kept: dict[int, _Place]) -> tuple[_Place, int] | None:
        """The place behind the entries and the sums until there; `kept` takes those places that are read by name."""
        state, rf_height, jump_height, rf_width, jump_width, final_height, final_width = place
        for variant, sources, identity, is_kept in entries:
            if sources is None:
                step = variant.steps[state] if state in variant.steps else self._stepper.step(variant, state)
            else:
                joined, step = self._from_named(variant, [kept[source] for source in sources])
                state, rf_height, jump_height, rf_width, jump_width, final_height, final_width = joined
            if step is None:
                return None
            state, sums, grown_height, factor_height, grown_width, factor_width, spatial = step
            total += sums
            rf_height += grown_height * jump_height
            rf_width += grown_width * jump_width
            jump_height *= factor_height
            jump_width *= factor_width
            if spatial:
                final_height, final_width = rf_height, rf_width
            if is_kept:
                kept[identity] = _Place(state, rf_height, jump_height, rf_width, jump_width, final_height, final_width)
        return _Place(state, rf_height, jump_height, rf_width, jump_width, final_height, final_width), total

    def _from_named(self, variant: Variant, places: list[_Place]) -> tuple[_Place, Step | None]:
        """The place that a row reads by name, of several the longest path along each axis, and its step from there."""
        if not variant.merges:
            return places[0], self._stepper.step(variant, places[0].state)
        step = self._stepper.merge(variant, tuple(place.state for place in places))
        high = max(places, key=lambda place: place.rf_height)
        wide = max(places, key=lambda place: place.rf_width)
        place = high._replace(
            rf_width=wide.rf_width,
            jump_width=wide.jump_width,
            final_height=places[0].final_height,
            final_width=places[0].final_width,
        )
        return place, step


def _position(move: tuple[int, _Entry | None]) -> int:
    return move[0]
