"""The confusion matrix as a page shows it: its cells, orders of its classes, and the pairs that are confused most."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

MAX_PAIRS = 40
WEAKEST_TIE = 1e-3
"""Likeness of two classes that were never confused, so that all classes hang together."""


class Pair(NamedTuple):
    """Pictures of one class that were taken for another.

    Attributes:
        share: Of all pictures of `label`.
        back: How many of `guess` were taken for `label`.
    """

    label: int
    guess: int
    pictures: int
    share: float
    back: int


def most_confused(matrix: np.ndarray, most: int = MAX_PAIRS) -> tuple[Pair, ...]:
    """The largest cells off the diagonal; of equal ones those of the smaller class, then the first.

    Args:
        matrix: (classes, classes), [label, guess].
        most: How many.

    >>> most_confused(np.array([[3, 1], [2, 2]]))
    (Pair(label=1, guess=0, pictures=2, share=0.5, back=1), Pair(label=0, guess=1, pictures=1, share=0.25, back=2))
    """
    off = matrix.copy()
    np.fill_diagonal(off, 0)
    support = np.maximum(matrix.sum(axis=1), 1)
    labels, guesses = np.nonzero(off)
    counts = off[labels, guesses]
    order = np.lexsort((guesses, labels, -counts / support[labels], -counts))[:most]
    return tuple(
        Pair(int(label), int(guess), int(off[label, guess]), float(off[label, guess] / support[label]), int(off[guess, label]))
        for label, guess in zip(labels[order], guesses[order], strict=True)
    )


def cells(matrix: np.ndarray) -> dict[str, list[int]]:
    """The cells that are not empty."""
    rows, found = np.nonzero(matrix)
    return {"row": rows.tolist(), "column": found.tolist(), "count": matrix[rows, found].tolist()}


def orders(matrix: np.ndarray, titles: tuple[str, ...]) -> dict[str, Any]:
    """Orders of the classes: by what people call them, by likeness, and the worst recall first."""
    recall = np.diag(matrix) / np.maximum(matrix.sum(axis=1), 1)
    by_title = sorted(range(len(titles)), key=lambda number: (titles[number].casefold(), number))
    return {
        "name": by_title,
        "likeness": by_likeness(matrix).tolist(),
        "recall": np.argsort(recall, kind="stable").tolist(),
    }


def by_likeness(matrix: np.ndarray) -> np.ndarray:
    """Classes in a row such that those that are confused stand close, and their cells near the diagonal.

    The order of the eigenvector of the second smallest eigenvalue of the graph Laplacian of the confusions.

    Source: Atkins, Boman, Hendrickson, "A Spectral Algorithm for Seriation and the Consecutive Ones Problem", 1998.

    >>> by_likeness(np.array([[5, 0, 4], [0, 9, 1], [4, 1, 5]])).tolist()
    [0, 2, 1]
    """
    if len(matrix) < 3:
        return np.arange(len(matrix))
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    likeness = share + share.T + WEAKEST_TIE
    np.fill_diagonal(likeness, 0.0)
    laplacian = np.diag(likeness.sum(axis=1)) - likeness
    vector = np.linalg.eigh(laplacian)[1][:, 1]
    vector = vector if vector[0] <= vector[-1] else -vector  # Both directions are right: the one nearest to the names' order.
    return np.argsort(vector, kind="stable")
