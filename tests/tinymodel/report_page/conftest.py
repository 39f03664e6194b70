import pytest


@pytest.fixture(scope="session")
def made():
    """Inputs of pages made of random numbers."""
    from tests.support import made_runs

    return made_runs


@pytest.fixture(scope="session")
def browser():
    """Opens Chromium, where it is installed."""
    from tests.support import browser as found

    if not found.PROGRAM.exists():
        pytest.skip(f"needs {found.PROGRAM}")
    return found.Browser
