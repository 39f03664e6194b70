"""Order and random numbers are functions of the position, spread evenly and fixed for ever."""

from __future__ import annotations

import numpy as np

from tinymodel.data.hashing import fold_hash, mix_hash, uniforms
from tinymodel.data.order import order


def test_mixer_gives_the_published_first_outputs_of_splitmix64() -> None:
    # Seed 1234567: the reference outputs that implementations in C, Java and Rust are tested against.
    draws = mix_hash(np.uint64(1234567) + np.arange(1, 4, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    assert draws.tolist() == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_every_epoch_has_its_own_permutation() -> None:
    first, again, second = order(7, 0, 1000), order(7, 0, 1000), order(7, 1, 1000)
    assert first.dtype == np.int64
    assert first.tolist() == again.tolist()
    assert sorted(first.tolist()) == list(range(1000))
    assert np.mean(first == second) < 0.01
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(1000)


def test_order_is_the_same_in_every_version() -> None:
    assert order(0, 0, 8).tolist() == [0, 1, 6, 3, 5, 4, 2, 7]


def test_uniforms_fill_the_interval_evenly_along_images_and_draws() -> None:
    table = uniforms(fold_hash(3, 1, np.arange(4000)), 20)
    assert table.min() >= 0.0
    assert table.max() < 1.0
    error_of_mean = np.sqrt(1 / 12 / 4000)
    assert np.abs(table.mean(axis=0) - 0.5).max() < 4 * error_of_mean
    correlation = np.corrcoef(table, rowvar=False) - np.eye(20)
    assert np.abs(correlation).max() < 5 / np.sqrt(4000)


def test_a_key_depends_on_every_part_and_on_their_order() -> None:
    keys = {int(fold_hash(*parts)[0]) for parts in ((1, 2, 3), (3, 2, 1), (1, 2), (1, 2, 4), (0, 1, 2, 3), (0, 0, 0))}
    assert len(keys) == 6
