"""A run's network with its weights, built anew from its design: no model file is loaded as code."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path
from typing import Any, Literal, NamedTuple

import keras

from generator.design import Design
from generator.errors import InputError
from generator.expand import expand
from generator.read_yaml import read_yaml
from generator.recipe import Recipe
from generator.trace import trace
from tinymodel.build import build_model
from tinymodel.data import DataSet
from tinymodel.data.dataset import load
from tinymodel.train import checkpoint
from tinymodel.train.checks import check_model, recipe_of
from tinymodel.train.engine import MODEL, Engine, answering, assign, make_engine, spread
from tinymodel.train.inputs import Targets
from tinymodel.train.machine import computing_in, machine_for
from tinymodel.train.run_folder import BEST_WEIGHTS, DATA, DESIGN, LOG, RunFolder, read_json

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
        weights: "best" as `log.csv` says, or "last" as the newest checkpoint holds.

    Raises:
        InputError: No run, or no weights yet.
    """
    folder = RunFolder(run)
    if not folder.begun:
        raise InputError("is not a run folder", place=str(run), help="give the folder that `tinymodel train --run` wrote")
    design, record = read_yaml(folder / DESIGN), _record_of(folder)
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
        InputError: There are none yet, or the file is damaged.
    """
    if weights == "best" and (folder / BEST_WEIGHTS).is_file():
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("error", "Skipping nested container")  # Else layers would stay as they were drawn.
                model.load_weights(folder / BEST_WEIGHTS)
        except (ValueError, UserWarning):
            raise _other_network(folder / BEST_WEIGHTS) from None
        except (OSError, KeyError) as error:
            raise InputError(
                f"cannot be read: {str(error).splitlines()[0]}",
                place=str(folder / BEST_WEIGHTS),
                help="train again on the folder: it is written anew from the checkpoint",
            ) from None
        return Loaded("best", _best_epoch(folder), ())
    saved = checkpoint.newest(folder.checkpoints, lambda name, reason: None)
    if saved is None:
        raise InputError("there are no weights yet", place=str(folder.path), help="train until the first checkpoint is saved")
    try:
        assign(MODEL, model.variables, answering(saved.arrays))
    except (ValueError, KeyError):
        raise _other_network(folder.checkpoints / saved.name) from None
    note = ("no epoch at the final image size is done yet: these are the last weights",) if weights == "best" else ()
    return Loaded("last", len(saved.record["rows"]), note)


def _best_epoch(folder: RunFolder) -> int:
    """The first epoch with the highest accuracy among those at the final image size, by `log.csv`."""
    try:
        with (folder / LOG).open(encoding="ascii", newline="") as stream:
            rows = list(csv.DictReader(stream))
        size = read_yaml(folder / DESIGN).train.phases[-1].image_size  # type: ignore[union-attr]
        final = [row for row in rows if int(row["image_size"]) == size]
        if not final:
            raise ValueError(f"no epoch at {size} px is in it")
        return int(max(final, key=lambda row: float(row["val_accuracy"]))["epoch"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"cannot be read: {error}", place=str(folder / LOG), help="train again on the folder: it is written anew"
        ) from None


def _other_network(file: Path) -> InputError:
    return InputError(
        f"holds the weights of another network than {DESIGN} says", place=str(file), help=f"restore the {DESIGN} of the run"
    )


def _record_of(folder: RunFolder) -> dict[str, Any]:
    """What `data.json` says of the data.

    Raises:
        InputError: It cannot be read, or does not say it all.
    """
    record = read_json(folder / DATA)
    known = isinstance(record, dict) and all(isinstance(record.get(name), str) for name in ("fingerprint", "cache"))
    lists = [record.get(name) for name in ("classes", "titles")] if known else []
    names = all(isinstance(one, list) and all(isinstance(name, str) for name in one) for one in lists)
    if not known or not names or len(lists[0]) != len(lists[1]):
        raise InputError(
            "does not say which data the run was trained on",
            place=str(folder / DATA),
            expected="classes and as many titles, fingerprint, cache",
            help="restore the file of the run",
        )
    return record
