"""What tests of several packages train."""

from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def tiny() -> ModuleType:
    """A tiny design and its data."""
    from tests.support import tiny

    return tiny
