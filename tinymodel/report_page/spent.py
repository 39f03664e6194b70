"""Rows of `timings.csv` → where the time went, phase by phase."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tinymodel.training.log.events import EpochRow, Timing
from tinymodel.training.log.history import phases_of

PARTS = (("compute", "computing"), ("wait", "waiting for data"), ("val", "validation"), ("save", "saving"))
"""Style of a part on the page, and what it is called."""


class Spent(NamedTuple):
    """Seconds of a phase.

    Attributes:
        seconds: Of each of `PARTS`.
        images_per_second: Over its training, without validation and saving.
    """

    phase: int
    image_size: int
    epochs: int
    seconds: tuple[float, float, float, float]
    images_per_second: float

    @property
    def total(self) -> float:
        """Seconds of all parts."""
        return sum(self.seconds)

    @property
    def wait_share(self) -> float:
        """Of the training, the share that it waited for data."""
        training = self.seconds[0] + self.seconds[1]
        return self.seconds[1] / training if training else 0.0


class Bar(NamedTuple):
    """A part of a stacked bar: its style, and where it lies in percent of the width."""

    style: str
    left: float
    width: float


def spent_by_phase(rows: Sequence[EpochRow], timings: Sequence[Timing]) -> tuple[Spent, ...]:
    """The phases that have timings; an epoch that was run again counts as often as it was run."""
    found = []
    for phase in phases_of(rows) if rows else ():
        own = [timing for timing in timings if phase.first <= timing.epoch <= phase.last]
        if not own:
            continue
        training = sum(timing.train_seconds for timing in own)
        wait = min(sum(timing.data_wait_seconds for timing in own), training)
        images = sum(timing.images_per_second * timing.train_seconds for timing in own)
        seconds = (training - wait, wait, sum(timing.val_seconds for timing in own), sum(timing.save_seconds for timing in own))
        found.append(
            Spent(phase.number, phase.image_size, phase.last - phase.first + 1, seconds, images / training if training else 0.0)
        )
    return tuple(found)


def spent_bars(phases: Sequence[Spent]) -> tuple[tuple[Bar, ...], ...]:
    """A stacked bar a phase; the longest phase is as wide as the page.

    >>> spent_bars([Spent(1, 32, 1, (6.0, 2.0, 1.0, 1.0), 9.0)])[0][1]
    Bar(style='wait', left=60.0, width=20.0)
    """
    longest = max((phase.total for phase in phases), default=0.0) or 1.0
    stacked = []
    for phase in phases:
        ends = [0.0]
        for seconds in phase.seconds:
            ends.append(ends[-1] + 100 * seconds / longest)
        stacked.append(
            tuple(
                Bar(style, round(left, 3), round(right - left, 3))
                for (style, _), left, right in zip(PARTS, ends[:-1], ends[1:], strict=True)
            )
        )
    return tuple(stacked)
