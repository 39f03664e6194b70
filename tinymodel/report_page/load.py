"""The files of a run → `ReportInputs`. Evaluates the run where its predictions are missing, or are of other weights or data.

Keras must know its backend before this is imported.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_type_hints
from zipfile import BadZipFile

import numpy as np

from generator.check import CheckOptions, read_one
from generator.errors import InputError
from generator.read_yaml import read_yaml
from tinymodel.data import DataSet
from tinymodel.data.dataset import load as load_data
from tinymodel.data.index import some
from tinymodel.evaluate.evaluation import PREDICTIONS, evaluate
from tinymodel.report_page.inputs import Former, Heat, Predictions, ReportInputs
from tinymodel.train.curves import best_of
from tinymodel.train.log import EpochRow, Timing
from tinymodel.train.run_folder import BEST_WEIGHTS, DATA, DESIGN, ENVIRONMENT, LOG, RECIPE, TIMINGS, RunFolder, read_json

Row = TypeVar("Row", EpochRow, Timing)


class _Run(NamedTuple):
    """What is read of a run, be it the page's own or the former one."""

    name: str
    rows: list[EpochRow]
    predictions: Predictions
    epoch: int | None
    image_size: int
    notes: tuple[str, ...]


def load(run: Path, data: DataSet | None = None, compare: Path | None = None) -> ReportInputs:
    """Reads a run, and the one that it is compared with.

    Args:
        run: A run folder.
        data: The data set; where it is not given, the cache that the run was trained from.
        compare: Another run folder, of a network for the same classes.

    Raises:
        InputError: No run, no weights yet, a file that cannot be read, or other classes.
    """
    folder, record = _begun(run)
    data = data or _cached(record, run)
    found = _read(folder, data)
    images = data.split("val", found.image_size).images
    return ReportInputs(
        run=found.name,
        checked=read_one(str(folder / DESIGN), CheckOptions(allow_large=True)),
        recipe=read_json(folder / RECIPE),
        rows=found.rows,
        timings=_table(folder / TIMINGS, Timing),
        environments=read_json(folder / ENVIRONMENT) if (folder / ENVIRONMENT).is_file() else (),
        classes=tuple(record["classes"]),
        titles=tuple(record["titles"]),
        epoch=found.epoch,
        image_size=found.image_size,
        notes=found.notes,
        predictions=found.predictions,
        images=images,
        heat=_heat(folder, images),
        former=_former(compare, data, record, found) if compare else None,
    )


def _begun(run: Path) -> tuple[RunFolder, dict[str, Any]]:
    folder = RunFolder(run)
    if not folder.begun:
        raise InputError("is not a run folder", place=str(run), help="give the folder that `tinymodel train --run` wrote")
    return folder, read_json(folder / DATA)


def _cached(record: dict[str, Any], run: Path) -> DataSet:
    data = load_data(Path(record["cache"]))
    if data is None:
        raise InputError("the data that this run was trained on is no longer in the cache", place=str(run), help="give --data")
    return data


def _read(folder: RunFolder, data: DataSet) -> _Run:
    rows, design = _table(folder / LOG, EpochRow), read_yaml(folder / DESIGN)
    if design.train is None:
        raise InputError("the design says nothing about training", place=str(folder / DESIGN), help="give a whole run folder")
    size, notes = design.train.phases[-1].image_size, tuple[str, ...]()
    predictions = _kept(folder, data)
    if predictions is None:
        notes = evaluate(folder.path, data).notes
        predictions = _kept(folder, data)
    if predictions is None:
        raise InputError("the predictions changed while they were read", place=str(folder.path), help="start the command again")
    final = [row for row in rows if row.image_size == size]
    epoch = best_of(final).epoch if final else rows[-1].epoch if rows else None
    return _Run(folder.path.resolve().name, rows, predictions, epoch, size, notes)


def _kept(folder: RunFolder, data: DataSet) -> Predictions | None:
    """The predictions of an earlier `evaluate`, if they are of these pictures and the weights are not newer."""
    file, weights = folder.path / PREDICTIONS, folder / BEST_WEIGHTS
    try:
        if weights.exists() and weights.stat().st_mtime > file.stat().st_mtime:
            return None
        with np.load(file, allow_pickle=False) as arrays:
            if str(arrays["data"]) != data.fingerprint:
                return None
            return Predictions(arrays["probabilities"], arrays["labels"], tuple(map(str, arrays["names"])))
    except (OSError, ValueError, KeyError, BadZipFile):
        return None


def _heat(folder: RunFolder, images: np.ndarray) -> Heat | None:
    """Grad-CAM of the last map of the run's network; None where it has none, or no weights are left."""
    from tinymodel.build import build_model
    from tinymodel.evaluate.evaluation import load_weights
    from tinymodel.evaluate.gradcam import grad_cam, last_map

    try:
        model = build_model(read_yaml(folder / DESIGN), allow_large=True)
        load_weights(model, folder, "best")
        last_map(model)
    except InputError:
        return None
    return lambda positions, classes: grad_cam(model, images[positions], classes)


def _former(run: Path, data: DataSet, record: dict[str, Any], now: _Run) -> Former:
    folder, theirs = _begun(run)
    if theirs["classes"] != record["classes"]:
        raise InputError(
            "the run to compare with has other classes",
            place=str(run),
            received=f"{len(theirs['classes'])} classes: {some(theirs['classes'])}",
            expected=f"{len(record['classes'])} classes: {some(record['classes'])}",
            help="give --compare a run on the same classes",
        )
    found = _read(folder, data)
    same = found.predictions.names == now.predictions.names
    return Former(found.name, read_json(folder / RECIPE), found.predictions, same)


def _table(file: Path, row: type[Row]) -> list[Row]:
    """The rows of a CSV file that the trainer wrote; none where it is missing.

    Raises:
        InputError: It has other columns, or something that is no number.
    """
    if not file.is_file():
        return []
    kinds = get_type_hints(row)
    try:
        with file.open(encoding="ascii", newline="") as stream:
            return [row(**{name: kind(record[name]) for name, kind in kinds.items()}) for record in csv.DictReader(stream)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"cannot be read: {error}", place=str(file), help="train again on the folder: it is written anew"
        ) from None
