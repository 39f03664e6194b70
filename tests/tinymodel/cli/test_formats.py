"""What `-o` and `--format` take, over all commands: each suffix of the table is written, every other one is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.places import DESIGNS
from tinymodel.cli import main
from tinymodel.cli.formats import FORMATS, format_names, suffixes_of
from tinymodel.cli.parser import COMMANDS

DEMO = str(DESIGNS / "demo.xlsx")
BEGINS = {
    ".txt": b"block", ".md": b"# ", ".csv": b"block,name", ".json": b"{", ".html": b"<!doctype html>", ".png": b"\x89PNG",
    ".xlsx": b"PK", ".py": b'"""', ".ipynb": b"{", ".yaml": b"name: demo", ".yml": b"name: demo",
}  # fmt: skip
"""How a file of each suffix begins; of one that is not named here it is only seen that something is written."""


@pytest.mark.parametrize(
    ("command", "suffix"),
    [
        *(("table", suffix) for suffix in suffixes_of("table", "workbook", "page", "picture")),
        *(("render", suffix) for suffix in suffixes_of("code", "design", "workbook")),
    ],
)
def test_the_suffix_says_what_is_written(command: str, suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"out{suffix.upper()}"
    assert main([command, DEMO, "-o", str(file)]) == 0
    content = file.read_bytes().lstrip()
    assert content.startswith(BEGINS.get(suffix, content[:1]))
    assert content


TABLE = " or ".join(suffixes_of("table", "workbook", "page", "picture"))
RENDERED = " or ".join(suffixes_of("code", "design", "workbook"))


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["table", DEMO, "-o", "out.yaml"], TABLE),
        (["table", DEMO, "-o", "out.htm"], TABLE),
        (["render", DEMO, "-o", "out.csv"], RENDERED),
        (["render", DEMO, "-o", "out"], RENDERED),
        (["suggest", DEMO, "--rf", "80", "-o", "out.json"], ".yaml or .yml or .xlsx"),
        (["build", DEMO, "-o", "out.h5"], ".keras"),
        (["effective-rf", DEMO, "-o", "out.pdf"], ".png"),
        (["check", DEMO, "--fix", "out.ods"], ".xlsx"),
    ],
)
def test_any_other_suffix_is_refused(
    words: list[str], wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    assert capsys.readouterr() == ("", f"{words[-1]}: the suffix does not say what to write\n  expected: {wanted}\n")
    assert list(tmp_path.iterdir()) == []


def test_a_format_goes_before_the_suffix_and_without_one_it_is_text(tmp_path: Path) -> None:
    assert main(["table", DEMO, "-o", str(tmp_path / "out.log"), "--format", "json"]) == 0
    assert json.loads((tmp_path / "out.log").read_text())["schema"] == 1
    assert main(["table", DEMO, "-o", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out").read_text().lstrip().startswith("block")


def test_no_two_forms_of_a_thing_share_a_name_or_a_suffix() -> None:
    for subject in {each.of for each in FORMATS}:
        for values in (format_names(subject), suffixes_of(subject)):
            assert len(set(values)) == len(values)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_takes(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: tinymodel {command} ")
    assert " ".join(COMMANDS[command].split()) in " ".join(said.split())
