"""The engine of the backend that Keras runs on; the other one is not imported."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import keras

from generator.design.recipe import Recipe
from generator.errors import InputError
from tinymodel.training.engines.engine import Engine
from tinymodel.training.feed.inputs import Targets
from tinymodel.training.machine.devices import Machine


def spread(machine: Machine) -> AbstractContextManager[Any]:
    """Where a model for these devices is to be built, and its engine made."""
    if keras.backend.backend() == "jax":
        from tinymodel.training.engines.jax_engine import spread
    else:
        from tinymodel.training.engines.tensorflow_engine import spread
    return spread(machine)


def make_engine(model: keras.Model, recipe: Recipe, machine: Machine, targets: Targets) -> Engine:
    """The engine of the backend that Keras runs on.

    Raises:
        InputError: No engine for this backend, or the network cannot be trained as a classifier.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        from tinymodel.training.engines.tensorflow_engine import TensorFlowEngine

        return TensorFlowEngine(model, recipe, machine, targets)
    if backend == "jax":
        from tinymodel.training.engines.jax_engine import JaxEngine

        return JaxEngine(model, recipe, machine, targets)
    raise InputError("there is no trainer for this Keras backend", received=backend, expected='"tensorflow" or "jax"')
