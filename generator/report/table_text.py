"""A network's table for a terminal: columns that fit, blocks apart, findings marked, totals below. Nothing is printed here."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from generator.errors import printable
from generator.lint.finding import Finding, Level
from generator.report.lines import QUIET
from generator.report.paint import Paint
from generator.report.table import HEADER, WORDS, NetworkTable
from generator.report.text import TEXT_WIDTH, amount_text

GAP = "  "
LEAST_WORDS = (4, 20, 8)
"""Letters that a block, a name and a kind keep on a narrow terminal, before whole columns are left out."""
LEFT_OUT = ("kind", "jump", "channels", "macs", "block")
"""Columns that a narrow terminal does without, the first one first."""

_MARKS: dict[Level, str] = {"error": "!", "warning": "?", "info": "."}


class _Layout(NamedTuple):
    """Which columns are shown, how wide, and how much room there is behind them; None for any amount."""

    columns: tuple[int, ...]
    widths: tuple[int, ...]
    room: int | None


def table_text(table: NetworkTable, *, width: int | None = None, colour: bool = False) -> str:
    """The table as text.

    Args:
        table: What it shows.
        width: Characters of a line; None for as many as it takes.
        colour: Whether escape codes for a terminal are used.
    """
    rows = [[printable(cell) if isinstance(cell, str) else amount_text(cell) for cell in line] for line in table.lines]
    total = ["", "total", "", *("" if cell is None else amount_text(cell) for cell in table.final[WORDS:])]
    marks = table.marks or ((),) * len(rows)
    found = [_found(findings) for findings in marks]
    layout = _layout([list(HEADER), *rows, total], found, width, gutter=2 if any(marks) else 0)
    paint = Paint(colour)
    gutter = "  " if any(marks) else ""
    parts = [
        paint.bold(gutter + _aligned(HEADER, layout)),
        gutter + GAP.join("-" * layout.widths[column] for column in layout.columns),
    ]
    shown = zip(rows, marks, found, strict=True)
    for number, (_, block) in enumerate(groupby(table.lines, key=itemgetter(0))):
        parts += [""] if number else []
        for position, _line in enumerate(block):
            cells, findings, words = next(shown)
            line = _aligned(["" if position else cells[0], *cells[1:]], layout)
            if findings:
                parts.append(_marked(line, findings, words, layout, paint))
            else:
                parts.append(paint.dim(gutter + line) if cells[WORDS - 1] in QUIET else gutter + line)
    parts += [parts[1], paint.bold(gutter + _aligned(total, layout)), ""]
    return "\n".join([*parts, *_below(table, layout, width)]) + "\n"


def _found(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The findings on a layer in words, from `RF001 I28 says 94, ...` to `RF001 I28 +1`: the longest that fits is shown."""
    if not findings:
        return ("",)
    places = [f"{finding.code} {finding.cell or ''}".rstrip() for finding in findings]
    says = ["" if finding.claimed is None else f" says {amount_text(finding.claimed)}" for finding in findings]
    in_full = ", ".join(place + said for place, said in zip(places, says, strict=True))
    counted = places[0] + (f" +{len(places) - 1}" if len(places) > 1 else "")
    return tuple(map(printable, (in_full, ", ".join(places), counted)))


def _layout(rows: Sequence[Sequence[str]], found: Sequence[Sequence[str]], width: int | None, gutter: int) -> _Layout:
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    columns = list(range(len(HEADER)))
    if width is None:
        return _Layout(tuple(columns), tuple(widths), None)
    shortest = max((len(words[-1]) for words in found), default=0)
    room = width - gutter - (shortest + len(GAP) if shortest else 0)
    for name in ("", *LEFT_OUT):
        columns = [column for column in columns if HEADER[column] != name]
        _shrink(widths, columns, room, LEAST_WORDS)
        if _total(widths, columns) <= room:
            break
    else:
        _shrink(widths, columns, width - gutter, (1, 1, 1))
    return _Layout(tuple(columns), tuple(widths), max(0, width - gutter - _total(widths, columns) - len(GAP)))


def _shrink(widths: list[int], columns: Sequence[int], room: int, least: Sequence[int]) -> None:
    """Takes letters from the column of words that has most to spare, until the line fits or nothing is to spare."""
    words = [column for column in columns if column < WORDS]
    while words and _total(widths, columns) > room:
        widest = max(words, key=lambda column: widths[column] - least[column])
        if widths[widest] <= least[widest]:
            break
        widths[widest] -= 1


def _total(widths: Sequence[int], columns: Sequence[int]) -> int:
    return sum(widths[column] for column in columns) + len(GAP) * (len(columns) - 1)


def _aligned(cells: Sequence[str], layout: _Layout) -> str:
    parts = []
    for column in layout.columns:
        width = layout.widths[column]
        parts.append(shortened_name(cells[column], width).ljust(width) if column < WORDS else cells[column].rjust(width))
    return GAP.join(parts).rstrip()


def shortened_name(text: str, width: int) -> str:
    """A name with its middle left out where it is too long: names that are alike differ at their end.

    >>> shortened_name("dense_block_11_conv_2", 16), shortened_name("conv_0", 16)
    ('dense_b.._conv_2', 'conv_0')
    """
    if len(text) <= width or width < len("a..b"):
        return text[:width]
    tail = (width - 2) // 2
    return text[: width - 2 - tail] + ".." + text[len(text) - tail :]


def _marked(line: str, findings: Sequence[Finding], words: Sequence[str], layout: _Layout, paint: Paint) -> str:
    level = min((finding.level for finding in findings), key=list(_MARKS).index)
    width = _total(layout.widths, layout.columns)
    behind = next((text for text in words if layout.room is None or len(text) <= layout.room), "")
    return paint.level(level, f"{_MARKS[level]} {line.ljust(width)}{GAP}{behind}".rstrip())


def _below(table: NetworkTable, layout: _Layout, width: int | None) -> Iterator[str]:
    """Sentences on the whole, and which columns are left out."""
    left_out = [name for column, name in enumerate(HEADER) if column not in layout.columns]
    note = [f"left out at {width} columns: {', '.join(left_out)}"] if left_out else []
    for sentence in [*table.totals, *note]:
        shown = printable(sentence, limit=2000)
        yield from [shown] if width is None else textwrap.wrap(shown, min(width, TEXT_WIDTH), subsequent_indent="  ")
