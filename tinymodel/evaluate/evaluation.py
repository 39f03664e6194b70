"""One pass over the validation pictures with the weights of a run; its arrays are kept for everything that looks closer."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import keras
import numpy as np

from generator.design import Design
from generator.errors import InputError, printable
from generator.read_yaml import read_yaml
from tinymodel.build import build_model
from tinymodel.data import DataSet
from tinymodel.data.dataset import load
from tinymodel.evaluate.figures import ClassFigures, class_figures, confusion
from tinymodel.train import checkpoint
from tinymodel.train.checks import check_model, recipe_of
from tinymodel.train.engine import MODEL, answering, assign, make_engine, spread
from tinymodel.train.inputs import Targets
from tinymodel.train.machine import computing_in, machine_for
from tinymodel.train.run_folder import BEST_WEIGHTS, DATA, DESIGN, LOG, RunFolder, identity_digest, read_json
from tinymodel.train.validate import cross_entropy, predict, top_k

PREDICTIONS = Path("evaluation", "predictions.npz")
Weights = Literal["best", "last"]


@dataclass(frozen=True)
class Evaluation:
    """What a run's weights do on the validation pictures.

    Attributes:
        weights: Which weights these are.
        epoch: The completed epoch that they are of.
        image_size: px.
        images: How many pictures.
        top_1: Share of pictures whose class has the largest probability.
        top_5: Share of pictures whose class is among the five largest; None with five classes or fewer.
        loss: Mean cross-entropy, without label smoothing and penalties.
        classes: Figures of every class, in the order of the labels.
        notes: What the reader of these figures should know.
        predictions: The file with the arrays: probabilities, labels, names.
    """

    weights: Weights
    epoch: int
    image_size: int
    images: int
    top_1: float
    top_5: float | None
    loss: float
    classes: tuple[ClassFigures, ...]
    notes: tuple[str, ...]
    predictions: Path

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        classes = [figures._asdict() for figures in self.classes]
        return {**asdict(self), "classes": classes, "notes": list(self.notes), "predictions": str(self.predictions)}

    def to_text(self) -> str:
        """A table for people: the worst class first."""
        top_5 = f"top-5 {self.top_5:.2%}  " if self.top_5 is not None else ""
        titles = {figures.name: printable(figures.title) for figures in self.classes}
        width = max(len("class"), *map(len, titles.values()))
        lines = [
            f"{self.weights} weights, epoch {self.epoch}: {self.images:,} validation pictures at {self.image_size} px",
            f"top-1 {self.top_1:.2%}  {top_5}loss {self.loss:.4f}",
            *(f"note: {note}" for note in self.notes),
            "",
            f"{'class':{width}}  recall  precision      f1  pictures",
        ]
        for name, _, precision, recall, f1, support in sorted(self.classes, key=lambda figures: (figures.recall, figures.name)):
            lines.append(f"{titles[name]:{width}}  {recall:6.1%}  {precision:9.1%}  {f1:6.1%}  {support:8,}")
        return "\n".join(lines)


class _Loaded(NamedTuple):
    weights: Weights
    epoch: int
    notes: tuple[str, ...]


def evaluate(run: Path, data: DataSet | None = None, *, weights: Weights = "best") -> Evaluation:
    """Predicts the validation pictures at the final image size and keeps the arrays in the run folder.

    The model is built anew from the run's design; no model file is loaded as code.

    Args:
        run: A run folder.
        data: The data set; where it is not given, the cache that the run was trained from.
        weights: "best" as `log.csv` says, or "last" as the newest checkpoint holds.

    Raises:
        InputError: No run, no weights yet, or data of other classes.
    """
    folder = RunFolder(run)
    if not folder.begun:
        raise InputError("is not a run folder", place=str(run), help="give the folder that `tinymodel train --run` wrote")
    design, record = read_yaml(folder / DESIGN), read_json(folder / DATA)
    data = data or _cached(record, run)
    if list(data.classes) != record["classes"]:
        raise InputError(
            "the data has other classes than the run was trained on",
            received=f"{len(data.classes)} classes: {', '.join(data.classes[:5])}",
            expected=f"{len(record['classes'])} classes: {', '.join(record['classes'][:5])}",
            help="give the data that the run was trained on by --data",
        )
    recipe = recipe_of(design)
    machine = machine_for(recipe, 0)
    with spread(machine):
        with computing_in(machine.precision):
            model = build_model(design)
        check_model(model, recipe, data)
        engine = make_engine(model, recipe, machine, Targets(len(data.classes), 0.0, ()))
    loaded = load_weights(model, folder, weights)
    engine.adopt()
    size = recipe.phases[-1].image_size
    split = data.split("val", size)
    probabilities = predict(engine, split)
    notes = loaded.notes
    if data.fingerprint != record["fingerprint"]:
        notes += ("these are not the pictures that the run was trained and validated with",)
    file = _keep(folder, probabilities, split.labels, split.names, design, data)
    return Evaluation(
        loaded.weights, loaded.epoch, size, len(split.labels),
        top_k(probabilities, split.labels, 1),
        top_k(probabilities, split.labels, 5) if len(data.classes) > 5 else None,
        cross_entropy(probabilities, split.labels),
        class_figures(confusion(probabilities, split.labels), data.classes, data.titles), notes, file,
    )  # fmt: skip


def _cached(record: dict[str, Any], run: Path) -> DataSet:
    data = load(Path(record["cache"]))
    if data is None:
        raise InputError("the data that this run was trained on is no longer in the cache", place=str(run), help="give --data")
    return data


def load_weights(model: keras.Model, folder: RunFolder, weights: Weights) -> _Loaded:
    """Puts a run's weights into the model of its design.

    Raises:
        InputError: There are none yet, or the file is damaged.
    """
    if weights == "best" and (folder / BEST_WEIGHTS).is_file():
        try:
            model.load_weights(folder / BEST_WEIGHTS)
        except (OSError, ValueError, KeyError) as error:
            raise InputError(
                f"cannot be read: {str(error).splitlines()[0]}",
                place=str(folder / BEST_WEIGHTS),
                help="train again on the folder: it is written anew from the checkpoint",
            ) from None
        return _Loaded("best", _best_epoch(folder), ())
    saved = checkpoint.newest(folder.checkpoints, lambda name, reason: None)
    if saved is None:
        raise InputError("there are no weights yet", place=str(folder.path), help="train until the first checkpoint is saved")
    assign(MODEL, model.variables, answering(saved.arrays))
    note = ("no epoch at the final image size is done yet: these are the last weights",) if weights == "best" else ()
    return _Loaded("last", len(saved.record["rows"]), note)


def _best_epoch(folder: RunFolder) -> int:
    """The first epoch with the highest accuracy among those at the final image size, by `log.csv`."""
    try:
        with (folder / LOG).open(encoding="ascii", newline="") as stream:
            rows = list(csv.DictReader(stream))
        size = read_yaml(folder / DESIGN).train.phases[-1].image_size  # type: ignore[union-attr]
        final = [row for row in rows if int(row["image_size"]) == size]
        return int(max(final, key=lambda row: float(row["val_accuracy"]))["epoch"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"cannot be read: {error}", place=str(folder / LOG), help="train again on the folder: it is written anew"
        ) from None


def _keep(
    folder: RunFolder, probabilities: np.ndarray, labels: np.ndarray, names: tuple[str, ...], design: Design, data: DataSet
) -> Path:
    file = folder.path / PREDICTIONS
    file.parent.mkdir(exist_ok=True)
    beside = file.with_name(".unfinished.npz")
    np.savez(
        beside,
        probabilities=probabilities,
        labels=labels,
        names=np.array(names),
        identity=np.array(identity_digest(design, data)),
        data=np.array(data.fingerprint),
    )
    beside.replace(file)
    return file
