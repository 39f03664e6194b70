"""How an extra is installed: as pyproject.toml names it, from a checkout or a wheel, never by a name on the public index."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.support.places import REPOSITORY
from tinymodel import extras
from tinymodel.extras import EXTRAS, MissingExtra, install_command

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
IMPORTED_AS = {"cv2": "opencv-python-headless", "PIL": "pillow", "libtpu": "jax[tpu]"}
"""Packages whose requirement has another name than their import."""


def test_every_extra_of_the_project_is_known_and_brings_what_is_said() -> None:
    wanted = PROJECT["optional-dependencies"]
    assert set(EXTRAS) == set(wanted) - {"dev"}
    for extra, packages in EXTRAS.items():
        given = " ".join([*wanted[extra], *(wanted["jax"] if f"{PROJECT['name']}[jax]" in wanted[extra] else ())])
        assert [package for package in packages if IMPORTED_AS.get(package, package) not in given] == []


def test_in_a_checkout_it_is_installed_from_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(REPOSITORY)
    assert install_command("train") == "pip install '.[train]'"
    monkeypatch.chdir(tmp_path)
    assert install_command("train") == f"pip install '.[train]' in {REPOSITORY}"


def test_elsewhere_it_is_installed_from_the_wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(extras, "CHECKOUT", tmp_path)
    error = MissingExtra("jax", "jax")
    assert str(error) == "this command needs jax, which is not installed\n  help: pip install 'PATH/OF/THE.whl[jax]'"


def test_nothing_sends_a_person_to_another_project_of_that_name() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    by_name = re.compile(rf"pip install\b[^\n]*[\s\"'`]{PROJECT['name']}(?![\w/.-])")
    assert by_name.search(f'pip install "{PROJECT["name"]}[train]"')
    read = [name for name in listed.split("\0") if Path(name).suffix in {".py", ".md", ".toml", ".jinja", ".ipynb", ".yml"}]
    assert len(read) > 100
    assert [name for name in read if Path(name) != Path(__file__).relative_to(REPOSITORY) and _advises(by_name, name)] == []


def _advises(by_name: re.Pattern[str], name: str) -> bool:
    return by_name.search((REPOSITORY / name).read_text(encoding="utf-8")) is not None
