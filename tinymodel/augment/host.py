"""The recipes as drawn, by OpenCV on the host: for trainings on a CPU, where the backend's operations are slow.

The same draws give the same pictures as `native` but for rounding: here pixels are whole grey levels after every operation,
and sampled positions multiples of 1/256 px (of 1/32 px in OpenCV 4). On noise, the worst case, they differ from it by 0.2 grey
levels on average and 2 at most with OpenCV 5, by 0.7 and 9 with OpenCV 4; `pad_crop` is the same to the bit.

An image's result depends on nothing but itself and its draws: neither on its place in the batch nor on the threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from tinymodel.augment.draws import CHANNELS, Draws
from tinymodel.augment.opencv import load_cv2, one_thread
from tinymodel.augment.recipes import (
    ChannelShuffle,
    CoarseDropout,
    Multiply,
    PadCrop,
    Rotate,
    Zoom,
    padding_of,
    simple_operations,
)
from tinymodel.augment.sampling import sampled

PART_IMAGES = 64
PART_PIXELS = 2**17
"""Images that go through the recipe together: enough that Python does not count, few enough for a core's cache (measured)."""


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
    augmented = np.array(images)
    if not steps or not len(images):
        return augmented

    def augment(part: slice) -> None:
        done = augmented[part]
        for step, drawn in zip(steps, draws, strict=True):
            done = APPLIED_BY[type(step)](step, done, drawn[part])
        augmented[part] = done

    length = max(1, min(PART_IMAGES, PART_PIXELS // images.shape[1] ** 2))
    parts = [slice(start, start + length) for start in range(0, len(images), length)]
    with one_thread(), ThreadPoolExecutor(min(cores(), len(parts))) as pool:
        for _ in pool.map(augment, parts):
            pass
    return augmented


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _multiply(step: Multiply, images: np.ndarray, factors: np.ndarray) -> np.ndarray:
    return _mixed(images, factors[:, :, None] * np.eye(CHANNELS, dtype=np.float32))


def _shuffle(step: ChannelShuffle, images: np.ndarray, permutations: np.ndarray) -> np.ndarray:
    return _mixed(images, permutations)


def _mixed(images: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """Each pixel's channels times the image's matrix, cut off at white."""
    transform, mixed = load_cv2().transform, np.empty_like(images)
    for image, matrix, target in zip(images, matrices, mixed, strict=True):
        transform(image, matrix, dst=target)
    return mixed


def _zoom(step: Zoom, images: np.ndarray, steps: np.ndarray) -> np.ndarray:
    matrices = np.zeros((len(images), 2, 2), np.float32)
    matrices[:, [0, 1], [0, 1]] = steps
    return sampled(images, matrices, step.edge == "repeat")


def _rotate(step: Rotate, images: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Only the images that turn."""
    turning = np.flatnonzero(angles)
    cosines, sines = np.cos(angles[turning]), np.sin(angles[turning])
    matrices = np.stack([cosines, -sines, sines, cosines], axis=1).reshape(-1, 2, 2)
    rotated = images.copy()
    if len(turning):
        rotated[turning] = sampled(images[turning], matrices, repeat_edge=False)
    return rotated


def _drop(step: CoarseDropout, images: np.ndarray, cells: np.ndarray) -> np.ndarray:
    side, dropped = cells.shape[1], images.copy()
    first = [-(-cell * images.shape[1] // side) for cell in range(side + 1)]
    for row in range(side):
        for column in range(side):
            area = slice(first[row], first[row + 1]), slice(first[column], first[column + 1])
            dropped[cells[:, row, column] == 0, *area] = 0
    return dropped


def _pad_crop(step: PadCrop, images: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    flip, size = load_cv2().flip, images.shape[1]
    padding = padding_of(step, size)
    padded = np.zeros((len(images), size + 2 * padding, size + 2 * padding, CHANNELS), np.uint8)
    padded[:, padding : padding + size, padding : padding + size] = images
    cropped = np.empty_like(images)
    corners = (drawn[:, :2].astype(int) + padding).tolist()
    for image, (top, left), flipped, target in zip(padded, corners, (drawn[:, 2] < 0).tolist(), cropped, strict=True):
        crop = image[top : top + size, left : left + size]
        if flipped:
            flip(crop, 1, dst=target)
        else:
            target[:] = crop
    return cropped


APPLIED_BY: dict[type, Callable[[Any, np.ndarray, np.ndarray], np.ndarray]] = {
    Multiply: _multiply,
    Zoom: _zoom,
    ChannelShuffle: _shuffle,
    CoarseDropout: _drop,
    Rotate: _rotate,
    PadCrop: _pad_crop,
}
