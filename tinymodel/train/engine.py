"""What the trainer asks of a backend, and how its variables are named outside.

An engine is made from a model and a recipe; the model's variables and the engine's are brought together by `state`, `load`
and `synchronise` only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import keras
import numpy as np

from generator.errors import InputError
from generator.recipe import Recipe
from tinymodel.train.batches import Batch

MODEL, OPTIMIZER = "model", "optimizer"


class Engine(Protocol):
    """One backend's compiled steps on one model."""

    def train_step(self, batch: Batch, learning_rate: float) -> tuple[Any, Any]:
        """One update. Returns the loss and the number of right answers, as scalars that may still be under way."""

    def predict(self, images: np.ndarray) -> np.ndarray:
        """(batch, height, width, channels) uint8 → probabilities (batch, classes) float32."""

    def state(self) -> dict[str, np.ndarray]:
        """Every variable (weights, statistics, seeds, optimizer) as an array, under its name."""

    def load(self, state: Mapping[str, np.ndarray]) -> None:
        """Sets every variable to what `state` gave."""

    def adopt(self) -> None:
        """Takes over the Keras variables' present values, after weights were loaded into the model."""

    def synchronise(self) -> None:
        """Gives the Keras model the engine's present variables."""


def make_engine(model: keras.Model, recipe: Recipe) -> Engine:
    """The engine of the backend that Keras runs on.

    Raises:
        InputError: No engine for this backend, or the network cannot be trained as a classifier.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        from tinymodel.train.engine_tensorflow import TensorFlowEngine

        return TensorFlowEngine(model, recipe)
    if backend == "jax":
        from tinymodel.train.engine_jax import JaxEngine

        return JaxEngine(model, recipe)
    raise InputError("there is no trainer for this Keras backend", received=backend, expected='"tensorflow" or "jax"')


def variable_names(group: str, variables: Sequence[keras.Variable]) -> list[str]:
    """`group/number/name`: Keras' paths hold a count of all optimizers and seed generators that the process has made so far."""
    return [f"{group}/{index:04d}/{variable.name}" for index, variable in enumerate(variables)]


def arrays_of(group: str, variables: Sequence[keras.Variable]) -> dict[str, np.ndarray]:
    """The values of variables under their names, copied: the next step must not change them."""
    values = (np.array(keras.ops.convert_to_numpy(variable.value)) for variable in variables)
    return dict(zip(variable_names(group, variables), values, strict=True))


def assign(group: str, variables: Sequence[keras.Variable], state: Mapping[str, np.ndarray]) -> None:
    """Sets variables to what `arrays_of` gave; other names in `state` are left alone."""
    for name, variable in zip(variable_names(group, variables), variables, strict=True):
        variable.assign(state[name])
