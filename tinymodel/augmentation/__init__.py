"""Augmentation: the recipes as data, applied as drawn on the device or by OpenCV on the host, or left to imgaug."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinymodel.augmentation.draws import Draws, draw

__all__ = ["Draws", "apply", "apply_on_host", "augment_on_host", "draw", "host_available"]


def apply(recipe: str, images_uint8: Any, draws: Draws) -> Any:
    """Augments a batch as drawn, by operations of the backend (see `native.apply`).

    Returns:
        (batch, size, size, 3) float32 in [0, 1].
    """
    from tinymodel.augmentation.native import apply

    return apply(recipe, images_uint8, draws)


def apply_on_host(recipe: str, images: np.ndarray, draws: Draws) -> np.ndarray:
    """Augments a batch as drawn, by OpenCV (see `host.apply_on_host`).

    Args:
        recipe: The name that the draws were made for.
        images: (batch, size, size, 3) uint8; not changed.
        draws: What `draw` gave for these images at this size.

    Returns:
        (batch, size, size, 3) uint8, what `apply` gives times 255 but for rounding.

    Raises:
        MissingExtra: OpenCV is not installed.
        InputError: OpenCV cannot load, or there is no such recipe.
    """
    from tinymodel.augmentation.host import apply_on_host

    return apply_on_host(recipe, images, draws)


def host_available() -> bool:
    """Whether `apply_on_host` has its OpenCV."""
    from tinymodel.augmentation.opencv import available

    return available()


def augment_on_host(recipe: str, images: np.ndarray, key: int) -> np.ndarray:
    """Augments a batch by imgaug (see `imgaug_engine.augment`).

    Args:
        recipe: A name of `generator.design.recipe.AugmentName`.
        images: (batch, size, size, 3) uint8; not changed.
        key: One whole number a batch, such as `fold_hash(seed, step)`; the result is a function of it and of the images.

    Returns:
        (batch, size, size, 3) uint8.

    Raises:
        MissingExtra: imgaug is not installed.
        InputError: OpenCV cannot load, or there is no such recipe.
    """
    from tinymodel.augmentation.imgaug_engine import augment

    return augment(recipe, images, key)
