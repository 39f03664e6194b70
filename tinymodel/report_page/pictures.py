"""Predictions → the pictures of a page in the order in which it shows them, as columns of plain numbers. Pure NumPy."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from generator.errors import printable
from tinymodel.evaluation.figures import in_order_of_interest
from tinymodel.report_page.inputs import Predictions

MAX_PICTURES = 10_000
"""Pictures that a page carries; of more the first in its order: all mistakes before the hits."""
GUESSES = 5
"""Classes that are named for a picture."""
PARTS = 10_000
"""A probability travels as a whole number of these."""


class Ranked(NamedTuple):
    """Pictures in the page's order: the most confident mistake first, the most confident hit last.

    Attributes:
        positions: (n,) places in the split.
        mistakes: How many of them are mistakes.
    """

    positions: np.ndarray
    mistakes: int


def ranked_pictures(predictions: Predictions) -> Ranked:
    """The order of a page.

    >>> ranked_pictures(Predictions(np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]]), np.array([0, 0, 0]), ("a", "b", "c")))
    Ranked(positions=array([1, 2, 0]), mistakes=2)
    """
    order, mistakes = in_order_of_interest(predictions.probabilities, predictions.labels)
    return Ranked(order[:MAX_PICTURES], min(mistakes, MAX_PICTURES))


def picture_columns(predictions: Predictions, positions: np.ndarray) -> dict[str, Any]:
    """What the page knows of each picture, a list a fact; `guesses` and `shares` hold several numbers a picture."""
    probabilities = predictions.probabilities[positions]
    labels = predictions.labels[positions].astype(int)
    count = min(GUESSES, probabilities.shape[1])
    guesses = np.argsort(-probabilities, axis=1, kind="stable")[:, :count]
    shares = np.take_along_axis(probabilities, guesses, axis=1)
    own = probabilities[np.arange(len(labels)), labels]
    return {
        "label": labels.tolist(),
        "guesses": guesses.ravel().tolist(),
        "shares": _parts(shares.ravel()),
        "own": _parts(own),
        "guesses_each": count,
        "name": [printable(predictions.names[position]) for position in positions],
    }


def _parts(probabilities: np.ndarray) -> list[int]:
    return np.rint(probabilities.astype(np.float64) * PARTS).astype(int).tolist()
