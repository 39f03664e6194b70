"""Probabilities and labels → figures a class. Pure NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

BINS = 10
"""Of the probabilities, as wide as each other."""


class ClassFigures(NamedTuple):
    """How one class does.

    Attributes:
        name: The class.
        title: What people call it.
        precision: Share of the pictures taken for this class that are of it; 0 where none was.
        recall: Share of its pictures that were found; 0 where there are none.
        f1: Harmonic mean of both.
        support: Its pictures.
    """

    name: str
    title: str
    precision: float
    recall: float
    f1: float
    support: int


class ConfusedPair(NamedTuple):
    """Pictures of one class that were taken for another; classes by their numbers.

    Attributes:
        pictures: How many of `label` were taken for `guess`.
        share: Of all pictures of `label`.
        back: How many of `guess` were taken for `label`.
    """

    label: int
    guess: int
    pictures: int
    share: float
    back: int


class ConfidenceBin(NamedTuple):
    """Pictures whose answer was given with a probability of `low` to `high`.

    Attributes:
        pictures: How many; without any, confidence and accuracy are 0.
        confidence: Mean probability of the answers.
        accuracy: Share of them that are right.
    """

    low: float
    high: float
    pictures: int
    confidence: float
    accuracy: float


def confusion(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How often each class was taken for each.

    Returns:
        (classes, classes) int64, [label, prediction].

    >>> confusion(np.array([[0.9, 0.1], [0.6, 0.4]]), np.array([0, 1])).tolist()
    [[1, 0], [1, 0]]
    """
    classes = probabilities.shape[1]
    cells = labels.astype(np.int64) * classes + probabilities.argmax(axis=1)
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def class_figures(matrix: np.ndarray, names: Sequence[str], titles: Sequence[str]) -> tuple[ClassFigures, ...]:
    """The figures of every class, from the confusion matrix [label, prediction]."""
    right, support, predicted = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    return tuple(
        ClassFigures(
            name, title, _share(hit, taken), _share(hit, count), _share(2 * hit, taken + count), int(count)
        )  # 2 TP / (2 TP + FP + FN) is the harmonic mean of precision and recall.
        for name, title, hit, taken, count in zip(names, titles, right, predicted, support, strict=True)
    )


def confused_pairs(matrix: np.ndarray, most: int) -> tuple[ConfusedPair, ...]:
    """The largest cells off the diagonal; of equal ones those of the smaller class, then the first.

    Args:
        matrix: (classes, classes), [label, prediction].
        most: How many at most.

    >>> confused_pairs(np.array([[3, 1], [2, 2]]), 1)
    (ConfusedPair(label=1, guess=0, pictures=2, share=0.5, back=1),)
    """
    off = matrix.copy()
    np.fill_diagonal(off, 0)
    support = np.maximum(matrix.sum(axis=1), 1)
    labels, guesses = np.nonzero(off)
    counts = off[labels, guesses]
    order = np.lexsort((guesses, labels, -counts / support[labels], -counts))[:most]
    return tuple(
        ConfusedPair(
            int(label), int(guess), int(off[label, guess]), _share(off[label, guess], support[label]), int(off[guess, label])
        )
        for label, guess in zip(labels[order], guesses[order], strict=True)
    )


def in_order_of_interest(probabilities: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, int]:
    """The pictures from the most confident mistake to the least confident one, then from the least confident hit on.

    Returns:
        (n,) positions, and how many of them are mistakes.

    >>> in_order_of_interest(np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]]), np.array([0, 0, 0]))
    (array([1, 2, 0]), 2)
    """
    wrong = probabilities.argmax(axis=1) != labels
    confidence = probabilities.max(axis=1)
    return np.lexsort((np.where(wrong, -confidence, confidence), ~wrong)), int(wrong.sum())


def reliability(probabilities: np.ndarray, labels: np.ndarray) -> tuple[ConfidenceBin, ...]:
    """The pictures sorted into ten bins by the probability of the class that they were taken for.

    Source: Guo et al., "On Calibration of Modern Neural Networks", 2017, equations 2 and 3.

    >>> [one.pictures for one in reliability(np.array([[0.95, 0.05], [0.45, 0.55]]), np.array([0, 0]))]
    [0, 0, 0, 0, 0, 1, 0, 0, 0, 1]
    """
    sure, right = probabilities.max(axis=1).astype(np.float64), probabilities.argmax(axis=1) == labels
    places = np.minimum((sure * BINS).astype(int), BINS - 1)
    found = []
    for number in range(BINS):
        own = places == number
        means = (float(sure[own].mean()), float(right[own].mean())) if own.any() else (0.0, 0.0)
        found.append(ConfidenceBin(number / BINS, (number + 1) / BINS, int(own.sum()), *means))
    return tuple(found)


def calibration_error(bins: Sequence[ConfidenceBin]) -> float:
    """Mean distance of confidence and accuracy over the pictures (the expected calibration error of the same source).

    >>> calibration_error([ConfidenceBin(0.5, 0.6, 1, 0.6, 0.0), ConfidenceBin(0.9, 1.0, 3, 0.9, 1.0)])
    0.225
    """
    pictures = sum(one.pictures for one in bins)
    return round(sum(one.pictures * abs(one.confidence - one.accuracy) for one in bins) / max(pictures, 1), 12)


def _share(part: np.integer, whole: np.integer) -> float:
    return float(part / whole) if whole else 0.0
