"""The recipes by imgaug 0.4.0 itself, as the original ran them, but in whole batches. The only module that imports imgaug.

Recipe A's zoom and flip came from Keras' ImageDataGenerator before imgaug saw the picture; here OpenCV does them, with that
generator's meaning of the numbers.
"""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np

from tinymodel.augmentation.opencv import load_cv2
from tinymodel.augmentation.recipes import (
    ChannelShuffle,
    CoarseDropout,
    Multiply,
    Operation,
    PadCrop,
    Rotate,
    Sometimes,
    Zoom,
    operations_of_recipe,
    padding_of_recipe,
)
from tinymodel.data.hashing import fold_hash, uniforms
from tinymodel.extras import MissingExtra

SEED_LIMIT = 2**31
"""imgaug's own range of seeds is [0, 2**31)."""

NUMPY_1_TYPES: dict[str, list[type]] = {
    "int": [np.int8, np.int16, np.int32, np.int64],
    "uint": [np.uint8, np.uint16, np.uint32, np.uint64],
    "float": [np.float16, np.float32, np.float64],
    "complex": [np.complex64, np.complex128],
    "others": [bool, object, bytes, str, np.void],
}
"""The table `numpy.sctypes`, which NumPy 2 took away: the one thing that imgaug 0.4.0 misses, and only at import."""


def augment(recipe: str, images: np.ndarray, key: int) -> np.ndarray:
    """Augments a batch; the same images and key give the same result.

    Args:
        recipe: A name of `generator.design.recipe.AugmentName`.
        images: (batch, size, size, 3) uint8; not changed.
        key: Any whole number from 0 to 2**64 - 1.

    Returns:
        (batch, size, size, 3) uint8.

    Raises:
        MissingExtra: imgaug is not installed.
        InputError: OpenCV cannot load, or there is no such recipe.
    """
    steps = operations_of_recipe(recipe)
    augmented = np.array(images)
    if steps and isinstance(steps[0], Zoom) and steps[0].factor == "step":
        augmented = _zoom(steps[0], augmented, key)
        steps = steps[1:]
    if not steps:
        return augmented
    sequence = _sequence(steps, images.shape[1])
    sequence.seed_(int(fold_hash(key)[0]) % SEED_LIMIT)
    return np.asarray(sequence(images=augmented))


@functools.cache
def _sequence(steps: tuple[Operation, ...], image_size: int) -> Any:
    augmenters = load_imgaug().augmenters
    return augmenters.Sequential([made for step in steps for made in _augmenters(augmenters, step, image_size)])


def _augmenters(augmenters: Any, step: Operation, image_size: int) -> list[Any]:
    match step:
        case Zoom():
            return [augmenters.Fliplr(step.flip), augmenters.Affine(scale=(step.low, step.high))]
        case Multiply():
            return [augmenters.Multiply((step.low, step.high), per_channel=step.per_channel)]
        case ChannelShuffle():
            return [augmenters.ChannelShuffle(p=1.0)]
        case CoarseDropout():
            return [augmenters.CoarseDropout(p=step.p, size_percent=step.size_percent)]
        case Rotate():
            return [augmenters.Affine(rotate=(-step.degrees, step.degrees))]
        case Sometimes():
            then, otherwise = (_augmenters(augmenters, branch, image_size) for branch in (step.then, step.otherwise))
            return [augmenters.Sometimes(step.p, then, otherwise)]
        case PadCrop():
            offset = (-padding_of_recipe(step, image_size), padding_of_recipe(step, image_size))
            return [augmenters.Affine(translate_px={"x": offset, "y": offset}, order=0), augmenters.Fliplr(step.flip)]


def _zoom(step: Zoom, images: np.ndarray, key: int) -> np.ndarray:
    """The generator's zoom about the centre with repeated edges, then its flip."""
    cv2 = load_cv2()
    zoomed = np.empty_like(images)
    centre = (images.shape[1] - 1) / 2.0
    for image, target, uniform in zip(images, zoomed, uniforms(fold_hash(key, np.arange(len(images))), 3), strict=True):
        vertical, horizontal = step.low + (step.high - step.low) * uniform[1:]
        sampling = np.array([[horizontal, 0.0, centre * (1.0 - horizontal)], [0.0, vertical, centre * (1.0 - vertical)]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cv2.warpAffine(image, sampling, image.shape[1::-1], dst=target, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        if uniform[0] < step.flip:
            target[:] = target[:, ::-1].copy()
    return zoomed


@functools.cache
def load_imgaug() -> ModuleType:
    """Imports imgaug beside NumPy 2.

    Raises:
        MissingExtra: It is not installed.
        InputError: OpenCV, which it needs, cannot load.
    """
    load_cv2()
    try:
        with _numpy_1_types(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import imgaug
            import imgaug.augmenters
    except ModuleNotFoundError as missing:
        raise MissingExtra(missing.name or "imgaug", "train") from None
    return imgaug


@contextlib.contextmanager
def _numpy_1_types() -> Iterator[None]:
    if hasattr(np, "sctypes"):
        yield
        return
    vars(np)["sctypes"] = NUMPY_1_TYPES
    try:
        yield
    finally:
        del vars(np)["sctypes"]
