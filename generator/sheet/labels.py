"""Labelled cells outside the tables: the image size, its channels, a target."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from generator.design.fields import MAX_WINDOW, Pair
from generator.sheet.headers import field_of_header
from generator.sheet.tables import Frame, inside_table
from generator.spreadsheet.cells import Position, Sheet
from generator.spreadsheet.formula import Value

MAX_LABEL_DISTANCE = 2
"""Columns between a label and its number."""
MAX_DISTANCE = 4
"""Columns between a label and the table it belongs to; of several the nearest counts."""
_SHAPE = re.compile(r"(\d{1,6})\s*[x*×,]\s*(\d{1,6})(?:\s*[x*×,]\s*(\d{1,6}))?")
_BATCH = re.compile(r"\s*[(\[]?\s*(None|-1|\?)\s*,\s*(.*)", re.IGNORECASE)
_TARGET = re.compile(r"\b(target|goal|aim|wanted|required)\b", re.IGNORECASE)


class Label(NamedTuple):
    """A text cell and the number beside it, below it or inside it."""

    text: str
    value: Value
    position: Position
    """Where the value stands."""


class Labels(NamedTuple):
    """What labelled cells say about a table; None where there is no such cell."""

    image_size: Pair | None = None
    channels: int | None = None
    target_rf: float | None = None
    positions: tuple[Position, ...] = ()


def read_labels(sheet: Sheet, frame: Frame, frames: Sequence[Frame]) -> Labels:
    """The labelled cells of a sheet that belong to a table: above its header, or anywhere for a target."""
    image_size: Pair | None = None
    channels: int | None = None
    target: float | None = None
    positions: list[Position] = []
    for label in sorted(_labels(sheet, frames), key=lambda label: -_distance(frame, label.position[1])):
        if _TARGET.search(label.text):
            if field_of_header(_TARGET.sub("", label.text)) in ("rf_out", "rf_in") and isinstance(label.value, int | float):
                target = float(label.value)
            continue
        if label.position[0] >= frame.header_row or not _near(frame, label.position[1]):
            continue
        shape = shape_in_label(label.value)
        meaning = field_of_header(label.text)
        if meaning in ("input_size", "size") or (shape and re.search(r"input|image", label.text, re.IGNORECASE)):
            image_size = shape[0] if shape else image_size
            channels = shape[1] or channels if shape else channels
            positions.append(label.position)
        elif meaning in ("channels", "channels_in") and isinstance(label.value, int) and label.value > 0:
            channels = label.value
            positions.append(label.position)
    return Labels(image_size, channels, target, tuple(positions))


def shape_in_label(value: Value) -> tuple[Pair, int | None] | None:
    """A size, and channels where they stand with it.

    >>> shape_in_label("(None, 32, 32, 3)"), shape_in_label("[-1, 16, 32, 32]")
    (((32, 32), 3), ((32, 32), 16))
    >>> shape_in_label(32), shape_in_label("224 x 224 x 3"), shape_in_label("57x6"), shape_in_label("same")
    (((32, 32), None), ((224, 224), 3), ((57, 6), None), None)
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return ((int(value), int(value)), None) if 1 <= value <= MAX_WINDOW and value == int(value) else None
    batch = _BATCH.match(value)
    if batch:
        return _shape_of_batch(batch[1], [int(part) for part in re.findall(r"\d+", batch[2])])
    match = _SHAPE.search(value)
    if match:
        return (int(match[1]), int(match[2])), int(match[3]) if match[3] else None
    single = re.fullmatch(r"\s*(\d{1,6})(?:\.0+)?\s*(?:px)?\s*", value)
    return ((int(single[1]), int(single[1])), None) if single and int(single[1]) > 0 else None


def _shape_of_batch(first: str, parts: list[int]) -> tuple[Pair, int | None] | None:
    """Keras puts channels last behind a batch of None, torch first behind one of -1; a vector has no size."""
    if len(parts) != 3:
        return None
    if first.lower() == "none":
        return (parts[0], parts[1]), parts[2]
    return (parts[1], parts[2]), parts[0]


def units_in_label(value: Value) -> int | None:
    """Units of a vector behind a batch: `(None, 512)`.

    >>> units_in_label("(None, 512)"), units_in_label("[-1, 10]"), units_in_label("(None, 32, 32, 3)")
    (512, 10, None)
    """
    batch = _BATCH.match(value) if isinstance(value, str) else None
    numbers = re.findall(r"\d+", batch[2]) if batch else []
    return int(numbers[0]) if len(numbers) == 1 else None


def _near(frame: Frame, column: int) -> bool:
    return _distance(frame, column) <= MAX_DISTANCE


def _distance(frame: Frame, column: int) -> int:
    """Columns between a cell and a table that it stands above; 0 for one over the table itself."""
    numbers = [column.number for column in frame.columns]
    return max(min(numbers) - column, column - max(numbers), 0)


def _labels(sheet: Sheet, frames: Sequence[Frame]) -> Iterator[Label]:
    for (row, column), cell in sheet.cells.items():
        if not isinstance(cell.value, str) or inside_table(frames, row, column):
            continue
        inner = re.search(r"[:=]\s*(\d[\dx*× ]*)$", cell.value)
        if inner:
            yield Label(cell.value[: inner.start()], inner[1].strip(), (row, column))
            continue
        for distance in range(1, MAX_LABEL_DISTANCE + 1):
            value = sheet.value(row, column + distance)
            if value is not None:
                if shape_in_label(value) is not None:
                    yield Label(cell.value, value, (row, column + distance))
                break
        else:
            below = sheet.value(row + 1, column)
            if shape_in_label(below) is not None and not inside_table(frames, row + 1, column):
                yield Label(cell.value, below, (row + 1, column))
