"""Random sheets → numbers, files and printed tables: a small evaluator of their formulas, .xlsx, CSV, Markdown."""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl

from tests.support.sheet_claims import Content, Position, address

_REFERENCE = re.compile(r"\$?([A-Z]{1,2})\$?(\d{1,3})(?::\$?([A-Z]{1,2})\$?(\d{1,3}))?")


def evaluate(cells: Mapping[Position, Content]) -> dict[Position, Content]:
    """Every cell with its formula worked out: Python's arithmetic, not the product's."""
    known: dict[Position, Content] = {}

    def number(column: str, row: int) -> float:
        position = (row, _column(column))
        content = cells.get(position, 0)
        if isinstance(content, str) and content.startswith("="):
            content = value(position)
        return 0 if isinstance(content, str) else content

    def numbers(column: str, first: int, last: int) -> list[float]:
        return [number(column, row) for row in range(first, last + 1)]

    def as_python(match: re.Match[str]) -> str:
        column, row, last_column, last_row = match.groups()
        return f"numbers('{column}',{row},{last_row})" if last_column else f"number('{column}',{row})"

    names = {
        "number": number, "numbers": numbers, "INT": math.floor, "SUM": sum, "CEILING": lambda x, _: math.ceil(x),
        "FLOOR": lambda x, _: math.floor(x), "ROUNDDOWN": lambda x, _: math.trunc(x), "ROUNDUP": lambda x, _: math.ceil(x),
    }  # fmt: skip

    def value(position: Position) -> Content:
        if position not in known:
            content = cells[position]
            if isinstance(content, str) and content.startswith("="):
                result = eval(_REFERENCE.sub(as_python, content[1:]), {"__builtins__": {}}, names)
                content = int(result) if result == int(result) else result
            known[position] = content
        return known[position]

    return {position: value(position) for position in cells}


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def write_xlsx(
    path: Path,
    cells: Mapping[Position, Content],
    merged: tuple[Any, ...] = (),
    stored: Mapping[Position, Content] | None = None,
) -> None:
    """A workbook of one sheet; with `stored`, its formulas carry these values as a spreadsheet program leaves them."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for (row, column), content in cells.items():
        sheet.cell(row, column, content)
    for first_row, first_column, last_row, last_column in merged:
        sheet.merge_cells(start_row=first_row, start_column=first_column, end_row=last_row, end_column=last_column)
    book.save(path)
    if stored is not None:
        _store(path, {address(*position): content for position, content in stored.items()})


def _store(path: Path, values: Mapping[str, Content]) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"

    def with_value(match: re.Match[str]) -> str:
        content = values.get(match[2])
        return f"{match[1]}<v>{content}</v>" if isinstance(content, int | float) else match[0]

    text = re.sub(r'(<c r="([A-Z]+\d+)"[^>]*><f>[^<]*</f>)<v ?/?>(?:</v>)?', with_value, members[name].decode())
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, text.encode() if member == name else content)


def grid(cells: Mapping[Position, Content], first_row: int = 1, first_column: int = 1) -> list[list[str]]:
    """The cells as rows of texts from a corner on."""
    last_row, last_column = max(row for row, _ in cells), max(column for _, column in cells)
    return [
        [str(cells.get((row, column), "")) for column in range(first_column, last_column + 1)]
        for row in range(first_row, last_row + 1)
    ]


def to_csv(cells: Mapping[Position, Content]) -> str:
    """The sheet as a spreadsheet program exports it, from A1 on."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(grid(cells))
    return text.getvalue()


def to_markdown(cells: Mapping[Position, Content], header_row: int) -> str:
    """The rows above the header as lines of text, then the table and what stands under and beside it."""
    above = {position: content for position, content in cells.items() if position[0] < header_row}
    lines = [" ".join(filter(None, row)) for row in grid(above)] if above else []
    left = min(column for row, column in cells if row >= header_row)
    header, *rows = grid(cells, header_row, left)
    body = [header, ["---"] * len(header), *rows]
    return "\n".join([*lines, "", *("| " + " | ".join(row) + " |" for row in body)]) + "\n"


def shown(cells: Mapping[Position, Content], values: Mapping[Position, Content] | None = None) -> str:
    """The sheet as a printed table with its addresses; formulas with what they give."""

    def text(position: Position) -> str:
        content = str(cells.get(position, ""))
        return f"{content} -> {values[position]}" if values and content.startswith("=") else content

    columns = range(min(column for _, column in cells), max(column for _, column in cells) + 1)
    rows = range(min(row for row, _ in cells), max(row for row, _ in cells) + 1)
    table = [["", *(address(1, column)[:-1] for column in columns)]]
    table += [[str(row), *(text((row, column)) for column in columns)] for row in rows]
    widths = [max(len(line[index]) for line in table) for index in range(len(table[0]))]
    return "\n".join(" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in table)
