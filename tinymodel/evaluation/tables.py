"""The tables of an evaluation as CSV, for people who write: classes, confusion, every picture, trust in probabilities."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tinymodel import files
from tinymodel.data.dataset import DataSet, Split
from tinymodel.evaluation.figures import ClassFigures, ConfidenceBin, in_order_of_interest, reliability


def write_tables(
    folder: Path,
    on: str,
    probabilities: np.ndarray,
    split: Split,
    matrix: np.ndarray,
    data: DataSet,
    classes: Sequence[ClassFigures],
) -> None:
    """Writes `<on>-classes.csv`, `-confusion.csv`, `-pictures.csv` (the most confident mistake first) and `-reliability.csv`.

    Args:
        folder: Of the evaluation.
        on: What was predicted, val or holdout.
        probabilities: (n, classes).
        split: The pictures.
        matrix: (classes, classes), [label, prediction].
        data: The names of the classes.
        classes: Figures of every class.

    Raises:
        OSError: They cannot be written.
    """
    _write(folder / f"{on}-classes.csv", ClassFigures._fields, classes)
    named = ([name, *row] for name, row in zip(data.classes, matrix.tolist(), strict=True))
    _write(folder / f"{on}-confusion.csv", ["class", *data.classes], named)
    taken = probabilities.argmax(axis=1)
    sure = probabilities[np.arange(len(taken)), taken]
    right = taken == split.labels
    rows = (
        (split.names[at], data.classes[split.labels[at]], data.classes[taken[at]], f"{sure[at]:.6f}", int(right[at]))
        for at in in_order_of_interest(probabilities, split.labels)[0]
    )
    _write(folder / f"{on}-pictures.csv", ["picture", "class", "taken_for", "probability", "right"], rows)
    _write(folder / f"{on}-reliability.csv", ConfidenceBin._fields, reliability(probabilities, split.labels))


def _write(file: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_cell(value) for value in row] for row in itertools.chain([header], rows))
    files.put_file(file, text.getvalue().encode("utf-8", "backslashreplace"))


def _cell(value: Any) -> Any:
    """Text that a spreadsheet program would run as a formula gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value.lstrip().startswith(("=", "+", "-", "@")) else value
