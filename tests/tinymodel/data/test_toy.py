"""The toy pictures: in the right layout, the same for a seed, and nothing for a linear model."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from generator.errors import InputError
from tinymodel.data.prepare import prepare
from tinymodel.data.toy import FIGURES, make_toy


def digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(str(path.relative_to(folder)).encode() + path.read_bytes() for path in files)).hexdigest()


def test_same_seed_same_files(tmp_path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        make_toy(tmp_path / name, seed=seed, train_per_class=2, val_per_class=1)
    assert digest(tmp_path / "a") == digest(tmp_path / "b") != digest(tmp_path / "c")


def test_layout_is_tiny_imagenets(tmp_path, cache) -> None:
    make_toy(tmp_path / "toy", train_per_class=3, val_per_class=2)
    data = prepare(tmp_path / "toy", cache=cache)
    assert data.titles == tuple(FIGURES)
    assert data.counts == {"train": 3 * len(FIGURES), "val": 2 * len(FIGURES)}
    assert data.image_size == 64
    assert np.bincount(data.split("val").labels).tolist() == [2] * len(FIGURES)


def test_folder_in_use_is_left_alone(tmp_path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        make_toy(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


@pytest.mark.slow
def test_linear_model_stays_below_half(tmp_path, cache) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    make_toy(tmp_path / "toy")
    data = prepare(tmp_path / "toy", cache=cache)
    train, val = data.split("train", 32), data.split("val", 32)
    # Ridge regression on ±1 targets: the linear classifier with a closed form, so no question of convergence.
    model = linear_model.RidgeClassifier(alpha=1_000.0).fit(train.images.reshape(len(train.images), -1) / 255, train.labels)
    accuracy = model.score(val.images.reshape(len(val.images), -1) / 255, val.labels)
    assert accuracy < 0.5
    assert accuracy < 0.3  # measured: below 0.2; chance is 0.125
