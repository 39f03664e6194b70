import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny():
    file = Path(__file__).parents[1] / "train" / "tiny.py"
    spec = importlib.util.spec_from_file_location("tiny", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def run(tiny, tmp_path_factory):
    """A finished training. Copy it before changing it."""
    from tinymodel.train import train

    folder = tmp_path_factory.mktemp("runs") / "run"
    train(tiny.design(), tiny.FakeData(), folder)
    return folder
