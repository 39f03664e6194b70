"""`tinymodel suggest` from outside: what it prints, what it writes, what it ends with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.design.read_yaml import read_yaml
from generator.network.expand import expand
from generator.network.trace import trace
from generator.spreadsheet.xlsx.read import read_workbook
from tinymodel.cli import main

SHEET = """layer,kernel,stride,padding,filters,size,rf
input,,,,3,32,
conv,3,1,1,8,32,3
conv,3,1,1,8,32,5
max-pool,2,2,0,,16,6
conv,3,1,1,8,16,10
conv 1x1,1,1,0,10,16,10
"""


@pytest.fixture
def v4(repository: Path) -> str:
    return str(repository / "designs" / "tiny-imagenet-v4.yaml")


def test_v4_is_brought_to_100(v4: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suggest", v4, "--rf", "100", "--limit", "2"]) == 0
    out, err = capsys.readouterr()
    assert out == (
        "tiny-imagenet-v4 at 32 x 32 px: rf 64, 27,878,152 parameters, 23,851,794,432 macs\n"
        "wanted: rf 100 +- 5\n"
        "missed: rf\n"
        "  1. move max_pool_0 (row 17 of the plan) above dense_block_2 (row 5) (and 1 more like it)\n"
        "     rf 64 -> 100, params 27,878,152 -> 27,878,152 (+-0 %), macs 23,851,794,432 -> 7,387,054,080 (-69 %)\n"
        "  2. dilation 4 instead of 1 in rows 13-15 of the plan (block 4) (and 2 more like it)\n"
        "     rf 64 -> 100, params 27,878,152 -> 27,878,152 (+-0 %), macs 23,851,794,432 -> 23,851,794,432 (+-0 %)\n"
        "21 edits reach it; 310 judged\n"
    )
    assert err == ""


def test_a_sheet_is_spoken_of_by_its_rows(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suggest", str(repository / "designs" / "Model Design.xlsx"), "--rf", "100", "--limit", "1"]) == 0
    assert "  1. move the max-pool of row 28 above row 11 (and 1 more like it)\n" in capsys.readouterr().out


def test_a_text_is_spoken_of_by_its_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "net.csv").write_text(SHEET)
    assert main(["suggest", str(tmp_path / "net.csv"), "--rf", "12"]) == 0
    assert "move the max-pool of line 5 above line 4\n     rf 10 -> 12" in capsys.readouterr().out


def test_what_is_written_is_checked_and_found_right(v4: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    best, second = tmp_path / "best.yaml", tmp_path / "second.yaml"
    assert main(["suggest", v4, "--rf", "100", "-o", str(best)]) == 0
    assert main(["suggest", v4, "--rf", "100", "-o", str(second), "--number", "2", "--limit", "1"]) == 0
    assert main(["check", str(best), str(second)]) == 0
    assert "targets: rf 100 +- 5: met" in capsys.readouterr().out
    written = read_yaml(best)
    assert (written.name, written.expected) == ("best", "27,878,152 parameters, rf 100, 7,387,054,080 macs at 32x32")
    assert written.source == "tiny-imagenet-v4, changed: move max_pool_0 (row 17 of the plan) above dense_block_2 (row 5)"
    assert [row.kind for row in written.plan].index("max_pool") == 4
    assert trace(expand(read_yaml(second))).macs == 23_851_794_432


def test_a_workbook_is_written_and_spoken_of_by_its_rows(v4: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = tmp_path / "book.xlsx"
    assert main(["suggest", v4, "--rf", "100", "-o", str(book)]) == 0
    capsys.readouterr()
    assert main(["suggest", str(book), "--rf", "64", "--limit", "1"]) == 0
    sheet = next(iter(read_workbook(book).values()))
    kinds = {row: sheet.value(row, column) for row, column in sheet.cells if sheet.value(row, column) == "max_pool"}
    (pool,) = kinds
    assert f"  1. move the max-pool of row {pool} above row {pool + 12} (and 1 more like it)\n" in capsys.readouterr().out


def test_the_json_holds_the_figures_at_every_size(v4: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suggest", v4, "--rf", "100", "--limit", "1", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["schema"], found["sheet"], found["missed"]) == (1, None, ["rf"])
    assert found["targets"] == {"rf": {"value": 100.0, "tolerance": 5.0}}
    assert [(at["image_size"], at["rf"]) for at in found["before"]] == [(32, 64), (64, 64)]
    (suggestion,) = found["suggestions"]
    assert [(at["image_size"], at["rf"], at["params"]) for at in suggestion["after"]] == [
        (32, 100, 27_878_152),
        (64, 100, 27_878_152),
    ]
    assert suggestion["edits"] == [
        {
            "kind": "move",
            "words": "move max_pool_0 (row 17 of the plan) above dense_block_2 (row 5)",
            "rows": ["max_pool_0"],
            "sheet_rows": [None],
            "argument": None,
            "above": "dense_block_2",
        }
    ]
    assert (found["reached"], found["judged"], found["passed_over"]) == (21, 310, 0)


def test_nothing_missed_is_said_and_nothing_written(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.yaml"
    assert main(["suggest", str(repository / "designs" / "resnet18-tiny-imagenet.yaml"), "-o", str(output)]) == 0
    out, err = capsys.readouterr()
    assert out.endswith("nothing is missed: no edit is needed\n")
    assert err == f"{output} is not written: nothing is missed\n"
    assert not output.exists()


def test_what_nothing_reaches_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "net.csv").write_text(SHEET)
    output = tmp_path / "out.yaml"
    assert main(["suggest", str(tmp_path / "net.csv"), "--rf", "2000", "-o", str(output)]) == 1
    out, err = capsys.readouterr()
    assert "\nmissed: rf\nno edit, and no two of them, reach that (" in out
    assert err == f"{output} is not written: nothing reaches the targets\n"
    assert not output.exists()


def test_without_targets_it_says_how_to_set_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "net.csv"
    file.write_text(SHEET)
    assert main(["suggest", str(file)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        f"{file}: the design has no targets to be brought to\n"
        "  help: set one by --rf N, --params-max N or --macs-max N, or by `targets:` in the design\n"
    )


def test_the_image_size_that_is_named_is_the_one_that_is_shown(v4: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suggest", v4, "--rf", "100", "--image-size", "48", "--limit", "1"]) == 0
    assert "tiny-imagenet-v4 at 48 x 48 px: rf 64" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-o", "out.txt"], "out.txt: the suffix does not say what to write\n  expected: .yaml or .yml or .xlsx\n"),
        (
            ["--number", "200", "-o", "out.yaml"],
            "--number: there are fewer suggestions\n  received: 200\n  expected: a number from 1 to 13\n",
        ),
    ],
)
def test_mistakes_are_messages(
    words: list[str], message: str, v4: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["suggest", v4, "--rf", "100", *words]) == 2
    assert capsys.readouterr().err == message
    assert list(tmp_path.iterdir()) == []


def test_the_source_is_not_written_over(tmp_path: Path, v4: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(Path(v4).read_text())
    assert main(["suggest", str(file), "--rf", "100", "-o", str(file)]) == 2
    assert "the output is the file that is read" in capsys.readouterr().err
    assert file.read_text() == Path(v4).read_text()
