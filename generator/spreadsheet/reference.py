"""Cells and rectangles of them: numbers of rows and columns inside, `I28` and `A4:J33` only where they are shown."""

from __future__ import annotations

from typing import NamedTuple


class Reference(NamedTuple):
    """One cell; `sheet` is None for the sheet in which it is named. Rows and columns count from 1.

    >>> str(Reference(28, 9)), str(Reference(28, 9, "V4"))
    ('I28', 'V4!I28')
    """

    row: int
    column: int
    sheet: str | None = None

    def __str__(self) -> str:
        cell = reference_address(self.row, self.column)
        return cell if self.sheet is None else f"{self.sheet}!{cell}"

    @property
    def position(self) -> tuple[int, int]:
        """Row and column, as a sheet keeps its cells."""
        return self.row, self.column

    def seen_from(self, sheet: str) -> Reference:
        """The cell as it is named in a sheet: a cell of the sheet itself goes without the title.

        >>> str(Reference(28, 9, "V4").seen_from("V4")), str(Reference(28, 9, "V4").seen_from("V3"))
        ('I28', 'V4!I28')
        """
        return self._replace(sheet=None) if self.sheet == sheet else self


class Range(NamedTuple):
    """A rectangle of cells, both corners included; a `last_row` of 0 stands for a whole column.

    >>> str(Range(4, 1, 33, 10)), str(Range(1, 10, 0, 10))
    ('A4:J33', 'J:J')
    """

    row: int
    column: int
    last_row: int
    last_column: int
    sheet: str | None = None

    def __str__(self) -> str:
        corners = (Reference(self.row, self.column), Reference(self.last_row, self.last_column))
        return ":".join(str(corner) if self.last_row else column_letters(corner.column) for corner in corners)

    def holds(self, cell: Reference) -> bool:
        """Whether a cell of the same sheet is one of them.

        >>> Range(4, 1, 33, 10).holds(Reference(28, 9)), Range(4, 1, 33, 10).holds(Reference(34, 9))
        (True, False)
        """
        in_rows = self.row <= cell.row and (cell.row <= self.last_row or not self.last_row)
        return in_rows and self.column <= cell.column <= self.last_column


def column_number(letters: str) -> int:
    """The number of a column.

    >>> column_number("A"), column_number("AA")
    (1, 27)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def column_letters(number: int) -> str:
    """The letters of a column.

    >>> column_letters(1), column_letters(27)
    ('A', 'AA')
    """
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def reference_address(row: int, column: int) -> str:
    """A cell's address.

    >>> reference_address(28, 9)
    'I28'
    """
    return f"{column_letters(column)}{row}"
