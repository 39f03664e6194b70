"""The rows around a wrong cell as they stand in the sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from generator.lint.finding import Finding
from generator.spreadsheet.cells import Sheet
from generator.spreadsheet.formula import Value
from generator.spreadsheet.reference import Reference

Rows = tuple[tuple[str, ...], ...]


def rows_around(
    findings: Iterable[Finding], sheet: Sheet, headers: Mapping[int, str], row_above: Callable[[int], int | None]
) -> dict[Reference, Rows]:
    """For each cell that is wrong by itself: header, the row above and its own.

    Args:
        findings: What was found in a table.
        sheet: Its sheet.
        headers: The columns to show, by number.
        row_above: Gives the row of the layer above a row; None for the first one.
    """
    found: dict[Reference, Rows] = {}
    for finding in findings:
        if finding.cell is None or finding.cause is not None or finding.level == "info":
            continue
        own = finding.cell.row
        above = row_above(own)
        lines = [("", *headers.values())]
        for row in (own,) if above is None else (above, own):
            lines.append((str(row), *(_text(sheet.value(row, number)) for number in headers)))
        found[finding.cell] = tuple(lines)
    return found


def _text(value: Value) -> str:
    return "" if value is None else str(value).strip()
