"""Names of a table's columns in formulas, `CNN[[#This Row],[jin]]`, as the addresses that they stand for.

A spreadsheet program keeps such names in the file beside the sheet. Everything that reads formulas here knows addresses alone.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from typing import NamedTuple

from generator.spreadsheet.reference import reference_address
from generator.spreadsheet.xlsx.areas import area_of
from generator.spreadsheet.xlsx.xml_parts import Attributes, is_checked, local_xml_name, parse_part, relations_of_xml_part

_COLUMN = r"(?:[^\[\]#'@]|'.)+"
_THIS_ROW = re.compile(
    rf"(?P<table>[A-Za-z_\\][\w.\\]*)?"
    rf"\[(?:\[#This Row\],\s*\[(?P<row>{_COLUMN})\]|@\[(?P<bracketed>{_COLUMN})\]|@(?P<at>{_COLUMN}))\]",
    re.IGNORECASE,
)
_WHOLE = re.compile(rf"(?P<table>[A-Za-z_\\][\w.\\]*)\[(?P<column>{_COLUMN})\]")


class NamedTable(NamedTuple):
    """A table of a sheet: its name, the rows of its data, and its columns' numbers by their names in lower case."""

    name: str
    first_row: int
    last_row: int
    columns: dict[str, int]


def tables_for_structured_references(archive: zipfile.ZipFile, part: str) -> tuple[NamedTable, ...]:
    """The tables that the part of a sheet names.

    Raises:
        InputError: A part is damaged.
    """
    parts = [relation.part for relation in relations_of_xml_part(archive, part).values() if relation.kind == "table"]
    found = (_table(archive, name) for name in parts if is_checked(name))
    return tuple(table for table in found if table is not None)


def _table(archive: zipfile.ZipFile, part: str) -> NamedTable | None:
    facts: Attributes = {}
    names: list[str] = []

    def start(tag: str, attributes: Attributes) -> None:
        if local_xml_name(tag) == "table":
            facts.update(attributes)
        elif local_xml_name(tag) == "tableColumn":
            names.append(attributes.get("name", ""))

    parse_part(archive, part, start, root="table")
    area = area_of(facts.get("ref", ""))
    if area is None:
        return None
    columns = {name.lower(): area.column + index for index, name in enumerate(names)}
    first = area.row + (facts.get("headerRowCount", "1") != "0")
    return NamedTable(facts.get("displayName", "").lower(), first, area.last_row, columns)


def structured_references_resolved(formula: str, row: int, tables: Iterable[NamedTable]) -> str:
    """A formula of a row with its named columns as addresses; names that no table has stay as they are.

    >>> cnn = NamedTable("cnn", 16, 52, {"jin": 10, "stride": 8})
    >>> structured_references_resolved("=CNN[[#This Row],[jin]]*CNN[@stride]", 17, [cnn])
    '=J17*H17'
    >>> structured_references_resolved("=SUM(CNN[jin])", 60, [cnn])
    '=SUM(J16:J52)'
    """
    known = list(tables)

    def one(match: re.Match[str]) -> str:
        column = _unescaped(match["row"] or match["bracketed"] or match["at"])
        number = _column_of(match["table"], column, known)
        return match[0] if number is None else reference_address(row, number[1])

    def whole(match: re.Match[str]) -> str:
        number = _column_of(match["table"], _unescaped(match["column"]), known)
        if number is None:
            return match[0]
        table, column = number
        return f"{reference_address(table.first_row, column)}:{reference_address(table.last_row, column)}"

    return _WHOLE.sub(whole, _THIS_ROW.sub(one, formula))


def _unescaped(name: str) -> str:
    return re.sub(r"'(.)", r"\1", name).strip().lower()


def _column_of(name: str | None, column: str, tables: Iterable[NamedTable]) -> tuple[NamedTable, int] | None:
    """The table and number of a column; without a table's name the one that has it."""
    for table in tables:
        if (name is None or table.name == name.lower()) and column in table.columns:
            return table, table.columns[column]
    return None
