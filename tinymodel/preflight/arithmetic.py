"""The same without a compiler: memory and time of a training step from what the calculator knows of a network."""

from __future__ import annotations

import math
from typing import NamedTuple

from generator.design.recipe import Recipe
from generator.network.trace import Trace
from tinymodel.data.dataset import CHANNELS
from tinymodel.preflight.outcome import Outcome
from tinymodel.preflight.program import Program
from tinymodel.training.machine.devices import Precision

FLOAT32 = 4
WIDTH = {"float32": 4, "bfloat16": 2}
"""Bytes of a number."""

FLOPS_PER_MAC = 6
"""A multiply-accumulate is 2 flops; the backward pass has two for each of the forward one, by inputs and by weights."""


class Memory(NamedTuple):
    """Bytes of one device, by what they are for."""

    weights: int
    gradients: int
    optimizer: int
    average: int
    activations: int
    images: int

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self)


def memory_of(trace: Trace, recipe: Recipe, program: Program, devices: int, precision: Precision) -> Memory:
    """Without the work space of kernels, and without what a compiler saves by computing things twice.

    Weights, gradients and what the optimizer keeps are float32, with a copy of the weights in the precision of the layers;
    activations are the outputs of all layers, kept for the backward pass.
    """
    weights, trained = trace.params * FLOAT32, trace.trainable_params * FLOAT32
    copies = trace.trainable_params * WIDTH[precision] if precision != "float32" else 0
    moments = 2 if recipe.optimizer.name == "adam" else int(recipe.optimizer.momentum > 0)
    share = share_of(program.batch_size, devices)
    outputs = sum(row.elements for row in trace.rows) * WIDTH[precision]
    picture = CHANNELS * program.image_size**2
    held = program.resident * picture if program.resident else program.steps * share * picture
    average = weights if recipe.ema_momentum is not None else 0
    return Memory(weights + copies, trained, moments * trained, average, share * outputs, held)


def outcome_of(trace: Trace, recipe: Recipe, program: Program, devices: int, precision: Precision, limit: int) -> Outcome:
    """Whether it fits, by arithmetic."""
    used = memory_of(trace, recipe, program, devices, precision).total
    share = share_of(program.batch_size, devices)
    return Outcome(used <= limit, used, limit, float(FLOPS_PER_MAC * trace.macs * share))


def share_of(batch_size: int, devices: int) -> int:
    """Images of a batch on the device that has most of them."""
    return math.ceil(batch_size / devices)


def images_per_second(trace: Trace, peak_flops: float) -> float:
    """At most, if nothing but multiply-accumulates took time and they ran at the peak."""
    return peak_flops / (FLOPS_PER_MAC * trace.macs)


def hours(recipe: Recipe, traces: dict[int, Trace], images: int, peak_flops: float) -> float:
    """At least, for all epochs of a recipe.

    Args:
        recipe: Its phases.
        traces: By image size.
        images: Training images, the held out ones too.
        peak_flops: Of all chips.
    """
    visited = images * (1.0 - recipe.holdout)
    seconds = (phase.epochs * visited / images_per_second(traces[phase.image_size], peak_flops) for phase in recipe.phases)
    return sum(seconds) / 3600
