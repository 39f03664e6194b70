"""A shared formula, written once for a range of cells → the formula of one of its other cells."""

from __future__ import annotations

import re

from generator.read_sheet.formula import column_letters, column_number
from generator.read_sheet.xml_guard import LAST_ROW

LAST_COLUMN = 16_384

_PARTS = re.compile(
    r"""
    "(?:[^"]|"")*"                                                        # a text
  | '(?:[^']|'')*'                                                        # a sheet's name in quotes
  | \[[^\]]*\]                                                            # another workbook, or a column of a named table
  | (?<![\w.$])(?P<cell_column>\$?[A-Za-z]{1,3})(?P<cell_row>\$?\d{1,7})(?![\w(.!])
  | (?<![\w.$])(?P<first_column>\$?[A-Za-z]{1,3}):(?P<last_column>\$?[A-Za-z]{1,3})(?![\w(.!])
  | (?<![\w.$:])(?P<first_row>\$?\d{1,7}):(?P<last_row>\$?\d{1,7})(?![\w.:])
    """,
    re.VERBOSE,
)


def translate(formula: str, rows: int, columns: int) -> str:
    """The formula as it stands in a cell so many rows below and columns to the right: relative references move along.

    >>> translate('=H27+(C28-1)*$J$1+LOG10(A1)&"A1"', 1, 2)
    '=J28+(E29-1)*$J$1+LOG10(C2)&"A1"'
    >>> translate("=SUM(B:B)+SUM(3:$4)+'A1 b'!C5+A1", 1, -1)
    "=SUM(A:A)+SUM(4:$4)+'A1 b'!B6+#REF!"
    """

    def moved(match: re.Match[str]) -> str:
        if match["cell_column"]:
            parts = (_column(match["cell_column"], columns), _row(match["cell_row"], rows))
            return "#REF!" if None in parts else f"{parts[0]}{parts[1]}"
        if match["first_column"]:
            ends = (_column(match["first_column"], columns), _column(match["last_column"], columns))
        elif match["first_row"]:
            ends = (_row(match["first_row"], rows), _row(match["last_row"], rows))
        else:
            return match[0]
        return "#REF!" if None in ends else f"{ends[0]}:{ends[1]}"

    return _PARTS.sub(moved, formula)


def _column(text: str, by: int) -> str | None:
    if text.startswith("$"):
        return text
    number = column_number(text) + by
    return column_letters(number) if 1 <= number <= LAST_COLUMN else None


def _row(text: str, by: int) -> str | None:
    if text.startswith("$"):
        return text
    number = int(text) + by
    return str(number) if 1 <= number <= LAST_ROW else None
