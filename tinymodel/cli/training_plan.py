"""The plan of a training: its phases, and what they take here in time and memory."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from generator.design.record import Design
from generator.errors import InputError
from generator.network.expand import expand
from generator.network.trace import trace
from tinymodel.cli.backend import need_keras, quiet, start_keras
from tinymodel.extras import MissingExtra

if TYPE_CHECKING:
    from tinymodel.training.rehearsal import Rehearsed

HEADER = "phase  image size   epochs   batch  augment      learning rate     macs an image"
MEASURED = "    memory    images/s           time"


def check_plan(design: Design) -> list[str]:
    """The phases of a recipe, with what an image costs at each image size, a line each behind two of a header.

    Raises:
        InputError: There is no recipe, or the network cannot be at an image size of it.
    """
    if design.train is None:
        raise InputError(
            f'the design "{design.name}" says nothing about training',
            help="add `train: {phases: [{image_size: 32, epochs: 10, batch_size: 100}]}` to it, a sheet `Recipe`, or --set "
            "phases.0.image_size=32 --set phases.0.epochs=10 --set phases.0.batch_size=100",
        )
    recipe, graph, first = design.train, expand(design), 1
    head = f"{design.name}: {recipe.epochs} epochs, {recipe.optimizer.name}, {recipe.schedule.name} learning rate"
    lines = [f"{head}, augmentation by {recipe.augment_engine}", HEADER]
    for number, phase in enumerate(recipe.phases, 1):
        macs = trace(graph, phase.input_size).macs
        rate = phase.learning_rate or recipe.optimizer.learning_rate
        name = phase.augment + (f"+cutmix {phase.cutmix:g}" if phase.cutmix else "")
        epochs = f"{first}-{first + phase.epochs - 1}"
        first += phase.epochs
        lines.append(f"{number:5}  {phase.image_size:10}  {epochs:>7}{phase.batch_size:8}  {name:12} {rate:13g}  {macs:16,}")
    return lines


def measured_plan(design: Design, backend: str | None, images: int | None) -> str:
    """The plan with memory and time, which are measured here by a few steps of each phase.

    Args:
        design: With a recipe.
        backend: As for a training.
        images: That an epoch visits; None where they are not known, and then no time is given.
    """
    lines = check_plan(design)
    try:
        need_keras(backend)
    except MissingExtra as missing:
        return "\n".join([*lines, f"time and memory are measured: {missing.fact}"])
    print("measuring a few steps of each phase ...", file=sys.stderr, flush=True)
    assert design.train is not None
    start_keras(backend, deterministic=design.train.deterministic)
    with quiet():
        from tinymodel.training.machine import processes
        from tinymodel.training.machine.devices import devices_here
        from tinymodel.training.rehearsal import rehearse

        processes.join_processes()
        devices_here()
    from tinymodel.preflight.arithmetic import memory_of
    from tinymodel.preflight.program import Program
    from tinymodel.training.log.events import duration

    machine, rehearsed = rehearse(design)
    recipe, graph, total = design.train, expand(design), 0.0
    lines[1] += MEASURED
    for index, (phase, found) in enumerate(zip(recipe.phases, rehearsed, strict=True)):
        rows = trace(graph, phase.input_size)
        program = Program(phase.image_size, phase.batch_size, phase.augment, phase.cutmix > 0, machine.steps_per_call, 0)
        memory = memory_of(rows, recipe, program, machine.devices, machine.precision).total
        seconds = phase.epochs * (images or 0) / found.images_per_second
        total += seconds
        shown = duration(seconds) if images else "-"
        lines[2 + index] += f"  {memory / 1e9:6.2f} GB{found.images_per_second:12,.1f}  {shown:>13}"
    lines += [
        f"on {machine.reasons[0]}; {machine.precision}; measured with {' and '.join(_batches(rehearsed))} images a step",
        f"in all about {duration(total)} of training, without validation and saving"
        if images
        else "for the time of a training give its --data",
        "memory by arithmetic: weights, gradients, optimizer, kept activations; kernels need work space on top",
    ]
    return "\n".join(lines)


def _batches(rehearsed: Sequence[Rehearsed]) -> list[str]:
    return [f"{count:,}" for count in dict.fromkeys(found.images for found in rehearsed)]
