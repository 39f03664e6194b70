"""Tables without a header: blocks of numbers whose columns explain each other as kernels, strides, sizes and fields.

A block is taken for a design only where its receptive fields follow from its kernels and strides, row by row, and its sizes or
jumps do as well: numbers that merely stand in rows are not one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from generator.sheet.headers import Field
from generator.sheet.layers import layer_rows
from generator.sheet.roles import QUANTITIES, Evidence, Witness
from generator.sheet.spellings import pair_in
from generator.sheet.tables import Column, Frame, inside_table
from generator.spreadsheet.cells import Sheet, is_number

MIN_ROWS = 4
"""Rows of a block that are enough evidence."""
MAX_ROWS = 400
"""Rows beyond which a block is a log of something, not a design."""
MIN_COLUMNS = 3
MAX_KERNEL, MAX_STRIDE, MAX_PADDING = 11, 6, 8
FILLED_SHARE = 0.6
"""Share of a block's rows in which a column holds a number."""
MIN_TELLING = 3
"""Rows whose receptive field grows just as their kernels say."""


def headerless_frames(sheet: Sheet, frames: Sequence[Frame]) -> list[Frame]:
    """The blocks of a sheet, outside its tables with a header, that are designs by their values."""
    found = []
    for rows in _blocks(sheet, frames):
        frame = _read(sheet, rows, frames)
        if frame is not None:
            found.append(frame)
    return found


def _blocks(sheet: Sheet, frames: Sequence[Frame]) -> Iterator[range]:
    """Runs of rows with several numbers each."""
    counts: dict[int, int] = {}
    for (row, column), cell in sheet.cells.items():
        if (is_number(cell.value) or pair_in(cell.value)) and not inside_table(frames, row, column):
            counts[row] = counts.get(row, 0) + 1
    rows = sorted(row for row, count in counts.items() if count >= MIN_COLUMNS)
    for _, run in groupby(enumerate(rows), key=lambda item: item[1] - item[0]):
        block = [row for _, row in run]
        if MIN_ROWS <= len(block) <= MAX_ROWS:
            yield range(block[0], block[-1] + 1)


def _read(sheet: Sheet, rows: range, frames: Sequence[Frame]) -> Frame | None:
    numbers = [
        column
        for column in range(1, sheet.last_column + 1)
        if not inside_table(frames, rows[0], column) and _share(sheet, rows, column) >= FILLED_SHARE
    ]
    best: tuple[int, Frame] | None = None
    for kernel in (number for number in numbers if _is_small(sheet, rows, number, 1, MAX_KERNEL, changes=True)):
        for strides in (number for number in numbers if number != kernel and _is_small(sheet, rows, number, 0, MAX_STRIDE)):
            frame = _assigned(sheet, rows, numbers, kernel, strides)
            if frame is not None and (best is None or frame[0] > best[0]):
                best = frame
    return _with_names(sheet, rows, best[1]) if best else None


def _share(sheet: Sheet, rows: range, column: int) -> float:
    filled = sum(sheet.number(row, column) is not None or pair_in(sheet.value(row, column)) is not None for row in rows)
    return filled / len(rows)


def _is_small(sheet: Sheet, rows: range, column: int, least: int, most: int, *, changes: bool = False) -> bool:
    """Whole numbers (or windows in words) within bounds; a first row of zeros is the image."""
    values = [sheet.value(row, column) for row in rows]
    sizes = [pair_in(value) or ((0, 0) if value == 0 else None) for value in values if value is not None]
    if not sizes or None in sizes:
        return False
    known = [size for size in sizes if size is not None]
    inside = all(least <= min(size) and max(size) <= most for size in known[1:])
    return inside and max(map(max, known)) <= most and (not changes or max(map(max, known)) > 1)


def _assigned(sheet: Sheet, rows: range, numbers: Sequence[int], kernel: int, strides: int) -> tuple[int, Frame] | None:
    """The block under one choice of kernels and strides, with what that explains; None where it explains too little."""
    fields: dict[int, Field] = {kernel: "kernel_size", strides: "strides"}
    others = [number for number in numbers if number not in fields]
    growing = _meanings(sheet, rows, fields, others, QUANTITIES[1:])
    if not any(field in ("rf_out", "rf_in") and evidence.telling >= MIN_TELLING for field, evidence in growing.values()):
        return None
    fields.update({number: field for number, (field, _) in growing.items()})
    score = sum(evidence.telling for _, evidence in growing.values())
    rest = [number for number in others if number not in growing]
    margins = [number for number in rest if _is_small(sheet, rows, number, 0, MAX_PADDING)]
    choices: list[tuple[int, dict[int, Field]]] = []
    for padding in [*margins, None]:
        said: dict[int, Field] = {**fields, **({padding: "padding"} if padding is not None else {})}
        sized = _meanings(sheet, rows, said, [number for number in rest if number != padding], QUANTITIES[:1])
        said.update({number: field for number, (field, _) in sized.items()})
        choices.append((score + sum(evidence.telling for _, evidence in sized.values()), said))
    best_score, best = max(choices, key=lambda choice: choice[0])
    known = set(best.values())
    return (best_score, _frame(rows, best)) if known & {"size", "input_size", "jump", "jump_in"} else None


def _meanings(
    sheet: Sheet, rows: range, fields: dict[int, Field], numbers: Sequence[int], quantities: Sequence[tuple[Field, Field]]
) -> dict[int, tuple[Field, Evidence]]:
    """For each column the quantity whose steps it follows best, each meaning once."""
    witness = Witness(sheet, layer_rows(sheet, _frame(rows, fields)), {})
    found: dict[int, tuple[Field, Evidence]] = {}
    for number in numbers:
        candidates = [(field, witness.evidence(number, field)) for pair in quantities for field in pair]
        fitting = [item for item in candidates if item[1].convincing and item[0] not in {field for field, _ in found.values()}]
        if fitting:
            found[number] = max(fitting, key=lambda item: (item[1].agreeing, item[1].telling))
    return found


def _frame(rows: range, fields: dict[int, Field]) -> Frame:
    columns = tuple(Column(number, "", fields[number]) for number in sorted(fields))
    return Frame(columns, rows[0], rows[0], rows[-1])


def _with_names(sheet: Sheet, rows: range, frame: Frame) -> Frame:
    """The frame with the column of words to its left, or between its columns."""
    first, last = frame.columns[0].number, frame.columns[-1].number
    for number in range(max(first - 2, 1), last + 1):
        if (
            sum(bool(sheet.text(row, number)) for row in rows) * 2 >= len(rows)
            and pair_in(sheet.value(rows[0], number)) is None
        ):
            columns = sorted((*frame.columns, Column(number, "", "name")), key=lambda column: column.number)
            return frame._replace(columns=tuple(columns))
    return frame
