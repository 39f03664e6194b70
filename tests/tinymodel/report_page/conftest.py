import pytest


@pytest.fixture(scope="session")
def made():
    """Inputs of pages made of random numbers."""
    from tests.support import made_runs

    return made_runs
