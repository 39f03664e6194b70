"""The JAX engine: jitted pure steps on lists of arrays, compiled once an image size and batch size."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import keras
import numpy as np

from generator.recipe import AugmentName, Recipe
from tinymodel import augment
from tinymodel.train import objective
from tinymodel.train.batches import Batch
from tinymodel.train.engine import MODEL, OPTIMIZER, arrays_of, assign


class Variables(NamedTuple):
    """The values of all variables: what a step takes and gives."""

    trainable: list[Any]
    others: list[Any]
    optimizer: list[Any]


class JaxEngine:
    """Steps on its own arrays; the Keras variables lag behind until `synchronise`. See `engine.Engine`."""

    _now: Variables

    def __init__(self, model: keras.Model, recipe: Recipe) -> None:
        self.model = model
        self.logits = objective.logits_model(model)
        self.optimizer = objective.make_optimizer(recipe.optimizer)
        self.optimizer.build(model.trainable_variables)
        self.label_smoothing = recipe.label_smoothing
        self._learning_rate = next(
            index for index, variable in enumerate(self.optimizer.variables) if variable is self.optimizer.learning_rate
        )
        self._groups = Variables(
            list(self.logits.trainable_variables), list(self.logits.non_trainable_variables), list(self.optimizer.variables)
        )
        self.adopt()
        self._step = jax.jit(self._train_step, static_argnames="name", donate_argnums=0)
        self._predict = jax.jit(self._probabilities)

    def train_step(self, batch: Batch, learning_rate: float) -> tuple[Any, Any]:
        """One update."""
        arrays = (batch.images, batch.labels, batch.draws)
        self._now, loss, correct = self._step(self._now, *arrays, np.float32(learning_rate), name=batch.augment)
        return loss, correct

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Probabilities of the classes."""
        return np.asarray(self._predict(self._now.trainable, self._now.others, images))

    def state(self) -> dict[str, np.ndarray]:
        """Every variable as an array."""
        self.synchronise()
        return arrays_of(MODEL, self.model.variables) | arrays_of(OPTIMIZER, self.optimizer.variables)

    def load(self, state: Mapping[str, np.ndarray]) -> None:
        """Sets every variable."""
        assign(MODEL, self.model.variables, state)
        assign(OPTIMIZER, self.optimizer.variables, state)
        self.adopt()

    def adopt(self) -> None:
        """Takes copies of the Keras variables' values: a step gives its old arrays away, and Keras' own must stay."""
        self._now = Variables(*([jnp.array(variable.value) for variable in group] for group in self._groups))

    def synchronise(self) -> None:
        """Gives the Keras model the present arrays."""
        for group, values in zip(self._groups, self._now, strict=True):
            for variable, value in zip(group, values, strict=True):
                variable.assign(jnp.array(value))

    def _train_step(
        self, now: Variables, images: Any, labels: Any, draws: Any, learning_rate: Any, *, name: AugmentName
    ) -> tuple[Variables, Any, Any]:
        images = augment.apply(name, images, draws)
        value_and_gradients = jax.value_and_grad(partial(self._loss, images=images, labels=labels), has_aux=True)
        (loss, (others, logits)), gradients = value_and_gradients(now.trainable, now.others)
        optimizer = list(now.optimizer)
        optimizer[self._learning_rate] = learning_rate
        trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, now.trainable)
        return Variables(trainable, others, optimizer), loss, objective.correct(logits, labels)

    def _loss(self, trainable: list[Any], others: list[Any], images: Any, labels: Any) -> tuple[Any, Any]:
        logits, others, penalties = self.logits.stateless_call(trainable, others, images, training=True, return_losses=True)
        return objective.loss(logits, labels, penalties, self.label_smoothing), (others, logits)

    def _probabilities(self, trainable: list[Any], others: list[Any], images: Any) -> Any:
        logits, _ = self.logits.stateless_call(trainable, others, augment.apply("none", images, ()), training=False)
        return objective.probabilities(logits)
