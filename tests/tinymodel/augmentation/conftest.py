"""Pictures with structure, and imgaug where it can be loaded."""

from __future__ import annotations

import numpy as np
import pytest

from generator.errors import InputError


@pytest.fixture(scope="session")
def imgaug_loads() -> None:
    """Skips where imgaug or its OpenCV is not to be had."""
    from tinymodel.augmentation.imgaug_engine import load_imgaug

    try:
        load_imgaug()
    except InputError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def pictures() -> np.ndarray:
    """(3, 32, 32, 3) uint8 without symmetry and without black: a block, a ramp and coloured noise, all at least 60."""
    rows, columns = np.mgrid[0:32, 0:32]
    block = np.full((32, 32, 3), 60)
    block[6:16, 12:28] = (240, 190, 120)
    ramp = np.stack([60 + 5 * rows, 60 + 3 * columns, 60 + 2 * rows + 2 * columns], axis=-1)
    noise = np.random.default_rng(0).integers(60, 256, (8, 8, 3)).repeat(4, axis=0).repeat(4, axis=1)
    return np.stack([block, ramp, noise]).astype(np.uint8)
