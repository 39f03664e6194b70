"""The TensorFlow engine: a `tf.function` a phase; uncompiled on a CPU, where XLA is slow for separable networks.

Several devices train under MirroredStrategy, a TPU under TPUStrategy: the batch is augmented on the host, cut, and each replica
has its part. Neither the loop nor the step knows which of the two it is.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from generator.design.recipe import AugmentName, Recipe
from tinymodel import augmentation
from tinymodel.training import objective
from tinymodel.training.engines.engine import MODEL, OPTIMIZER, assign_variables, averaged_variables, variable_names
from tinymodel.training.feed.batches import StepArrays, Steps
from tinymodel.training.feed.inputs import Inputs, Targets, inputs_of
from tinymodel.training.machine.devices import Kind, Machine


@contextmanager
def spread(machine: Machine) -> Iterator[None]:
    """Models made inside have their variables on every device."""
    if machine.deterministic:
        # Without it, parallel sums may be added in another order: the same training would end in other weights.
        tf.config.experimental.enable_op_determinism()
    strategy = strategy_for(machine.kind, machine.devices)
    if strategy is None:
        yield
        return
    with strategy.scope():
        yield


@functools.cache
def strategy_for(kind: Kind, devices: int) -> Any:
    """How the devices work together, the same object every time; None where there is one that needs no strategy."""
    if kind == "tpu":
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver()
        tf.config.experimental_connect_to_cluster(resolver)
        tf.tpu.experimental.initialize_tpu_system(resolver)
        return tf.distribute.TPUStrategy(resolver)
    return tf.distribute.MirroredStrategy([f"{kind.upper()}:{index}" for index in range(devices)]) if devices > 1 else None


class TensorFlowEngine:
    """Steps on the Keras variables themselves. See `engine.Engine`; made inside `spread`, as the model."""

    def __init__(self, model: keras.Model, recipe: Recipe, machine: Machine, targets: Targets) -> None:
        self.model, self.recipe, self.targets = model, recipe, targets
        self.strategy: Any = tf.distribute.get_strategy() if tf.distribute.has_strategy() else None
        self.replicas = self.strategy.num_replicas_in_sync if self.strategy else 1
        self.logits = objective.logits_model(model)
        self.optimizer = objective.make_optimizer(recipe.optimizer, model)
        self._averaged = averaged_variables(model, recipe)
        # A network of its own on the averages, so that predicting never touches the weights.
        answering = keras.models.clone_model(model) if self._averaged else model
        self._average = list(averaged_variables(answering, recipe).values())
        self._answering_logits = objective.logits_model(answering)
        self._resident: Any = None
        compiled = machine.kind == "gpu" and self.strategy is None
        self._steps = tf.function(self._train_steps, autograph=False, jit_compile=compiled or None)
        self._inputs = tf.function(self._inputs_of, autograph=False)
        self._spread_step = tf.function(self._train_step_everywhere, autograph=False)
        self._predict = tf.function(self._probabilities, autograph=False)
        if self.replicas > 1:
            for layer in model._flatten_layers():
                if isinstance(layer, keras.layers.BatchNormalization):
                    layer.synchronized = True  # Its statistics are those of the whole batch.

    # --------------------------------------------------------------------------------------------------- what is asked of it

    def hold(self, images: np.ndarray | None) -> None:
        """Puts the images on the device."""
        self._resident = None if images is None else tf.constant(np.asarray(images))

    def train_steps(self, steps: Steps) -> tuple[Any, Any]:
        """Updates."""
        if self.strategy is None:
            return self._steps(steps.arrays, self._resident, steps.augment)
        results = []
        for index in range(steps.step_count):
            step = _one(steps.arrays, index)
            inputs = self._inputs(step, self._resident, steps.augment)
            parts = Inputs(*(self._parts(value) for value in inputs))
            results.append(self._spread_step(parts, inputs.labels.shape[0], step.learning_rate, step.ema_momentum))
        losses, correct = zip(*results, strict=True)
        return tf.stack(losses), tf.stack(correct)

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Probabilities of the classes."""
        return np.asarray(self._predict(images))

    def state(self) -> dict[str, np.ndarray]:
        """Every variable as an array."""
        named = [*zip(variable_names(MODEL, self.model.variables), self.model.variables, strict=True)]
        named += zip(variable_names(OPTIMIZER, self.optimizer.variables), self.optimizer.variables, strict=True)
        named += zip(self._averaged, self._average, strict=True)
        return {name: _read(variable) for name, variable in named}

    def load(self, state: Mapping[str, np.ndarray]) -> None:
        """Sets every variable."""
        assign_variables(MODEL, self.model.variables, state)
        assign_variables(OPTIMIZER, self.optimizer.variables, state)
        for name, average in zip(self._averaged, self._average, strict=True):
            average.assign(state[name])

    def adopt(self) -> None:
        """The variables are the model's own; the averages begin with them."""
        for variable, average in zip(self._averaged.values(), self._average, strict=True):
            average.assign(variable.value)

    # --------------------------------------------------------------------------------------------------------------- the step

    def _train_steps(self, arrays: StepArrays, resident: Any, name: AugmentName) -> tuple[Any, Any]:
        count = arrays.learning_rate.shape[0]
        if count == 1:
            loss, correct = self._train_step(_one(arrays, 0), resident, name)
            return loss[None], correct[None]

        def body(index: Any, losses: Any, right: Any) -> tuple[Any, Any, Any]:
            step = _one(arrays, index)
            loss, correct = self._train_step(step, resident, name)
            return index + 1, losses.write(index, loss), right.write(index, correct)

        empty = tf.TensorArray(tf.float32, count), tf.TensorArray(tf.int32, count)
        _, losses, right = tf.while_loop(
            lambda index, *_: index < count, body, (tf.constant(0), *empty), maximum_iterations=count
        )
        return losses.stack(), right.stack()

    def _train_step(self, step: StepArrays, resident: Any, name: AugmentName) -> tuple[Any, Any]:
        inputs = self._inputs_of(step, resident, name)
        results = self._update(inputs, inputs.labels.shape[0], step.learning_rate)
        self._averaging(step.ema_momentum)
        return results

    def _train_step_everywhere(self, parts: Inputs, images: int, learning_rate: Any, momentum: Any) -> tuple[Any, Any]:
        loss, correct = self.strategy.run(self._update, args=(parts, images, learning_rate))
        self._averaging(momentum)
        total = tf.distribute.ReduceOp.SUM
        return self.strategy.reduce(total, loss, axis=None), self.strategy.reduce(total, correct, axis=None)

    def _inputs_of(self, step: StepArrays, resident: Any, name: AugmentName) -> Inputs:
        return inputs_of(step, name, resident, self.targets)

    def _update(self, inputs: Inputs, images: int, learning_rate: Any) -> tuple[Any, Any]:
        """One update of a replica; `images` are those of the whole batch."""
        variables = self.model.trainable_variables
        with tf.GradientTape() as tape:
            logits = self.logits(inputs.images, training=True)
            loss = objective.loss(logits, inputs.targets, self.logits.losses, images, self.replicas)
        gradients = tape.gradient(loss, variables)
        gradients = objective.decayed_gradients(self.recipe.optimizer, self.model, gradients, variables, self.replicas)
        self.optimizer.learning_rate.assign(learning_rate)
        self.optimizer.apply(gradients, variables)
        return loss, objective.correct_count(logits, inputs.labels)

    def _averaging(self, momentum: Any) -> None:
        for variable, average in zip(self._averaged.values(), self._average, strict=True):
            average.assign(momentum * average.value + (1.0 - momentum) * variable.value)

    def _parts(self, value: Any) -> Any:
        """A batch cut for the replicas."""
        edges = [len(value) * index // self.replicas for index in range(self.replicas + 1)]
        return self.strategy.experimental_distribute_values_from_function(
            lambda context: value[edges[context.replica_id_in_sync_group] : edges[context.replica_id_in_sync_group + 1]]
        )

    def _probabilities(self, images: Any) -> Any:
        return objective.probabilities(self._answering_logits(augmentation.apply("none", images, ()), training=False))


def _one(arrays: StepArrays, index: Any) -> StepArrays:
    """The arrays of one of several steps."""
    one: StepArrays = tf.nest.map_structure(lambda value: None if value is None else value[index], arrays)
    return one


def _read(variable: keras.Variable) -> np.ndarray:
    """The value, of all replicas where there are several, copied: the next step must not change it."""
    return np.array(variable.value.read_value())
