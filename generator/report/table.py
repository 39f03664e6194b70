"""The true table of a network: one line a layer, its blocks apart, totals at the end; as text, Markdown or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from generator.design import Design
from generator.errors import printable
from generator.expand import row_names
from generator.report.sides import both
from generator.report.text import amount
from generator.trace import LayerRow, Trace

HEADER = ("block", "name", "kind", "size", "rf", "jump", "channels", "params", "macs")
WORDS = 3
"""Columns of `HEADER` that hold words; the others hold numbers."""

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A cell that starts with one of these may be run as a formula by a spreadsheet program."""


class _Line(NamedTuple):
    block: str
    cells: tuple[Any, ...]


def table_text(design: Design, trace: Trace) -> str:
    """The table for a terminal, an empty line between blocks."""
    lines = _lines(design, trace)
    rows = [[printable(cell) if isinstance(cell, str) else amount(cell) for cell in line.cells] for line in lines]
    widths = [max(len(row[column]) for row in [list(HEADER), *rows]) for column in range(len(HEADER))]
    parts = [_aligned(HEADER, widths), _aligned(["-" * width for width in widths], widths)]
    shown = iter(rows)
    for number, (_, block) in enumerate(groupby(lines, key=lambda line: line.block)):
        if number:
            parts.append("")
        for position, _line in enumerate(block):
            title, *cells = next(shown)
            parts.append(_aligned(["" if position else title, *cells], widths))
    return "\n".join([*parts, "", *_totals(trace)]) + "\n"


def table_markdown(design: Design, trace: Trace) -> str:
    """The table for a document; a block's title stands at its first layer."""
    parts = [f"# {_escaped(design.name)}", "", f"| {' | '.join(HEADER)} |"]
    parts.append(f"|{'|'.join([' --- '] * WORDS + [' ---: '] * (len(HEADER) - WORDS))}|")
    for _, block in groupby(_lines(design, trace), key=lambda line: line.block):
        for position, line in enumerate(block):
            title, *cells = line.cells
            shown = ["" if position else _escaped(title), *(_escaped(c) if isinstance(c, str) else amount(c) for c in cells)]
            parts.append(f"| {' | '.join(shown)} |")
    return "\n".join([*parts, "", *_totals(trace)]) + "\n"


def table_csv(design: Design, trace: Trace) -> str:
    """The table for other programs: plain numbers, `height x width` where the axes differ, a last row `total`."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEADER)
    for line in _lines(design, trace):
        writer.writerow([_csv_cell(cell) for cell in line.cells])
    final = trace.final
    geometry = [_csv_cell(both(final, name)) for name in ("size", "rf", "jump")]
    writer.writerow(["", "total", "", *geometry, final.channels, trace.params, trace.macs])
    return stream.getvalue()


def _lines(design: Design, trace: Trace) -> list[_Line]:
    blocks = {name: _title(row.block) for name, row in zip(row_names(design), design.plan, strict=True)}
    return [_line(row, blocks.get(row.row, "")) for row in trace.rows]


def _title(block: int | str | None) -> str:
    return "" if block is None else " ".join(str(block).split())


def _line(row: LayerRow, block: str) -> _Line:
    geometry = (None, None, None) if row.unknown else tuple(both(row, name) for name in ("size", "rf", "jump"))
    return _Line(block, (block, row.name, row.kind, *geometry, row.channels, row.cost.params, row.cost.macs))


def _totals(trace: Trace) -> Iterator[str]:
    size, rf, jump = (amount(both(trace.final, name)) for name in ("size", "rf", "jump"))
    height, width = trace.image_size
    yield f"at {height} x {width}: the last map has size {size}, rf {rf}, jump {jump}, {trace.final.channels:,} channels"
    yield f"parameters {trace.params:,} ({trace.trainable_params:,} trainable), macs {trace.macs:,} an image"


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    words = [cell.ljust(width) for cell, width in zip(cells[:WORDS], widths[:WORDS], strict=True)]
    numbers = [cell.rjust(width) for cell, width in zip(cells[WORDS:], widths[WORDS:], strict=True)]
    return "  ".join([*words, *numbers]).rstrip()


def _escaped(text: str) -> str:
    """Text that stays inside its Markdown cell and is no markup."""
    return "".join(f"\\{character}" if character in "\\|`*_<>[]#" else character for character in printable(text))


def _csv_cell(value: Any) -> Any:
    """A cell that no spreadsheet program takes for a formula.

    >>> _csv_cell("=1+1"), _csv_cell(-1), _csv_cell([16, 8])
    ("'=1+1", -1, '16 x 8')
    """
    if isinstance(value, str):
        shown = printable(value, limit=2000)
        return f"'{shown}" if value.lstrip(" ").startswith(FORMULA_SIGNS) else shown
    return " x ".join(str(axis) for axis in value) if isinstance(value, list) else value
