"""Where the tests of the data put their files."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.samples import Files


@pytest.fixture
def write_folder(tmp_path: Path) -> Callable[[Files], Path]:
    def write(files: Files, name: str = "data") -> Path:
        for path, data in files.items():
            target = tmp_path / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        return tmp_path / name

    return write


@pytest.fixture
def write_zip(tmp_path: Path) -> Callable[..., Path]:
    def write(files: Files, top: str = "", name: str = "data.zip") -> Path:
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, data in files.items():
                archive.writestr(top + path, data)
        return tmp_path / name

    return write


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"
