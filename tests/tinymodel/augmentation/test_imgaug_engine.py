"""imgaug itself: loads beside NumPy 2, is a function of its key, and refuses in one message where it cannot load."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tinymodel.augmentation import augment_on_host


@pytest.mark.usefixtures("imgaug_loads")
@pytest.mark.parametrize("recipe", ["original_a", "original_b", "pad_crop"])
def test_result_is_a_function_of_the_key(pictures, recipe: str) -> None:
    before = pictures.copy()
    first = augment_on_host(recipe, pictures, 2**63 + 5)
    augment_on_host(recipe, pictures, 1)
    np.random.seed(3)
    again = augment_on_host(recipe, pictures, 2**63 + 5)
    assert first.dtype == np.uint8
    assert first.shape == pictures.shape
    assert np.array_equal(first, again)
    assert not np.array_equal(first, augment_on_host(recipe, pictures, 2))
    assert np.array_equal(pictures, before)


def test_none_changes_nothing(pictures) -> None:
    assert np.array_equal(augment_on_host("none", pictures, 0), pictures)


@pytest.mark.usefixtures("imgaug_loads")
@pytest.mark.parametrize("size", [32, 64])
def test_dropped_cells_are_where_ours_are(size: int) -> None:
    white = np.full((200, size, size, 3), 255, np.uint8)
    dropped = augment_on_host("original_a", white, 0)
    nearest = np.arange(size) * 3 // size
    corner = np.searchsorted(nearest, np.arange(3))
    cells = dropped[:, corner][:, :, corner]
    assert np.array_equal(dropped, cells[:, nearest][:, :, nearest])
    assert np.mean(cells == 0) == pytest.approx(0.2, abs=4 * np.sqrt(0.16 / 1800))


@pytest.mark.usefixtures("imgaug_loads")
def test_the_missing_table_is_gone_after_the_import() -> None:
    assert not hasattr(np, "sctypes")


@pytest.mark.parametrize(
    ("module", "error", "words"),
    [
        ("cv2", "ImportError('libGL.so.1: cannot open shared object file')", "opencv-python-headless"),
        ("cv2", "ModuleNotFoundError('no cv2', name='cv2')", "pip install '.[train]'"),
        ("imgaug", "ModuleNotFoundError('no imgaug', name='imgaug')", "needs imgaug"),
    ],
)
def test_what_cannot_load_is_one_message(tmp_path: Path, module: str, error: str, words: str) -> None:
    (tmp_path / f"{module}.py").write_text(f"raise {error}")
    code = """
import numpy as np
from generator.errors import InputError
from tinymodel.augmentation import augment_on_host
try:
    augment_on_host("original_b", np.zeros((1, 8, 8, 3), np.uint8), 0)
except InputError as error:
    print(error)
"""
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert words in result.stdout
    assert "help: pip" in result.stdout


def test_imgaug_is_imported_in_one_module_only(repository: Path) -> None:
    importing = [
        path.name
        for package in ("tinymodel", "generator")
        for path in (repository / package).rglob("*.py")
        if any(line.strip().startswith(("import imgaug", "from imgaug")) for line in path.read_text().splitlines())
    ]
    assert importing == ["imgaug_engine.py"]
