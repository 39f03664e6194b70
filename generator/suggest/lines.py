"""A plan as edits change it: rows with identities in an order, each with what it reads. Knows no figures and no words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from generator.design import rows
from generator.design.record import Design
from generator.network.expand import row_names

INPUT = -1
"""The identity of the image."""


class Line(NamedTuple):
    """One row of a plan. Its identity stays when rows move.

    Attributes:
        sources: Identities of the rows that it reads; None where it reads the row above it.
    """

    identity: int
    row: rows.Row
    sources: tuple[int, ...] | None = None


class Change(NamedTuple):
    """What an edit does to the lines. A row that moves leaves its place and goes in at another.

    Attributes:
        others: Lines that take the place of the line of their identity.
        out: Identities of lines that leave.
        into: Lines that go in, each with the identity of the line that it goes above.
    """

    others: tuple[Line, ...] = ()
    out: tuple[int, ...] = ()
    into: tuple[tuple[int, Line], ...] = ()


def lines_of(design: Design) -> tuple[Line, ...]:
    """The lines of a design, their identities counted from 0.

    Raises:
        InputError: Two rows of one name.
    """
    identities = {"input": INPUT, **{name: index for index, name in enumerate(row_names(design))}}
    found = []
    for index, row in enumerate(design.plan):
        given: tuple[str, ...] | None = getattr(row, "inputs", None)
        sources = None if given is None else tuple(identities[name] for name in given)
        merges = isinstance(row, rows.Merge)
        found.append(Line(index, row, None if sources == (index - 1,) and not merges else sources))
    return tuple(found)


def changed_lines(lines: Sequence[Line], *changes: Change) -> tuple[Line, ...]:
    """The lines behind changes, of which no two change the same thing."""
    others: dict[int, Line] = {}
    out = {identity for change in changes for identity in change.out}
    into: dict[int, list[Line]] = {}
    by_identity = {line.identity: line for line in lines}
    for change in changes:
        for line in change.others:
            there = others.get(line.identity)
            row = both_row_lines(by_identity[line.identity].row, there.row, line.row) if there else line.row
            others[line.identity] = line._replace(row=row)
        for above, line in change.into:
            into.setdefault(above, []).append(line)
    found: list[Line] = []
    for line in lines:
        found += into.get(line.identity, ())
        if line.identity not in out:
            found.append(others.get(line.identity, line))
    return tuple(found)


def both_row_lines(row: rows.Row, one: rows.Row, other: rows.Row) -> rows.Row:
    """A row with what is changed in one version of it and in another.

    >>> row = rows.Conv(filters=8)
    >>> both = both_row_lines(row, rows.Conv(filters=16), rows.Conv(filters=8, strides=2))
    >>> both.filters, both.strides
    (16, (2, 2))
    """
    changed = {name: value for name, value in other if value != getattr(row, name)}
    return one.model_copy(update=changed)


def with_lines(design: Design, lines: Iterable[Line]) -> Design:
    """The design with these lines for its plan. Rows that are read by name are named as they are called now."""
    lines = tuple(lines)
    design = design.model_copy(update={"plan": tuple(line.row for line in lines)})
    names = {INPUT: "input", **{line.identity: name for line, name in zip(lines, row_names(design), strict=True)}}
    plan, above = [], INPUT
    for line in lines:
        if (given := getattr(line.row, "inputs", None)) is not None:
            inputs = tuple(names[source] for source in line.sources or (above,))
            plan.append(line.row if inputs == given else line.row.model_copy(update={"inputs": inputs}))
        else:
            plan.append(line.row)
        above = line.identity
    return design.model_copy(update={"plan": tuple(plan)})
