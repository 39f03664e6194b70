"""The sheet of a corrected copy that says what was found, what was changed, and why. Knows nothing of designs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from generator.spreadsheet.cells import MAX_TEXT_CHARACTERS
from generator.spreadsheet.formula import Value

TITLE = "check report"
HEADLINE = "What `tinymodel check` found, and what it changed in this copy"
"""The first cell of the sheet, by which it is known again whatever its title."""
HEADER = ("sheet", "cell", "code", "level", "claimed", "right", "why", "old content", "new content", "done")
WIDTHS = (22, 8, 8, 9, 14, 14, 60, 30, 30, 44)
LINE_HEIGHT = 15
"""Points of a line of text."""
HEADER_ROW = 3


class Line(NamedTuple):
    """One finding as the report lists it."""

    sheet: Value
    cell: Value
    code: Value
    level: Value
    claimed: Value
    right: Value
    why: Value
    old: Value
    new: Value
    done: Value


def write_report(book: Any, lines: Iterable[Line]) -> str:
    """Adds the lines to the workbook's report, below those that it has; makes the sheet where there is none.

    Returns:
        The sheet's title.
    """
    sheet = next((sheet for sheet in book.worksheets if sheet.cell(1, 1).value == HEADLINE), None)
    if sheet is None:
        sheet = _new_sheet(book)
    known = {tuple(values) for values in sheet.iter_rows(HEADER_ROW + 1, max_col=len(HEADER), values_only=True)}
    row = max(sheet.max_row, HEADER_ROW)
    for line in lines:
        cells = [_legal(value) for value in line]
        if tuple(cells) not in known:
            row += 1
            _write_row(sheet, row, cells)
    return str(sheet.title)


def free_title(taken: Sequence[str]) -> str:
    """A title that no sheet has, whatever its capitals.

    >>> free_title(["V4"]), free_title(["Check Report", "check report 2"])
    ('check report', 'check report 3')
    """
    lowered = {title.lower() for title in taken}
    candidates = (TITLE if number == 1 else f"{TITLE} {number}" for number in range(1, len(taken) + 2))
    return next(title for title in candidates if title not in lowered)


def _new_sheet(book: Any) -> Any:
    from openpyxl.styles import Font

    sheet = book.create_sheet(free_title(book.sheetnames))
    _write_row(sheet, 1, (HEADLINE,))
    _write_row(sheet, HEADER_ROW, HEADER)
    for row in (1, HEADER_ROW):
        for cell in sheet[row]:
            cell.font = Font(bold=True)
    for column, width in zip(sheet.iter_cols(1, len(WIDTHS), HEADER_ROW, HEADER_ROW), WIDTHS, strict=True):
        sheet.column_dimensions[column[0].column_letter].width = width
    sheet.freeze_panes = f"A{HEADER_ROW + 1}"
    return sheet


def _write_row(sheet: Any, row: int, values: Sequence[Value]) -> None:
    from openpyxl.styles import Alignment

    for column, value in enumerate(values, start=1):
        if value is None:
            continue
        cell = sheet.cell(row, column, value)
        if isinstance(value, str):
            cell.data_type = "s"  # Whatever it starts with: a formula of the design is a text here.
            cell.quotePrefix = value.startswith(("=", "+", "-", "@"))
        cell.alignment = Alignment(wrap_text=row > HEADER_ROW, vertical="top")
    if row > HEADER_ROW:
        # Not every program measures wrapped text when it opens a file: without a height, lines may lie over each other.
        sheet.row_dimensions[row].height = LINE_HEIGHT * _lines(values)


def _lines(values: Iterable[Value]) -> int:
    """Lines of the cell that needs the most of them."""
    return max(-(-len(str(value)) // (width - 2)) for value, width in zip(values, WIDTHS, strict=False) if value is not None)


def _legal(value: Value) -> Value:
    """A value that a cell may hold: XML knows no control characters."""
    if not isinstance(value, str):
        return value
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    legal: str = ILLEGAL_CHARACTERS_RE.sub("", value)[:MAX_TEXT_CHARACTERS]
    return legal
