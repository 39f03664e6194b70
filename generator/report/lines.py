"""The layers of a checked design as reports show them: each with its block, its figures, and the findings on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from generator.errors import printable
from generator.lint.finding import Checked, Finding
from generator.network.expand import row_names
from generator.network.trace import LayerRow
from generator.report.json_report import row_data

QUIET = frozenset({"batch_norm", "layer_norm", "rescaling", "activation", "dropout", "reshape", "pass", "softmax"})
"""Kinds that do not look further."""
VECTOR_KINDS = frozenset({"global_pool", "flatten", "dense"})
"""Kinds of a sheet that cannot be built behind which there are no maps."""


class LayerLine(NamedTuple):
    """One layer.

    Attributes:
        block: Title of its block, printable; empty without one.
        row: Name of its row in the plan.
        figures: What `rows` of the JSON says of it.
        findings: On the line of the sheet that draws it; those of a row with several layers stand at the last one that counts.
        looks: Whether it is a map that may see further than the one before, or a merge: what a picture of it can show. Behind a
            global pool, as in a gate, there is none.
    """

    block: str
    row: str
    figures: Mapping[str, Any]
    findings: tuple[Finding, ...]
    looks: bool


def layer_lines(checked: Checked) -> tuple[LayerLine, ...]:
    """All layers of a design that can be read, in the order of the JSON's `rows`."""
    by_line = _findings_by_line(checked)
    if checked.design is None or checked.trace is None:
        lines = checked.sheet_lines or (0,) * len(checked.geometry)
        return tuple(_geometry_line(row, by_line.get(line, ())) for row, line in zip(checked.geometry, lines, strict=True))
    names = row_names(checked.design)
    blocks = {name: printable(block_title(row.block)) for name, row in zip(names, checked.design.plan, strict=True)}
    marked = _marked_layers(checked.trace.rows, dict(zip(names, checked.sheet_lines, strict=False)))
    return tuple(
        LayerLine(
            blocks.get(row.row, ""),
            row.row,
            row_data(row),
            by_line.get(marked.get(row.name, 0), ()),
            row.spatial and not row.pooled and not row.unknown and row.kind not in QUIET,
        )
        for row in checked.trace.rows
    )


def _findings_by_line(checked: Checked) -> dict[int, tuple[Finding, ...]]:
    found: dict[int, list[Finding]] = defaultdict(list)
    for finding in checked.findings:
        if finding.cell:
            found[finding.cell.row].append(finding)
    return {line: tuple(findings) for line, findings in found.items()}


def _marked_layers(rows: Sequence[LayerRow], lines: Mapping[str, int]) -> dict[str, int]:
    """The layer that stands for each line of a sheet, with the line: the last one of its rows that is not quiet."""
    marked: dict[int, str] = {}
    for name, group in groupby(rows, key=lambda row: row.row):
        line, own = lines.get(name, 0), list(group)
        if line:
            loud = [row for row in own if row.kind not in QUIET]
            weighted = [row for row in loud if row.cost.macs]
            marked[line] = (weighted or loud or own)[-1].name
    return {name: line for line, name in marked.items()}


def _geometry_line(row: Mapping[str, Any], findings: tuple[Finding, ...]) -> LayerLine:
    figures = {key: value for key, value in row.items() if key != "block"}
    looks = row["size"] is not None and row["kind"] not in QUIET | VECTOR_KINDS
    return LayerLine(printable(block_title(row["block"])), row["name"], figures, findings, looks)


def block_title(block: int | str | None) -> str:
    """A block's title on one line, not made printable; empty without one."""
    return "" if block is None else " ".join(str(block).split())
