"""What a page is made of. Records only: nothing here reads a file or knows HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from generator.lint.finding import Checked
from tinymodel.evaluation.layer_field import LayerField
from tinymodel.training.log.events import EpochRow, Timing

Heat = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Positions in a split and a class for each → (n, height, width) float32 in [0, 1], where the network found that class."""


@dataclass(frozen=True)
class Predictions:
    """What a network says of the pictures of a split.

    Attributes:
        probabilities: (n, classes) float32.
        labels: (n,) positions in the classes.
        names: File names inside the data set.
    """

    probabilities: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]


@dataclass(frozen=True)
class Former:
    """The run that this one is compared with; its predictions are of the same classes, in the same order.

    Attributes:
        run: What it is called.
        key: What it is, as plain data: input, classes, plan and recipe.
        same_pictures: Whether its predictions are of the same pictures, in the same order.
        holdout: Its predictions of the pictures that this run held out; None where it held out others, or none.
    """

    run: str
    key: Mapping[str, Any]
    predictions: Predictions
    same_pictures: bool
    holdout: Predictions | None = None


@dataclass(frozen=True)
class ReportInputs:
    """All that a page says of a run.

    Attributes:
        run: What it is called.
        place: Its folder, as a command names it.
        checked: The design with its findings, and what it is at each of its image sizes.
        key: What it is, as plain data: input, classes, plan and recipe.
        rows: Of `log.csv`.
        timings: Of `timings.csv`; an epoch that was run again has two.
        environments: What it ran on, the last one at the end.
        classes: Class names, in the order of the labels.
        titles: What people call them.
        epoch: That the weights are of; None where nothing says it.
        image_size: That was predicted at, px.
        notes: What the reader of the figures should know.
        images: (n, size, size, 3) uint8, in the order of the predictions.
        heat: Draws heat maps; None where there are none.
        field: What the units see whose maps the heat is of.
        former: What to compare with.
        holdout: Predictions of the held out pictures, where a former run has the same.
    """

    run: str
    place: str
    checked: Checked
    key: Mapping[str, Any]
    rows: Sequence[EpochRow]
    timings: Sequence[Timing]
    environments: Sequence[Mapping[str, Any]]
    classes: tuple[str, ...]
    titles: tuple[str, ...]
    epoch: int | None
    image_size: int
    notes: tuple[str, ...]
    predictions: Predictions
    images: np.ndarray
    heat: Heat | None = None
    field: LayerField | None = None
    former: Former | None = None
    holdout: Predictions | None = None
