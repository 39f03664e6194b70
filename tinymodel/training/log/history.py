"""Rows of `log.csv` → what every drawing of a training shows: its phases, its best epoch, its scales. Draws nothing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from tinymodel.training.log.events import EpochRow

LOGARITHMIC_FROM = 30
"""Ratio of highest to lowest learning rate from which on a linear axis hides the low ones."""


class Phase(NamedTuple):
    """Epochs in a row of one phase."""

    number: int
    image_size: int
    first: int
    last: int


def phases_of(rows: Sequence[EpochRow]) -> list[Phase]:
    """The phases, in their order."""
    groups = [list(group) for _, group in groupby(rows, key=lambda row: (row.phase, row.image_size))]
    return [Phase(group[0].phase, group[0].image_size, group[0].epoch, group[-1].epoch) for group in groups]


def best_of(rows: Sequence[EpochRow]) -> EpochRow:
    """The epoch of the best validation accuracy at the image size of the last row; of equal ones, the first."""
    return max((row for row in rows if row.image_size == rows[-1].image_size), key=lambda row: row.val_accuracy)


def is_logarithmic(rates: Sequence[float]) -> bool:
    """Whether the axis of these learning rates is logarithmic.

    >>> is_logarithmic([0.1, 0.001]), is_logarithmic([0.1, 0.05]), is_logarithmic([0.1, 0.0])
    (True, False, False)
    """
    return min(rates) > 0 and max(rates) >= LOGARITHMIC_FROM * min(rates)
