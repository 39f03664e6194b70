"""How fast a recipe would train here: real steps on random pictures, before anything is begun."""

from __future__ import annotations

import time
from typing import NamedTuple

import keras
import numpy as np

from generator.design.recipe import Phase
from generator.design.record import Design
from generator.network.expand import expand
from generator.network.trace import trace
from tinymodel import augmentation
from tinymodel.augmentation import cutmix
from tinymodel.build import build_model
from tinymodel.data.dataset import CHANNELS
from tinymodel.training.checks import checked_recipe_of
from tinymodel.training.engines.choice import make_engine, spread
from tinymodel.training.engines.engine import Engine
from tinymodel.training.feed.batches import StepArrays, Steps
from tinymodel.training.feed.inputs import Targets
from tinymodel.training.machine.devices import Machine, computing_in, machine_for

SECONDS = 2.0
"""Steps are measured for so long, two at least."""

CPU_MACS = 2e11
"""On a CPU the batch is cut so that a step has about so many multiply-accumulates: a few seconds."""


class Rehearsed(NamedTuple):
    """A phase, tried.

    Attributes:
        images: In a step.
        images_per_second: Of the steps behind the first call, which traces or compiles; without waiting for data.
    """

    images: int
    images_per_second: float


def rehearse(design: Design) -> tuple[Machine, list[Rehearsed]]:
    """Tries the phases of a design's recipe on this machine.

    Raises:
        InputError: The design cannot be built or trained.
    """
    recipe = checked_recipe_of(design)
    machine = machine_for(recipe, 0)._replace(resident=False)
    with spread(machine):
        keras.utils.set_random_seed(recipe.seed)
        with computing_in(machine.precision):
            model = build_model(design)
        engine = make_engine(model, recipe, machine, Targets(model.output_shape[-1], recipe.label_smoothing, ()))
        graph, found = expand(design), {}
        for phase in recipe.phases:
            if phase not in found:
                macs = 3 * trace(graph, phase.input_size).macs
                images = phase.batch_size if machine.kind != "cpu" else min(phase.batch_size, max(1, int(CPU_MACS / macs)))
                found[phase] = _try(engine, phase, machine, images, model.output_shape[-1])
    return machine, [found[phase] for phase in recipe.phases]


def _try(engine: Engine, phase: Phase, machine: Machine, images: int, classes: int) -> Rehearsed:
    def call() -> float:
        began = time.perf_counter()
        losses, _ = engine.train_steps(_steps(phase, machine, images, classes))
        np.asarray(losses)
        return time.perf_counter() - began

    call()
    seconds, calls = 0.0, 0
    while seconds < SECONDS or calls < 2:
        seconds, calls = seconds + call(), calls + 1
    return Rehearsed(images, images * machine.steps_per_call * calls / seconds)


def _steps(phase: Phase, machine: Machine, images: int, classes: int) -> Steps:
    """A call of steps on random pictures, augmented where the trainer would do it."""
    size, count, rng = phase.image_size, machine.steps_per_call, np.random.default_rng(0)
    pictures = rng.integers(0, 256, (count, images, size, size, CHANNELS), dtype=np.uint8)
    labels = rng.integers(0, classes, (count, images)).astype(np.int32)
    name = phase.augment if machine.augmented_by == "device" else "none"
    draws = augmentation.draw(name, 0, 0, np.arange(images), size)
    boxes = cutmix.cutmix_boxes(phase.cutmix, 0, 0, np.arange(images), size) if phase.cutmix else None
    repeated = tuple(np.stack([drawn] * count) for drawn in draws)
    zeros = np.zeros(count, np.float32)
    arrays = StepArrays(pictures, labels, repeated, None if boxes is None else np.stack([boxes] * count), zeros, zeros)
    return Steps(name, arrays, count, count * images)
