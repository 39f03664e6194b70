"""`render` and `table` into workbooks, from outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tinymodel.cli import main


def figures(file: Path | str, capsys: pytest.CaptureFixture[str]) -> tuple[Any, int]:
    """The final figures that `check` gives, and how much it found in cells."""
    capsys.readouterr()
    main(["check", str(file), "--format", "json"])
    (design,) = json.loads(capsys.readouterr().out)["designs"]
    return design["final"], sum(finding["cell"] is not None for finding in design["findings"])


@pytest.mark.parametrize("name", ["tiny-imagenet-v36.yaml", "demo.xlsx"])
def test_render_writes_a_workbook_that_check_finds_clean(
    name: str, repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = repository / "designs" / name, tmp_path / "out.xlsx"
    assert main(["render", str(source), "-o", str(out)]) == 0
    assert figures(out, capsys) == (figures(source, capsys)[0], 0)


def test_yaml_and_workbook_lead_to_each_other(repository: Path, tmp_path: Path) -> None:
    book, text, again = (tmp_path / name for name in ("one.xlsx", "one.yaml", "two.xlsx"))
    for source, out in ((repository / "designs" / "tiny-imagenet-v36.yaml", book), (book, text), (text, again)):
        assert main(["render", str(source), "-o", str(out)]) == 0
    assert again.read_bytes() == book.read_bytes()


def test_table_as_xlsx_is_the_workbook_at_that_size(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    source = str(repository / "designs" / "demo.xlsx")
    assert main(["table", source, "--format", "xlsx"]) == 0
    assert capsys.readouterr() == ("", "written to demo.xlsx\n")
    assert main(["render", source, "-o", "rendered.xlsx"]) == 0
    assert Path("demo.xlsx").read_bytes() == Path("rendered.xlsx").read_bytes()
    assert main(["table", source, "--image-size", "64", "-o", "large.xlsx"]) == 0
    assert figures("large.xlsx", capsys)[0]["size"] == 8


def test_nothing_is_written_over_unasked(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("demo.xlsx").write_text("mine")
    assert main(["table", str(repository / "designs" / "demo.xlsx"), "--format", "xlsx"]) == 2
    assert capsys.readouterr().err == "demo.xlsx: is there already\n  help: name a file: -o FILE.xlsx\n"
    assert Path("demo.xlsx").read_text() == "mine"


def test_a_sheet_of_geometry_alone_is_no_workbook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = openpyxl.Workbook()
    for row in (("k", "s", "n_out", "j_out", "r_out"), (3, 1, 32, 1, 3), (2, 2, 16, 2, 4), (3, 1, 16, 2, 8)):
        book.worksheets[0].append(row)
    book.save(tmp_path / "geometry.xlsx")
    assert main(["table", str(tmp_path / "geometry.xlsx"), "-o", str(tmp_path / "out.xlsx")]) == 2
    assert "only a network that can be built is written as a workbook" in capsys.readouterr().err
    assert not (tmp_path / "out.xlsx").exists()
