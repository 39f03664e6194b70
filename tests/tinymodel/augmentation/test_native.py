"""What is done with a picture, against SciPy and the code of the original; the same on both backends."""

from __future__ import annotations

import subprocess
import sys
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import scipy.ndimage

from tests.support.processes import under_jax
from tinymodel.augmentation import apply, draw

SIZE = 32


def batch(pictures: np.ndarray, count: int) -> np.ndarray:
    return pictures[np.arange(count) % len(pictures)]


def run(recipe: str, images: np.ndarray, draws: tuple[np.ndarray, ...]) -> np.ndarray:
    return np.asarray(apply(recipe, images, draws))


def test_none_divides_by_255(pictures) -> None:
    result = run("none", pictures, draw("none", 0, 0, np.arange(3), SIZE))
    assert result.dtype == np.float32
    assert np.allclose(result, pictures / 255.0, atol=1e-7)


def test_zoom_and_flip_are_those_of_keras_generator(pictures) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from keras.src.legacy.preprocessing.image import ImageDataGenerator

        generator = ImageDataGenerator(zoom_range=0.5, horizontal_flip=True)
        images = batch(pictures, 24)
        steps, _, _ = draw("original_a", 0, 0, np.arange(24), SIZE)
        neutral = (steps, np.tile(np.eye(3, dtype=np.float32), (24, 1, 1)), np.ones((24, 3, 3), np.float32))
        result = run("original_a", images, neutral)
        for image, (vertical, horizontal), ours in zip(images, steps, result, strict=True):
            # Keras' zx is the zoom of the columns: it swaps the axes of its matrix.
            settings = {"zx": abs(horizontal), "zy": vertical, "flip_horizontal": horizontal < 0}
            truth = generator.apply_transform(image.astype(np.float32), settings)
            assert np.abs(truth / 255.0 - ours).max() < 1e-4


def test_recipe_b_is_bilinear_with_black_around(pictures) -> None:
    images = batch(pictures, 24)
    draws = draw("original_b", 3, 0, np.arange(24), SIZE)
    result = run("original_b", images, draws)
    centre = (SIZE - 1) / 2
    for number, (factors, (vertical, horizontal), cells, angle) in enumerate(zip(*draws, strict=True)):
        image = np.minimum(images[number] / 255.0 * factors, 1.0)
        image = sample(image, np.diag([vertical, horizontal]), centre)
        cosine, sine = np.cos(angle), np.sin(angle)
        image = sample(image, np.array([[cosine, -sine], [sine, cosine]]), centre)
        nearest = np.arange(SIZE) * 3 // SIZE
        image *= cells[nearest][:, nearest][..., None]
        assert np.abs(image - result[number]).max() < 1e-3


def sample(image: np.ndarray, matrix: np.ndarray, centre: float) -> np.ndarray:
    offset = centre - matrix @ np.full(2, centre)
    channels = [
        scipy.ndimage.affine_transform(channel, matrix, offset, order=1, mode="grid-constant")
        for channel in np.moveaxis(image, -1, 0)
    ]
    return np.stack(channels, axis=-1)


def test_channels_are_permuted_and_cells_are_black(pictures) -> None:
    images = batch(pictures, 60)
    steps, permutations, cells = draw("original_a", 0, 0, np.arange(60), SIZE)
    result = run("original_a", images, (np.ones_like(steps), permutations, cells))
    nearest = np.arange(SIZE) * 3 // SIZE
    truth = images[np.arange(60)[:, None], :, :, permutations.argmax(axis=2)].transpose(0, 2, 3, 1) / 255.0
    truth = truth * cells[:, nearest][:, :, nearest][..., None]
    assert np.allclose(result, truth, atol=1e-6)


def test_pad_crop_moves_pixels_and_changes_none(pictures) -> None:
    images = batch(pictures, 60)
    (drawn,) = draws = draw("pad_crop", 0, 0, np.arange(60), SIZE)
    padded = np.pad(images, ((0, 0), (4, 4), (4, 4), (0, 0)))
    truth = []
    for image, (down, right, side) in zip(padded, drawn.astype(int), strict=True):
        crop = image[4 + down : 36 + down, 4 + right : 36 + right]
        truth.append(crop[:, ::side])
    assert np.array_equal(run("pad_crop", images, draws), np.stack(truth) * (np.float32(1) / np.float32(255)))


@pytest.mark.slow
def test_backends_agree(pictures, tmp_path: Path) -> None:
    tensorflow = pytest.importorskip("tensorflow")
    images, recipes = batch(pictures, 40), ("original_a", "original_b", "pad_crop")
    np.save(tmp_path / "images.npy", images)
    code = f"""
import sys, jax, numpy as np
from tinymodel.augmentation import apply, draw
folder, images = sys.argv[1], np.load(sys.argv[1] + "/images.npy")
for recipe in {recipes}:
    draws = draw(recipe, 0, 0, np.arange(40), 32)
    np.save(f"{{folder}}/{{recipe}}.npy", jax.jit(lambda images, draws: apply(recipe, images, draws))(images, draws))
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=under_jax(), check=True, capture_output=True)
    for recipe in recipes:
        draws, other = draw(recipe, 0, 0, np.arange(40), 32), np.load(tmp_path / f"{recipe}.npy")
        one = np.asarray(tensorflow.function(partial(apply, recipe))(tensorflow.constant(images), draws))
        assert one.shape == (40, 32, 32, 3)
        assert one.std() > 0.1
        assert np.abs(one - other).max() < 1e-3
