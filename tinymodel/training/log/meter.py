"""Speed, waiting and time left, from the clock."""

from __future__ import annotations

import time
from collections.abc import Callable

from tinymodel.training.log.events import Progress
from tinymodel.training.schedule import Schedule


class Meter:
    """Measures a training from the step at which this process takes it up."""

    def __init__(self, schedule: Schedule, first: int, clock: Callable[[], float] = time.perf_counter) -> None:
        self._schedule, self._first, self._clock = schedule, first, clock
        self._begun = clock()
        self.begin_epoch(0.0)

    def begin_epoch(self, waited_seconds: float) -> None:
        """Starts the clock of an epoch; `waited_seconds` is what the feed has counted so far."""
        self._epoch_begun = self._clock()
        self._images = 0
        self._waited_before = self._waited = waited_seconds

    def count(self, images: int, waited_seconds: float) -> None:
        """Counts a step."""
        self._images += images
        self._waited = waited_seconds

    @property
    def epoch_seconds(self) -> float:
        """Since `begin_epoch`."""
        return self._clock() - self._epoch_begun

    @property
    def epoch_waited_seconds(self) -> float:
        """Of these, spent waiting for data."""
        return self._waited - self._waited_before

    @property
    def images_per_second(self) -> float:
        """Over the epoch so far."""
        return self._images / max(self.epoch_seconds, 1e-9)

    def progress(self, epoch: int, step: int) -> Progress:
        """Where an epoch (from 0) is after the global steps `step`.

        The time left is that of the pixels left at the speed so far, with all that was not training counted in.
        """
        schedule, phase = self._schedule, self._schedule.phase(epoch)
        done = schedule.pixels(self._first, step)
        left = schedule.pixels(step, schedule.steps)
        return Progress(
            epoch + 1,
            schedule.epochs,
            schedule.phase_of(epoch) + 1,
            len(schedule.recipe.phases),
            phase.image_size,
            step - schedule.first_step(epoch),
            schedule.steps_in_epoch(epoch),
            self.images_per_second,
            self.epoch_waited_seconds / max(self.epoch_seconds, 1e-9),
            (self._clock() - self._begun) * left / done if done else None,
        )
