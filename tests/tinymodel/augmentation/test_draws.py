"""What is drawn: a function of (seed, epoch, index), in the ranges of the recipes."""

from __future__ import annotations

import numpy as np
import pytest

from generator.errors import InputError
from tinymodel.augmentation import draw


@pytest.mark.parametrize("recipe", ["none", "original_a", "original_b", "pad_crop"])
def test_an_image_gets_the_same_in_any_batch(recipe: str) -> None:
    whole = draw(recipe, 5, 2, np.arange(100), 64)
    order = np.random.default_rng(0).permutation(100)
    for part in np.split(order, [7, 50]):
        for all_rows, rows in zip(whole, draw(recipe, 5, 2, part, 64), strict=True):
            assert rows.dtype == np.float32
            assert np.array_equal(all_rows[part], rows)


def test_seed_epoch_and_index_all_count() -> None:
    indices = np.arange(50)
    tables = [draw("original_b", seed, epoch, indices, 64)[0] for seed, epoch in ((0, 0), (1, 0), (0, 1))]
    tables.append(draw("original_b", 0, 0, indices + 50, 64)[0])
    for number, table in enumerate(tables):
        for other in tables[:number]:
            assert not np.isclose(table, other).all(axis=1).any()


def test_recipe_a() -> None:
    steps, permutations, cells = draw("original_a", 0, 0, np.arange(20_000), 32)
    zoom = np.abs(steps)
    assert zoom.min() >= 0.5
    assert zoom.max() <= 1.5
    assert np.allclose(zoom.mean(axis=0), 1.0, atol=0.01)
    assert abs(np.corrcoef(zoom[:, 0], zoom[:, 1])[0, 1]) < 0.03
    assert (steps[:, 0] > 0).all()
    assert np.mean(steps[:, 1] < 0) == pytest.approx(0.5, abs=0.015)
    assert cells.shape == (20_000, 3, 3)
    assert np.mean(cells == 0) == pytest.approx(0.2, abs=0.005)
    orders, counts = np.unique(permutations.argmax(axis=2), axis=0, return_counts=True)
    assert len(orders) == 6
    assert np.allclose(counts / 20_000, 1 / 6, atol=0.01)
    assert (permutations.sum(axis=1) == 1).all()


def test_recipe_b() -> None:
    factors, steps, cells, angles = draw("original_b", 0, 0, np.arange(20_000), 64)
    one_for_all = (factors == factors[:, :1]).all(axis=1)
    assert one_for_all.mean() == pytest.approx(0.5, abs=0.015)
    assert factors.min() >= 0.5
    assert factors.max() <= 1.5
    scale = 1 / steps[:, 0]
    assert np.array_equal(np.abs(steps[:, 1]), steps[:, 0])
    assert scale.min() >= 0.25
    assert scale.max() <= 2.0
    assert scale.mean() == pytest.approx(1.125, abs=0.015)
    rotated = angles != 0
    assert rotated.mean() == pytest.approx(0.3, abs=0.015)
    assert np.rad2deg(np.abs(angles)).max() <= 45.0
    assert (cells[rotated] == 1).all()
    assert np.mean(cells[~rotated] == 0) == pytest.approx(0.2, abs=0.005)


@pytest.mark.parametrize(("size", "padding"), [(8, 1), (32, 4), (60, 7), (64, 8)])
def test_crops_are_everywhere_equally_often(size: int, padding: int) -> None:
    (drawn,) = draw("pad_crop", 0, 0, np.arange(20_000), size)
    assert drawn.shape == (20_000, 3)
    places = 2 * padding + 1
    for offsets in (drawn[:, 0], drawn[:, 1]):
        found, counts = np.unique(offsets, return_counts=True)
        assert found.tolist() == list(range(-padding, padding + 1))
        assert np.allclose(counts / 20_000, 1 / places, atol=0.015)
    assert set(drawn[:, 2].tolist()) == {-1.0, 1.0}
    assert np.mean(drawn[:, 2] < 0) == pytest.approx(0.5, abs=0.015)
    assert np.abs(np.corrcoef(drawn.T) - np.eye(3)).max() < 0.03


def test_large_pictures_have_more_cells() -> None:
    assert draw("original_a", 0, 0, np.arange(2), 256)[2].shape == (2, 5, 5)


def test_unknown_recipe() -> None:
    with pytest.raises(InputError, match="unknown augmentation") as caught:
        draw("original_c", 0, 0, np.arange(1), 32)
    assert 'did you mean "original_b"?' in str(caught.value) or 'did you mean "original_a"?' in str(caught.value)
