"""The XML of a workbook's archive, counted: what a spreadsheet library would take minutes or gigabytes over is refused.

A workbook of designs is small. The limits stand far above every real one seen, and far below what hurts.
"""

from __future__ import annotations

import re
import zipfile
from typing import NamedTuple

from generator.errors import InputError
from generator.spreadsheet.reference import column_number
from generator.spreadsheet.xlsx.xml_parts import Attributes, is_checked, local_xml_name, parse_part

MAX_DEPTH = 256
"""Nested elements; grouped drawings, the deepest parts of real workbooks, stay under 40."""
MAX_ELEMENTS = 800_000
"""The most seen in a real workbook, one of 90,000 filled cells, are 350,000."""
MAX_MERGED_CELLS = 4 * 1_048_576
"""Cells in merged ranges: some people merge a few whole columns."""
LAST_ROW = 1_048_576
"""Rows that a sheet has in every spreadsheet program."""
LONGEST_ADDRESS = len("XFD1048576")


class Limit(NamedTuple):
    """How many of one element a workbook may hold, and what a person calls them."""

    most: int
    words: str
    help: str


_ALONE = "keep the design's sheets alone in a workbook"
LIMITS = {
    "worksheet": {
        "c": Limit(400_000, "cells", "delete the rows and columns outside of the tables, their formats included"),
        "row": Limit(400_000, "rows", "delete the rows outside of the tables, their formats included"),
        "mergeCell": Limit(5_000, "merged ranges", "unmerge the cells outside of the tables"),
        "dataValidation": Limit(5_000, "data validations", "clear the data validations"),
        "conditionalFormatting": Limit(5_000, "conditional formats", "clear the conditional formats"),
        "hyperlink": Limit(20_000, "links", "remove the links"),
        "col": Limit(20_000, "column formats", _ALONE),
    },
    "workbook": {
        "sheet": Limit(200, "sheets", _ALONE),
        "definedName": Limit(20_000, "defined names", "delete the names that are not needed"),
    },
    "Relationships": {"Relationship": Limit(30_000, "links between its parts", _ALONE)},
    "sst": {"si": Limit(200_000, "shared texts", _ALONE)},
    "styleSheet": {"xf": Limit(100_000, "cell formats", _ALONE)},
}
"""By the root of the part: in a chart or a drawing the same names mean other things."""

_AREA = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")


def check_xml(archive: zipfile.ZipFile) -> None:
    """Counts what the parts of a workbook hold, as a stream that ends with the first limit that is passed.

    Raises:
        InputError: Over a limit, or damaged.
    """
    counter = _Counter()
    for name in archive.namelist():
        if is_checked(name):
            counter.begin()
            parse_part(archive, name, counter.start, counter.end)


class _Counter:
    """Counts over all parts; `depth` and `limits` belong to the part that is being read."""

    def __init__(self) -> None:
        self.elements = 0
        self.merged_cells = 0
        self.counts: dict[str, int] = {}
        self.begin()

    def begin(self) -> None:
        self.depth = 0
        self.limits: dict[str, Limit] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        self.depth += 1
        self.elements += 1
        name = local_xml_name(name)
        if self.depth == 1:
            self.limits = LIMITS.get(name, {})
        if self.depth > MAX_DEPTH:
            raise InputError(f"nests XML elements deeper than the limit of {MAX_DEPTH}", help=_ALONE)
        if self.elements > MAX_ELEMENTS:
            raise InputError(f"holds more than the limit of {MAX_ELEMENTS:,} XML elements", help=_ALONE)
        if name in self.limits:
            self._count(name, self.limits[name])
        if name in ("c", "row"):
            self._check_position(attributes.get("r", ""))
        elif name == "mergeCell":
            self._add_area(attributes.get("ref", ""))

    def end(self, _: str) -> None:
        self.depth -= 1

    def _count(self, name: str, limit: Limit) -> None:
        count = self.counts[name] = self.counts.get(name, 0) + 1
        if count > limit.most:
            raise InputError(f"holds more than the limit of {limit.most:,} {limit.words}", help=limit.help)

    def _check_position(self, position: str) -> None:
        if len(position) > LONGEST_ADDRESS or (position.isdecimal() and int(position) > LAST_ROW):
            raise InputError(
                f"holds a row past the last one of a sheet, {LAST_ROW:,}",
                received=position,
                help="open it in a spreadsheet program and save it again",
            )

    def _add_area(self, area: str) -> None:
        corners = _AREA.fullmatch(area)
        if corners is None:
            raise InputError("merges cells in a range that is none", received=area, help="unmerge the cells")
        first_column, first_row, last_column, last_row = corners.groups()
        height = int(last_row or first_row) - int(first_row) + 1
        width = column_number(last_column or first_column) - column_number(first_column) + 1
        self.merged_cells += max(height, 0) * max(width, 0)
        if self.merged_cells > MAX_MERGED_CELLS:
            raise InputError(
                f"merges more than the limit of {MAX_MERGED_CELLS:,} cells",
                received=area,
                help="unmerge the cells outside of the tables",
            )
