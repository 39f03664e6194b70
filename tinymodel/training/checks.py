"""What is checked before a training: that design, network and data belong together."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from generator.design.recipe import Recipe
from generator.design.record import Design
from generator.errors import InputError, did_you_mean
from tinymodel.data.dataset import DataSet


def checked_recipe_of(design: Design) -> Recipe:
    """The recipe of a design.

    Raises:
        InputError: It has none.
    """
    if design.train is None:
        raise InputError(
            f'the design "{design.name}" says nothing about training',
            help="add `train: {phases: [{image_size: 32, epochs: 10, batch_size: 100}]}` to it, or a sheet `Recipe`",
        )
    return design.train


def check_classes(design: Design, data: DataSet) -> None:
    """Compares the classes that the design speaks of with those of the data.

    Raises:
        InputError: Their numbers differ, or a class weight is for a class that there is not.
    """
    if design.classes is not None and design.classes != len(data.classes):
        raise InputError(
            "the design and the data have different numbers of classes",
            received=design.classes,
            expected=f"{len(data.classes)}, as the data has",
            help=f"--set classes={len(data.classes)}",
        )
    for name in (design.train.class_weight or {}) if design.train else {}:
        if name not in data.classes:
            raise InputError(
                "a class weight is for a class that the data does not have",
                place=f"class_weight.{name}",
                expected=", ".join(data.classes[:5]) + (", ..." if len(data.classes) > 5 else ""),
                help=did_you_mean(name, list(data.classes)),
            )


def uneven_batches(recipe: Recipe, devices: int) -> list[str]:
    """What a recipe's batches leave idle on several devices, a sentence each."""
    return [
        f"phase {index + 1}: batches of {phase.batch_size} do not divide among {devices} devices; "
        f"{phase.batch_size // devices * devices or devices} or {-(-phase.batch_size // devices) * devices} would"
        for index, phase in enumerate(recipe.phases)
        if phase.batch_size % devices
    ]


def check_model(model: keras.Model, recipe: Recipe, classes: Sequence[str]) -> None:
    """Compares what the network reads and gives with the recipe and the data.

    Raises:
        InputError: Its outputs are not the classes of the data, its input is not RGB, or it takes one image size only.
    """
    outputs, (height, width, channels) = model.output_shape[-1], model.input_shape[1:]
    if outputs != len(classes):
        raise InputError(
            "the network has another number of outputs than the data has classes",
            received=outputs,
            expected=f"{len(classes)}",
            help="write `filters: classes` in the last row with filters, and `classes:` in the design",
        )
    if channels != 3:
        raise InputError("the network does not read RGB images", received=f"{channels} channels", help="input: {channels: 3}")
    for index, phase in enumerate(recipe.phases):
        if height is not None and (height, width) != phase.input_size:
            raise InputError(
                f"phase {index + 1} has another image size than the one that the network is fixed to (it flattens its maps)",
                received=phase.image_size,
                expected=f"{height}x{width}",
                help="use `global_average_pool` in place of `flatten`, or one image size in all phases",
            )
