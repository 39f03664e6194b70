"""Sheets of cells, as every reader of a file gives them: each cell with its value and its formula."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeGuard

from generator.spreadsheet.formula import Value

MAX_TEXT_CHARACTERS = 32_767
"""Excel's own limit of a cell."""
SAVE_AGAIN = "open it in a spreadsheet program and save it again"
"""What helps where a file is not as a spreadsheet program stores it."""

ERROR_VALUES = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
"""What a cell shows whose formula has no value."""

Position = tuple[int, int]
"""(row, column), counted from 1."""


class Cell(NamedTuple):
    """What a cell shows (typed, stored, or evaluated where nothing was stored) and its formula, if it has one."""

    value: Value
    formula: str | None = None
    stored: bool = True


def is_number(value: object) -> TypeGuard[int | float]:
    """A number, not a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)


class Sheet:
    """One sheet: its cells by position. Empty cells are absent."""

    def __init__(self, title: str, cells: dict[Position, Cell], *, hidden: bool = False, merged: tuple[Any, ...] = ()) -> None:
        self.title = title
        self.cells = cells
        self.hidden = hidden
        self.merged = merged
        """(first row, first column, last row, last column) of each merged range."""
        self._columns: dict[int, list[int]] = {}
        self._indexed = 0
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
        return value if is_number(value) else None

    def row(self, row: int) -> Iterator[tuple[int, Cell]]:
        """The filled cells of a row, from left to right."""
        if self._indexed != len(self.cells):  # Cells may be added, never taken away.
            self._columns, self._indexed = {}, len(self.cells)
            for number, column in sorted(self.cells):
                self._columns.setdefault(number, []).append(column)
        for column in self._columns.get(row, ()):
            yield column, self.cells[row, column]
