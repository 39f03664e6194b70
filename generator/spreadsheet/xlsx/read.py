"""An .xlsx workbook → its sheets of cells, each with its value and its formula."""

from __future__ import annotations

from pathlib import Path

from generator.errors import InputError
from generator.spreadsheet.cells import Cell, Sheet
from generator.spreadsheet.values import with_values
from generator.spreadsheet.xlsx.archive_guard import guarded_archive_bytes, open_archive
from generator.spreadsheet.xlsx.sheet_xml import RawSheet, read_sheets
from generator.spreadsheet.xlsx.xml_guard import check_xml


def read_workbook(file: Path) -> dict[str, Sheet]:
    """The sheets of a workbook by title, in the workbook's order. Formulas without stored values are evaluated.

    Raises:
        InputError: The file cannot be opened as an .xlsx workbook, or is larger than a workbook of designs is.
    """
    try:
        return sheets_of(guarded_archive_bytes(file))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", place=str(file)) from None
    except InputError as error:
        raise error.at(str(file)) from None


def sheets_of(content: bytes) -> dict[str, Sheet]:
    """The sheets of a workbook in memory; see `read_workbook`.

    Raises:
        InputError: It cannot be opened as an .xlsx workbook.
    """
    with open_archive(content) as archive:
        check_xml(archive)
        raw_sheets = read_sheets(archive)
    return with_values({raw.title: _sheet(raw) for raw in raw_sheets})


def _sheet(raw: RawSheet) -> Sheet:
    cells = {
        position: Cell(cell.value, cell.formula, stored=cell.formula is None or cell.value is not None)
        for position, cell in raw.cells.items()
    }
    last_row = max((row for row, _ in cells), default=0)  # Some people merge whole columns; rows without cells say nothing.
    merged = tuple((first, left, min(last, last_row), right) for first, left, last, right in raw.merged if first <= last_row)
    return Sheet(raw.title, cells, hidden=raw.hidden, merged=merged)
