from pathlib import Path

import numpy as np
import pytest

from tests.support.failing import failing as failing_call
from tests.support.trainings import finish


@pytest.fixture(scope="session")
def failing():
    """Lets a call of the operating system fail."""
    return failing_call


@pytest.fixture(scope="session")
def state_on_disk():
    """The newest checkpoint of a run: its name and its arrays."""

    def read(run: Path) -> tuple[str, dict[str, np.ndarray]]:
        folder = sorted((run / "checkpoints").glob("epoch-*"))[-1]
        with np.load(folder / "arrays.npz") as arrays:
            return folder.name, {name: arrays[name] for name in arrays.files}

    return read


@pytest.fixture(scope="session")
def assert_same_end(state_on_disk):
    """Two runs ended in the same bits: every variable, the best weights, the bytes of the log."""

    def compare(one: Path, other: Path) -> None:
        (name, arrays), (other_name, other_arrays) = state_on_disk(one), state_on_disk(other)
        assert name == other_name
        assert arrays.keys() == other_arrays.keys()
        assert [key for key in arrays if not np.array_equal(arrays[key], other_arrays[key])] == []
        assert any("seed" in key for key in arrays), "the seeds of the dropout are saved"
        assert any(key.startswith("best/") for key in arrays)
        assert (one / "log.csv").read_bytes() == (other / "log.csv").read_bytes()

    return compare


@pytest.fixture(scope="session")
def whole_under_jax(tmp_path_factory) -> Path:
    """An uninterrupted training of a process of its own, on one device of JAX, where there is no TensorFlow."""
    pytest.importorskip("jax")
    run = tmp_path_factory.mktemp("runs") / "jax"
    finish(run, "jax", "short", "without-tensorflow")
    return run


@pytest.fixture(scope="session")
def finished_run(tiny, tmp_path_factory) -> Path:
    """A whole training, uninterrupted. Copy it before changing it."""
    from tinymodel.training.trainer import train

    run = tmp_path_factory.mktemp("runs") / "finished"
    train(tiny.design(), tiny.FakeData(), run, sources={"model.py": "print()\n", "sheet.xlsx": b"PK"})
    return run
