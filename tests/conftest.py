"""Fixtures that several test modules use."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.support.browser import PROGRAM, Browser
from tests.support.places import REPOSITORY
from tests.support.processes import COMPILED
from tests.support.programs import program_or_skip


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept-golden", action="store_true", help="write what is rendered now over the golden files")


def pytest_configure(config: pytest.Config) -> None:
    """Makes the folder of what is compiled; workers, and sessions that a test starts, use that of the first."""
    if COMPILED not in os.environ:
        os.environ[COMPILED] = tempfile.mkdtemp(prefix="compiled-")
        config.add_cleanup(lambda: shutil.rmtree(os.environ[COMPILED], ignore_errors=True))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts modules with slow tests first, so that no worker begins a long one when the others have ended."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def recalculated_by_libreoffice(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, Sequence[Path]], None]:
    """Works workbooks out anew and saves them in a folder, by LibreOffice."""
    program = program_or_skip("soffice", "LibreOffice (the package libreoffice-calc-nogui)")
    profile = f"-env:UserInstallation={tmp_path_factory.mktemp('profile').as_uri()}"

    def recalculate(folder: Path, files: Sequence[Path]) -> None:
        words = [program, profile, "--headless", "--convert-to", "xlsx", "--outdir", folder, *files]
        subprocess.run(words, check=True, capture_output=True, timeout=170)

    return recalculate


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of data and sheets beside the repository, which are not part of it."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the folder ../shared, which is not here")
    return folder


@pytest.fixture(scope="session")
def browser() -> Callable[..., Browser]:
    """Opens Chromium, where it is installed."""
    program_or_skip(PROGRAM, "Chromium (the package chromium)")
    return Browser
