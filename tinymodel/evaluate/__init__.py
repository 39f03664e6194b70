"""Evaluation of a run. Light to import: Keras must know its backend before `evaluate` is called."""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from generator.errors import InputError

if TYPE_CHECKING:
    from tinymodel.data import DataSet
    from tinymodel.evaluate.evaluation import Evaluation

__all__ = ["backend_of", "evaluate", "run_at"]


def run_at(place: str) -> Path:
    """The folder of a run, if there is one.

    Raises:
        InputError: There is no folder.
    """
    if not os.path.isdir(place):
        raise InputError("there is no such run folder", place=place, help="give the folder that `train --run` wrote")
    return Path(place)


def backend_of(run: Path) -> str | None:
    """The Keras backend that a run was last trained with: with another one the figures may differ in their last digits.

    None where nothing says it, or where it is not installed here.
    """
    try:
        backend = str(json.loads((run / "environment.json").read_text("utf-8"))[-1]["backend"])
        return backend if find_spec(backend) else None
    except (OSError, ValueError, LookupError, TypeError, ImportError):
        return None


def evaluate(
    run: Path,
    data: DataSet | None = None,
    *,
    weights: Literal["best", "last"] = "best",
    on: Literal["val", "holdout"] = "val",
    image_size: int | None = None,
) -> Evaluation:
    """Predicts a part of the data once with the weights of a run (see `evaluation.evaluate`)."""
    from tinymodel.evaluate import evaluation

    return evaluation.evaluate(run, data, weights=weights, on=on, image_size=image_size)
