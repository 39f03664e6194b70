"""Probabilities and labels → figures a class. Pure NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


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
    """Pictures of one class that were taken for another.

    Attributes:
        title: Of their class, as people call it.
        taken_for: Of the other one.
        pictures: How many.
        share: Of the class's pictures.
    """

    title: str
    taken_for: str
    pictures: int
    share: float


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


def confused_pairs(matrix: np.ndarray, titles: Sequence[str], most: int = 10) -> tuple[ConfusedPair, ...]:
    """The cells off the diagonal with the most pictures; of equal ones, the first classes.

    >>> confused_pairs(np.array([[3, 2], [0, 5]]), ["a", "b"])
    (ConfusedPair(title='a', taken_for='b', pictures=2, share=0.4),)
    """
    wrong = matrix - np.diag(np.diag(matrix))
    cells = np.argsort(-wrong, axis=None, kind="stable")[:most]
    found = [divmod(int(cell), len(matrix)) for cell in cells]
    return tuple(
        ConfusedPair(titles[label], titles[taken], int(wrong[label, taken]), _share(wrong[label, taken], matrix[label].sum()))
        for label, taken in found
        if wrong[label, taken]
    )


def _share(part: np.integer, whole: np.integer) -> float:
    return float(part / whole) if whole else 0.0
