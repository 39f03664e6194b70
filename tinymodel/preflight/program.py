"""What of a recipe is looked at: one program an image size, as the trainer would run it on that chip."""

from __future__ import annotations

from typing import NamedTuple

from generator.design.recipe import AugmentName, Phase, Recipe
from tinymodel.data.dataset import CHANNELS
from tinymodel.preflight.chips import Chip
from tinymodel.preflight.topology import Topology
from tinymodel.training.feed.batches import AugmentedBy
from tinymodel.training.machine.devices import RESIDENT_SHARE, STEPS_PER_CALL, Machine, Precision


class Program(NamedTuple):
    """The steps of one image size.

    Attributes:
        image_size: px.
        batch_size: Of all devices together.
        augment: What the device is to do to the images.
        cutmix: Whether rectangles are mixed in.
        steps: In one call.
        resident: Images that lie on every device; 0 where they come from the host.
    """

    image_size: int
    batch_size: int
    augment: AugmentName
    cutmix: bool
    steps: int
    resident: int


def machine_of(recipe: Recipe, topology: Topology, memory_bytes: int, images: int) -> Machine:
    """As `tinymodel.training.machine.devices.machine_for` decides on the machine itself.

    Args:
        recipe: What it says goes first.
        topology: The devices.
        memory_bytes: Of one device, as a program sees it.
        images: Training images.
    """
    chip = topology.chip
    image_bytes = images * CHANNELS * max(phase.image_size for phase in recipe.phases) ** 2
    imgaug = recipe.augment_engine == "imgaug"
    resident = not imgaug and image_bytes <= RESIDENT_SHARE * memory_bytes
    said = f"{image_bytes / 1e9:.2f} GB"
    if recipe.images != "auto" and not imgaug:
        resident = recipe.images == "resident"
        said += ", as the recipe says"
    reasons = (f"images {'on every device' if resident else 'from the host'}, {said}",)
    calls = recipe.steps_per_call or STEPS_PER_CALL
    by: AugmentedBy = "imgaug" if imgaug else "device"
    return Machine(chip.kind, topology.devices, precision_of(recipe, chip), calls, resident, by, False, reasons)


def precision_of(recipe: Recipe, chip: Chip) -> Precision:
    """What layers compute in."""
    return chip.precision if recipe.precision == "auto" else recipe.precision


def programs(recipe: Recipe, machine: Machine, images: int) -> list[tuple[Program, list[int]]]:
    """A program for each image size, with the numbers (from 1) of its phases: the largest batch, and of equal ones the last."""
    found = []
    for size in dict.fromkeys(phase.image_size for phase in recipe.phases):
        phases = [(number, phase) for number, phase in enumerate(recipe.phases, 1) if phase.image_size == size]
        _, heaviest = max(phases, key=lambda pair: (pair[1].batch_size, pair[0]))
        found.append((_program(heaviest, machine, images), [number for number, _ in phases]))
    return found


def _program(phase: Phase, machine: Machine, images: int) -> Program:
    augment: AugmentName = phase.augment if machine.augmented_by == "device" else "none"
    resident = images if machine.resident else 0
    return Program(phase.image_size, phase.batch_size, augment, phase.cutmix > 0, machine.steps_per_call, resident)
