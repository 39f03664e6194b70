"""One pass over the validation pictures with the weights of a run; its arrays are kept for everything that looks closer."""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from generator.errors import InputError, printable
from tinymodel import files
from tinymodel.data.dataset import DataSet, Split
from tinymodel.evaluation.drawings import draw_evaluation
from tinymodel.evaluation.figures import (
    ClassFigures,
    ConfusedPair,
    class_figures,
    confused_pairs,
    confusion,
    in_order_of_interest,
)
from tinymodel.evaluation.run_model import RunModel, check_size, data_of_run, notes_on_run_data, open_run
from tinymodel.evaluation.tables import write_tables
from tinymodel.evaluation.which_run import backend_of
from tinymodel.training.feed.training_data import ComparedOn, held_out
from tinymodel.training.run.weights import Weights
from tinymodel.training.validate import cross_entropy, predict, top_k

PREDICTIONS, HOLDOUT_PREDICTIONS = Path("evaluation", "predictions.npz"), Path("evaluation", "holdout.npz")

MAX_ANSWERS = 5
"""Mistakes and hits that are named."""
MAX_PAIRS = 10
"""Confused classes that are named."""


class Answer(NamedTuple):
    """What a picture was taken for; classes by their names."""

    picture: str
    label: str
    guess: str
    probability: float


@dataclass(frozen=True)
class Evaluation:
    """What a run's weights do on the validation pictures.

    Attributes:
        weights: Which weights these are.
        epoch: The completed epoch that they are of.
        on: val, or the holdout.
        image_size: px.
        images: How many pictures.
        top_1: Share of pictures whose class has the largest probability.
        top_5: Share of pictures whose class is among the five largest; None with five classes or fewer.
        loss: Mean cross-entropy, without label smoothing and penalties.
        classes: Figures of every class, in the order of the labels.
        pairs: The classes that are taken for one another most, most often first.
        mistakes: The most confident ones.
        hits: The least confident ones.
        notes: What the reader of these figures should know.
        predictions: The file with the arrays: probabilities, labels, names; None for another size than the recipe's last.
    """

    weights: Weights
    epoch: int
    on: ComparedOn
    image_size: int
    images: int
    top_1: float
    top_5: float | None
    loss: float
    classes: tuple[ClassFigures, ...]
    pairs: tuple[ConfusedPair, ...]
    mistakes: tuple[Answer, ...]
    hits: tuple[Answer, ...]
    notes: tuple[str, ...]
    predictions: Path | None

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        classes = [figures._asdict() for figures in self.classes]
        names = [figures.name for figures in self.classes]
        pairs = [{**pair._asdict(), "label": names[pair.label], "guess": names[pair.guess]} for pair in self.pairs]
        file = str(self.predictions) if self.predictions else None
        answers = {name: [one._asdict() for one in getattr(self, name)] for name in ("mistakes", "hits")}
        return {**asdict(self), "classes": classes, "pairs": pairs, **answers, "notes": list(self.notes), "predictions": file}

    def to_text(self) -> str:
        """A table for people: the worst class first."""
        top_5 = f"top-5 {self.top_5:.2%}  " if self.top_5 is not None else ""
        titles = {figures.name: printable(figures.title) for figures in self.classes}
        width = max(len("class"), *map(len, titles.values()))
        what = "validation" if self.on == "val" else "held out"
        lines = [
            f"{self.weights} weights, epoch {self.epoch}: {self.images:,} {what} pictures at {self.image_size} px",
            f"top-1 {self.top_1:.2%}  {top_5}loss {self.loss:.4f}",
            *(f"note: {note}" for note in self.notes),
            "",
            f"{'class':{width}}  recall  precision      f1  pictures",
        ]
        for name, _, precision, recall, f1, support in sorted(self.classes, key=lambda figures: (figures.recall, figures.name)):
            lines.append(f"{titles[name]:{width}}  {recall:6.1%}  {precision:9.1%}  {f1:6.1%}  {support:8,}")
        if self.pairs:
            lines += ["", "most often taken for one another"]
            named = (
                (pair.pictures, *(titles[self.classes[at].name] for at in (pair.label, pair.guess))) for pair in self.pairs
            )
            lines += [f"{pictures:6,}  {title} taken for {other}" for pictures, title, other in named]
        for heading, answers in (("most confident mistakes", self.mistakes), ("least confident hits", self.hits)):
            lines += ["", heading] if answers else []
            for one in answers:
                taken = f", taken for {titles[one.guess]}" if one.guess != one.label else ""
                lines.append(f"{one.probability:6.1%}  {titles[one.label]}{taken}  {printable(one.picture)}")
        if self.predictions is not None:
            lines += ["", f"arrays, tables and figures are in {printable(str(self.predictions.parent))}"]
        return "\n".join(lines)


def evaluate(
    run: Path,
    data: DataSet | None = None,
    *,
    weights: Weights = "best",
    on: ComparedOn = "val",
    image_size: int | None = None,
) -> Evaluation:
    """Predicts a part of the data once and keeps the arrays in the run folder.

    Args:
        run: A run folder.
        data: The data set; where it is not given, the cache that the run was trained from.
        weights: "best" as `log.csv` says, or "last" as the newest checkpoint holds.
        on: "val", or the "holdout" that the run's recipe took out of the training images.
        image_size: px; the final one of the recipe where it is not given. Only arrays of the final size are kept.

    Raises:
        InputError: No run, no weights yet, data of other classes, or no holdout.
    """
    opened = open_run(run, weights)
    data = data_of_run(opened, data)
    final = opened.recipe.phases[-1].image_size
    size = image_size or final
    if size != final:
        check_size(opened, size)
    if on == "holdout" and not opened.recipe.holdout:
        raise InputError(
            "this run held nothing out of its training images", place=str(run), help="--set holdout=0.1 in a new run"
        )
    split = held_out(data, opened.recipe, size) if on == "holdout" else data.split("val", size)
    probabilities = predict(opened.engine, split)
    notes = opened.loaded.notes
    trained_on = backend_of(run)
    if trained_on not in (None, keras.backend.backend()):
        notes += (f"trained on {trained_on}, evaluated on {keras.backend.backend()}: the last digits may differ",)
    notes += notes_on_run_data(opened, data)
    matrix = confusion(probabilities, split.labels)
    file = opened.folder.path / (PREDICTIONS if on == "val" else HOLDOUT_PREDICTIONS) if size == final else None
    titles = tuple(opened.record["titles"])
    order, wrong = in_order_of_interest(probabilities, split.labels)
    found = Evaluation(
        opened.loaded.weights, opened.loaded.epoch, on, size, len(split.labels),
        top_k(probabilities, split.labels, 1),
        top_k(probabilities, split.labels, 5) if len(data.classes) > 5 else None,
        cross_entropy(probabilities, split.labels),
        class_figures(matrix, data.classes, titles), confused_pairs(matrix, MAX_PAIRS),
        _answers(order[:wrong], probabilities, split, data), _answers(order[wrong:], probabilities, split, data), notes, file,
    )  # fmt: skip
    if file is not None:
        try:
            _keep(file, opened, probabilities, split, data)
            write_tables(file.parent, on, probabilities, split, matrix, data, found.classes)
            draw_evaluation(file.parent, on, probabilities, split.labels, titles)
        except OSError as error:
            fact = f"cannot be written: {error.strerror or error}"
            raise InputError(fact, place=str(file.parent), help="make room, or the folder writable") from None
    return found


def _answers(order: np.ndarray, probabilities: np.ndarray, split: Split, data: DataSet) -> tuple[Answer, ...]:
    guesses = probabilities.argmax(axis=1)
    return tuple(
        Answer(
            split.names[at], data.classes[split.labels[at]], data.classes[guesses[at]], float(probabilities[at, guesses[at]])
        )
        for at in order[:MAX_ANSWERS]
    )


def _keep(file: Path, opened: RunModel, probabilities: np.ndarray, split: Split, data: DataSet) -> None:
    file.parent.mkdir(exist_ok=True)
    arrays = io.BytesIO()
    np.savez(
        arrays,
        probabilities=probabilities,
        labels=split.labels,
        names=np.array(split.names),
        identity=np.array(opened.folder.identity()),
        data=np.array(data.fingerprint),
    )
    files.put_file(file, arrays.getbuffer())
