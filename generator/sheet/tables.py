"""Sheet → tables: where the header rows are, which columns belong together, and which rows stand under them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from generator.errors import InputError
from generator.sheet.headers import GEOMETRY, Field, axis_of_header, field_of_header
from generator.spreadsheet.cells import Sheet
from generator.spreadsheet.formula import Value
from generator.spreadsheet.reference import Range, reference_address

MAX_BLANK_ROWS = 3
"""Blank rows that a table may hold between its blocks; more of them end it."""
MIN_WORDS_OF_A_HEADER = 4
"""Words in a row, and no number, that end a table above it."""
MAX_PARTS_OF_A_HEADER = 4
"""Columns that one merged header cell may stand over; a wider one is a title."""
MAX_TABLE_ROWS = 10_000
"""Most rows under one header; a table of more is no plan of layers."""
MAX_HEADER_ROWS = 4
"""Rows over which one header may be spread (merged cells, words above symbols)."""
WINDOW_FIELDS: frozenset[Field] = frozenset({"kernel_size", "composite", "strides", "padding"})


class Column(NamedTuple):
    """A column of a table: its number in the sheet, its header's text, and what it means (None: nothing known)."""

    number: int
    header: str
    field: Field | None
    axis: int | None = None
    """0 where it speaks of heights alone, 1 of widths."""


class Frame(NamedTuple):
    """Where a table stands: its columns, its header's rows and the rows under it, all counted from 1."""

    columns: tuple[Column, ...]
    header_row: int
    first_row: int
    last_row: int
    continues: bool = False
    """Whether another table stands between it and their common header."""

    def numbers(self, field: Field) -> tuple[int, ...]:
        """Numbers of the columns that mean `field`, from left to right; of a pair of one an axis the height's alone."""
        seconds = set(self.widths.values())
        return tuple(column.number for column in self.columns if column.field == field and column.number not in seconds)

    @property
    def widths(self) -> dict[int, int]:
        """For each column of heights the column of widths that goes with it."""
        heights = {column.field: column.number for column in reversed(self.columns) if column.axis == 0 and column.field}
        widths = {column.field: column.number for column in reversed(self.columns) if column.axis == 1 and column.field}
        return {heights[field]: widths[field] for field in heights if field in widths}

    def value(self, sheet: Sheet, row: int, number: int) -> Value:
        """The value of a column in a row; `height x width` for a pair of columns."""
        value = sheet.value(row, number)
        width = sheet.value(row, self.widths[number]) if number in self.widths else None
        return value if width is None or value is None else f"{value}x{width}"

    def area(self, last_row: int) -> Range:
        """The rectangle of the table down to a row."""
        labelled = [column.number for column in self.columns]
        top = self.first_row if self.continues else self.header_row
        return Range(top, min(labelled), last_row, max(labelled))


def inside_table(frames: Sequence[Frame], row: int, column: int) -> bool:
    """Whether a cell stands in one of the tables, their headers included."""
    return any(
        frame.header_row <= row <= frame.last_row and frame.columns[0].number <= column <= frame.columns[-1].number
        for frame in frames
    )


def find_frames(sheet: Sheet) -> list[Frame]:
    """The tables of a sheet with a header, in reading order."""
    headers = list(_headers(sheet))
    frames = [part for header in headers for part in _networks(sheet, _frame(sheet, header, headers))]
    return sorted(frames, key=lambda frame: (frame.header_row, frame.columns[0].number))


class _Header(NamedTuple):
    columns: tuple[Column, ...]
    first_row: int
    last_row: int


def _headers(sheet: Sheet) -> Iterator[_Header]:
    taken: set[tuple[int, int]] = set()
    for row in range(1, sheet.last_row + 1):
        for group in _groups(sheet, row):
            free = [column for column in group if (row, column.number) not in taken]
            if not _is_header(free):
                continue
            header = _spread(sheet, _Header(tuple(free), row, row))
            taken.update((below, column.number) for below in range(row, header.last_row + 1) for column in header.columns)
            yield header


def _groups(sheet: Sheet, row: int) -> Iterator[list[Column]]:
    """Header cells of a row that stand together: an empty column, or a table that begins again, parts two tables."""
    merged = _merged_across(sheet, row)
    run: list[Column] = []
    for column in range(1, sheet.last_column + 1):
        text = sheet.text(row, column) or merged.get(column, "")
        if run and not text and column - run[-1].number > 1:
            yield from _parted(run)
            run = []
        if text:
            run.append(Column(column, text, field_of_header(text), axis_of_header(text)))
    if run:
        yield from _parted(run)


def _merged_across(sheet: Sheet, row: int) -> dict[int, str]:
    """The words that a merged header cell puts over each of its columns."""
    over: dict[int, str] = {}
    for first_row, first_column, last_row, last_column in sheet.merged:
        if first_row <= row <= last_row and 0 < last_column - first_column < MAX_PARTS_OF_A_HEADER:
            over.update(dict.fromkeys(range(first_column, last_column + 1), sheet.text(first_row, first_column)))
    return over


def _parted(run: list[Column]) -> Iterator[list[Column]]:
    """A run of header cells, split where one table ends and the next begins."""
    current: list[Column] = []
    for piece in _pieces(run):
        if current and not _goes_with(current, piece):
            yield current
            current = []
        current = [*current, *piece]
    yield current


def _pieces(run: list[Column]) -> Iterator[list[Column]]:
    """Header cells without an empty column between, split again where the same words begin anew."""
    start = 0
    for index in range(1, len(run)):
        left, right = run[start:index], run[index:]
        gap = run[index].number - run[index - 1].number > 1
        repeated = _meanings(left) & _meanings(right)
        anew = _meanings(run[index : index + 1]) <= repeated and run[index].field is not None
        anew = anew and len(repeated) * 2 >= len(_meanings(right)) and run[index].header != run[index - 1].header
        if gap or (anew and _is_header(left) and _is_header(right)):
            yield left
            start = index
    yield run[start:]


def _goes_with(left: list[Column], right: list[Column]) -> bool:
    """Whether header cells behind an empty column still belong to a table: they mean something, and nothing twice."""
    fields = _meanings(left), _meanings(right)
    gap = right[0].number - left[-1].number > 1
    return gap and all(fields) and not fields[0] & fields[1] and not (_is_header(left) and _is_header(right))


def _meanings(columns: Sequence[Column]) -> set[tuple[Field, int | None]]:
    return {(column.field, column.axis) for column in columns if column.field}


def _is_header(group: list[Column]) -> bool:
    """At least three known columns, of windows and geometry or of receptive fields: a legend of two words is none."""
    fields = {column.field for column in group if column.field is not None}
    return (
        len(fields) >= 3
        and bool(fields & GEOMETRY)
        and (bool(fields & WINDOW_FIELDS) or len(fields & GEOMETRY) >= 2 or "rf_out" in fields)
    )


def _spread(sheet: Sheet, header: _Header) -> _Header:
    """The header with the rows below it that are still header: words above symbols, or parts under a merged title."""
    first, last = header.columns[0].number, header.columns[-1].number
    last += not sheet.text(header.first_row, last + 1)
    for row in range(header.first_row + 1, header.first_row + MAX_HEADER_ROWS):
        if any(sheet.number(row, number) is not None for number in range(first, last + 1)):
            break
        texts = {number: text for number in range(first, last + 1) if (text := sheet.text(row, number))}
        known = [number for number, text in texts.items() if field_of_header(text) is not None]
        if len(known) >= 3 and len(known) * 2 >= len(texts):
            header = _Header(tuple(_joined(header.columns, texts)), header.first_row, row)
    return header


def _joined(columns: Sequence[Column], texts: Mapping[int, str]) -> Iterator[Column]:
    """Columns under both rows of a header; a part without words above it stands under those to its left."""
    above = {column.number: column for column in columns}
    left = columns[0]
    for number in sorted({*above, *texts}):
        left = above.get(number, left)
        yield _with_part(left._replace(number=number), texts.get(number, ""))


def _with_part(column: Column, part: str) -> Column:
    if not part:
        return column
    joined = f"{column.header} {part}".strip()
    axis = axis_of_header(joined)
    return Column(column.number, joined, field_of_header(joined) or field_of_header(part) or column.field, axis)


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
        if blank and last > header.last_row and _begins_otherwise(sheet, row, numbers):
            break
        filled = any(sheet.value(row, number) is not None for number in numbers)
        blank = 0 if filled else blank + 1
        if blank > MAX_BLANK_ROWS:
            break
        last = row if filled else last
    if last - header.last_row > MAX_TABLE_ROWS:
        place = reference_address(header.first_row, header.columns[0].number)
        fact = f"the table at {place} has {last - header.last_row:,} rows, over the limit of {MAX_TABLE_ROWS:,}"
        raise InputError(fact, help="keep the layers alone under their header")
    return Frame(_with_unlabelled(sheet, header, last), header.first_row, header.last_row + 1, last)


def _begins_otherwise(sheet: Sheet, row: int, numbers: set[int]) -> bool:
    """A row of words alone, behind a blank one, is the header of something else."""
    words = [number for number in numbers if sheet.text(row, number)]
    return len(words) >= MIN_WORDS_OF_A_HEADER and len(words) == sum(sheet.value(row, number) is not None for number in numbers)


def _networks(sheet: Sheet, frame: Frame) -> Iterator[Frame]:
    """The tables that stand under one header: a network begins where receptive field and jump are typed as 1 again."""
    inputs = [frame.numbers(field)[0] for field in ("rf_in", "jump_in") if frame.numbers(field)]
    starts = [frame.first_row]
    grown = False
    for row in range(frame.first_row, frame.last_row + 1):
        values = [sheet.number(row, number) for number in inputs]
        begins = grown and inputs and all(value == 1 for value in values)
        if begins and _is_typed(sheet, row, inputs) and _reads_an_image(sheet, frame, starts[-1], row):
            starts.append(row)
            grown = False
        grown = grown or any(value is not None and value > 1 for value in values)
    if len(starts) == 1 or len(inputs) < 2:
        yield frame
        return
    for number, (start, following) in enumerate(zip(starts, [*starts[1:], frame.last_row + 1], strict=True)):
        yield frame._replace(first_row=start, last_row=following - 1, continues=number > 0)


def _reads_an_image(sheet: Sheet, frame: Frame, start: int, row: int) -> bool:
    """Whether a row reads a size as the first row did, or at least a larger one than the row above it."""
    for number in frame.numbers("input_size"):
        first, above, own = (sheet.number(place, number) for place in (start, row - 1, row))
        if own is not None and own != first:
            return above is not None and own > above
    return True


def _is_typed(sheet: Sheet, row: int, numbers: Sequence[int]) -> bool:
    return all(sheet.cells[row, number].formula is None for number in numbers)


def _with_unlabelled(sheet: Sheet, header: _Header, last_row: int) -> tuple[Column, ...]:
    """The columns, those between them without a header, and those to their left that hold text: layer names, or kernels."""
    columns = list(header.columns)
    known = {column.number for column in columns}
    rows = range(header.last_row + 1, last_row + 1)
    for number in range(columns[0].number + 1, columns[-1].number):
        if number not in known and sum(sheet.value(row, number) is not None for row in rows) * 2 >= len(rows):
            columns.append(Column(number, "", None))
    first = columns[0].number
    for number in range(first - 1, max(first - 3, 0), -1):
        texts = sum(1 for row in rows if sheet.text(row, number))
        if texts < 2 or sheet.text(header.first_row, number):
            break
        columns.insert(0, Column(number, "", "name"))
    beside = columns[-1].number + 1
    words = [row for row in rows if sheet.text(row, beside)]
    named = any(column.field == "name" for column in columns) or sheet.text(header.first_row, beside)
    if not named and words and len(words) * 2 >= len(rows) and words[0] <= rows[0] + 1:
        columns.append(Column(beside, "", "name"))
    return tuple(sorted(columns, key=lambda column: column.number))
