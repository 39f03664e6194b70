"""What the trainer asks of a backend, and how its variables are named outside.

An engine is made from a model and a recipe; the engine's variables and the rest of the trainer meet in `state`, `load` and
`adopt` only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import keras
import numpy as np

from generator.design.recipe import Recipe
from tinymodel.training.feed.batches import Steps

MODEL, OPTIMIZER, AVERAGE = "model", "optimizer", "average"


class Engine(Protocol):
    """One backend's steps on one model."""

    def hold(self, images: np.ndarray | None) -> None:
        """Puts the images of a phase on the device, (n, size, size, 3) uint8; None takes those of the last one away."""

    def train_steps(self, steps: Steps) -> tuple[Any, Any]:
        """Updates. Returns the losses and the numbers of right answers, (steps,), which may still be under way."""

    def predict(self, images: np.ndarray) -> np.ndarray:
        """(batch, height, width, channels) uint8 → probabilities (batch, classes) float32, by the averaged weights if any."""

    def state(self) -> dict[str, np.ndarray]:
        """Every variable (weights, statistics, seeds, optimizer, averages) as an array, under its name."""

    def load(self, state: Mapping[str, np.ndarray]) -> None:
        """Sets every variable to what `state` gave."""

    def adopt(self) -> None:
        """Takes over the Keras variables' present values, after weights were loaded into the model."""


def variable_names(group: str, variables: Sequence[keras.Variable]) -> list[str]:
    """`group/number/name`: Keras' paths hold a count of all optimizers and seed generators that the process has made so far."""
    return [f"{group}/{index:04d}/{variable.name}" for index, variable in enumerate(variables)]


def assign_variables(group: str, variables: Sequence[keras.Variable], state: Mapping[str, np.ndarray]) -> None:
    """Sets variables to what an engine's `state` gave; other names in `state` are left alone."""
    for name, variable in zip(variable_names(group, variables), variables, strict=True):
        variable.assign(state[name])


def averaged_variables(model: keras.Model, recipe: Recipe) -> dict[str, keras.Variable]:
    """What the recipe averages, by the name of the average: weights and statistics, not the state of random generators."""
    if recipe.ema_momentum is None:
        return {}
    names = variable_names(AVERAGE, model.variables)
    return {
        name: variable
        for name, variable in zip(names, model.variables, strict=True)
        if keras.backend.is_float_dtype(variable.dtype)
    }


def answering_variables(state: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The model's variables as predictions use them: the averages where there are any, else the weights themselves."""
    model = {name: array for name, array in state.items() if name.startswith(f"{MODEL}/")}
    averages = {name.replace(AVERAGE, MODEL, 1): array for name, array in state.items() if name.startswith(f"{AVERAGE}/")}
    return model | averages
