"""What a training draws from, and what its epochs are compared on: a data set without and with its holdout."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import numpy as np

from generator.design.recipe import Recipe
from generator.errors import InputError
from tinymodel.data.dataset import DataSet, Split
from tinymodel.data.order import Visits, balanced_visits, hold_out, visits_in_order

ComparedOn = Literal["val", "holdout"]


class TrainingData:
    """A data set as a recipe uses it.

    Raises:
        InputError: The holdout has no image.
    """

    def __init__(self, data: DataSet, recipe: Recipe) -> None:
        self.data, self._recipe = data, recipe
        self.labels = data.split("train", recipe.phases[0].image_size).labels
        self.kept, self.held = hold_out(self.labels, recipe.holdout, recipe.seed)
        self.compared_on: ComparedOn = "holdout" if recipe.holdout else "val"
        if recipe.holdout and not len(self.held):
            raise InputError(
                "the holdout has no image: every class has too few",
                received=recipe.holdout,
                help=f"--set holdout={min(0.5, 1 / max(int(np.bincount(self.labels).max()), 2)):.2g}",
            )

    @property
    def count(self) -> int:
        """Images that an epoch visits."""
        return len(self.kept)

    def train(self, image_size: int) -> Split:
        """All training images, the held out ones too: `visits_in_order` leaves these out."""
        return self.data.split("train", image_size)

    def compared(self, image_size: int) -> Split:
        """The images that epochs are compared on."""
        return held_out(self.data, self._recipe, image_size) if self._recipe.holdout else self.data.split("val", image_size)

    def visits(self, epoch: int) -> Visits:
        """What an epoch visits, in its order."""
        if self._recipe.sampling == "natural":
            return visits_in_order(self._recipe.seed, epoch, self.kept)
        return balanced_visits(self._recipe.seed, epoch, self.kept, self.labels[self.kept], len(self.labels))

    @cached_property
    def class_weights(self) -> tuple[float, ...]:
        """The factor of every class on the loss, by label; empty where the recipe names none."""
        named = self._recipe.class_weight or {}
        return tuple(float(named.get(name, 1.0)) for name in self.data.classes) if named else ()


def held_out(data: DataSet, recipe: Recipe, image_size: int) -> Split:
    """The held out training images of a recipe, in memory."""
    split = data.split("train", image_size)
    _, held = hold_out(split.labels, recipe.holdout, recipe.seed)
    return Split(split.images[held], split.labels[held], tuple(split.names[index] for index in held))
