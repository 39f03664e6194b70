"""A run's network with its weights, built anew from its design: no model file is loaded as code."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import keras

from generator.design.fields import height_and_width
from generator.design.recipe import Recipe
from generator.design.record import Design
from generator.errors import InputError
from generator.network.expand import expand
from generator.network.trace import trace
from generator.text import sides
from tinymodel.build import build_model
from tinymodel.data.dataset import DataSet, load
from tinymodel.training.checks import check_model, checked_recipe_of
from tinymodel.training.engines.choice import make_engine, spread
from tinymodel.training.engines.engine import Engine
from tinymodel.training.feed.inputs import Targets
from tinymodel.training.machine.devices import computing_in, machine_for
from tinymodel.training.run.folder import RunFolder
from tinymodel.training.run.weights import Loaded, Weights, load_run_weights


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
    recipe = checked_recipe_of(design)
    machine = machine_for(recipe, 0)
    with spread(machine):
        with computing_in(machine.precision):
            model = build_model(design, allow_large=True)
        check_model(model, recipe, record["classes"])
        engine = make_engine(model, recipe, machine, Targets(len(record["classes"]), 0.0, ()))
    loaded = load_run_weights(model, folder, weights)
    engine.adopt()
    return RunModel(folder, design, recipe, record, model, engine, loaded)


def notes_on_run_data(opened: RunModel, data: DataSet) -> tuple[str, ...]:
    """What the reader of figures on this data should know: nothing, unless the run has never had these pictures."""
    same = data.fingerprint == opened.record["fingerprint"]
    return () if same else ("these are not the pictures that the run was trained and validated with",)


def check_size(opened: RunModel, size: int) -> None:
    """Whether the network can be applied to images of a size.

    Raises:
        InputError: It takes one size only, or a window of it is larger than its map.
    """
    height, width = opened.model.input_shape[1:3]
    if height is not None and (height, width) != height_and_width(size):
        raise InputError(
            "the network takes images of one size only",
            received=f"{size} px",
            expected=f"{sides(height, width)} px",
            help="leave --image-size out",
        )
    trace(expand(opened.design), height_and_width(size))


def data_of_run(opened: RunModel, data: DataSet | None) -> DataSet:
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
