"""The YAML beside a sheet: assumptions and targets, for all sheets of a file or for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.check.files import check_files
from generator.lint.options import CheckOptions

TABLE = "Layer,k,s,p,n_out,ch,RF\nconv,3,1,1,32,16,3\nconv,3,1,1,32,16,5\n"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "net.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_assumptions_and_targets_are_read(sheet: Path) -> None:
    sheet.with_suffix(".yaml").write_text("assume: {conv: separable}\ntargets: {rf: {value: 100}}\n", encoding="utf-8")
    (design,) = check_files([str(sheet)], CheckOptions()).designs
    assert design.understood is not None
    assert design.understood["conv"] == "separable"
    assert [finding.code for finding in design.findings if finding.level == "error"] == ["TG001"]


def test_the_command_line_goes_before(sheet: Path) -> None:
    sheet.with_suffix(".yaml").write_text("assume: {conv: separable, channels: 1}\n", encoding="utf-8")
    (design,) = check_files([str(sheet)], CheckOptions(assume=("conv=standard",))).designs
    assert design.understood is not None
    assert (design.understood["conv"], design.understood["channels"]) == ("standard", 1)


def test_columns_can_be_named(sheet: Path) -> None:
    (design,) = check_files([str(sheet)], CheckOptions(assume=("columns.g=rf_in",))).designs
    assert {str(finding.cell): finding.computed for finding in design.findings if finding.level == "error"} == {
        "G2": 1,
        "G3": 3,
    }


def test_a_design_of_its_own_beside_the_sheet_says_nothing_about_it(sheet: Path) -> None:
    sheet.with_suffix(".yaml").write_text("name: other\nplan: []\n", encoding="utf-8")
    (design,) = check_files([str(sheet)], CheckOptions()).designs
    assert design.status == "clean"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("assume: {convv: separable}\n", 'unknown key "convv"'),
        ("tagrets: {}\n", 'did you mean "targets"'),
        ("assume: {conv: dense}\n", "conv is not right"),
        ("assume: {columns: {G: banana}}\n", "is not right"),
        ("assume: [1]\n", "assume is not right"),
    ],
)
def test_mistakes_in_it_are_one_message_with_their_place(sheet: Path, text: str, words: str) -> None:
    sheet.with_suffix(".yaml").write_text(text, encoding="utf-8")
    (design,) = check_files([str(sheet)], CheckOptions()).designs
    assert not design.readable
    assert words in str(design.reason)
    assert "net.yaml:1:" in str(design.reason)
