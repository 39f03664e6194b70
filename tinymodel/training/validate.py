"""One pass over a split without training, and the figures that come of the probabilities."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinymodel.data.dataset import Split
from tinymodel.training.engines.engine import Engine

BATCH_SIZE = 128
"""Images a call: one size for validation and evaluation, so that both give the same bits; 2**7, to be cut over devices."""

SMALLEST_PROBABILITY = 1e-7
"""Where the logarithm is cut off, as Keras does it (`keras.config.epsilon`)."""


def predict(engine: Engine, split: Split, between: Callable[[], None] = lambda: None) -> np.ndarray:
    """Probabilities (images, classes) float32 of a whole split, in its order; `between` is called before every batch.

    The last batch is filled up with black images, so that one compiled step serves all.
    """
    count = len(split.labels)
    size = min(BATCH_SIZE, count)
    found = []
    for start in range(0, count, size):
        between()
        images = np.asarray(split.images[start : start + size])
        missing = size - len(images)
        if missing:
            images = np.concatenate([images, np.zeros((missing, *images.shape[1:]), images.dtype)])
        found.append(engine.predict(images)[: size - missing])
    return np.concatenate(found)


def top_k(probabilities: np.ndarray, labels: np.ndarray, k: int) -> float:
    """Share of images whose label is among the `k` largest probabilities; of equal ones the first class goes before.

    >>> top_k(np.array([[0.6, 0.4], [0.5, 0.5]]), np.array([0, 1]), 1)
    0.5
    """
    own = probabilities[np.arange(len(labels)), labels][:, None]
    earlier = np.arange(probabilities.shape[1]) < labels[:, None]
    ahead = np.sum((probabilities > own) | ((probabilities == own) & earlier), axis=1)
    return float(np.mean(ahead < k))


def cross_entropy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean negative logarithm of the label's probability, in float64."""
    own = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(np.mean(-np.log(np.maximum(own, SMALLEST_PROBABILITY))))
