"""Augmentation: the recipes as data, a native engine on the device, and imgaug on the host."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinymodel.augment.draws import Draws, draw

__all__ = ["Draws", "apply", "augment_on_host", "draw"]


def apply(recipe: str, images_uint8: Any, draws: Draws) -> Any:
    """Augments a batch as drawn, by operations of the backend (see `native.apply`).

    Returns:
        (batch, size, size, 3) float32 in [0, 1].
    """
    from tinymodel.augment.native import apply

    return apply(recipe, images_uint8, draws)


def augment_on_host(recipe: str, images: np.ndarray, key: int) -> np.ndarray:
    """Augments a batch by imgaug (see `imgaug_engine.augment`).

    Args:
        recipe: A name of `generator.recipe.AugmentName`.
        images: (batch, size, size, 3) uint8; not changed.
        key: One whole number a batch, such as `fold(seed, step)`; the result is a function of it and of the images.

    Returns:
        (batch, size, size, 3) uint8.

    Raises:
        MissingExtra: imgaug is not installed.
        InputError: OpenCV cannot load, or there is no such recipe.
    """
    from tinymodel.augment.imgaug_engine import augment

    return augment(recipe, images, key)
