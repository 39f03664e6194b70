"""The confusion matrix as a page shows it: its cells, and orders of its classes."""

from __future__ import annotations

from typing import Any

import numpy as np

WEAKEST_TIE = 1e-3
"""Likeness of two classes that were never confused, so that all classes hang together."""


def matrix_cells(matrix: np.ndarray) -> dict[str, list[int]]:
    """The cells that are not empty."""
    rows, found = np.nonzero(matrix)
    return {"row": rows.tolist(), "column": found.tolist(), "count": matrix[rows, found].tolist()}


def matrix_orders(matrix: np.ndarray, titles: tuple[str, ...]) -> dict[str, Any]:
    """Orders of the classes: by what people call them, by likeness, and the worst recall first."""
    recall = np.diag(matrix) / np.maximum(matrix.sum(axis=1), 1)
    by_title = sorted(range(len(titles)), key=lambda number: (titles[number].casefold(), number))
    return {
        "name": by_title,
        "likeness": matrix_order_by_likeness(matrix).tolist(),
        "recall": np.argsort(recall, kind="stable").tolist(),
    }


def matrix_order_by_likeness(matrix: np.ndarray) -> np.ndarray:
    """Classes in a row such that those that are confused stand close, and their cells near the diagonal.

    The order of the eigenvector of the second smallest eigenvalue of the graph Laplacian of the confusions.

    Source: Atkins, Boman, Hendrickson, "A Spectral Algorithm for Seriation and the Consecutive Ones Problem", 1998.

    >>> matrix_order_by_likeness(np.array([[5, 0, 4], [0, 9, 1], [4, 1, 5]])).tolist()
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
