"""Rendered scripts in a process that has Keras alone: the layers, names, weights and outputs of the direct build.

`make test` takes 6 random designs; `RANDOM_DESIGNS=200 python -m pytest tests/test_scripts_alone.py -m slow` takes 200.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from generator.design.record import Design
from generator.design.rows import ROWS
from generator.render.script import render_script
from tests.support.goldens import ACCEPT, SOURCES, design_of, golden_of
from tests.support.plans_of_all_kinds import random_design

keras = pytest.importorskip("keras")

from tests.support import script_runner  # noqa: E402
from tests.support.script_runner import SEED, arrays, facts  # noqa: E402
from tinymodel import blocks  # noqa: E402
from tinymodel.build import build_model  # noqa: E402

BLOCKS_SOURCE = Path(blocks.__file__).read_text()
RANDOM_DESIGNS = int(os.environ.get("RANDOM_DESIGNS", "6"))
AT_A_TIME = 24
"""Designs of one process: it starts in seconds, and its memory stays small."""

pytestmark = pytest.mark.slow


def _compared(designs: dict[str, Design], scripts: dict[str, str], folder: Path) -> None:
    """Runs the scripts of the designs elsewhere and holds what they make against the direct build."""
    sizes = {}
    for name, design in designs.items():
        (folder / f"{name}.py").write_text(scripts[name])
        sizes[name] = [*design.input.image_size, design.input.channels]
    (folder / "sizes.json").write_text(json.dumps(sizes))
    command = [sys.executable, script_runner.__file__, str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads((folder / "made.json").read_text())
    for name, design in designs.items():
        height, width, channels = sizes[name]
        keras.utils.set_random_seed(SEED)
        built = build_model(design, image_size=(height, width))
        assert facts(built) == made[name], f"{name} is another network; golden scripts are accepted by: {ACCEPT}"
        expected = arrays(built, height, width, channels)
        with np.load(folder / f"{name}.npz") as found:
            assert sorted(found) == sorted(expected)
            for key, array in expected.items():
                np.testing.assert_array_equal(found[key], array, err_msg=f"{key} of {name}")
        keras.utils.clear_session()


def test_the_golden_scripts(tmp_path: Path) -> None:
    designs = {golden_of(source).stem: design_of(source) for source in SOURCES}
    _compared(designs, {golden_of(source).stem: golden_of(source).read_text() for source in SOURCES}, tmp_path)


@pytest.mark.parametrize("first", range(0, RANDOM_DESIGNS, AT_A_TIME))
def test_scripts_of_random_designs(first: int, tmp_path: Path) -> None:
    last = min(first + AT_A_TIME, RANDOM_DESIGNS)
    designs = {f"design_{seed}": random_design(seed) for seed in range(first, last)}
    _compared(designs, {name: render_script(design, BLOCKS_SOURCE) for name, design in designs.items()}, tmp_path)


def test_random_designs_hold_every_kind_of_row() -> None:
    kinds = {row.kind for seed in range(200) for row in random_design(seed).plan}
    assert kinds == set(ROWS)
