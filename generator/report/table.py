"""The true table of a network: one line a layer, its blocks apart, totals at the end; as text, Markdown or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from generator.design.record import Design
from generator.errors import printable
from generator.lint.finding import Checked, Finding
from generator.network.expand import row_names
from generator.network.resolutions import Resolution
from generator.network.sides import both_sides
from generator.network.trace import LayerRow, Trace
from generator.report.lines import block_title, layer_lines
from generator.report.text import amount_text, resolution_sentences

HEADER = ("block", "name", "kind", "size", "rf", "jump", "channels", "params", "macs")
WORDS = 3
"""Columns of `HEADER` that hold words; the others hold numbers."""

MAX_UNKNOWN = 5
"""Most layers of unknown kind that are named; the table has them all."""

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A cell that starts with one of these may be run as a formula by a spreadsheet program."""


class NetworkTable(NamedTuple):
    """What a table shows: a line a layer, and the figures at its end.

    Attributes:
        name: Of the network.
        lines: The cells of each layer under `HEADER`; None where a figure is not known.
        final: The cells of the line below them.
        totals: What is said of the whole, a sentence each.
        marks: The findings on each line; empty where none are shown.
    """

    name: str
    lines: tuple[tuple[Any, ...], ...]
    final: tuple[Any, ...]
    totals: tuple[str, ...]
    marks: tuple[tuple[Finding, ...], ...] = ()


def network_table(design: Design, trace: Trace, resolutions: Sequence[Resolution] = ()) -> NetworkTable:
    """The table of a network that can be built.

    Args:
        design: The network.
        trace: Its layers at an image size.
        resolutions: What is said of each image size below the table.
    """
    blocks = {name: block_title(row.block) for name, row in zip(row_names(design), design.plan, strict=True)}
    return trace_table(design.name, trace, resolutions, blocks)


def trace_table(
    name: str, trace: Trace, resolutions: Sequence[Resolution] = (), blocks: Mapping[str, str] | None = None
) -> NetworkTable:
    """The table of any network that was walked.

    Args:
        name: Of the network.
        trace: Its layers at an image size.
        resolutions: What is said of each image size below the table.
        blocks: Titles of the blocks, by row.
    """
    final = trace.final
    size, rf, rf_min, jump = (both_sides(final, name) for name in ("size", "rf", "rf_min", "jump"))
    height, width = trace.image_size
    shortest = "" if rf_min == rf else f" ({amount_text(rf_min)} by the shortest path)"
    totals: list[str] = [
        f"at {height} x {width}: the last map has size {amount_text(size)}, rf {amount_text(rf)}{shortest}, "
        f"jump {amount_text(jump)}, {final.channels:,} channels",
        f"parameters {trace.params:,} ({trace.trainable_params:,} trainable), macs {trace.macs:,} an image",
        *_outside(trace),
        *resolution_sentences(resolutions),
    ]
    lines = tuple(_line(row, (blocks or {}).get(row.row, "")) for row in trace.rows)
    last = ("", "total", "", size, rf, jump, final.channels, trace.params, trace.macs)
    return NetworkTable(name, lines, last, tuple(totals))


def _outside(trace: Trace) -> Iterator[str]:
    """What the figures leave out: paths through global pools, and layers of unknown kind."""
    gated = next((row.name for row in trace.rows if row.gated), None)
    if gated:
        height, width = trace.image_size
        yield (
            f"rf is that of paths without a global pool; by such a path, units from {gated} on see the whole image, "
            f"{height} x {width}"
        )
    unknown = [row.name for row in trace.rows if row.kind == "unknown"]
    if unknown:
        shown = ", ".join(unknown[:MAX_UNKNOWN]) + (f" and {len(unknown) - MAX_UNKNOWN} more" if unknown[MAX_UNKNOWN:] else "")
        yield f"of unknown kind: {shown}; what stands behind has no rf that could be known, and their macs are not counted"


def geometry_table(checked: Checked) -> NetworkTable:
    """The table of a sheet that says too little to build its network, or draws what a plan of rows cannot hold."""
    final = checked.final or {}
    figures = [final.get(name) for name in ("size", "rf", "jump")]
    size, rf, jump = map(amount_text, figures)
    lines = tuple(tuple(row[name] for name in HEADER) for row in checked.geometry)
    name = " ".join(part for part in (Path(checked.file).stem, checked.sheet) if part)
    totals = (f"the last map has size {size}, rf {rf}, jump {jump}", f"geometry only: {checked.reason}")
    return NetworkTable(name, lines, ("", "total", "", *figures, None, None, None), totals)


def checked_table(checked: Checked) -> NetworkTable:
    """The table of a design of either sort, with its findings: those on layers as marks, the others as sentences."""
    if checked.design is None or checked.trace is None:
        table = geometry_table(checked)
    else:
        table = network_table(checked.design, checked.trace, checked.resolutions)
    marks = tuple(line.findings for line in layer_lines(checked))
    on_layers = {(finding.code, finding.cell) for findings in marks for finding in findings}
    others = [finding for finding in checked.findings if (finding.code, finding.cell) not in on_layers]
    said = tuple(f"{finding.level} {finding.code} {finding.cell or ''}".rstrip() + f": {finding.message}" for finding in others)
    return table._replace(totals=(*table.totals, *said), marks=marks if on_layers else ())


def table_markdown(table: NetworkTable) -> str:
    """The table for a document; a block's title stands at its first layer."""
    parts = [f"# {_escaped(table.name)}", "", f"| {' | '.join(HEADER)} |"]
    parts.append(f"|{'|'.join([' --- '] * WORDS + [' ---: '] * (len(HEADER) - WORDS))}|")
    for _, block in groupby(table.lines, key=itemgetter(0)):
        for position, line in enumerate(block):
            title, *cells = line
            shown = [
                "" if position else _escaped(title),
                *(_escaped(c) if isinstance(c, str) else amount_text(c) for c in cells),
            ]
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


def _line(row: LayerRow, block: str) -> tuple[Any, ...]:
    size, rf, jump = (both_sides(row, name) for name in ("size", "rf", "jump"))
    return (block, row.name, row.kind, size, rf, jump, row.channels, row.cost.params, row.cost.macs)


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
