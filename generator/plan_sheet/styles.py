"""Cells of a new workbook: text that stays text, numbers and formulas, in a few styles. Knows openpyxl, no designs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

Style = Literal[
    "title",
    "hint",
    "label",
    "header",
    "word",
    "typed",
    "truth",
    "image",
    "follows",
    "count",
    "figure",
    "aside",
    "helper",
    "total",
]
THOUSANDS = "#,##0"
TRUTH = '"TRUE";"TRUE";"FALSE"'
"""Some programs show truth values as 1 and 0 without it."""
_TYPED_COLOUR, _ASIDE_COLOUR, _HINT_COLOUR = "FF1F4E9E", "FF7F7F7F", "FF595959"
_HEADER_FILL = PatternFill("solid", fgColor="FFD9E1F2")
_LINE = Side(style="thin", color="FF8EA9DB")
_RIGHT, _CENTRE, _LEFT = (Alignment(horizontal=side, vertical="center") for side in ("right", "center", "left"))
FONT, FONT_SIZE = "Calibri", 11
"""What programs write with where nothing is said."""


def _font(*, bold: bool = False, italic: bool = False, color: str | None = None, size: int = FONT_SIZE) -> Font:
    return Font(name=FONT, size=size, bold=bold, italic=italic, color=color)


_STYLES: dict[Style, dict[str, Any]] = {
    "title": {"font": _font(bold=True, size=14)},
    "hint": {"font": _font(italic=True, color=_HINT_COLOUR)},
    "label": {"font": _font(bold=True), "alignment": _RIGHT},
    "header": {"font": _font(bold=True), "fill": _HEADER_FILL, "alignment": Alignment(horizontal="center", vertical="center")},
    "word": {"font": _font(color=_TYPED_COLOUR), "alignment": _LEFT},
    "typed": {"font": _font(color=_TYPED_COLOUR), "alignment": _CENTRE},
    "truth": {"font": _font(color=_TYPED_COLOUR), "alignment": _CENTRE, "number_format": TRUTH},
    "image": {"font": _font(color=_TYPED_COLOUR), "alignment": _RIGHT},
    "follows": {"alignment": _CENTRE},
    "count": {"number_format": THOUSANDS},
    "figure": {},
    "aside": {"font": _font(color=_ASIDE_COLOUR), "number_format": THOUSANDS},
    "helper": {"font": _font(color=_ASIDE_COLOUR)},
    "total": {"font": _font(bold=True), "number_format": THOUSANDS},
}
"""Blue is what a person types, black what follows from it, grey what only formulas need."""
_BLOCK_BORDER = Border(top=_LINE)
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")


class Pen:
    """Writes into one sheet. Styles are made once and shared, which is what makes large plans quick."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        self.made: dict[tuple[Style, bool], Any] = {}

    def write(self, row: int, column: int, value: Any, style: Style, *, bordered: bool = False) -> None:
        """Writes a cell; text is text, whatever it starts with."""
        cell = self.sheet.cell(row, column)
        if isinstance(value, str):
            cell.value = escaped_cell_text(value)
            cell.data_type = "s"
        else:
            cell.value = value
        self._dress(cell, style, bordered)
        if isinstance(value, str) and not value[:1].isalnum():
            cell.quotePrefix = True  # Stays text even if somebody goes into the cell and leaves it again.

    def formula(self, row: int, column: int, text: str, style: Style, *, bordered: bool = False) -> None:
        """Writes a formula of ours."""
        cell = self.sheet.cell(row, column, text)
        self._dress(cell, style, bordered)

    def _dress(self, cell: Any, style: Style, bordered: bool) -> None:
        made = self.made.get((style, bordered))
        if made is None:
            for attribute, look in _STYLES[style].items():
                setattr(cell, attribute, look)
            if bordered:
                cell.border = _BLOCK_BORDER
            self.made[style, bordered] = cell._style
        else:
            cell._style = made


def escaped_cell_text(text: str) -> str:
    r"""Text as the format holds it: what XML cannot hold, or a reader would take for such, by its code.

    >>> escaped_cell_text("a\x01b_x0041_\n"), escaped_cell_text("=1+1")
    ('a_x0001_b_x005F_x0041_\n', '=1+1')
    """
    return _NOT_IN_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", _ESCAPE.sub("_x005F_", text))


def write_settings(sheet: Worksheet, rows: Iterable[Sequence[Any]], widths: Sequence[float]) -> None:
    """A sheet of settings: its header, then a row each."""
    pen = Pen(sheet)
    for number, values in enumerate(rows, start=1):
        for column, value in enumerate(values, start=1):
            if value is not None or column == 1:
                pen.write(number, column, value, "header" if number == 1 else "word")
    for letters, width in zip("ABCDEFGH", widths, strict=False):
        sheet.column_dimensions[letters].width = width
    sheet.freeze_panes = "A2"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
