"""The recipes as batched operations of the backend: no randomness, static shapes, inside the compiled step.

Pictures are held as planes (batch, 3, height, width) in between: a zoom is then two small matrix products an image, a shuffle
one, and nothing mixes images, so a batch may be spread over devices. Pixels stay grey levels until the end: whole numbers up
to 255 are exact in matrix units that work in bfloat16 or TF32, so that a crop, whose matrices hold 0 and 1, changes no pixel;
what has been between levels is rounded there to about 1/256 of white, the step of the stored ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops

from tinymodel.augmentation.draws import Draws
from tinymodel.augmentation.recipes import ChannelShuffle, CoarseDropout, Multiply, PadCrop, Rotate, Zoom, simple_operations
from tinymodel.data.dataset import CHANNELS

Tensor = Any
"""A tensor of the backend; neither of them has a type that a checker could use for both."""

WHITE = 255.0


def apply(recipe: str, images_uint8: Tensor, draws: Draws) -> Tensor:
    """Augments a batch as drawn.

    Args:
        recipe: The name that the draws were made for.
        images_uint8: (batch, size, size, 3) uint8.
        draws: What `draw` gave for these images at this size, as arrays or tensors.

    Returns:
        (batch, size, size, 3) float32 in [0, 1].
    """
    steps = simple_operations(recipe)
    if not steps:
        return ops.cast(images_uint8, "float32") * (1.0 / WHITE)
    planes = ops.cast(ops.transpose(images_uint8, (0, 3, 1, 2)), "float32")
    for step, drawn in zip(steps, draws, strict=True):
        planes = APPLIED_BY[type(step)](step, planes, drawn)
    return ops.transpose(planes, (0, 2, 3, 1)) * (1.0 / WHITE)


def _multiply(step: Multiply, planes: Tensor, factors: Tensor) -> Tensor:
    return ops.minimum(planes * factors[:, :, None, None], WHITE)


def _zoom(step: Zoom, planes: Tensor, steps: Tensor) -> Tensor:
    size, repeat_edge = planes.shape[2], step.edge == "repeat"
    rows, columns = (interpolation_matrices(steps[:, axis], 0.0, size, repeat_edge) for axis in (0, 1))
    return _resampled(planes, rows, columns)


def _pad_crop(step: PadCrop, planes: Tensor, drawn: Tensor) -> Tensor:
    size = planes.shape[2]
    down, right, side = (drawn[:, column] for column in range(3))
    rows, columns = (
        interpolation_matrices(*axis, size, False) for axis in ((ops.ones_like(down), down[:, None]), (side, right[:, None]))
    )
    return _resampled(planes, rows, columns)


def _resampled(planes: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    size = planes.shape[2]
    flat = ops.matmul(ops.reshape(planes, (-1, CHANNELS * size, size)), ops.transpose(columns, (0, 2, 1)))
    return ops.matmul(rows[:, None], ops.reshape(flat, (-1, CHANNELS, size, size)))


def _shuffle(step: ChannelShuffle, planes: Tensor, permutations: Tensor) -> Tensor:
    size = planes.shape[2]
    shuffled = ops.matmul(permutations, ops.reshape(planes, (-1, CHANNELS, size * size)))
    return ops.reshape(shuffled, (-1, CHANNELS, size, size))


def _drop(step: CoarseDropout, planes: Tensor, cells: Tensor) -> Tensor:
    size = planes.shape[2]
    nearest = np.arange(size) * cells.shape[1] // size
    return planes * ops.take(ops.take(cells, nearest, axis=1), nearest, axis=2)[:, None]


def interpolation_matrices(steps: Tensor, shifts: Tensor | float, size: int, repeat_edge: bool) -> Tensor:
    """Matrices that resample an axis linearly about its centre.

    A row holds the weights of its two neighbours, `max(0, 1 - distance)`; outside the picture they fade to nothing, which is
    the black border, unless the position is first moved to the edge.

    Args:
        steps: (batch,) input pixels between two samples; negative for a flip.
        shifts: (batch, 1) or one number, input pixels by which all samples lie further on.
        size: Length of the axis, before and after.
        repeat_edge: Whether positions outside read the edge pixel.

    Returns:
        (batch, size, size), [output position, input position].
    """
    pixels = ops.arange(size, dtype="float32")
    centre = (size - 1) / 2.0
    positions = centre + steps[:, None] * (pixels - centre) + shifts
    if repeat_edge:
        positions = ops.clip(positions, 0.0, size - 1.0)
    return ops.relu(1.0 - ops.abs(positions[:, :, None] - pixels))


def _rotate(step: Rotate, planes: Tensor, angles: Tensor) -> Tensor:
    """Bilinear rotation about the centre, by Keras' transform (output → input), a plane at a time."""
    size = planes.shape[2]
    centre = (size - 1) / 2.0
    cosines, sines = ops.repeat(ops.cos(angles), CHANNELS), ops.repeat(ops.sin(angles), CHANNELS)
    zeros = ops.zeros_like(cosines)
    to_x = (cosines, sines, centre * (1.0 - cosines - sines))
    to_y = (-sines, cosines, centre * (1.0 - cosines + sines))
    transforms = ops.stack([*to_x, *to_y, zeros, zeros], axis=1)
    rotated = ops.image.affine_transform(
        ops.reshape(planes, (-1, size, size, 1)),
        transforms,
        interpolation="bilinear",
        fill_mode="constant",
        data_format="channels_last",
    )
    return ops.reshape(rotated, (-1, CHANNELS, size, size))


# Not a match statement: TensorFlow's AutoGraph, through which a training step may run, cannot read one.
APPLIED_BY: dict[type, Callable[[Any, Tensor, Tensor], Tensor]] = {
    Multiply: _multiply,
    Zoom: _zoom,
    ChannelShuffle: _shuffle,
    CoarseDropout: _drop,
    Rotate: _rotate,
    PadCrop: _pad_crop,
}
