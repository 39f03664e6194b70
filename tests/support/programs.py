"""Programs of the machine that some tests drive."""

from __future__ import annotations

import os
import shutil

import pytest

NONE_MAY_BE_MISSING = "NO_PROGRAM_MAY_BE_MISSING"
"""In the environment, set where the programs were installed for the tests: then a test without its program fails."""


def program_or_skip(program: str | None, words: str) -> str:
    """The path of a program; without it the test that asks is skipped, or fails where all programs were installed for it.

    Args:
        program: Its name, or None where it was looked for in vain.
        words: What the reader of the report is to install.
    """
    found = shutil.which(program) if program else None
    if found is None:
        if os.environ.get(NONE_MAY_BE_MISSING):
            pytest.fail(f"needs {words}, which was to be here")
        pytest.skip(f"needs {words}")
    return found
