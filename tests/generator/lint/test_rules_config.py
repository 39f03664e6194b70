"""Which findings a project wants: read upward from a folder, each ignore with its reason, nothing misspelt without a word."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from generator.check.files import check_files
from generator.errors import InputError
from generator.lint.config import find_config
from generator.lint.options import CheckOptions


def codes(folder: Path, file: Path, **options: object) -> set[str]:
    (design,) = check_files([str(file)], CheckOptions(config=find_config(folder), **options)).designs  # type: ignore[arg-type]
    return {finding.code for finding in design.findings}


@pytest.fixture
def sheet(tmp_path: Path, repository: Path) -> Path:
    (tmp_path / "designs").mkdir()
    return Path(shutil.copy(repository / "designs" / "Model Design.xlsx", tmp_path / "designs" / "v4.xlsx"))


def write(folder: Path, text: str, name: str = "tinymodel.toml") -> None:
    (folder / name).write_text(text, encoding="utf-8")


def test_without_a_file_everything_is_found(tmp_path: Path, sheet: Path) -> None:
    assert find_config(tmp_path) is None
    assert codes(tmp_path, sheet) == {"PA002", "PA004", "RF001", "RF002", "RF003", "RF009"}


def test_select_and_ignore_from_the_folder_above(tmp_path: Path, sheet: Path) -> None:
    write(tmp_path, '[check]\nselect = ["RF"]\nignore = {"RF009" = "follows from the others"}\n')
    assert codes(sheet.parent, sheet) == {"RF001", "RF002", "RF003"}


def test_pyproject_holds_the_same_under_its_tool_table(tmp_path: Path, sheet: Path) -> None:
    write(tmp_path, '[tool.tinymodel.check]\nselect = ["PA"]\n', "pyproject.toml")
    assert codes(tmp_path, sheet) == {"PA002", "PA004"}


def test_a_pyproject_of_something_else_is_passed_over(tmp_path: Path, sheet: Path) -> None:
    write(tmp_path, '[check]\nselect = ["PA"]\n')
    write(sheet.parent, "[tool.ruff]\nline-length = 100\n", "pyproject.toml")
    assert codes(sheet.parent, sheet) == {"PA002", "PA004"}


def test_files_have_ignores_of_their_own(tmp_path: Path, sheet: Path) -> None:
    other = Path(shutil.copy(sheet, tmp_path / "other.xlsx"))
    write(tmp_path, '[check.per-file-ignores]\n"designs/*.xlsx" = {"RF" = "kept as it was handed in"}\n')
    assert codes(tmp_path, sheet) == {"PA002", "PA004"}
    assert "RF001" in codes(tmp_path, other)


def test_the_command_line_goes_before_the_file(tmp_path: Path, sheet: Path) -> None:
    write(tmp_path, '[check]\nselect = ["PA"]\nignore = {"RF" = "another time"}\n')
    assert codes(tmp_path, sheet, select=("RF001",)) == {"RF001"}
    assert codes(tmp_path, sheet, ignore=("PA004",)) == {"PA002"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[check]\nignore = ["PA005"]\n', ["check.ignore: each code that is ignored needs its reason", '"PA005" = "the head']),
        ('[check]\nignore = {"PA005" = " "}\n', ["check.ignore.PA005: each code that is ignored needs its reason"]),
        ('[check]\nignore = {"PA05" = "why"}\n', ['check.ignore: no finding has the code "PA05"', "did you mean"]),
        ('[check]\nselect = ["RX"]\n', ['check.select: no finding has the code "RX"']),
        ('[check]\nselcet = ["RF"]\n', ['check.selcet: unknown key "selcet"', 'did you mean "select"']),
        ('[chekc]\nselect = ["RF"]\n', ['unknown key "chekc"', 'did you mean "check"']),
        ('[check]\nselect = "RF"\n', ["check.select:", 'a list of codes, ["RF", "SZ001"]']),
        ('[check.per-file-ignores]\n"*.xlsx" = ["RF"]\n', ["each code that is ignored needs its reason"]),
        ("[check\n", ["is not TOML"]),
    ],
)
def test_what_is_wrong_with_the_file_is_said_with_its_key(tmp_path: Path, text: str, words: list[str]) -> None:
    write(tmp_path, text)
    with pytest.raises(InputError) as raised:
        find_config(tmp_path)
    assert str(tmp_path / "tinymodel.toml") in str(raised.value)
    assert [word for word in words if word not in str(raised.value)] == []
