"""A run's network with its weights, built anew from its design: no model file is loaded as code."""

from __future__ import annotations

import csv
import io
import warnings
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar, get_type_hints

import keras
import numpy as np

from generator.design import Design
from generator.errors import InputError
from generator.expand import expand
from generator.recipe import Recipe
from generator.trace import trace
from tinymodel.build import build_model
from tinymodel.data import DataSet
from tinymodel.data.dataset import load
from tinymodel.train import checkpoint, records
from tinymodel.train.checkpoint import Checkpoint
from tinymodel.train.checks import check_model, recipe_of
from tinymodel.train.engine import MODEL, Engine, answering, assign, make_engine, spread, variable_names
from tinymodel.train.inputs import Targets
from tinymodel.train.log import EpochRow, Timing
from tinymodel.train.machine import computing_in, machine_for
from tinymodel.train.run_folder import BEST_WEIGHTS, DESIGN, LOG, MADE_AGAIN, RunFolder
from tinymodel.train.state import State, state_of
from tinymodel.train.weights_files import load_weights as load_file

Weights = Literal["best", "last"]


class Loaded(NamedTuple):
    """Which weights these are, the completed epoch that they are of, and what the reader of their figures should know."""

    weights: Weights
    epoch: int
    notes: tuple[str, ...]


class RunModel(NamedTuple):
    """A run, opened.

    Attributes:
        record: What `data.json` holds: classes, titles, fingerprint, counts, cache.
        engine: On the model, in the precision that the run is trained in.
    """

    folder: RunFolder
    design: Design
    recipe: Recipe
    record: dict[str, Any]
    model: keras.Model
    engine: Engine
    loaded: Loaded


def open_run(run: Path, weights: Weights = "best") -> RunModel:
    """The network of a run with its weights.

    Args:
        run: A run folder.
        weights: "best" at the final image size, or "last" as the newest checkpoint holds.

    Raises:
        InputError: No run, no weights yet, or a file that is not as the run wrote it.
    """
    folder = RunFolder(run)
    if not folder.begun:
        raise InputError("is not a run folder", place=str(run), help="give the folder that `tinymodel train --run` wrote")
    design, record = folder.design(), folder.data().model_dump(mode="json")
    recipe = recipe_of(design)
    machine = machine_for(recipe, 0)
    with spread(machine):
        with computing_in(machine.precision):
            model = build_model(design, allow_large=True)
        check_model(model, recipe, record["classes"])
        engine = make_engine(model, recipe, machine, Targets(len(record["classes"]), 0.0, ()))
    loaded = load_weights(model, folder, weights)
    engine.adopt()
    return RunModel(folder, design, recipe, record, model, engine, loaded)


def check_size(opened: RunModel, size: int) -> None:
    """Whether the network can be applied to images of a size.

    Raises:
        InputError: It takes one size only, or a window of it is larger than its map.
    """
    height, width = opened.model.input_shape[1:3]
    if height is not None and (height, width) != (size, size):
        raise InputError(
            "the network takes images of one size only",
            received=f"{size} px",
            expected=f"{height} px" if height == width else f"{height} x {width} px",
            help="leave --image-size out",
        )
    trace(expand(opened.design), (size, size))


def data_of(opened: RunModel, data: DataSet | None) -> DataSet:
    """The data that was given, or the cache that the run was trained from.

    Raises:
        InputError: It has other classes than the run was trained on, or is no longer there.
    """
    if data is None:
        data = load(Path(opened.record["cache"]))
        if data is None:
            fact = "the data that this run was trained on is no longer in the cache"
            raise InputError(fact, place=str(opened.folder.path), help="give --data")
    known = opened.record["classes"]
    if list(data.classes) != known:
        raise InputError(
            "the data has other classes than the run was trained on",
            received=f"{len(data.classes)} classes: {', '.join(data.classes[:5])}",
            expected=f"{len(known)} classes: {', '.join(known[:5])}",
            help="give the data that the run was trained on by --data",
        )
    return data


def load_weights(model: keras.Model, folder: RunFolder, weights: Weights) -> Loaded:
    """Puts a run's weights into the model of its design.

    Raises:
        InputError: There are none yet, or the file is not as the run wrote it.
    """
    if weights == "best" and (folder / BEST_WEIGHTS).exists():
        return _load_best(model, folder)
    saved, state = _newest(folder)
    if saved is None:
        if folder.recorded().get(BEST_WEIGHTS):
            raise InputError("is missing", place=str(folder / BEST_WEIGHTS), help=folder.remedy())
        raise InputError("there are no weights yet", place=str(folder.path), help="train until the first checkpoint is saved")
    best = state.best if weights == "best" else None
    try:
        assign(MODEL, model.variables, best.variables if best else answering(saved.arrays))
    except (ValueError, KeyError):
        raise _other_network(folder.checkpoints / saved.name) from None
    if best:
        return Loaded(
            "best", best.row.epoch, (f"{BEST_WEIGHTS} is missing: these are the best weights of checkpoint {saved.name}",)
        )
    note = ("no epoch at the final image size is done yet: these are the last weights",) if weights == "best" else ()
    return Loaded("last", len(state.rows), note)


def _load_best(model: keras.Model, folder: RunFolder) -> Loaded:
    content, epoch = folder.read(BEST_WEIGHTS)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "Skipping nested container")  # Else layers would stay as they were drawn.
            load_file(model, content)
    except (ValueError, UserWarning):
        raise _other_network(folder / BEST_WEIGHTS) from None
    except (OSError, KeyError, RuntimeError):
        fact = "cannot be read: it is cut off or changed"
        raise InputError(fact, place=str(folder / BEST_WEIGHTS), help=folder.remedy()) from None
    return _unrecorded(model, folder) if epoch is None else Loaded("best", epoch, _notes_of_a_later_best(folder, epoch))


def _notes_of_a_later_best(folder: RunFolder, epoch: int) -> tuple[str, ...]:
    """What there is to say where the newest checkpoint names another best epoch, as a kill between the two leaves it."""
    names = checkpoint.names(folder.checkpoints)
    try:
        record = records.read(folder.checkpoints / names[-1] / checkpoint.RECORD, records.CHECKPOINT_RECORD)
    except (IndexError, InputError):
        return ()
    if record.best_epoch in (None, epoch):
        return ()
    return (f"the best epoch is {record.best_epoch} by now: {MADE_AGAIN}",)


def _unrecorded(model: keras.Model, folder: RunFolder) -> Loaded:
    """Best weights of which the run recorded nothing, as release 0.1.0 did not: the checkpoint says whether they are right."""
    saved, state = _newest(folder)
    if saved is None or state.best is None:
        note = "the run recorded nothing that these weights could be held against, and has no checkpoint of them"
        return Loaded("best", _best_epoch(folder), (note,))
    named = zip(variable_names(MODEL, model.variables), model.variables, strict=True)
    # Seeds of dropout are no weights: Keras leaves them out.
    weights = {name: np.asarray(variable) for name, variable in named if keras.backend.is_float_dtype(variable.dtype)}
    known = state.best.variables
    if any(name not in known or not np.array_equal(known[name], array) for name, array in weights.items()):
        fact = f"does not hold the best weights of epoch {state.best.row.epoch}, which checkpoint {saved.name} has"
        raise InputError(fact, place=str(folder / BEST_WEIGHTS), help=folder.remedy())
    return Loaded("best", state.best.row.epoch, ())


def _newest(folder: RunFolder) -> tuple[Checkpoint | None, State]:
    saved = checkpoint.newest(folder.checkpoints, lambda name, reason: None, state_of)
    return saved, state_of(saved) if saved else State()


def _best_epoch(folder: RunFolder) -> int:
    """The first epoch with the highest accuracy among those at the final image size, by `log.csv`."""
    size = recipe_of(folder.design()).phases[-1].image_size
    final = [row for row in read_rows(folder, LOG, EpochRow) if row.image_size == size]
    if not final:
        raise InputError(f"has no epoch at {size} px", place=str(folder / LOG), help=folder.remedy())
    return max(final, key=lambda row: row.val_accuracy).epoch


Row = TypeVar("Row", EpochRow, Timing)


def read_rows(folder: RunFolder, name: str, row: type[Row]) -> list[Row]:
    """The rows of a CSV file that the trainer wrote; none where it is missing.

    Raises:
        InputError: It is not as the run wrote it, has other columns, or something that is no number.
    """
    if not (folder / name).is_file():
        return []
    content, _ = folder.read(name)
    kinds = get_type_hints(row)
    try:
        table = csv.DictReader(io.StringIO(content.decode("ascii"), newline=""))
        return [row(**{column: kind(record[column]) for column, kind in kinds.items()}) for record in table]
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise InputError(f"cannot be read: {error}", place=str(folder / name), help=folder.remedy()) from None


def _other_network(file: Path) -> InputError:
    return InputError(
        f"holds the weights of another network than {DESIGN} says", place=str(file), help=f"restore the {DESIGN} of the run"
    )
