"""From what a run gets wrong to class weights for the next one: from the holdout, never from val."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinymodel.evaluation.figures import ClassFigures

SHARPNESS = 0.5
"""Exponent of the ratio of mistakes: the square root, because weights that follow the mistakes in full overshoot."""

LOWEST, HIGHEST = 0.5, 2.0
"""No class is weighted by less or more: a class that is hopeless must not take over the training."""


def class_weights(classes: Sequence[ClassFigures]) -> dict[str, float]:
    """A weight for every class, its mean near 1: more for those with more mistakes than the average.

    Mistakes are counted as if every class had one more that is half wrong, so that few pictures give no extreme weight.

    Args:
        classes: Figures on the holdout.

    >>> from tinymodel.evaluation.figures import ClassFigures
    >>> figures = [ClassFigures(name, name, 0.0, recall, 0.0, 49) for name, recall in (("cat", 0.95), ("dog", 0.6))]
    >>> class_weights(figures)
    {'cat': 0.506, 'dog': 1.321}
    """
    support = np.array([figures.support for figures in classes], np.float64)
    wrong = (support * (1.0 - np.array([figures.recall for figures in classes])) + 0.5) / (support + 1.0)
    weights = (wrong / wrong.mean()) ** SHARPNESS
    limited = np.clip(weights, LOWEST, HIGHEST)
    return {figures.name: round(float(weight), 3) for figures, weight in zip(classes, limited, strict=True)}
