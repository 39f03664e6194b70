"""CutMix: a rectangle of an image replaced by the same part of the next image of its batch, and its label by its share.

Source: Yun et al., "CutMix", ICCV 2019, with alpha = 1: the share is uniform, the rectangle's
centre too, and what lies outside is cut off.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from tinymodel.data.hashing import fold_hash, uniforms

_CUTMIX = 0x6375746D
"""Folded in, so that the rectangles have nothing to do with the draws of the augmentation."""


def cutmix_boxes(probability: float, seed: int, epoch: int, keys: np.ndarray, image_size: int) -> np.ndarray:
    """The rectangles of a batch.

    Args:
        probability: Share of the images that get one; the others have an empty rectangle.
        seed: The recipe's seed.
        epoch: From 0.
        keys: (batch,) what each image is drawn by.
        image_size: px.

    Returns:
        (batch, 4) int32: first row, last row + 1, first column, last column + 1.

    >>> (cutmix_boxes(0.0, 0, 0, np.arange(3), 8) == 0).all().item()
    True
    >>> cutmix_boxes(1.0, 0, 0, np.arange(500), 8).min().item(), cutmix_boxes(1.0, 0, 0, np.arange(500), 8).max().item()
    (0, 8)
    """
    drawn = uniforms(fold_hash(seed ^ _CUTMIX, epoch, keys), 4)
    sides = image_size * np.sqrt(1.0 - drawn[:, 1:2])
    centres = image_size * drawn[:, 2:]
    low = np.clip(np.floor(centres - sides / 2.0), 0, image_size)
    high = np.clip(np.floor(centres + sides / 2.0), 0, image_size)
    found = np.stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]], axis=1)
    return np.where(drawn[:, :1] < probability, found, 0.0).astype(np.int32)


def cutmix(images: Any, boxes: Any) -> tuple[Any, Any]:
    """Puts the rectangles in, by operations of the backend.

    Args:
        images: (batch, size, size, 3) float32.
        boxes: (batch, 4) int32.

    Returns:
        The images, and (batch,) float32: the share of its own picture that each still is.
    """
    size = images.shape[1]
    pixels = ops.arange(size, dtype="int32")
    rows = ops.logical_and(pixels >= boxes[:, 0:1], pixels < boxes[:, 1:2])
    columns = ops.logical_and(pixels >= boxes[:, 2:3], pixels < boxes[:, 3:4])
    inside = ops.logical_and(rows[:, :, None], columns[:, None, :])
    area = ops.cast((boxes[:, 1] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 2]), "float32")
    return ops.where(inside[..., None], cutmix_partners(images), images), 1.0 - area / float(size * size)


def cutmix_partners(values: Any) -> Any:
    """What the next image of the batch has; the last one's next is the first."""
    return ops.roll(values, -1, axis=0)
