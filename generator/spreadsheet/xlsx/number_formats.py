"""Which cell formats of a workbook show a number as a date: a kernel `3/1/0` typed into a spreadsheet becomes one."""

from __future__ import annotations

import re
import warnings
import zipfile

from generator.spreadsheet.xlsx.xml_parts import Attributes, local_xml_name, parse_part

_BUILT_IN_DATES = frozenset(map(str, (*range(14, 23), *range(45, 48))))
"""Numbers of the date and time formats that are in no file (ECMA-376 part 1, 18.8.30)."""
_NOT_CODE = re.compile(r'"[^"]*"|\[(?!hh?\]|mm?\]|ss?\])[^\[\]]*\]|[\\_].', re.IGNORECASE)
"""Texts, colours, countries and escaped characters: their letters are no parts of a date."""


class DateFormats:
    """The date formats of a workbook by the number that a cell's `s` gives.

    Args:
        styles: Name of the part with the styles; None for a workbook without one.
        from_1904: Days are counted from 1904, as old Macintosh workbooks do.
    """

    def __init__(self, archive: zipfile.ZipFile, styles: str | None, from_1904: bool) -> None:
        self.from_1904 = from_1904
        self.codes: dict[str, str] = {}
        self.formats: list[str] = []
        self._in_cell_formats = False
        self._is_date: dict[str, bool] = {}
        if styles is not None:
            parse_part(archive, styles, self._start, self._end, root="styleSheet")

    def _start(self, name: str, attributes: Attributes) -> None:
        match local_xml_name(name):
            case "cellXfs":
                self._in_cell_formats = True
            case "numFmt":
                self.codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
            case "xf" if self._in_cell_formats:
                self.formats.append(attributes.get("numFmtId", "0"))

    def _end(self, name: str) -> None:
        if local_xml_name(name) == "cellXfs":
            self._in_cell_formats = False

    def shows_dates(self, style: str) -> bool:
        """Whether cells of this style show their number as a date, a time or a duration."""
        number = self._number(style)
        if number not in self._is_date:  # A sheet asks for every cell, and a format may be long.
            code = self.codes.get(number)
            self._is_date[number] = number in _BUILT_IN_DATES if code is None else is_date(code)
        return self._is_date[number]

    def date(self, number: float, style: str) -> str:
        """The date, time or duration that a number stands for, as text."""
        # Imported here: a workbook with dates is rare, and openpyxl takes longer to load than a workbook to read.
        from openpyxl.styles.numbers import is_timedelta_format
        from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

        epoch = MAC_EPOCH if self.from_1904 else WINDOWS_EPOCH
        code = self.codes.get(self._number(style), "[h]:mm:ss" if self._number(style) == "46" else "")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return str(from_excel(number, epoch, timedelta=is_timedelta_format(code)))
        except (OverflowError, ValueError):
            return "#VALUE!"

    def _number(self, style: str) -> str:
        return self.formats[int(style)] if style.isdecimal() and int(style) < len(self.formats) else "0"


def is_date(code: str) -> bool:
    """Whether a number format shows dates.

    >>> is_date("yyyy-mm-dd"), is_date("[h]:mm"), is_date('0.0" days"'), is_date("[Red]0.00")
    (True, True, False, False)
    """
    return re.search("[dmhys]", _NOT_CODE.sub("", code.split(";")[0]), re.IGNORECASE) is not None
