"""`tinymodel check --fix` from outside: what is refused, what is said, and what lies there afterwards."""

from __future__ import annotations

import json
import os
from pathlib import Path

import openpyxl
import pytest

from generator.spreadsheet.xlsx.stored_values import bytes_without_stored_values, with_computed_values
from tinymodel.cli import main


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """A small design with one wrong cell, D6, in a folder of its own."""
    folder = tmp_path / "here"
    folder.mkdir()
    book = openpyxl.Workbook()
    cells = book.worksheets[0]
    cells.append(["Input Size", 28])
    cells.append([])
    cells.append(["Kernel Size", "No. of kernels", "Output resolution", "Receptive Field"])
    for row in (["3*3", 8, 28, 3], ["3*3", 8, 28, "=D4+2"], ["maxpool", "-", 14, "=D5*2"], ["1*1", 10, 14, "=D6"]):
        cells.append(row)
    (folder / "design.xlsx").write_bytes(with_computed_values(bytes_without_stored_values(book)))
    return folder / "design.xlsx"


def test_the_copy_is_written_and_what_changed_is_said_on_stderr(sheet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = sheet.with_name("fixed.xlsx")
    before = sheet.read_bytes()
    assert main(["check", str(sheet), "--fix", str(out), "--format", "json"]) == 1, "the exit code is that of the input"
    result, said = capsys.readouterr()
    assert json.loads(result)["designs"][0]["status"] == "findings"
    assert said == f'1 cell changed, with a note; the corrected copy is {out}, its sheet "check report" lists them\n'
    assert sheet.read_bytes() == before
    assert sorted(path.name for path in sheet.parent.iterdir()) == ["design.xlsx", "fixed.xlsx"]
    assert main(["check", str(out)]) == 0
    assert "no findings" in capsys.readouterr().out


def test_a_right_workbook_is_copied_byte_for_byte(sheet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = sheet.with_name("first.xlsx"), sheet.with_name("second.xlsx")
    main(["check", str(sheet), "--fix", str(first)])
    capsys.readouterr()
    assert main(["check", str(first), "--fix", str(second)]) == 0
    assert capsys.readouterr().err == f"no cell had to change; {second} is an exact copy\n"
    assert second.read_bytes() == first.read_bytes()


def test_one_sheet_can_be_named(sheet: Path) -> None:
    book = openpyxl.load_workbook(sheet)
    book.copy_worksheet(book.worksheets[0]).title = "Other"
    book.save(sheet)
    main(["check", f"{sheet}#Other", "--fix", str(sheet.with_name("fixed.xlsx"))])
    copy = openpyxl.load_workbook(sheet.with_name("fixed.xlsx"))
    assert (copy["Sheet"]["D6"].value, copy["Other"]["D6"].value) == ("=D5*2", "=D5+1")


def test_a_lost_drawing_is_said_first(sheet: Path, shared_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", str(shared_dir / "sheets" / "Model Design.xlsx"), "--fix", str(sheet.with_name("fixed.xlsx"))])
    first, second = capsys.readouterr().err.splitlines()
    assert first == "warning: the copy lacks what the library behind it cannot keep: settings of the printer"
    assert second.startswith("7 cells changed, each with a note; the corrected copy is ")


@pytest.mark.parametrize("name", ["design.xlsx", "../here/design.xlsx", "symlink.xlsx", "hardlink.xlsx"])
def test_the_input_is_never_written_over(sheet: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    before = sheet.read_bytes()
    sheet.with_name("symlink.xlsx").symlink_to(sheet)
    os.link(sheet, sheet.with_name("hardlink.xlsx"))
    assert main(["check", str(sheet), "--fix", f"{sheet.parent}/{name}"]) == 2
    assert "would take the place of the file that is read" in capsys.readouterr().err
    assert sheet.read_bytes() == before


def test_a_file_of_somebody_else_is_not_written_over_but_an_earlier_copy_is(
    sheet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = sheet.with_name("fixed.xlsx")
    out.write_text("somebody's work")
    assert main(["check", str(sheet), "--fix", str(out)]) == 2
    result, said = capsys.readouterr()
    assert result == ""
    assert "is there already, and is no corrected copy" in said
    assert "help: name another file for --fix" in said
    assert out.read_text() == "somebody's work"
    out.unlink()
    assert main(["check", str(sheet), "--fix", str(out)]) == 1
    assert main(["check", str(sheet), "--fix", str(out)]) == 1, "an earlier copy that nobody has touched is replaced"


@pytest.mark.parametrize(
    ("designs", "out", "words"),
    [
        (["design.xlsx", "design.xlsx"], "fixed.xlsx", "mends one workbook at a time, not 2"),
        (["design.yaml"], "fixed.xlsx", "makes a corrected copy of an .xlsx workbook only"),
        (["design.csv"], "fixed.xlsx", "makes a corrected copy of an .xlsx workbook only"),
        (["design.xlsx"], "fixed.csv", "the suffix does not say what to write"),
        (["design.xlsx"], "nowhere/fixed.xlsx", "cannot be written: No such file or directory"),
        (["nowhere.xlsx"], "fixed.xlsx", "holds nothing that could be read"),
    ],
)
def test_what_cannot_be_mended_or_written_is_refused_and_leaves_nothing(
    sheet: Path, capsys: pytest.CaptureFixture[str], designs: list[str], out: str, words: str
) -> None:
    given = [str(sheet.parent / name) for name in designs]
    assert main(["check", *given, "--fix", str(sheet.parent / out)]) == 2
    assert words in capsys.readouterr().err
    assert [path.name for path in sheet.parent.iterdir()] == ["design.xlsx"]


def test_what_breaks_while_the_copy_is_written_is_one_message_and_leaves_nothing(
    sheet: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("I/O operation on closed file")

    monkeypatch.setattr(openpyxl.Workbook, "save", broken)
    assert main(["check", str(sheet), "--fix", str(sheet.with_name("fixed.xlsx"))]) == 2
    assert f"{sheet}: cannot be copied with its corrections: I/O operation on closed file" in capsys.readouterr().err
    assert [path.name for path in sheet.parent.iterdir()] == ["design.xlsx"]
