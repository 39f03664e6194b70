"""The native engine and imgaug draw from the same distribution of pictures, within sampling error; a wrong recipe does not.

Two samples of N pictures each, native and imgaug, are compared in
* the mean and the mean square of every pixel: the difference in units of its standard error has a root mean square of about 1
  over the picture if both samples have one distribution (1.5 allowed: neighbouring pixels are correlated, so that it is not 1
  exactly);
* the distribution of seven figures of each picture (brightness, contrast, brightest and darkest channel, black share, left
  against right, height of the bright part): Kolmogorov-Smirnov distance below 2.23 * sqrt(2 / N), which chance exceeds once
  in 10,000. The seeds are fixed, so the test either always passes or always fails.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import pytest

from generator.design.recipe import AugmentName
from tinymodel.augmentation import apply, augment_on_host, draw, recipes
from tinymodel.augmentation.recipes import ChannelShuffle, CoarseDropout, Multiply, Operation, Rotate, Sometimes, Zoom

N = 2_000
SIZE = 32

MAX_RMS_OF_PIXELS = 1.5
MAX_DISTANCE = 2.23 * np.sqrt(2 / N)

BLACK = 6 / 255
"""imgaug rounds to whole grey values after every step, we do not: black is what both take for it."""

pytestmark = pytest.mark.usefixtures("imgaug_loads")


def native(recipe: str, picture: np.ndarray) -> np.ndarray:
    return np.asarray(apply(recipe, np.repeat(picture[None], N, axis=0), draw(recipe, 11, 0, np.arange(N), SIZE)))


@pytest.fixture(scope="module")
def by_imgaug(pictures: np.ndarray) -> Callable[[str], list[np.ndarray]]:
    """Each picture N times through imgaug; made once a recipe."""

    @functools.cache
    def augmented(recipe: str) -> list[np.ndarray]:
        return [augment_on_host(recipe, np.repeat(one[None], N, axis=0), 12) / np.float32(255) for one in pictures]

    return augmented


def figures(images: np.ndarray) -> dict[str, np.ndarray]:
    channels = np.sort(images.mean(axis=(1, 2)), axis=1)
    grey = images.mean(axis=3)
    half = SIZE // 2
    return {
        "brightness": grey.mean(axis=(1, 2)),
        "contrast": images.std(axis=(1, 2, 3)),
        "darkest channel": channels[:, 0],
        "brightest channel": channels[:, 2],
        "black share": (images < BLACK).mean(axis=(1, 2, 3)),
        "left against right": grey[:, :, :half].mean(axis=(1, 2)) - grey[:, :, half:].mean(axis=(1, 2)),
        "height": (grey.max(axis=2) > grey.max(axis=(1, 2))[:, None] * 0.7).mean(axis=1),
    }


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Kolmogorov-Smirnov: the largest difference between two empirical distributions."""
    points = np.sort(np.concatenate([one, other]))
    shares = [np.searchsorted(np.sort(sample), points, side="right") / len(sample) for sample in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())


def standardized(one: np.ndarray, other: np.ndarray) -> float:
    """Root mean square over the picture of the difference of two means in units of its standard error."""
    error = np.sqrt((one.var(axis=0) + other.var(axis=0)) / N) + 1e-4
    return float(np.sqrt(np.mean(((one.mean(axis=0) - other.mean(axis=0)) / error) ** 2)))


def disagreements(one: np.ndarray, other: np.ndarray) -> list[str]:
    found = [
        f"{name} of the pixels: {size:.2f}"
        for name, size in (("mean", standardized(one, other)), ("mean square", standardized(one**2, other**2)))
        if size > MAX_RMS_OF_PIXELS
    ]
    theirs = figures(other)
    found += [
        f"{name}: {distance(values, theirs[name]):.3f}"
        for name, values in figures(one).items()
        if distance(values, theirs[name]) > MAX_DISTANCE
    ]
    return found


@pytest.mark.parametrize("recipe", ["original_a", "original_b", "pad_crop"])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_engines_agree(pictures, by_imgaug, recipe: str, number: int) -> None:
    assert disagreements(native(recipe, pictures[number]), by_imgaug(recipe)[number]) == []


def replaced(recipe: AugmentName, old: type, new: Operation) -> tuple[Operation, ...]:
    return tuple(new if isinstance(step, old) else step for step in recipes.RECIPES[recipe])


ZOOM_A, _, _ = recipes.RECIPES["original_a"]
_, ZOOM_B, EITHER = recipes.RECIPES["original_b"]
assert isinstance(ZOOM_A, Zoom)
assert isinstance(ZOOM_B, Zoom)
assert isinstance(EITHER, Sometimes)

WRONG: dict[str, tuple[AugmentName, tuple[Operation, ...]]] = {
    "A without flip": ("original_a", replaced("original_a", Zoom, ZOOM_A._replace(flip=0.0))),
    "A zooms in where it should zoom out": (
        "original_a",
        replaced("original_a", Zoom, ZOOM_A._replace(factor="magnification")),
    ),
    "A with one factor for both axes": ("original_a", replaced("original_a", Zoom, ZOOM_A._replace(axes="both"))),
    "A with black edges": ("original_a", replaced("original_a", Zoom, ZOOM_A._replace(edge="black"))),
    "A drops a quarter": ("original_a", replaced("original_a", CoarseDropout, CoarseDropout(0.25, 0.02))),
    "A has five cells": ("original_a", replaced("original_a", CoarseDropout, CoarseDropout(0.2, 0.16))),
    "A without shuffle": ("original_a", replaced("original_a", ChannelShuffle, Multiply(1.0, 1.0, 0.0))),
    "B multiplies channels always": ("original_b", replaced("original_b", Multiply, Multiply(0.5, 1.5, 1.0))),
    "B multiplies less": ("original_b", replaced("original_b", Multiply, Multiply(0.6, 1.4, 0.5))),
    "B scales to 1.8": ("original_b", replaced("original_b", Zoom, ZOOM_B._replace(high=1.8))),
    "B scales each axis": ("original_b", replaced("original_b", Zoom, ZOOM_B._replace(axes="each"))),
    "B without flip": ("original_b", replaced("original_b", Zoom, ZOOM_B._replace(flip=0.0))),
    "B rotates half": ("original_b", replaced("original_b", Sometimes, EITHER._replace(p=0.5))),
    "B rotates by 90": ("original_b", replaced("original_b", Sometimes, EITHER._replace(otherwise=Rotate(90.0)))),
}

FAST = ("A with one factor for both axes", "A drops a quarter", "B scales to 1.8")
"""The rest is left to the slow tests."""


@pytest.mark.parametrize("name", [pytest.param(name, marks=[] if name in FAST else [pytest.mark.slow]) for name in WRONG])
def test_a_wrong_recipe_is_noticed(pictures, by_imgaug, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    recipe, steps = WRONG[name]
    truth = by_imgaug(recipe)
    monkeypatch.setitem(recipes.RECIPES, recipe, steps)
    assert any(disagreements(native(recipe, picture), right) for picture, right in zip(pictures, truth, strict=True))
