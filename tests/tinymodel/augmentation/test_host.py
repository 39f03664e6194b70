"""OpenCV on the host does what the native engine does with the same draws, an image alone as in any batch, on any threads."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from generator.errors import InputError
from tinymodel.augmentation import apply, apply_on_host, draw, host, host_available
from tinymodel.augmentation.opencv import load_cv2, one_thread

MEAN_GREY_LEVELS = 1.0
MOST_GREY_LEVELS = 12.0
"""OpenCV 5 stays below 0.3 and 1.5; OpenCV 4, which rounds positions to 1/32 px, below 0.7 and 9."""

RECIPES = ["original_a", "original_b", "pad_crop"]

pytestmark = pytest.mark.skipif(not host_available(), reason="OpenCV cannot be loaded")


@pytest.fixture(scope="module")
def images(pictures: np.ndarray) -> np.ndarray:
    """The pictures and one of noise, 300 in all: several parts."""
    noise = np.random.default_rng(0).integers(0, 256, pictures[:1].shape).astype(np.uint8)
    return np.concatenate([pictures, noise])[np.arange(300) % 4]


@pytest.mark.parametrize("recipe", ["original_a", "original_b"])
@pytest.mark.parametrize("size", [32, 21])
def test_same_as_native(images: np.ndarray, recipe: str, size: int) -> None:
    images = images[:, :size, :size]
    draws = draw(recipe, 3, 0, np.arange(300), size)
    result = apply_on_host(recipe, images, draws)
    assert result.dtype == np.uint8
    assert result.shape == images.shape
    difference = np.abs(result - 255.0 * np.asarray(apply(recipe, images, draws)))
    assert difference.mean() < MEAN_GREY_LEVELS
    assert difference.max() < MOST_GREY_LEVELS


def test_same_as_native_where_opencv_would_take_threads() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 400, 400, 3)).astype(np.uint8)
    draws = draw("original_a", 3, 0, np.arange(2), 400)
    difference = np.abs(apply_on_host("original_a", images, draws) - 255.0 * np.asarray(apply("original_a", images, draws)))
    assert difference.mean() < MEAN_GREY_LEVELS
    assert difference.max() < MOST_GREY_LEVELS


def test_order_in_memory_does_not_count(images: np.ndarray) -> None:
    turned = images.transpose(0, 2, 1, 3)
    draws = draw("original_b", 3, 0, np.arange(300), 32)
    same = apply_on_host("original_b", np.ascontiguousarray(turned), draws)
    assert np.array_equal(apply_on_host("original_b", turned, draws), same)


@pytest.mark.parametrize("size", [32, 21, 6])
def test_pad_crop_is_exactly_native(images: np.ndarray, size: int) -> None:
    images = np.ascontiguousarray(images[:, :size, :size])
    draws = draw("pad_crop", 3, 0, np.arange(300), size)
    native = np.asarray(apply("pad_crop", images, draws))
    assert np.array_equal(apply_on_host("pad_crop", images, draws) * (np.float32(1) / np.float32(255)), native)


def test_a_repeated_edge_has_no_black_in_it(images: np.ndarray) -> None:
    white = np.full_like(images, 255)
    steps, permutations, cells = draw("original_a", 0, 0, np.arange(300), 32)
    assert (apply_on_host("original_a", white, (steps, permutations, np.ones_like(cells))) == 255).all()


def test_none_and_no_images(images: np.ndarray) -> None:
    result = apply_on_host("none", images, ())
    assert np.array_equal(result, images)
    assert result is not images
    assert apply_on_host("original_b", images[:0], draw("original_b", 0, 0, np.arange(0), 32)).shape == (0, 32, 32, 3)


@pytest.mark.parametrize("recipe", RECIPES)
def test_an_image_gets_the_same_alone_and_is_not_changed(images: np.ndarray, recipe: str) -> None:
    before = images.copy()
    draws = draw(recipe, 5, 2, np.arange(300), 32)
    whole = apply_on_host(recipe, images, draws)
    assert np.array_equal(images, before)
    for number in (0, 1, 63, 64, 130, 299):
        one = slice(number, number + 1)
        assert np.array_equal(apply_on_host(recipe, images[one], tuple(table[one] for table in draws))[0], whole[number])


@pytest.mark.parametrize("recipe", RECIPES)
def test_threads_and_parts_do_not_count(images: np.ndarray, recipe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    draws = draw(recipe, 5, 2, np.arange(300), 32)
    results = []
    for threads, part in ((1, 64), (3, 64), (5, 7)):
        monkeypatch.setattr(host, "host_cores", lambda threads=threads: threads)
        monkeypatch.setattr(host, "PART_IMAGES", part)
        results.append(apply_on_host(recipe, images, draws))
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


def test_opencv_has_its_threads_back() -> None:
    cv2 = load_cv2()
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    first, second = threading.Event(), threading.Event()

    def overlapping() -> None:
        with one_thread():
            first.set()
            second.wait(10)

    other = threading.Thread(target=overlapping)
    try:
        with one_thread():
            other.start()
            assert first.wait(10)
        assert cv2.getNumThreads() == 1
        second.set()
        other.join()
        assert cv2.getNumThreads() == 2
    finally:
        cv2.setNumThreads(before)


def test_unknown_recipe(images: np.ndarray) -> None:
    with pytest.raises(InputError, match="unknown augmentation"):
        apply_on_host("original_c", images, ())


def test_the_host_needs_no_framework_and_nothing_at_import(repository: Path) -> None:
    code = """
import sys
from tinymodel.augmentation import host
print([name for name in ("cv2", "keras", "tensorflow", "jax", "imgaug") if name in sys.modules])
"""
    result = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_without_opencv_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "cv2.py").write_text("raise ModuleNotFoundError('no cv2', name='cv2')")
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
from tinymodel.augmentation import host_available
print(host_available())
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
