"""Where a training is: a pure function of the global step. Knows the recipe and the number of images, nothing else.

Steps and epochs count from 0 and through all phases. An epoch is whole batches only: the images left over differ from epoch
to epoch, because the order does.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import NamedTuple

from generator.errors import InputError
from generator.recipe import Phase, Recipe


class Position(NamedTuple):
    """What a step is: its phase, its epoch, its place in the epoch, and what the phase asks of it."""

    phase: int
    epoch: int
    step_in_epoch: int
    image_size: int
    batch_size: int
    learning_rate: float


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
            self.learning_rate(index),
        )

    def learning_rate(self, phase: int) -> float:
        """The phase's own learning rate, else the optimizer's."""
        own = self.recipe.phases[phase].learning_rate
        return self.recipe.optimizer.learning_rate if own is None else own

    def pixels(self, first: int, last: int) -> int:
        """Image pixels of the steps from `first` until before `last`: the measure by which time is estimated."""
        total = 0
        for index, phase in enumerate(self.recipe.phases):
            steps = min(last, self._first_steps[index + 1]) - max(first, self._first_steps[index])
            total += max(steps, 0) * phase.batch_size * phase.image_size**2
        return total
