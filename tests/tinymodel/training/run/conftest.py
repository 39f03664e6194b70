from pathlib import Path

import pytest

from tests.support.copied_runs import save
from tinymodel.training.run.copier import Copier
from tinymodel.training.run.folder import RunFolder
from tinymodel.training.run.second_folder import SecondFolder


@pytest.fixture
def run(tmp_path, tiny) -> Path:
    """A run folder as it is after its first save."""
    folder = tmp_path / "run"
    (folder / "tensorboard").mkdir(parents=True)
    RunFolder(folder).begin(tiny.design(seed=1, checkpoint_minutes=10.0), tiny.FakeData(), {"sheet.xlsx": b"PK"})
    contents = {
        "log.csv": "epoch\n1\n",
        "best.weights.h5": "weights" * 100,
        "tensorboard/events.out": "events",
        ".lock": "",
        ".unfinished.keras": "half",
    }
    for name, content in contents.items():
        (folder / name).write_text(content)
    save(folder, 1)
    return folder


@pytest.fixture
def target(tmp_path) -> Path:
    return tmp_path / "drive" / "copy"


@pytest.fixture
def second(run, target) -> SecondFolder:
    target.parent.mkdir()
    return SecondFolder(run, target)


@pytest.fixture
def copier(second) -> Copier:
    return Copier(second.run, second.target)
