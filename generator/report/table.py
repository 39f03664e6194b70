"""The true table of a network: one line a layer, its blocks apart, totals at the end; as text, Markdown or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from generator.design import Design
from generator.errors import printable
from generator.expand import row_names
from generator.lint.finding import Checked
from generator.report.text import amount, sentences
from generator.resolutions import Resolution
from generator.sides import both
from generator.trace import LayerRow, Trace

HEADER = ("block", "name", "kind", "size", "rf", "jump", "channels", "params", "macs")
WORDS = 3
"""Columns of `HEADER` that hold words; the others hold numbers."""

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A cell that starts with one of these may be run as a formula by a spreadsheet program."""


class NetworkTable(NamedTuple):
    """What a table shows: a line a layer, and the figures at its end.

    Attributes:
        name: Of the network.
        lines: The cells of each layer under `HEADER`; None where a figure is not known.
        final: The cells of the line below them.
        totals: What is said of the whole, a sentence each.
    """

    name: str
    lines: tuple[tuple[Any, ...], ...]
    final: tuple[Any, ...]
    totals: tuple[str, ...]


def network_table(design: Design, trace: Trace, resolutions: Sequence[Resolution] = ()) -> NetworkTable:
    """The table of a network that can be built.

    Args:
        design: The network.
        trace: Its layers at an image size.
        resolutions: What is said of each image size below the table.
    """
    blocks = {name: _title(row.block) for name, row in zip(row_names(design), design.plan, strict=True)}
    final = trace.final
    size, rf, jump = (both(final, name) for name in ("size", "rf", "jump"))
    height, width = trace.image_size
    totals: list[str] = [
        f"at {height} x {width}: the last map has size {amount(size)}, rf {amount(rf)}, jump {amount(jump)}, "
        f"{final.channels:,} channels",
        f"parameters {trace.params:,} ({trace.trainable_params:,} trainable), macs {trace.macs:,} an image",
    ]
    if any(row.kind == "multiply" for row in trace.rows):
        totals.append("gates scale maps by what a global pool sees; with them, units behind the first one see the whole image")
    totals += sentences(resolutions)
    lines = tuple(_line(row, blocks.get(row.row, "")) for row in trace.rows)
    last = ("", "total", "", size, rf, jump, final.channels, trace.params, trace.macs)
    return NetworkTable(design.name, lines, last, tuple(totals))


def geometry_table(checked: Checked) -> NetworkTable:
    """The table of a sheet that says too little to build its network, or draws what a plan of rows cannot hold."""
    final = checked.final or {}
    figures = [final.get(name) for name in ("size", "rf", "jump")]
    size, rf, jump = map(amount, figures)
    lines = tuple(tuple(row[name] for name in HEADER) for row in checked.geometry)
    name = " ".join(part for part in (Path(checked.file).stem, checked.sheet) if part)
    totals = (f"the last map has size {size}, rf {rf}, jump {jump}", f"geometry only: {checked.reason}")
    return NetworkTable(name, lines, ("", "total", "", *figures, None, None, None), totals)


def table_text(table: NetworkTable) -> str:
    """The table for a terminal, an empty line between blocks."""
    rows = [[printable(cell) if isinstance(cell, str) else amount(cell) for cell in line] for line in table.lines]
    widths = [max(len(row[column]) for row in [list(HEADER), *rows]) for column in range(len(HEADER))]
    parts = [_aligned(HEADER, widths), _aligned(["-" * width for width in widths], widths)]
    shown = iter(rows)
    for number, (_, block) in enumerate(groupby(table.lines, key=itemgetter(0))):
        if number:
            parts.append("")
        for position, _line in enumerate(block):
            title, *cells = next(shown)
            parts.append(_aligned(["" if position else title, *cells], widths))
    return "\n".join([*parts, "", *map(printable, table.totals)]) + "\n"


def table_markdown(table: NetworkTable) -> str:
    """The table for a document; a block's title stands at its first layer."""
    parts = [f"# {_escaped(table.name)}", "", f"| {' | '.join(HEADER)} |"]
    parts.append(f"|{'|'.join([' --- '] * WORDS + [' ---: '] * (len(HEADER) - WORDS))}|")
    for _, block in groupby(table.lines, key=itemgetter(0)):
        for position, line in enumerate(block):
            title, *cells = line
            shown = ["" if position else _escaped(title), *(_escaped(c) if isinstance(c, str) else amount(c) for c in cells)]
            parts.append(f"| {' | '.join(shown)} |")
    return "\n".join([*parts, "", *map(printable, table.totals)]) + "\n"


def table_csv(table: NetworkTable) -> str:
    """The table for other programs: plain numbers, `height x width` where the axes differ, a last row `total`."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEADER)
    for line in (*table.lines, table.final):
        writer.writerow([_csv_cell(cell) for cell in line])
    return stream.getvalue()


def _title(block: int | str | None) -> str:
    return "" if block is None else " ".join(str(block).split())


def _line(row: LayerRow, block: str) -> tuple[Any, ...]:
    size, rf, jump = (both(row, name) for name in ("size", "rf", "jump"))
    return (block, row.name, row.kind, size, rf, jump, row.channels, row.cost.params, row.cost.macs)


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
