"""All random decisions of a batch, as a table made on the host: what an image gets depends on (seed, epoch, index) only."""

from __future__ import annotations

import numpy as np

from tinymodel.augmentation.recipes import (
    ChannelShuffle,
    CoarseDropout,
    Multiply,
    PadCrop,
    Rotate,
    Simple,
    Sometimes,
    Zoom,
    dropout_cells_of_recipe,
    operations_of_recipe,
    padding_of_recipe,
)
from tinymodel.data.dataset import CHANNELS
from tinymodel.data.hashing import fold_hash, uniforms

Draws = tuple[np.ndarray, ...]
"""One float32 array an operation, in the order of the recipe (two for `Sometimes`), first axis the batch:

* Zoom: (batch, 2), vertical and horizontal step between samples in input pixels; the horizontal one negative for a flip
* Multiply: (batch, 3), a factor a channel
* ChannelShuffle: (batch, 3, 3), a permutation matrix [output channel, input channel]
* CoarseDropout: (batch, cells, cells), 0 for a dropped cell, else 1
* Rotate: (batch,), radians
* PadCrop: (batch, 3), how far the crop lies below and to the right of the picture, whole px; then 1, or -1 for a flip
"""


def draw(recipe: str, seed: int, epoch: int, indices: np.ndarray, image_size: int) -> Draws:
    """The decisions for these images in this epoch.

    Args:
        recipe: A name of `generator.design.recipe.AugmentName`.
        seed: The recipe's seed.
        epoch: From 0, over all phases.
        indices: (batch,) positions of the images in their split.
        image_size: Side of the images in px; it sets the grid of the dropout.

    Returns:
        A pytree of arrays whose shapes depend on (recipe, batch, image_size) alone.

    Raises:
        InputError: Unknown recipe.

    >>> table = draw("original_b", seed=1, epoch=0, indices=np.arange(4), image_size=64)
    >>> [array.shape for array in table]
    [(4, 3), (4, 2), (4, 3, 3), (4,)]
    >>> alone = draw("original_b", seed=1, epoch=0, indices=np.array([2]), image_size=64)
    >>> all((a[2:3] == b).all() for a, b in zip(table, alone))
    True
    """
    steps = operations_of_recipe(recipe)
    needs = [_uniforms_needed(step, image_size) for step in steps]
    table = uniforms(fold_hash(seed, epoch, np.asarray(indices)), sum(needs))
    columns = np.split(table, np.cumsum(needs), axis=1)
    drawn: list[np.ndarray] = []
    for step, uniform in zip(steps, columns, strict=False):
        drawn.extend(_either(step, uniform, image_size) if isinstance(step, Sometimes) else [_draw(step, uniform, image_size)])
    return tuple(array.astype(np.float32) for array in drawn)


def _uniforms_needed(step: Simple | Sometimes, image_size: int) -> int:
    match step:
        case Sometimes():
            return 1 + _uniforms_needed(step.then, image_size) + _uniforms_needed(step.otherwise, image_size)
        case Zoom() | PadCrop():
            return 3
        case Multiply():
            return 1 + CHANNELS
        case ChannelShuffle():
            return CHANNELS
        case CoarseDropout():
            return dropout_cells_of_recipe(step, image_size) ** 2
        case Rotate():
            return 1


def _draw(step: Simple, uniform: np.ndarray, image_size: int) -> np.ndarray:
    match step:
        case Zoom():
            factors = step.low + (step.high - step.low) * uniform[:, 1:]
            if step.axes == "both":
                factors = factors[:, [0, 0]]
            steps = factors if step.factor == "step" else 1.0 / factors
            return steps * np.where(uniform[:, :1] < step.flip, (1.0, -1.0), 1.0)
        case Multiply():
            factors = step.low + (step.high - step.low) * uniform[:, 1:]
            return np.where(uniform[:, :1] < step.per_channel, factors, factors[:, :1])
        case ChannelShuffle():
            return np.eye(CHANNELS)[np.argsort(uniform, axis=1)]
        case CoarseDropout():
            cells = dropout_cells_of_recipe(step, image_size)
            return (uniform >= step.p).reshape(-1, cells, cells)
        case Rotate():
            return np.deg2rad(step.degrees) * (2.0 * uniform[:, 0] - 1.0)
        case PadCrop():
            padding = padding_of_recipe(step, image_size)
            offsets = np.floor(uniform[:, 1:] * (2 * padding + 1)) - padding
            return np.concatenate([offsets, np.where(uniform[:, :1] < step.flip, -1.0, 1.0)], axis=1)


def _neutral(step: Simple) -> np.ndarray:
    """The draw with which an operation does nothing."""
    match step:
        case Zoom() | Multiply() | CoarseDropout():
            return np.ones(1)
        case ChannelShuffle():
            return np.eye(CHANNELS)
        case Rotate():
            return np.zeros(1)
        case PadCrop():
            return np.array([0.0, 0.0, 1.0])


def _either(step: Sometimes, uniform: np.ndarray, image_size: int) -> list[np.ndarray]:
    """Both branches run in one static graph: the one that an image does not get is drawn neutral."""
    first = 1 + _uniforms_needed(step.then, image_size)
    then = _draw(step.then, uniform[:, 1:first], image_size)
    otherwise = _draw(step.otherwise, uniform[:, first:], image_size)
    chosen = uniform[:, 0] < step.p
    return [
        np.where(_like(chosen, then), then, _neutral(step.then)),
        np.where(_like(chosen, otherwise), _neutral(step.otherwise), otherwise),
    ]


def _like(flags: np.ndarray, array: np.ndarray) -> np.ndarray:
    return flags.reshape(-1, *[1] * (array.ndim - 1))
