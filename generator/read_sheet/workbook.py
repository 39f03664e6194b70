"""Workbook file → sheets of cells, each with its value and its formula. The only reader that imports openpyxl."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from generator.errors import InputError
from generator.read_sheet.evaluate import evaluate
from generator.read_sheet.formula import FormulaError, Node, Reference, Value, address, parse_formula, references

Position = tuple[int, int]
"""(row, column), counted from 1."""


MAX_UNPACKED_BYTES = 50_000_000
"""Most that a workbook may unpack to; the real ones seen take under 2 MB."""
MAX_MEMBERS = 1_000
"""Most parts of a workbook; one with 5,000 sheets takes half a minute to open."""


class Cell(NamedTuple):
    """What a cell shows (typed, stored, or evaluated where nothing was stored) and its formula, if it has one."""

    value: Value
    formula: str | None = None
    stored: bool = True


class Sheet:
    """One sheet: its cells by position. Empty cells are absent."""

    def __init__(self, title: str, cells: dict[Position, Cell], *, hidden: bool = False, merged: tuple[Any, ...] = ()) -> None:
        self.title = title
        self.cells = cells
        self.hidden = hidden
        self.merged = merged
        """(first row, first column, last row, last column) of each merged range."""
        self.last_row = max((row for row, _ in cells), default=0)
        self.last_column = max((column for _, column in cells), default=0)

    def value(self, row: int, column: int) -> Value:
        """The value of a cell; None where it is empty."""
        cell = self.cells.get((row, column))
        return cell.value if cell else None

    def text(self, row: int, column: int) -> str:
        """The stripped text of a cell; empty for numbers and empty cells."""
        value = self.value(row, column)
        return value.strip() if isinstance(value, str) else ""

    def number(self, row: int, column: int) -> int | float | None:
        """The number in a cell, if it holds one."""
        value = self.value(row, column)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    def row(self, row: int) -> Iterator[tuple[int, Cell]]:
        """The filled cells of a row, from left to right."""
        for column in range(1, self.last_column + 1):
            if (row, column) in self.cells:
                yield column, self.cells[row, column]


class Evaluator:
    """Values of cells with some of them replaced; everything that depends on a replaced cell is worked out anew.

    Args:
        sheets: All sheets of the workbook by title.
        sheet: Title of the sheet that references without one mean.
        replaced: Values to use in place of what stands in these cells.
    """

    def __init__(self, sheets: Mapping[str, Sheet], sheet: str, replaced: Mapping[Position, Value]) -> None:
        self.sheets = sheets
        self.sheet = sheet
        self.known: dict[Reference, Value] = {Reference(*position, sheet): value for position, value in replaced.items()}
        self.failed: dict[Reference, FormulaError] = {}

    def formula_value(self, position: Position) -> Value:
        """What a cell's own formula gives on the replaced values.

        Raises:
            FormulaError: It has no value, or is not computed here.
        """
        formula = self.sheets[self.sheet].cells[position].formula
        if formula is None:
            raise FormulaError(f"{address(*position)} holds no formula")
        return self._evaluate(parse_formula(formula), self.sheet)

    def _evaluate(self, node: Node, sheet: str) -> Value:
        last_row = self.sheets[sheet].last_row if sheet in self.sheets else 0
        for reference in references(node, last_row):
            self._settle(self._absolute(reference, sheet))
        return evaluate(node, lambda reference: self._value(self._absolute(reference, sheet)), last_row)

    def _absolute(self, reference: Reference, sheet: str) -> Reference:
        return reference._replace(sheet=reference.sheet or sheet)

    def _value(self, reference: Reference) -> Value:
        if reference in self.failed:
            raise self.failed[reference]
        if reference not in self.known:
            raise FormulaError(f"{address(reference.row, reference.column)} depends on itself")
        return self.known[reference]

    def _settle(self, start: Reference) -> None:
        """Works out a cell after everything it depends on, without recursion: chains are thousands of cells long."""
        stack, entered = [start], set()
        while stack:
            reference = stack[-1]
            formula = self._formula(reference)
            if reference in self.known or reference in self.failed or formula is None:
                stack.pop()
                if reference not in self.known and reference not in self.failed:
                    self.known[reference] = self._typed(reference)
            elif reference not in entered:
                entered.add(reference)
                stack.extend(needed for needed in self._needs(reference, formula) if needed not in entered)
            else:
                stack.pop()
                self._work_out(reference, formula)

    def _formula(self, reference: Reference) -> str | None:
        sheet = self.sheets.get(str(reference.sheet))
        cell = sheet.cells.get((reference.row, reference.column)) if sheet else None
        return cell.formula if cell else None

    def _typed(self, reference: Reference) -> Value:
        sheet = self.sheets.get(str(reference.sheet))
        if sheet is None:
            self.failed[reference] = FormulaError(f'there is no sheet "{reference.sheet}"')
            return None
        return sheet.value(reference.row, reference.column)

    def _needs(self, reference: Reference, formula: str) -> list[Reference]:
        try:
            last_row = self.sheets[str(reference.sheet)].last_row
            return [self._absolute(needed, str(reference.sheet)) for needed in references(parse_formula(formula), last_row)]
        except FormulaError:
            return []

    def _work_out(self, reference: Reference, formula: str) -> None:
        sheet = self.sheets[str(reference.sheet)]
        try:
            cells = lambda needed: self._value(self._absolute(needed, sheet.title))  # noqa: E731
            self.known[reference] = evaluate(parse_formula(formula), cells, sheet.last_row)
        except FormulaError as error:
            stored = sheet.cells[reference.row, reference.column]
            if stored.stored:
                self.known[reference] = stored.value
            else:
                self.failed[reference] = error


def read_workbook(file: Path) -> dict[str, Sheet]:
    """The sheets of a workbook by title, in the workbook's order. Formulas without stored values are evaluated.

    Raises:
        InputError: The file cannot be opened as an .xlsx workbook.
    """
    place = str(file)
    try:
        if not zipfile.is_zipfile(file):
            raise InputError(
                "is not an .xlsx workbook (it is no zip archive)",
                place=place,
                help="save it as .xlsx from the spreadsheet program",
            )
        _check_archive(file)
        formulas, values = _open(file, data_only=False), _open(file, data_only=True)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", place=place) from None
    except InputError:
        raise
    except Exception as error:  # openpyxl has no family of its own: broken files end in eight others, zlib's and expat's too.
        raise InputError(
            f"cannot be read as a workbook: {error}", place=place, help="open it and save it again as .xlsx"
        ) from None
    sheets = {sheet.title: _sheet(sheet, values[sheet.title]) for sheet in formulas.worksheets}
    for sheet in sheets.values():
        _evaluate_unstored(sheet, sheets)
    return sheets


def _check_archive(file: Path) -> None:
    """Refuses an archive that would unpack to more than a workbook of designs can be, by its directory alone."""
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED_BYTES or len(members) > MAX_MEMBERS:
        raise InputError(
            f"unpacks to {unpacked / 1e6:,.0f} MB in {len(members):,} parts, over the limit of "
            f"{MAX_UNPACKED_BYTES / 1e6:,.0f} MB in {MAX_MEMBERS:,}",
            place=str(file),
            help="keep the design's sheets alone in a workbook",
        )


def _open(file: Path, *, data_only: bool) -> Any:
    import openpyxl

    return openpyxl.load_workbook(file, data_only=data_only)


def _sheet(formulas: Any, values: Any) -> Sheet:
    cells: dict[Position, Cell] = {}
    for row in formulas.iter_rows():
        for cell in row:
            if cell.value is None:
                continue
            written = getattr(cell.value, "text", cell.value)
            is_formula = cell.data_type == "f" and isinstance(written, str) and written.startswith("=")
            stored = values.cell(cell.row, cell.column).value if is_formula else written
            cells[cell.row, cell.column] = Cell(_value(stored), written if is_formula else None, stored is not None)
    merged = tuple((area.min_row, area.min_col, area.max_row, area.max_col) for area in formulas.merged_cells.ranges)
    return Sheet(formulas.title, cells, hidden=formulas.sheet_state != "visible", merged=merged)


def _value(value: Any) -> Value:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return float(value)  # What a spreadsheet holds: it has no longer whole numbers.
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time | datetime.timedelta):
        return str(value)
    return value if isinstance(value, int | float | str | bool) or value is None else str(value)


def _evaluate_unstored(sheet: Sheet, sheets: Mapping[str, Sheet]) -> None:
    missing = [position for position, cell in sheet.cells.items() if not cell.stored]
    if not missing:
        return
    evaluator = Evaluator(sheets, sheet.title, {})
    for position in missing:
        try:
            value = evaluator.formula_value(position)
        except FormulaError:
            continue
        sheet.cells[position] = sheet.cells[position]._replace(value=value)
