"""The figures of a plan, and of thousands of changes of it a second: a change is walked from its first line on.

Knows no targets and no words; what a row does, `steps` knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from operator import attrgetter, itemgetter
from typing import NamedTuple

from generator.design.fields import Pair
from generator.design.record import Design
from generator.geometry.axis import Axis, Exact, whole_if_exact
from generator.suggest.lines import INPUT, Change, Line, both_row_lines
from generator.suggest.steps import (
    Impasse,
    Map,
    State,
    Step,
    Stepper,
    Sums,
    Variant,
    pack_steps,
    step_makes_phases,
    unpack_steps,
)


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
    """Where a walk is: the state, rf and jump of both axes; behind a global pool, those of the last map."""

    state: int
    rf_height: Exact
    jump_height: Exact
    rf_width: Exact
    jump_width: Exact


class _Entry(NamedTuple):
    """A line as a walk reads it: `steps` are those of its variant, `kept` says that a later line reads it by name."""

    steps: dict[int, Step | Impasse]
    variant: Variant
    sources: tuple[int, ...] | None
    identity: int
    kept: bool


Limits = tuple[float, float]
"""The least and the most that something may be."""
ANY: Limits = (-inf, inf)


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
        self._stepper = Stepper(design, exact=any(step_makes_phases(line.row) for line in lines))
        self._sizes = len(image_sizes)
        self._twice: dict[tuple[int, Variant, Variant], _Entry] = {}
        self._read = {source for line in lines for source in line.sources or ()}
        self._positions = {line.identity: position for position, line in enumerate(lines)}
        self._entries = [self._entry(line) for line in lines]
        image = State(tuple(Map(Axis(height), Axis(width), design.input.channels) for height, width in image_sizes))
        place = _Place(self._stepper.number(image), 1, 1, 1, 1)
        total = pack_steps([Sums(elements=at.height.size * at.width.size * at.channels) for at in image.maps])
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

    def judge(self, *changes: Prepared, rf: Limits = ANY) -> Figures | None:
        """The figures of the plan behind changes; None if it cannot be, at one of the image sizes.

        Args:
            changes: No two of them change the same thing; see `edits.edits_exclude`.
            rf: None comes back as well where the receptive field is outside of these.
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
        high, wide = place.rf_height, place.rf_width
        if not (rf[0] <= high <= rf[1] and rf[0] <= wide <= rf[1]):
            return None
        return Figures(
            (whole_if_exact(high), whole_if_exact(wide)),
            unpack_steps(total, self._sizes),
            self._stepper.states[place.state].shapes,
        )

    def _entry(self, line: Line) -> _Entry:
        variant = self._stepper.variant(line.row)
        return _Entry(variant.steps, variant, line.sources, line.identity, line.identity in self._read)

    def _both(self, position: int, one: _Entry, other: _Entry) -> _Entry:
        """The entry of a row that two changes change."""
        key = (position, one.variant, other.variant)
        if key not in self._twice:
            row = both_row_lines(self._entries[position].variant.row, one.variant.row, other.variant.row)
            variant = self._stepper.variant(row)
            self._twice[key] = one._replace(steps=variant.steps, variant=variant)
        return self._twice[key]

    def reach(self, identity: int) -> float:
        """How many neighbouring units of the map that a row of the plan itself reads have no pixel between them unseen."""
        position = self._positions[identity]
        sources = self._entries[position].sources
        place = self._kept[sources[0]] if sources else self._before[position][0]
        at = self._stepper.states[place.state].maps[0]  # Of its jump and the walk's, one is 1.
        high = place.rf_height / (place.jump_height * at.height.jump)
        wide = place.rf_width / (place.jump_width * at.width.jump)
        return float(min(high, wide))

    def _walk(self, entries: Sequence[_Entry], place: _Place, total: int, kept: dict[int, _Place]) -> tuple[_Place, int] | None:
        """The place behind the entries and the sums until there; `kept` takes those places that are read by name."""
        state, rf_height, jump_height, rf_width, jump_width = place
        for steps, variant, sources, identity, is_kept in entries:
            if sources is None:
                step = steps.get(state)
                if step is None:
                    step = self._stepper.step(variant, state)
            else:
                joined, step = self._from_named(variant, [kept[source] for source in sources])
                state, rf_height, jump_height, rf_width, jump_width = joined
            if not step:
                return None
            state, sums, grown_height, factor_height, grown_width, factor_width = step
            total += sums
            rf_height += grown_height * jump_height
            rf_width += grown_width * jump_width
            jump_height *= factor_height
            jump_width *= factor_width
            if is_kept:
                kept[identity] = _Place(state, rf_height, jump_height, rf_width, jump_width)
        return _Place(state, rf_height, jump_height, rf_width, jump_width), total

    def _from_named(self, variant: Variant, places: list[_Place]) -> tuple[_Place, Step | Impasse]:
        """The place that a row reads by name, of several the longest path along each axis, and its step from there."""
        first = places[0]
        if not variant.merges:
            return first, variant.steps.get(first.state) or self._stepper.step(variant, first.state)
        states = tuple([place.state for place in places])
        step = variant.merged.get(states) or self._stepper.merge(variant, states)
        # A branch behind a global pool has no place of its own, as in the trace.
        placed = [place for place in places if not self._stepper.states[place.state].pooled] or [first]
        high, wide = max(placed, key=_rf_height), max(placed, key=_rf_width)
        return high if high is wide else high._replace(rf_width=wide.rf_width, jump_width=wide.jump_width), step


_position = itemgetter(0)
_rf_height, _rf_width = attrgetter("rf_height"), attrgetter("rf_width")
