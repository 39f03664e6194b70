"""Sheet → tables: where the header rows are, which columns belong together, and which rows stand under them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from generator.read_sheet.formula import address
from generator.read_sheet.headers import GEOMETRY, Field, field_of
from generator.read_sheet.workbook import Sheet

MAX_BLANK_ROWS = 3
"""Blank rows that a table may hold between its blocks; more of them end it."""
MAX_HEADER_ROWS = 4
"""Rows over which one header may be spread (merged cells, words above symbols)."""
WINDOW_FIELDS: frozenset[Field] = frozenset({"kernel_size", "kernel_height", "strides", "padding"})


class Column(NamedTuple):
    """A column of a table: its number in the sheet, its header's text, and what it means (None: nothing known)."""

    number: int
    header: str
    field: Field | None


class Frame(NamedTuple):
    """Where a table stands: its columns, its header's rows and the rows under it, all counted from 1."""

    columns: tuple[Column, ...]
    header_row: int
    first_row: int
    last_row: int

    def numbers(self, field: Field) -> tuple[int, ...]:
        """Numbers of the columns that mean `field`, from left to right."""
        return tuple(column.number for column in self.columns if column.field == field)

    def area(self, last_row: int) -> str:
        """The rectangle of the table down to a row, as `A4:J33`."""
        labelled = [column.number for column in self.columns]
        return f"{address(self.header_row, min(labelled))}:{address(last_row, max(labelled))}"


def find_frames(sheet: Sheet) -> list[Frame]:
    """The tables of a sheet with a header, in reading order."""
    headers = list(_headers(sheet))
    frames = [_frame(sheet, header, headers) for header in headers]
    return sorted(frames, key=lambda frame: (frame.header_row, frame.columns[0].number))


class _Header(NamedTuple):
    columns: tuple[Column, ...]
    first_row: int
    last_row: int


def _headers(sheet: Sheet) -> Iterator[_Header]:
    taken: set[tuple[int, int]] = set()
    for row in range(1, sheet.last_row + 1):
        for group in _groups(sheet, row):
            if (row, group[0].number) in taken or not _is_header(group):
                continue
            header = _spread(sheet, _Header(tuple(group), row, row))
            taken.update((below, column.number) for below in range(row, header.last_row + 1) for column in header.columns)
            yield header


def _groups(sheet: Sheet, row: int) -> Iterator[list[Column]]:
    """Header cells of a row that stand together: an empty column, or a field that comes again, parts two tables."""
    group: list[Column] = []
    for column, cell in sheet.row(row):
        text = cell.value if isinstance(cell.value, str) else ""
        found = Column(column, text.strip(), field_of(text) if text.strip() else None)
        gap = column - group[-1].number - 1 if group else 0
        if group and (gap > 1 or _comes_again(found, group, gap)):
            yield group
            group = []
        if text.strip():
            group.append(found)
    if group:
        yield group


def _comes_again(column: Column, group: list[Column], gap: int) -> bool:
    """A field that stands in the group already; two receptive fields side by side are still one table."""
    repeatable = column.field in ("rf_out", "params", "name", "block", "channels", "macs") and gap == 0
    return column.field is not None and not repeatable and any(column.field == other.field for other in group)


def _is_header(group: list[Column]) -> bool:
    """At least three known columns, one of geometry: a legend of two words is no table."""
    fields = {column.field for column in group if column.field is not None}
    return len(fields) >= 3 and bool(fields & GEOMETRY) and (bool(fields & WINDOW_FIELDS) or len(fields & GEOMETRY) >= 2)


def _spread(sheet: Sheet, header: _Header) -> _Header:
    """The header with the rows below it that are still header: words above symbols, or parts under a merged title."""
    for row in range(header.first_row + 1, header.first_row + MAX_HEADER_ROWS):
        texts = {column.number: sheet.text(row, column.number) for column in header.columns}
        filled = [number for number, text in texts.items() if text]
        holds_numbers = any(sheet.number(row, column.number) is not None for column in header.columns)
        known = [number for number in filled if field_of(texts[number]) is not None]
        if holds_numbers:
            break
        if len(known) >= 3 and len(known) * 2 >= len(filled):
            columns = tuple(_with_part(column, texts[column.number]) for column in header.columns)
            header = _Header(columns, header.first_row, row)
    return header


def _with_part(column: Column, part: str) -> Column:
    joined = f"{column.header} {part}".strip()
    return Column(column.number, joined, field_of(joined) or field_of(part) or column.field)


def _frame(sheet: Sheet, header: _Header, headers: list[_Header]) -> Frame:
    numbers = {column.number for column in header.columns}
    ends = [
        other.first_row
        for other in headers
        if other.first_row > header.last_row and numbers & {column.number for column in other.columns}
    ]
    limit = min(ends, default=sheet.last_row + 1)
    last, blank = header.last_row, 0
    for row in range(header.last_row + 1, limit):
        filled = any(sheet.value(row, number) is not None for number in numbers)
        blank = 0 if filled else blank + 1
        if blank > MAX_BLANK_ROWS:
            break
        last = row if filled else last
    return Frame(_with_unlabelled(sheet, header, last), header.first_row, header.last_row + 1, last)


def _with_unlabelled(sheet: Sheet, header: _Header, last_row: int) -> tuple[Column, ...]:
    """The columns and those without a header beside them whose cells are text: layer names, or kernels in words."""
    columns = list(header.columns)
    first = columns[0].number
    for number in range(first - 1, max(first - 3, 0), -1):
        rows = range(header.last_row + 1, last_row + 1)
        texts = sum(1 for row in rows if sheet.text(row, number))
        if texts < 2 or sheet.text(header.first_row, number):
            break
        columns.insert(0, Column(number, "", "name"))
    return tuple(columns)
