"""Areas of cells as parts of a workbook write them."""

from __future__ import annotations

import re

from generator.spreadsheet.reference import Range, column_number

_AREA = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})")


def area_of(text: str) -> Range | None:
    """The area of a table or of merged cells, its corners as they are given; None for any other text.

    >>> area_of("A4:J33"), area_of("A4")
    (Range(row=4, column=1, last_row=33, last_column=10, sheet=None), None)
    """
    corners = _AREA.fullmatch(text)
    if corners is None:
        return None
    return Range(int(corners[2]), column_number(corners[1]), int(corners[4]), column_number(corners[3]))
