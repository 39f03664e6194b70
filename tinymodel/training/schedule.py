"""Where a training is and what a step asks for: pure functions of the global step. Knows the recipe and the number of images.

Steps and epochs count from 0 and through all phases. An epoch is whole batches only: the images left over differ from epoch
to epoch, because the order does.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import accumulate
from typing import NamedTuple

from generator.design.recipe import Phase, Recipe
from generator.errors import InputError


class Position(NamedTuple):
    """What a step is: its phase, its epoch, its place in the epoch, and what the phase asks of it."""

    phase: int
    epoch: int
    step_in_epoch: int
    image_size: int
    batch_size: int
    learning_rate: float


ONE_CYCLE_START = 1 / 25
"""Factor on the learning rate at the first step of a cycle. Source: Smith, "Super-Convergence", 2018, as commonly set."""


class Schedule:
    """The plan of a training on `count` images.

    Raises:
        InputError: A phase whose batch is larger than the data.
    """

    def __init__(self, recipe: Recipe, count: int) -> None:
        for index, phase in enumerate(recipe.phases):
            if phase.batch_size > count:
                raise InputError(
                    f"phase {index + 1} takes batches of more images than there are in the training data",
                    received=phase.batch_size,
                    expected=f"at most {count}",
                    help=f"--set phases.{index}.batch_size={count}",
                )
        self.recipe = recipe
        self._steps = [count // phase.batch_size for phase in recipe.phases]
        epochs = [phase.epochs for phase in recipe.phases]
        self._first_epochs = [0, *accumulate(epochs)]
        self._first_steps = [0, *accumulate(steps * number for steps, number in zip(self._steps, epochs, strict=True))]

    @property
    def epochs(self) -> int:
        """Epochs of all phases."""
        return self._first_epochs[-1]

    @property
    def steps(self) -> int:
        """Steps of all phases."""
        return self._first_steps[-1]

    @property
    def final_image_size(self) -> int:
        """Image size of the last phase, px: the size at which models are compared."""
        return self.recipe.phases[-1].image_size

    def phase_of(self, epoch: int) -> int:
        """Index of the phase that an epoch belongs to."""
        return bisect_right(self._first_epochs, epoch) - 1

    def phase(self, epoch: int) -> Phase:
        """The phase that an epoch belongs to."""
        return self.recipe.phases[self.phase_of(epoch)]

    def steps_in_epoch(self, epoch: int) -> int:
        """Whole batches of an epoch."""
        return self._steps[self.phase_of(epoch)]

    def first_step(self, epoch: int) -> int:
        """Global step with which an epoch begins; `first_step(epochs)` is the end of the training."""
        if epoch == self.epochs:
            return self.steps
        index = self.phase_of(epoch)
        return self._first_steps[index] + (epoch - self._first_epochs[index]) * self._steps[index]

    def end_of_phase(self, epoch: int) -> int:
        """Global step behind the last one of the phase that an epoch belongs to."""
        return self._first_steps[self.phase_of(epoch) + 1]

    def epochs_of_whole_phases(self, epochs: int) -> int:
        """Of so many completed epochs, those of completed phases."""
        return self._first_epochs[self.phase_of(epochs)]

    def at(self, step: int) -> Position:
        """The position of a global step."""
        index = bisect_right(self._first_steps, step) - 1
        epochs, step_in_epoch = divmod(step - self._first_steps[index], self._steps[index])
        return Position(
            index,
            self._first_epochs[index] + epochs,
            step_in_epoch,
            self.recipe.phases[index].image_size,
            self.recipe.phases[index].batch_size,
            self.highest_learning_rate(index)
            * self._factor(self._first_epochs[index] + epochs, step_in_epoch / self._steps[index]),
        )

    def highest_learning_rate(self, phase: int) -> float:
        """The phase's own learning rate, else the optimizer's."""
        own = self.recipe.phases[phase].learning_rate
        return self.recipe.optimizer.learning_rate if own is None else own

    def _factor(self, epoch: int, part: float) -> float:
        """What the highest learning rate is multiplied by, `part` of an epoch into it; time is measured in epochs."""
        schedule, done = self.recipe.schedule, epoch + part
        share = done / self.epochs
        if schedule.name == "one_cycle":
            if share < schedule.peak:
                return ONE_CYCLE_START + (1.0 - ONE_CYCLE_START) * share / schedule.peak
            return 1.0 + (schedule.final - 1.0) * (share - schedule.peak) / (1.0 - schedule.peak)
        if done < schedule.warmup_epochs:
            return (done * self._steps[self.phase_of(epoch)] + 1.0) / (
                schedule.warmup_epochs * self._steps[self.phase_of(epoch)] + 1.0
            )
        if schedule.name == "constant":
            return 1.0
        share = (done - schedule.warmup_epochs) / max(self.epochs - schedule.warmup_epochs, 1e-9)
        return schedule.final + (1.0 - schedule.final) * (1.0 + math.cos(math.pi * share)) / 2.0

    def ema_momentum(self, step: int) -> float:
        """How much of the average stays at a step: less at first, when the average is still of little.

        Source: `tf.train.ExponentialMovingAverage`, `num_updates`.
        """
        momentum = self.recipe.ema_momentum
        return 0.0 if momentum is None else min(momentum, (1.0 + step) / (10.0 + step))

    def steps_in_call(self, step: int, steps_per_call: int) -> int:
        """Steps from this one that go to the device together.

        Calls begin at multiples of `steps_per_call` within an epoch wherever a training was taken up, because the same steps in
        other calls may give other bits.
        """
        at = self.at(step)
        return min(steps_per_call - at.step_in_epoch % steps_per_call, self._steps[at.phase] - at.step_in_epoch)

    def pixels(self, first: int, last: int) -> int:
        """Image pixels of the steps from `first` until before `last`: the measure by which time is estimated."""
        total = 0
        for index, phase in enumerate(self.recipe.phases):
            steps = min(last, self._first_steps[index + 1]) - max(first, self._first_steps[index])
            total += max(steps, 0) * phase.batch_size * phase.image_size**2
        return total
