"""The preflight of a design, from the top to the bottom."""

from __future__ import annotations

from typing import NamedTuple

from generator.design.record import Design
from generator.network.expand import expand
from generator.network.trace import trace
from tinymodel.preflight import arithmetic
from tinymodel.preflight.arithmetic import FLOPS_PER_MAC
from tinymodel.preflight.judge import Arithmetic, Judge, Surroundings, TpuCompiler
from tinymodel.preflight.outcome import Outcome
from tinymodel.preflight.program import Program, machine_of, programs
from tinymodel.preflight.search import Largest, Sizes, search_largest
from tinymodel.preflight.topology import Topology
from tinymodel.training.checks import checked_recipe_of
from tinymodel.training.machine.devices import Machine
from tinymodel.training.schedule import Schedule


class SizeReport(NamedTuple):
    """One image size.

    Attributes:
        program: That was looked at.
        phases: Numbers of the recipe's phases of this size, from 1.
        outcome: What became of it.
        largest: The batches that fit and that do not.
        step_flops: Of a step on all devices, by the calculator.
        images_per_second: At most, at the chips' peak.
    """

    program: Program
    phases: list[int]
    outcome: Outcome
    largest: Largest
    step_flops: int
    images_per_second: float


class Report(NamedTuple):
    """What the preflight found.

    Attributes:
        name: Of the design.
        machine: What the trainer would run on.
        limit_bytes: Memory of a device.
        images: Training images that are assumed.
        hours: At least, for the recipe at the chips' peak.
    """

    name: str
    topology: Topology
    machine: Machine
    limit_bytes: int
    images: int
    epochs: int
    sizes: list[SizeReport]
    hours: float

    @property
    def fits(self) -> bool:
        """Whether each size does."""
        return all(size.outcome.fits for size in self.sizes)

    @property
    def compiled(self) -> bool:
        """Whether a compiler said so, and not the calculator."""
        return self.topology.chip.kind == "tpu"


def preflight(design: Design, topology: Topology, images: int, around: Surroundings, *, allow_large: bool = False) -> Report:
    """Looks at a program for each image size of the recipe.

    Args:
        design: With its recipe in `train`.
        topology: The chips.
        images: Training images.
        around: Cache and messages.
        allow_large: Whether the limits of `generator.network.limits` are lifted.

    Raises:
        InputError: There is no recipe, a batch is larger than the data, the network cannot be built or trained, or the
            compiler does not know the slice.
    """
    recipe, graph = checked_recipe_of(design), expand(design)
    kept = images - round(images * recipe.holdout)
    Schedule(recipe, kept)  # Refuses a batch of more images than there are.
    traces = {phase.image_size: trace(graph, phase.input_size) for phase in recipe.phases}
    judge: Judge = Arithmetic(recipe, traces, topology)
    if topology.chip.kind == "tpu":
        judge = TpuCompiler(design, topology, around, allow_large=allow_large)
    machine = machine_of(recipe, topology, judge.limit_bytes(), images)
    peak = topology.chips * topology.chip.peak_flops(machine.precision)
    sizes = []
    for program, phases in programs(recipe, machine, images):
        rows = traces[program.image_size]
        first = judge.outcome(program, machine)

        def attempt(batch_size: int, program: Program = program) -> Outcome:
            return judge.outcome(program._replace(batch_size=batch_size), machine)

        alone, with_one = (
            arithmetic.memory_of(rows, recipe, program._replace(batch_size=count), topology.devices, machine.precision).total
            for count in (0, topology.devices)
        )
        found = search_largest(
            attempt, program.batch_size, first, Sizes(alone, with_one - alone, topology.devices, kept, judge.fits)
        )
        flops = FLOPS_PER_MAC * rows.macs * program.batch_size
        sizes.append(SizeReport(program, phases, first, found, flops, arithmetic.images_per_second(rows, peak)))
    hours = arithmetic.hours(recipe, traces, images, peak)
    return Report(design.name, topology, machine, judge.limit_bytes(), images, recipe.epochs, sizes, hours)
