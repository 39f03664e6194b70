import pytest


@pytest.fixture(scope="session")
def run(tiny, tmp_path_factory):
    """A finished training. Copy it before changing it."""
    from tinymodel.training.trainer import train

    folder = tmp_path_factory.mktemp("runs") / "run"
    train(tiny.design(), tiny.FakeData(), folder)
    return folder
