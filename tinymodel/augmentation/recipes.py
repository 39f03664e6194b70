"""The recipes as data: which operations an image goes through, in this order. Knows no backend and no random numbers.

What an operation draws is in `draws`, what it does with an image in `native` (batched, on the device), in `host` (the same
draws, by OpenCV) and in `imgaug_engine` (with its own draws, by the library of the original).
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from generator.design.recipe import AugmentName
from generator.errors import InputError, did_you_mean


class Zoom(NamedTuple):
    """Scaling about the centre, with a horizontal flip of probability `flip` (it is the sign of the horizontal step).

    Attributes:
        low, high: Range of the uniform factor.
        factor: "step" as Keras' ImageDataGenerator has it (1.5 zooms out: the output samples the input at 1.5 times its own
            coordinates), "magnification" as imgaug has it (1.5 zooms in).
        axes: Whether each axis draws a factor for itself, or both share one.
        edge: What lies outside the picture: its edge pixels repeated, or black.
    """

    low: float
    high: float
    factor: Literal["step", "magnification"]
    axes: Literal["each", "both"]
    edge: Literal["repeat", "black"]
    flip: float


class Multiply(NamedTuple):
    """Pixels times a uniform factor, cut off at white: a factor a channel with probability `per_channel`, else one for all."""

    low: float
    high: float
    per_channel: float


class ChannelShuffle(NamedTuple):
    """The channels in a random order, each of the six equally often."""


class CoarseDropout(NamedTuple):
    """Cells of a coarse grid turned black, each with probability `p`.

    Attributes:
        size_percent: Side of the grid as a fraction of the image's; imgaug has at least `MIN_CELLS` cells on a side.
    """

    p: float
    size_percent: float


class Rotate(NamedTuple):
    """Rotation about the centre by a uniform angle of at most `degrees` either way; black outside."""

    degrees: float


class PadCrop(NamedTuple):
    """Black on every side, `fraction` of the image's side wide, cropped back at a uniform place in whole px; then a flip.

    The flip is horizontal, of probability `flip`.
    """

    fraction: float
    flip: float


Simple = Zoom | Multiply | ChannelShuffle | CoarseDropout | Rotate | PadCrop


class Sometimes(NamedTuple):
    """One of two operations: the first with probability `p`."""

    p: float
    then: Simple
    otherwise: Simple


Operation = Simple | Sometimes

MIN_CELLS = 3
"""Least cells on a side of the dropout grid. Source: imgaug 0.4.0, `CoarseDropout(min_size=3)`."""

RECIPES: dict[AugmentName, tuple[Operation, ...]] = {
    "none": (),
    "original_a": (
        Zoom(0.5, 1.5, factor="step", axes="each", edge="repeat", flip=0.5),
        ChannelShuffle(),
        CoarseDropout(p=0.2, size_percent=0.02),
    ),
    # The original flips before it multiplies; a factor a channel and a flip commute, so the flip may wait for the zoom.
    "original_b": (
        Multiply(0.5, 1.5, per_channel=0.5),
        Zoom(0.25, 2.0, factor="magnification", axes="both", edge="black", flip=0.5),
        Sometimes(0.7, CoarseDropout(p=0.2, size_percent=0.02), Rotate(45.0)),
    ),
    # 4 px of 32: what the published trainings on CIFAR-10 do, at every size.
    "pad_crop": (PadCrop(fraction=0.125, flip=0.5),),
}


def dropout_cells_of_recipe(dropout: CoarseDropout, image_size: int) -> int:
    """Cells on a side of the dropout grid.

    >>> dropout_cells_of_recipe(CoarseDropout(0.2, 0.02), 64), dropout_cells_of_recipe(CoarseDropout(0.2, 0.02), 224)
    (3, 4)
    """
    return max(int(dropout.size_percent * image_size), MIN_CELLS)


def padding_of_recipe(pad_crop: PadCrop, image_size: int) -> int:
    """Width of the black border in px.

    >>> padding_of_recipe(PadCrop(0.125, 0.5), 32), padding_of_recipe(PadCrop(0.125, 0.5), 60)
    (4, 7)
    """
    return int(pad_crop.fraction * image_size)


def operations_of_recipe(recipe: str) -> tuple[Operation, ...]:
    """The operations of a recipe by its name.

    Raises:
        InputError: There is no such recipe.
    """
    for name, steps in RECIPES.items():
        if name == recipe:
            return steps
    names = get_args(AugmentName)
    raise InputError("unknown augmentation", received=recipe, expected=" | ".join(names), help=did_you_mean(recipe, names))


def simple_operations(recipe: str) -> tuple[Simple, ...]:
    """Those that a recipe's draws are for, in their order: of a choice both, since the one not taken is drawn neutral.

    Raises:
        InputError: There is no such recipe.

    >>> [type(step).__name__ for step in simple_operations("original_b")]
    ['Multiply', 'Zoom', 'CoarseDropout', 'Rotate']
    """
    steps: list[Simple] = []
    for step in operations_of_recipe(recipe):
        steps.extend((step.then, step.otherwise) if isinstance(step, Sometimes) else (step,))
    return tuple(steps)
