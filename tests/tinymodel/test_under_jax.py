"""Modules of tests that hold on both backends: they run on the backend of the session, and here under JAX, in one process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import under_jax

HERE = Path(__file__).parent
MODULES = (HERE / "training" / "engines" / "test_engine.py", HERE / "evaluation" / "test_gradcam.py")


@pytest.mark.slow
def test_both_backends_do_the_same() -> None:
    pytest.importorskip("jax")
    words = [sys.executable, "-m", "pytest", "-q", "-m", "not slow", "-p", "no:cacheprovider", *map(str, MODULES)]
    done = subprocess.run(words, env=under_jax(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
