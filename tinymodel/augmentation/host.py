"""The recipes as drawn, by OpenCV on the host: for trainings on a CPU, where the backend's operations are slow.

The same draws give the same pictures as `native` but for rounding: here pixels are whole grey levels after every operation, and
OpenCV 4 rounds sampled positions to 1/32 px. On noise, the worst case, the two differ by 0.2 grey levels on average and 1.5 at
most with OpenCV 5, by 0.7 and 9 with OpenCV 4; `pad_crop` is the same to the bit.

An image's result depends on nothing but itself and its draws: neither on its place in the batch nor on the threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np

from tinymodel.augmentation.draws import Draws
from tinymodel.augmentation.opencv import load_cv2, one_thread
from tinymodel.augmentation.recipes import (
    ChannelShuffle,
    CoarseDropout,
    Multiply,
    PadCrop,
    Rotate,
    Zoom,
    padding_of_recipe,
    simple_operations,
)
from tinymodel.data.dataset import CHANNELS

PART_IMAGES = 64
"""Images that a thread takes at a time: enough that what is done for all of them at once costs little (measured)."""


def apply_on_host(recipe: str, images: np.ndarray, draws: Draws) -> np.ndarray:
    """Augments a batch as drawn.

    Args:
        recipe: The name that the draws were made for.
        images: (batch, size, size, 3) uint8; not changed.
        draws: What `draw` gave for these images at this size.

    Returns:
        (batch, size, size, 3) uint8, `native.apply` times 255 but for rounding.

    Raises:
        MissingExtra: OpenCV is not installed.
        InputError: OpenCV cannot load, or there is no such recipe.
    """
    steps = simple_operations(recipe)
    augmented = np.array(images, order="C")
    if not steps or not len(images):
        return augmented

    def augment(part: slice) -> None:
        for step, drawn in zip(steps, draws, strict=True):
            APPLIED_BY[type(step)](step, augmented[part], drawn[part])

    parts = [slice(start, start + PART_IMAGES) for start in range(0, len(images), PART_IMAGES)]
    with one_thread(), ThreadPoolExecutor(min(host_cores(), len(parts))) as pool:
        for _ in pool.map(augment, parts):
            pass
    return augmented


def host_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# What follows changes the images in place: memory that is new for every operation would cost as much as the operation.


def _multiply(step: Multiply, images: np.ndarray, factors: np.ndarray) -> None:
    _mix(images, factors[:, :, None] * np.eye(CHANNELS, dtype=np.float32))


def _shuffle(step: ChannelShuffle, images: np.ndarray, permutations: np.ndarray) -> None:
    _mix(images, permutations)


def _mix(images: np.ndarray, matrices: np.ndarray) -> None:
    """Each pixel's channels times the image's matrix, cut off at white."""
    transform = load_cv2().transform
    for source, matrix, image in zip(images.copy(), matrices, images, strict=True):
        transform(source, matrix, dst=image)


def _zoom(step: Zoom, images: np.ndarray, steps: np.ndarray) -> None:
    matrices = np.zeros((len(images), 2, 2), np.float32)
    matrices[:, [0, 1], [0, 1]] = steps[:, ::-1]
    _warp(images, matrices, step.edge)


def _rotate(step: Rotate, images: np.ndarray, angles: np.ndarray) -> None:
    """Only the images that turn."""
    turning = np.flatnonzero(angles)
    if not len(turning):
        return
    cosines, sines = np.cos(angles[turning]), np.sin(angles[turning])
    matrices = np.stack([cosines, sines, -sines, cosines], axis=1).reshape(-1, 2, 2)
    rotated = images[turning]
    _warp(rotated, matrices, "black")
    images[turning] = rotated


def _warp(images: np.ndarray, matrices: np.ndarray, edge: Literal["repeat", "black"]) -> None:
    """Bilinear samples about the centre; `matrices` (n, 2, 2) lead from (x, y) of the output to (x, y) of the input."""
    cv2, size = load_cv2(), images.shape[1]
    centre = (size - 1) / 2.0
    whole = np.empty((len(images), 2, 3))
    whole[:, :, :2] = matrices
    whole[:, :, 2] = centre - centre * matrices.sum(axis=2)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    border = cv2.BORDER_REPLICATE if edge == "repeat" else cv2.BORDER_CONSTANT
    for source, matrix, image in zip(images.copy(), whole, images, strict=True):
        cv2.warpAffine(source, matrix, (size, size), dst=image, flags=flags, borderMode=border)


def _drop(step: CoarseDropout, images: np.ndarray, cells: np.ndarray) -> None:
    side = cells.shape[1]
    first = [-(-cell * images.shape[1] // side) for cell in range(side + 1)]
    for row in range(side):
        for column in range(side):
            area = slice(first[row], first[row + 1]), slice(first[column], first[column + 1])
            images[cells[:, row, column] == 0, *area] = 0


def _pad_crop(step: PadCrop, images: np.ndarray, drawn: np.ndarray) -> None:
    flip, size = load_cv2().flip, images.shape[1]
    padding = padding_of_recipe(step, size)
    padded = np.zeros((len(images), size + 2 * padding, size + 2 * padding, CHANNELS), np.uint8)
    padded[:, padding : padding + size, padding : padding + size] = images
    corners = (drawn[:, :2].astype(int) + padding).tolist()
    for source, (top, left), flipped, image in zip(padded, corners, (drawn[:, 2] < 0).tolist(), images, strict=True):
        crop = source[top : top + size, left : left + size]
        if flipped:
            flip(crop, 1, dst=image)
        else:
            image[:] = crop


APPLIED_BY: dict[type, Callable[[Any, np.ndarray, np.ndarray], None]] = {
    Multiply: _multiply,
    Zoom: _zoom,
    ChannelShuffle: _shuffle,
    CoarseDropout: _drop,
    Rotate: _rotate,
    PadCrop: _pad_crop,
}
