"""The TensorFlow engine: one `tf.function` a phase, uncompiled (XLA is slow for separable networks on a CPU)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from generator.recipe import Recipe
from tinymodel import augment
from tinymodel.train import objective
from tinymodel.train.batches import Batch
from tinymodel.train.engine import MODEL, OPTIMIZER, arrays_of, assign


class TensorFlowEngine:
    """Steps on the Keras variables themselves. See `engine.Engine`."""

    def __init__(self, model: keras.Model, recipe: Recipe) -> None:
        # Without it, parallel sums may be added in another order: the same training would end in other weights.
        tf.config.experimental.enable_op_determinism()
        self.model = model
        self.logits = objective.logits_model(model)
        self.optimizer = objective.make_optimizer(recipe.optimizer)
        self.optimizer.build(model.trainable_variables)
        self.label_smoothing = recipe.label_smoothing
        self._step = tf.function(self._train_step, autograph=False)
        self._predict = tf.function(self._probabilities, autograph=False)

    def train_step(self, batch: Batch, learning_rate: float) -> tuple[Any, Any]:
        """One update."""
        return self._step(batch, np.float32(learning_rate))

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Probabilities of the classes."""
        return np.asarray(self._predict(images))

    def state(self) -> dict[str, np.ndarray]:
        """Every variable as an array."""
        return arrays_of(MODEL, self.model.variables) | arrays_of(OPTIMIZER, self.optimizer.variables)

    def load(self, state: Mapping[str, np.ndarray]) -> None:
        """Sets every variable."""
        assign(MODEL, self.model.variables, state)
        assign(OPTIMIZER, self.optimizer.variables, state)

    def adopt(self) -> None:
        """Nothing to do: the variables are the model's own."""

    def synchronise(self) -> None:
        """Nothing to do: the variables are the model's own."""

    def _train_step(self, batch: Batch, learning_rate: Any) -> tuple[Any, Any]:
        variables = self.model.trainable_variables
        images = augment.apply(batch.augment, batch.images, batch.draws)
        with tf.GradientTape() as tape:
            logits = self.logits(images, training=True)
            loss = objective.loss(logits, batch.labels, self.logits.losses, self.label_smoothing)
        self.optimizer.learning_rate.assign(learning_rate)
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return loss, objective.correct(logits, batch.labels)

    def _probabilities(self, images: Any) -> Any:
        return objective.probabilities(self.logits(augment.apply("none", images, ()), training=False))
