"""The JAX engine: jitted pure steps on lists of arrays, compiled once an image size, batch size and number of steps.

On several devices weights lie on each of them and a batch is cut along its images; the compiler adds up what must be added
up, so that sums, batch norm's statistics among them, are over the whole batch.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import keras
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from generator.design.recipe import AugmentName, Recipe
from tinymodel import augmentation
from tinymodel.data.dataset import CHANNELS
from tinymodel.training import objective
from tinymodel.training.engines.engine import MODEL, OPTIMIZER, assign_variables, averaged_variables, variable_names
from tinymodel.training.feed.batches import StepArrays, Steps
from tinymodel.training.feed.inputs import Targets, inputs_of
from tinymodel.training.machine.devices import Machine

BATCH = "batch"
"""Name of the axis of devices that a batch is cut along."""


class Variables(NamedTuple):
    """The values of all variables: what a step takes and gives."""

    trainable: list[Any]
    others: list[Any]
    optimizer: list[Any]
    average: list[Any]


def by_variable(groups: Variables, values: Variables) -> dict[int, Any]:
    """The values of the model's variables by the identity of the variable."""
    pairs = (*zip(groups.trainable, values.trainable, strict=True), *zip(groups.others, values.others, strict=True))
    return {id(variable): value for variable, value in pairs}


def jax_pictures(resident: Any, positions: Any) -> Any:
    """Takes images out of rows of bytes: (n, size x size x 3) uint8, (batch,) int32 -> (batch, size, size, 3) uint8.

    As an array of pictures the TPU compiler would lay all of them out anew in each call, to gather from: two copies more,
    2.5 GB for Tiny ImageNet.
    """
    size = math.isqrt(resident.shape[1] // CHANNELS)
    return jnp.take(resident, positions, axis=0).reshape(-1, size, size, CHANNELS)


@contextmanager
def spread(machine: Machine) -> Iterator[None]:
    """Models made inside have their variables on every device."""
    if machine.devices == 1:
        yield
        return
    before = keras.distribution.distribution()
    devices = keras.distribution.list_devices()
    keras.distribution.set_distribution(keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False))
    try:
        yield
    finally:
        keras.distribution.set_distribution(before)


class JaxEngine:
    """Steps on its own arrays; the Keras variables stay as they were. See `engine.Engine`.

    Args:
        model: Built inside `spread`.
        recipe: Optimizer, weight decay and averaging.
        machine: What it runs on.
        targets: What labels become.
        devices: All that take part; where they are not given, those of this process and of the others.
    """

    _now: Variables

    def __init__(
        self, model: keras.Model, recipe: Recipe, machine: Machine, targets: Targets, devices: Sequence[Any] | None = None
    ) -> None:
        self.model, self.recipe, self.targets = model, recipe, targets
        self.logits = objective.logits_model(model)
        self.optimizer = objective.make_optimizer(recipe.optimizer, model)
        self.mesh = Mesh(np.array(jax.devices() if devices is None else devices), (BATCH,))
        self._learning_rate = next(
            index for index, variable in enumerate(self.optimizer.variables) if variable is self.optimizer.learning_rate
        )
        self._averaged = averaged_variables(model, recipe)
        self._model_variables = list(zip(variable_names(MODEL, model.variables), model.variables, strict=True))
        self._groups = Variables(
            list(self.logits.trainable_variables),
            list(self.logits.non_trainable_variables),
            list(self.optimizer.variables),
            list(self._averaged.values()),
        )
        self._programs: dict[AugmentName, Any] = {}
        self._predict = jax.jit(self._probabilities, out_shardings=self.everywhere)
        self._resident: Any = None
        self.adopt()

    # --------------------------------------------------------------------------------------------------- what is asked of it

    def hold(self, images: np.ndarray | None) -> None:
        """Puts the images on every device, a row of bytes each: see `jax_pictures`."""
        self._resident = None if images is None else self._place(np.asarray(images).reshape(len(images), -1))

    def train_steps(self, steps: Steps) -> tuple[Any, Any]:
        """Updates."""
        inputs = self._place(steps.arrays.inputs, batch_axis=1)
        arrays = jax.tree.map(self._place, steps.arrays._replace(inputs=None))._replace(inputs=inputs)
        self._now, losses, correct = self.program(steps.augment)(self._now, self._resident, arrays)
        return losses, correct

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Probabilities of the classes."""
        return np.asarray(self._predict(self._now, self._place(images, batch_axis=0)))

    def state(self) -> dict[str, np.ndarray]:
        """Every variable as an array."""
        values = by_variable(self._groups, self._now)
        found = [(name, values[id(variable)]) for name, variable in self._model_variables]
        found += zip(variable_names(OPTIMIZER, self.optimizer.variables), self._now.optimizer, strict=True)
        found += zip(self._averaged, self._now.average, strict=True)
        return {name: np.array(value) for name, value in found}

    def load(self, state: Mapping[str, np.ndarray]) -> None:
        """Sets every variable."""
        assign_variables(MODEL, self.model.variables, state)
        assign_variables(OPTIMIZER, self.optimizer.variables, state)
        self.adopt()
        self._now = self._now._replace(average=[self._place(state[name]) for name in self._averaged])

    def adopt(self) -> None:
        """Takes copies of the Keras variables' values: a step gives its old arrays away, and Keras' own must stay."""
        self._now = Variables(*([jnp.array(variable.value) for variable in group] for group in self._groups))

    # ------------------------------------------------------------------------------------------------------------ the program

    @property
    def now(self) -> Variables:
        """The present values."""
        return self._now

    @property
    def everywhere(self) -> NamedSharding:
        """How a value lies that every device has."""
        return NamedSharding(self.mesh, PartitionSpec())

    def program(self, name: AugmentName) -> Any:
        """The jitted steps, `(variables, resident images or None, arrays) -> (variables, losses, right answers)`.

        Resident images are (n, size x size x 3) uint8.
        """
        if name not in self._programs:
            self._programs[name] = jax.jit(
                partial(self._train_steps, name=name), donate_argnums=0, out_shardings=(self.everywhere,) * 3
            )
        return self._programs[name]

    def _place(self, value: Any, batch_axis: int | None = None) -> Any:
        """An array of the host on every device, or cut over them; with one device jit does it by itself."""
        if self.mesh.size == 1:
            return value
        value, sharding = np.asarray(value), self.everywhere
        if batch_axis is not None and value.shape[batch_axis] % self.mesh.size == 0:
            sharding = NamedSharding(self.mesh, PartitionSpec(*[None] * batch_axis, BATCH))
        return jax.make_array_from_callback(value.shape, sharding, lambda index: value[index])

    def _cut(self, value: Any) -> Any:
        """Spreads the images of a batch, the first axis, over the devices."""
        if self.mesh.size == 1:
            return value
        return jax.lax.with_sharding_constraint(value, NamedSharding(self.mesh, PartitionSpec(BATCH)))

    def _train_steps(
        self, now: Variables, resident: Any, arrays: StepArrays, *, name: AugmentName
    ) -> tuple[Variables, Any, Any]:
        count = arrays.learning_rate.shape[0]
        if count == 1:  # XLA's loops on a CPU keep one core busy only.
            now, (loss, correct) = self._train_step(now, jax.tree.map(lambda value: value[0], arrays), resident, name)
            return now, loss[None], correct[None]
        now, (losses, correct) = jax.lax.scan(lambda now, step: self._train_step(now, step, resident, name), now, arrays)
        return now, losses, correct

    def _train_step(
        self, now: Variables, step: StepArrays, resident: Any, name: AugmentName
    ) -> tuple[Variables, tuple[Any, Any]]:
        step = step._replace(inputs=self._cut(step.inputs))
        if resident is not None:
            step = step._replace(inputs=jax_pictures(resident, step.inputs))
        inputs = inputs_of(step, name, None, self.targets)
        images, targets = self._cut(inputs.images), self._cut(inputs.targets)
        value_and_gradients = jax.value_and_grad(partial(self._loss, images=images, targets=targets), has_aux=True)
        (loss, (others, logits)), gradients = value_and_gradients(now.trainable, now.others)
        gradients = objective.decayed_gradients(self.recipe.optimizer, self.model, gradients, now.trainable)
        optimizer = list(now.optimizer)
        optimizer[self._learning_rate] = step.learning_rate
        trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, now.trainable)
        now = Variables(trainable, others, optimizer, now.average)
        return self._averaging(now, step.ema_momentum), (loss, objective.correct_count(logits, inputs.labels))

    def _loss(self, trainable: list[Any], others: list[Any], images: Any, targets: Any) -> tuple[Any, Any]:
        logits, others, penalties = self.logits.stateless_call(trainable, others, images, training=True, return_losses=True)
        return objective.loss(logits, targets, penalties, len(images)), (others, logits)

    def _averaging(self, now: Variables, momentum: Any) -> Variables:
        values = by_variable(self._groups, now)
        present = (values[id(variable)] for variable in self._groups.average)
        return now._replace(
            average=[momentum * old + (1.0 - momentum) * new for old, new in zip(now.average, present, strict=True)]
        )

    def _probabilities(self, now: Variables, images: Any) -> Any:
        averages = {id(variable): value for variable, value in zip(self._groups.average, now.average, strict=True)}
        trainable, others = (
            [averages.get(id(variable), value) for variable, value in zip(self._groups[group], now[group], strict=True)]
            for group in (0, 1)
        )
        logits, _ = self.logits.stateless_call(
            trainable, others, augmentation.apply("none", self._cut(images), ()), training=False
        )
        return objective.probabilities(logits)
