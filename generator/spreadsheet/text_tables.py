"""Tables as text → a sheet of cells: CSV, Markdown, and cells pasted from a spreadsheet. Knows nothing of designs.

A cell's row is its record in CSV and its line in Markdown; its column is counted from 1. Formulas that a program has exported
as text are evaluated as in a workbook.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence

from generator.errors import InputError
from generator.spreadsheet.cells import Cell, Position, Sheet
from generator.spreadsheet.formula import Value, plain_formula_number
from generator.spreadsheet.values import with_values

MAX_TEXT_BYTES = 2_000_000
"""Longest text that is read; the real ones seen take under 20 kB."""
MAX_TEXT_CELLS = 200_000
MAX_TEXT_COLUMNS = 256
"""The real tables of layers seen have up to 30 columns and 1,000 cells."""
MAX_FIELD_CHARACTERS = 32_767
"""A spreadsheet's own limit of a cell."""
DELIMITERS = "\t;|,"
MAX_SNIFFED_LINES = 200

_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d{1,3})?%?")
_NUMBER_WITH_DECIMAL_COMMA = re.compile(r"[-+]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?(?:[eE][-+]?\d{1,3})?%?")
_MAX_NUMBER_CHARACTERS = 40
_COMMA_IN_NUMBER = re.compile(r"[-+]?(\d+),(\d+)%?")
_POINT_IN_NUMBER = re.compile(r"[-+]?\d+\.(?:\d{1,2}|\d{4,})%?")
_RULE_FIELD = re.compile(r":?-+:?")
_MARKS = re.compile(r"\*\*|__|`|</?(?:b|i|em|strong|code|sub|sup)>|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])|&nbsp;")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def read_text_table(content: bytes, place: str, *, markdown: bool = False) -> Sheet:
    """The one sheet of a text.

    Args:
        content: The text as it lies in the file: UTF-8, with or without a byte-order mark, or UTF-16 with one.
        place: Its file, for messages.
        markdown: Tables between pipes; else values between commas, semicolons or tabs.

    Raises:
        InputError: Not text, or more of it than a table of layers can be.
    """
    if len(content) > MAX_TEXT_BYTES:
        fact = f"has {len(content):,} bytes, over the limit of {MAX_TEXT_BYTES:,} for a table of layers"
        raise InputError(fact, place=place, help="keep the design's table alone in the file")
    text = _decoded(content, place)
    rows = _markdown_rows(text) if markdown else _delimited_rows(text, place)
    cells: dict[Position, Cell] = {}
    for row, column, value in rows:
        cells[row, column] = (
            Cell(None, value, stored=False) if isinstance(value, str) and value.startswith("=") else Cell(value)
        )
        if len(cells) > MAX_TEXT_CELLS or column > MAX_TEXT_COLUMNS:
            raise InputError(
                f"has more than {MAX_TEXT_CELLS:,} cells or {MAX_TEXT_COLUMNS} columns, at line {row}",
                place=place,
                help="keep the design's table alone in the file",
            )
    return with_values({"": Sheet("", cells)})[""]


def _decoded(content: bytes, place: str) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise InputError("is not text", place=place, expected="CSV or Markdown")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _delimited_rows(text: str, place: str) -> Iterator[tuple[int, int, Value]]:
    delimiter = _delimiter(text)
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        records = list(reader)
    except csv.Error as error:
        raise InputError(f"cannot be read as a table: {error}", place=f"{place}:{reader.line_num}") from None
    decimal_comma = delimiter != "," and has_decimal_commas(field for record in records for field in record)
    for row, record in enumerate(records, start=1):
        for column, field in enumerate(record, start=1):
            if field.strip():
                yield row, column, value_of_text(field, decimal_comma=decimal_comma)


def has_decimal_commas(fields: Iterable[str]) -> bool:
    """Whether the numbers of a text part their decimals with a comma; `1,024` alone tells nothing, nor does a kernel `3,3`.

    >>> has_decimal_commas(["16,5", "3"]), has_decimal_commas(["1,024", "3,3"]), has_decimal_commas(["16,5", "2.75"])
    (True, False, False)
    """
    found = False
    for field in map(str.strip, fields):
        if _POINT_IN_NUMBER.fullmatch(field):
            return False
        comma = _COMMA_IN_NUMBER.fullmatch(field)
        found = found or (comma is not None and len(comma[2]) != 3 and comma[1] != comma[2])
    return found


def _delimiter(text: str) -> str:
    r"""The mark that stands in most lines. Commas come last: they stand inside numbers and texts too.

    >>> _delimiter("k;n\n3;1,024"), _delimiter("k,n\n3,5")
    (';', ',')
    """
    lines = [line for line in text.split("\n")[:MAX_SNIFFED_LINES] if line.strip()]
    lines_with = {mark: sum(mark in line for line in lines) for mark in DELIMITERS}
    usual = [mark for mark in DELIMITERS if 2 * lines_with[mark] > len(lines)]
    return usual[0] if usual else max(DELIMITERS, key=lambda mark: lines_with[mark])


def _markdown_rows(text: str) -> Iterator[tuple[int, int, Value]]:
    lines = text.split("\n")
    for first, last in _markdown_tables(lines):
        for number in range(first, last + 1):
            if _is_rule(lines[number]):
                continue
            for column, field in enumerate(_fields(lines[number]), start=1):
                plain = _plain(field)
                if plain:
                    yield number + 1, column, value_of_text(plain)


def _markdown_tables(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """First and last line of each table: the line above a rule of dashes, and all lines with pipes below it."""
    for number, line in enumerate(lines):
        if number and "|" in line and _is_rule(line) and "|" in lines[number - 1]:
            last = number
            while last + 1 < len(lines) and "|" in lines[last + 1] and not _begins_anew(lines, last + 1):
                last += 1
            yield number - 1, last


def _begins_anew(lines: Sequence[str], number: int) -> bool:
    return number + 1 < len(lines) and "|" in lines[number + 1] and _is_rule(lines[number + 1])


def _is_rule(line: str) -> bool:
    """A line of dashes under a header.

    >>> _is_rule("|---|:-:|"), _is_rule("| - | 3 |"), _is_rule("||")
    (True, False, False)
    """
    return all(_RULE_FIELD.fullmatch(field.strip()) for field in _fields(line))


def _fields(line: str) -> list[str]:
    r"""The cells between the pipes of a line; an escaped pipe is none.

    >>> _fields("| conv | 3x3 |"), _fields(r"conv | a\|b")
    ([' conv ', ' 3x3 '], ['conv ', ' a|b'])
    """
    fields = [field.replace("\\|", "|") for field in re.split(r"(?<!\\)\|", line.strip())]
    return fields[bool(line.lstrip().startswith("|")) : len(fields) - (len(fields) > 1 and not fields[-1].strip())]


def _plain(field: str) -> str:
    """A cell's text without its Markdown.

    >>> _plain(" **3x3** "), _plain("`k_out`"), _plain("3*3"), _plain("a<br>b")
    ('3x3', 'k_out', '3*3', 'a b')
    """
    bare = _MARKS.sub("", _BREAK.sub(" ", field).replace("&nbsp;", " "))
    return re.sub(r"\\([\\`*_{}\[\]()#+\-.!|])", r"\1", bare).strip()


def value_of_text(field: str, *, decimal_comma: bool = False) -> Value:
    """What a spreadsheet would take a text for.

    >>> value_of_text(" 3 "), value_of_text("1,024"), value_of_text("16.5")
    (3, 1024, 16.5)
    >>> value_of_text("50%"), value_of_text("3x3"), value_of_text("3,3")
    (0.5, '3x3', '3,3')
    >>> value_of_text("16,5", decimal_comma=True), value_of_text("1.024", decimal_comma=True)
    (16.5, 1024)
    """
    text = field.strip()
    number = _NUMBER_WITH_DECIMAL_COMMA if decimal_comma else _NUMBER
    if len(text) > _MAX_NUMBER_CHARACTERS or not number.fullmatch(text):
        return text
    plain = text.replace(".", "").replace(",", ".") if decimal_comma else text.replace(",", "")
    value = float(plain.rstrip("%")) / (100 if text.endswith("%") else 1)
    return plain_formula_number(value) if math.isfinite(value) else text
