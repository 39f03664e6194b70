"""The record of an edit, and what edits ask of a plan. Knows no figures: what an edit is good for is judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Literal, NamedTuple

from generator.suggest.lines import Change, Line

EditKind = Literal["move", "add", "leave_out", "repeat", "move_strides", "change", "scale"]
Scope = Literal["row", "block", "kind", "plan"]


class Edit(NamedTuple):
    """One edit of a plan, as a person would make it.

    Attributes:
        kind: What is done: rows moved, added, left out, repeated; strides moved to another row; an argument changed; filters
            scaled.
        rows: Identities of the rows that it is about; of an added row, none.
        scope: Whether they are one row, those of a block, of a kind, or all.
        change: What it does to the lines.
        argument: The argument that changes.
        was: Its value, where all the rows have the same.
        to: Its new value; of filters the factor as (numerator, denominator).
        above: Identity of the row that it puts something above, or that strides go to.
    """

    kind: EditKind
    rows: tuple[int, ...]
    scope: Scope
    change: Change
    argument: str = ""
    was: Any = None
    to: Any = None
    above: int | None = None

    @property
    def touched(self) -> int:
        """How many rows a person has to touch."""
        return max(1, len(self.change.others) + len(self.change.out), len(self.change.into))


class Masks(NamedTuple):
    """Rows as bits: those whose filters an edit changes, whose shape or place; those that leave, those that others go above."""

    filters: int
    shape: int
    out: int
    above: int


def masks_of_edit(edit: Edit) -> Masks:
    """The masks of an edit; of a row that is repeated nothing may change, or it would not say which of the two is meant."""
    rows, out, above = (
        sum(1 << identity for identity in set(each))
        for each in (edit.rows, edit.change.out, (above for above, _ in edit.change.into))
    )
    rows |= sum(1 << line.identity for line in edit.change.others)
    scales, repeats = edit.kind == "scale", edit.kind == "repeat"
    return Masks(rows if scales or repeats else 0, 0 if scales else rows, out, above)


def edits_exclude(one: Masks, other: Masks) -> bool:
    """Whether two edits change the same thing, or one needs a place that the other takes away."""
    same = one.filters & other.filters | one.shape & other.shape | one.above & other.above
    return bool(same | one.above & other.out | other.above & one.out)


class Plan(NamedTuple):
    """The lines of a design, with what the catalogue asks of them.

    Attributes:
        lines: The rows in order; their identities are their positions.
        head: Identity of the row that gives the classes; it and those below stay as they are.
        read: Identities that rows read by name.
    """

    lines: tuple[Line, ...]
    head: int
    read: frozenset[int]

    @property
    def trunk(self) -> tuple[Line, ...]:
        """The rows above the head."""
        return self.lines[: self.head]

    def gaps(self) -> Iterator[Line]:
        """The rows above which another can go: those that read the row above them."""
        return (line for line in self.lines[1 : self.head + 1] if line.sources is None)

    def is_free(self, line: Line) -> bool:
        """Whether a row can leave its place: it reads the row above, and only the row below reads it."""
        return 0 < line.identity < self.head and line.sources is None and line.identity not in self.read

    def blocks(self) -> Iterator[tuple[Line, ...]]:
        """Rows of one block that follow each other, two or more."""
        for block, group in groupby(self.trunk, key=lambda line: line.row.block):
            lines = tuple(group)
            if block is not None and len(lines) > 1:
                yield lines

    def kinds(self) -> Iterator[tuple[Line, ...]]:
        """Rows of one kind, two or more."""
        kinds = dict.fromkeys(line.row.kind for line in self.trunk)
        found = (tuple(line for line in self.trunk if line.row.kind == kind) for kind in kinds)
        return (lines for lines in found if len(lines) > 1)


def plan_of(lines: Sequence[Line]) -> Plan:
    """The plan of lines whose identities are their positions."""
    head = next((line.identity for line in reversed(lines) if _gives_channels(line)), len(lines) - 1)
    return Plan(tuple(lines), head, frozenset(source for line in lines for source in line.sources or ()))


def _gives_channels(line: Line) -> bool:
    return any(getattr(line.row, name, None) is not None for name in ("filters", "units"))
