import importlib.util
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def module_at(name, file):
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def made():
    """Inputs of pages made of random numbers."""
    return module_at("made", HERE / "made.py")


@pytest.fixture(scope="session")
def browser():
    """Opens Chromium, where it is installed."""
    found = module_at("browser", HERE / "browser.py")
    if not found.PROGRAM.exists():
        pytest.skip(f"needs {found.PROGRAM}")
    return found.Browser


@pytest.fixture(scope="session")
def tiny():
    return module_at("tiny", HERE.parent / "train" / "tiny.py")
