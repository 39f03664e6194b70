"""Checked workbook archive → what stands in the cells of its sheets: the formula and the stored value of each, in one pass.

A spreadsheet library gives either formulas or values, so it reads every file twice. Here only the cells that are in the
file are visited: what the file says of its own dimensions, and empty formatted cells, cost nothing.
"""

from __future__ import annotations

import math
import re
import zipfile
from collections import Counter
from typing import NamedTuple

from generator.errors import InputError
from generator.spreadsheet.cells import MAX_TEXT_CHARACTERS, SAVE_AGAIN, Position
from generator.spreadsheet.formula import Value, plain_formula_number
from generator.spreadsheet.reference import column_number, reference_address
from generator.spreadsheet.xlsx.areas import area_of
from generator.spreadsheet.xlsx.number_formats import DateFormats
from generator.spreadsheet.xlsx.shared_formula import SharedFormula
from generator.spreadsheet.xlsx.structured_references import (
    NamedTable,
    structured_references_resolved,
    tables_for_structured_references,
)
from generator.spreadsheet.xlsx.xml_parts import (
    Attributes,
    Relation,
    is_checked,
    local_xml_name,
    parse_part,
    relations_of_xml_part,
)

MAX_ROW = 100_000
MAX_COLUMN = 1_024
"""Where a filled cell may stand; the real tables of layers seen end by row 130 and column 30, beside them are logs."""
MAX_SHARED_CHARACTERS = 2_500_000
"""All formulas of a workbook that are written once for many cells, each at its own length; the most seen are 2 million."""

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_ADDRESS = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")


class RawCell(NamedTuple):
    """A cell as the file has it; `value` is None where a formula has no stored value."""

    value: Value
    formula: str | None


class RawSheet(NamedTuple):
    """A sheet as the file has it; a merged range is (first row, first column, last row, last column)."""

    title: str
    hidden: bool
    cells: dict[Position, RawCell]
    merged: tuple[tuple[int, int, int, int], ...]


def read_sheets(archive: zipfile.ZipFile) -> list[RawSheet]:
    """The worksheets of a workbook in its order; sheets that hold a chart alone are left out.

    Raises:
        InputError: Damaged, or a filled cell far away from everything.
    """
    start = [relation.part for relation in relations_of_xml_part(archive, "").values() if relation.kind == "officeDocument"]
    book = start[0] if start else "xl/workbook.xml"
    parts = relations_of_xml_part(archive, book)
    sheets, from_1904 = _sheets_of(archive, book)
    texts = _shared_texts(archive, _part_of_kind(parts, "sharedStrings"))
    dates = DateFormats(archive, _part_of_kind(parts, "styles"), from_1904)
    found: dict[str, RawSheet] = {}
    written = _Written()
    _check_parts([parts[identifier].part for _, _, identifier in sheets if identifier in parts])
    for title, state, identifier in sheets:
        relation = parts.get(identifier)
        if relation is None or not is_checked(relation.part):
            raise InputError(f'is damaged: the sheet "{title}" is missing from it', help="copy or download it again")
        if relation.kind == "worksheet":
            if title in found:
                raise InputError(f'holds two sheets of the name "{title}"', help=SAVE_AGAIN)
            reader = _SheetReader(title, texts, dates, written)
            parse_part(archive, relation.part, reader.start, reader.end, reader.text, root="worksheet")
            cells = _with_addresses(reader.cells, tables_for_structured_references(archive, relation.part))
            found[title] = RawSheet(title, state not in ("", "visible"), cells, tuple(reader.merged))
    return list(found.values())


def _with_addresses(cells: dict[Position, RawCell], tables: tuple[NamedTable, ...]) -> dict[Position, RawCell]:
    """The cells with formulas that name columns of a table written in addresses."""
    if not tables:
        return cells
    return {
        position: cell._replace(formula=structured_references_resolved(cell.formula, position[0], tables))
        if cell.formula
        else cell
        for position, cell in cells.items()
    }


def _check_parts(names: list[str]) -> None:
    """Each part holds one sheet: its cells were counted once, and 200 sheets of one part are 200 times as many."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError("holds two sheets in one part", received=twice[0], help=SAVE_AGAIN)


def _part_of_kind(parts: dict[str, Relation], kind: str) -> str | None:
    return next((relation.part for relation in parts.values() if relation.kind == kind), None)


def _sheets_of(archive: zipfile.ZipFile, book: str) -> tuple[list[tuple[str, str, str]], bool]:
    """(title, state, identifier of the part) of every sheet, and whether days count from 1904."""
    sheets: list[tuple[str, str, str]] = []
    from_1904: list[str] = []

    def start(name: str, attributes: Attributes) -> None:
        if local_xml_name(name) == "sheet":
            facts = {local_xml_name(key): value for key, value in attributes.items()}
            sheets.append((facts.get("name", ""), facts.get("state", ""), facts.get("id", "")))
        elif local_xml_name(name) == "workbookPr":
            from_1904.append(attributes.get("date1904", ""))

    parse_part(archive, book, start, root="workbook")
    return sheets, any(value in ("1", "true") for value in from_1904)


class _Written:
    """Characters of shared formulas so far, over all sheets: one long formula shared by many cells fills the memory."""

    def __init__(self) -> None:
        self.characters = 0

    def add(self, characters: int) -> None:
        self.characters += characters
        if self.characters > MAX_SHARED_CHARACTERS:
            raise InputError(
                f"shares formulas of more than the limit of {MAX_SHARED_CHARACTERS:,} characters in all",
                help="keep the design's sheets alone in a workbook",
            )


class _Pieces(list[str]):
    """One text as it comes in pieces; ends the reading as soon as it is longer than a cell's can be."""

    def __init__(self) -> None:
        super().__init__()
        self.characters = 0

    def append(self, piece: str) -> None:
        self.characters += len(piece)
        if self.characters > MAX_TEXT_CHARACTERS:
            raise InputError(f"holds a text over the limit of {MAX_TEXT_CHARACTERS:,} characters in a cell", help="shorten it")
        super().append(piece)


class _Text:
    """Collects the text of `t` elements; those of a phonetic run are the pronunciation of what stands beside them."""

    def __init__(self) -> None:
        self.parts = _Pieces()
        self.listening = False
        self.phonetic = False

    def start(self, name: str) -> None:
        self.phonetic = self.phonetic or name == "rPh"
        self.listening = name == "t" and not self.phonetic

    def end(self, name: str) -> None:
        self.phonetic = self.phonetic and name != "rPh"
        self.listening = False

    def take(self) -> str:
        text = unescaped("".join(self.parts))
        self.parts = _Pieces()
        return text


def unescaped(text: str) -> str:
    r"""A text without the escapes that stand for what XML cannot hold or would change (ECMA-376 part 1, 22.9.2.19).

    >>> unescaped("a_x000A_b_x005F_x000A_"), unescaped("_x0000_")
    ('a\nb_x000A_', '_x0000_')
    """
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if character.isprintable() or character in "\t\n\r" else escape[0]


def _shared_texts(archive: zipfile.ZipFile, part: str | None) -> list[str]:
    texts: list[str] = []
    collected = _Text()

    def end(name: str) -> None:
        collected.end(local_xml_name(name))
        if local_xml_name(name) == "si":
            texts.append(collected.take())

    def text(characters: str) -> None:
        if collected.listening:
            collected.parts.append(characters)

    if part is not None and part in archive.namelist():
        parse_part(archive, part, lambda name, _: collected.start(local_xml_name(name)), end, text, root="sst")
    return texts


class _SheetReader:
    """The handlers of one sheet; between `c` and its end it knows the cell's place, type and style."""

    def __init__(self, title: str, texts: list[str], dates: DateFormats, written: _Written) -> None:
        self.title = title
        self.texts = texts
        self.dates = dates
        self.written = written
        self.cells: dict[Position, RawCell] = {}
        self.merged: list[tuple[int, int, int, int]] = []
        self.shared: dict[str, SharedFormula] = {}
        self.row = self.column = 0
        self.cell: Attributes = {}
        self.formula: Attributes | None = None
        self.texts_of_cell: dict[str, _Pieces] = {}
        self.listening: _Pieces | None = None
        self.inline = _Text()

    def start(self, name: str, attributes: Attributes) -> None:
        name = local_xml_name(name)
        if name == "c":
            self.cell, self.formula, self.texts_of_cell = attributes, None, {}
            self._place(attributes.get("r", ""))
        elif name == "row":
            row = attributes.get("r", "")
            self.row, self.column = int(row) if row.isdecimal() else self.row + 1, 0
        elif name in ("v", "f"):
            self.listening = self.texts_of_cell[name] = _Pieces()
            self.formula = attributes if name == "f" else self.formula
        elif name in ("is", "t", "rPh"):
            self.inline.start(name)
            self.listening = self.inline.parts if self.inline.listening else None
        elif name == "mergeCell" and (area := area_of(attributes.get("ref", "").replace("$", ""))):
            self.merged.append((area.row, area.column, area.last_row, area.last_column))

    def text(self, characters: str) -> None:
        if self.listening is not None:
            self.listening.append(characters)

    def end(self, name: str) -> None:
        self.listening = None
        name = local_xml_name(name)
        if name == "c":
            if self.texts_of_cell or self.inline.parts:
                self._finish()
        elif name == "rPh":
            self.inline.end(name)

    def _place(self, position: str) -> None:
        if not position:
            self.column += 1
            return
        found = _ADDRESS.fullmatch(position)
        if found is None:
            raise InputError(f'has a cell in the sheet "{self.title}" at an address that is none', received=position)
        self.column, self.row = column_number(found[1]), int(found[2])

    def _finish(self) -> None:
        stored, inline = "".join(self.texts_of_cell.get("v", ())), self.inline.take()
        formula = self._formula()
        value = (inline or None) if self.cell.get("t") == "inlineStr" else self._value(stored) if stored else None
        if formula is None and value is None:
            return
        if self.row > MAX_ROW or self.column > MAX_COLUMN:
            raise InputError(
                f'has something in cell {reference_address(self.row, self.column)} of the sheet "{self.title}", outside of '
                f"the limit of {MAX_ROW:,} rows and {MAX_COLUMN:,} columns",
                help="clear that cell",
            )
        self.cells[self.row, self.column] = RawCell(value, formula)

    def _formula(self) -> str | None:
        if self.formula is None or self.formula.get("t") == "dataTable":
            return None
        text = "".join(self.texts_of_cell["f"])
        group = self.formula.get("si", "") if self.formula.get("t") == "shared" else None
        if group is not None and text:
            self.shared.setdefault(group, SharedFormula(text, self.row, self.column))
        elif group in self.shared:
            self.written.add(self.shared[group].length)
            text = self.shared[group].at(self.row, self.column)
        return f"={text}" if text else None

    def _value(self, stored: str) -> Value:
        kind, style = self.cell.get("t", "n"), self.cell.get("s", "0")
        try:
            if kind == "s":
                return self.texts[int(stored)]
            if kind == "b":
                return {"0": False, "false": False, "1": True, "true": True}[stored.strip()]
            if kind != "n":
                return stored.replace("T", " ") if kind == "d" else unescaped(stored)
            number = float(stored)
        except (ValueError, LookupError):
            raise InputError(
                f'has a cell {reference_address(self.row, self.column)} in the sheet "{self.title}" whose value cannot be read',
                received=stored,
                help=SAVE_AGAIN,
            ) from None
        if not math.isfinite(number):
            return "#NUM!"
        return self.dates.date(number, style) if self.dates.shows_dates(style) else plain_formula_number(number)
