"""A shared formula, written once for a range of cells → the formula of each of its other cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from generator.spreadsheet.reference import column_letters, column_number
from generator.spreadsheet.xlsx.xml_guard import LAST_ROW

LAST_COLUMN = 16_384
"""Columns that a sheet has in every spreadsheet program."""

_PARTS = re.compile(
    r"""
    "(?:[^"]|"")*"                                                        # a text
  | '(?:[^']|'')*'                                                        # a sheet's name in quotes
  | \[[^\]]*\]                                                            # another workbook, or a column of a named table
  | (?<![\w.$])(?P<column>\$?[A-Za-z]{1,3})(?P<row>\$?\d{1,7})(?![\w(.!])
  | (?<![\w.$])(?P<first_column>\$?[A-Za-z]{1,3}):(?P<last_column>\$?[A-Za-z]{1,3})(?![\w(.!])
  | (?<![\w.$:])(?P<first_row>\$?\d{1,7}):(?P<last_row>\$?\d{1,7})(?![\w.:])
    """,
    re.VERBOSE,
)
_letters = lru_cache(maxsize=LAST_COLUMN)(column_letters)


class _Row(NamedTuple):
    number: int


class _Column(NamedTuple):
    number: int


_Reference = tuple[str | _Row | _Column, ...]
"""Pieces of one reference; all of it is #REF! where a moved piece leaves the sheet."""


class SharedFormula:
    """A formula taken apart once, where it is written.

    >>> shared = SharedFormula('=H27+(C28-1)*$J$1+LOG10(A1)&"A1"', 28, 8)
    >>> shared.at(29, 10)
    '=J28+(E29-1)*$J$1+LOG10(C2)&"A1"'
    >>> SharedFormula("=SUM(B:B)+SUM(3:$4)+'A1 b'!C5+A1", 1, 2).at(2, 1)
    "=SUM(A:A)+SUM(4:$4)+'A1 b'!B6+#REF!"
    """

    def __init__(self, formula: str, row: int, column: int) -> None:
        self.length = len(formula)
        self.row = row
        self.column = column
        self.parts = tuple(_taken_apart(formula))

    def at(self, row: int, column: int) -> str:
        """The formula as it stands in another cell: relative references move along."""
        rows, columns = row - self.row, column - self.column
        return "".join(part if isinstance(part, str) else _moved(part, rows, columns) for part in self.parts)


def _taken_apart(formula: str) -> Iterator[str | _Reference]:
    position = 0
    for match in _PARTS.finditer(formula):
        yield formula[position : match.start()]
        position = match.end()
        if match["column"]:
            yield (_column(match["column"]), _row(match["row"]))
        elif match["first_column"]:
            yield (_column(match["first_column"]), ":", _column(match["last_column"]))
        elif match["first_row"]:
            yield (_row(match["first_row"]), ":", _row(match["last_row"]))
        else:
            yield match[0]
    yield formula[position:]


def _column(text: str) -> str | _Column:
    return text if text.startswith("$") else _Column(column_number(text))


def _row(text: str) -> str | _Row:
    return text if text.startswith("$") else _Row(int(text))


def _moved(reference: _Reference, rows: int, columns: int) -> str:
    moved = ""
    for piece in reference:
        if isinstance(piece, str):
            moved += piece
            continue
        is_row = isinstance(piece, _Row)
        number = piece.number + (rows if is_row else columns)
        if not 1 <= number <= (LAST_ROW if is_row else LAST_COLUMN):
            return "#REF!"
        moved += str(number) if is_row else _letters(number)
    return moved
