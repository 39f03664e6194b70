"""`rules`, the summary for GitHub, the hook: what people and programs see of the rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from generator.lint.finding import Checked, CheckResult, Finding
from generator.lint.rules import ALL
from generator.report.annotations import github_summary
from generator.spreadsheet.reference import Reference
from tests.support.cells import cell
from tinymodel.cli import main


def test_the_list_has_a_line_for_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [rule.CODE for rule in ALL]
    assert "RF001  receptive-field-doubled-at-pool " in lines[[rule.CODE for rule in ALL].index("RF001")]


def test_a_page_says_what_why_how_and_shows_both_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "rf001"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("RF001 receptive-field-doubled-at-pool (error)\n")
    for heading in ("What it finds:", "Why it is wrong:", "How people come to it:", "Fails at F4:", "Passes:"):
        assert heading in page


def test_a_page_with_a_design_shows_the_sums_in_its_numbers(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "RF001", str(repository / "designs" / "Model Design.xlsx")]) == 0
    out = capsys.readouterr().out
    assert "H28 = 25 + (2-1)*1 = 26, the formula =H27*2 adds 25" in out
    assert "I28 = 47 + (2-1)*1 = 48, the formula =I27*2 adds 47" in out
    assert "H30" not in out


def test_a_rule_that_finds_nothing_says_so(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "RF001", str(repository / "designs" / "demo.xlsx")]) == 0
    assert capsys.readouterr().out.endswith("demo.xlsx#Demo: nothing.\n")


@pytest.mark.parametrize(
    ("code", "help"), [("RF01", 'did you mean "RF001"?'), ("RF", "RF001, RF002"), ("QQ", "codes begin with AG, CH, DS")]
)
def test_an_unknown_code_names_what_is_near(code: str, help: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", code]) == 2
    err = capsys.readouterr().err
    assert f'no finding has the code "{code}"' in err
    assert help in err


def test_a_design_that_cannot_be_read_gives_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "RF001", str(tmp_path / "none.xlsx")]) == 2
    assert "there is no such file" in capsys.readouterr().err


def test_check_follows_the_settings_of_the_current_folder(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tinymodel.toml").write_text('[check]\nselect = ["SZ"]\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["check", str(repository / "designs" / "Model Design.xlsx")]) == 0
    assert "no findings" in capsys.readouterr().out


def test_github_appends_a_summary(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert main(["check", str(repository / "designs" / "Model Design.xlsx"), "--format", "github"]) == 1
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("before\n### ")
    assert sum(line.startswith("| error | ") for line in text.splitlines()) == 7
    assert "3 more cells inherit from these." in text
    assert capsys.readouterr().out.startswith("::error ")


def test_a_summary_that_cannot_be_written_is_a_warning(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    assert main(["check", str(repository / "designs" / "demo.xlsx"), "--format", "github"]) == 0
    assert "warning: no summary written" in capsys.readouterr().err


def test_nothing_of_a_sheet_becomes_markup_in_the_summary() -> None:
    evil = Finding("RF001", "x", "error", "a|b\n# <img src=x onerror=y> [c](http://d) `e` @f", cell=cell("A1"), help="**g**")
    text = github_summary(CheckResult((Checked(file="s.xlsx", sheet="<b>", table="A1:B2", findings=(evil,)),)))
    bare = re.sub(r"\\.", "", text)
    assert not set("<>`*[]()@") & set(bare)
    assert len([line for line in text.splitlines() if line.startswith("| error")]) == 1
    assert bare.count("|") == 6 * 3
    assert not any(line.startswith("# ") for line in text.splitlines())


def test_the_summary_lists_no_more_than_people_read() -> None:
    many = tuple(Finding("RF009", "x", "error", "wrong", cell=Reference(row, 1)) for row in range(1, 501))
    text = github_summary(CheckResult((Checked(file="s.xlsx", findings=many),)))
    assert text.count("| error |") == 200
    assert "300 more findings." in text


def test_the_hook_runs_the_check_on_designs(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (hook,) = yaml.safe_load((repository / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    files = [path.relative_to(repository).as_posix() for path in sorted((repository / "designs").iterdir()) if path.is_file()]
    chosen = [file for file in files if re.search(hook["files"], file)]
    assert "designs/demo.xlsx" in chosen
    assert "designs/tiny-imagenet-v4.yaml" in chosen
    assert "designs/make_workbooks.py" not in chosen
    monkeypatch.chdir(repository)
    command, *arguments = hook["entry"].split()
    assert command == "tinymodel"
    small = tmp_path / "small.yaml"
    small.write_text("name: small\nplan:\n  - {kind: conv, filters: 4}\n", encoding="utf-8")
    assert main([*arguments, "designs/demo.xlsx", str(small)]) == 0
    assert main([*arguments, "designs/Model Design.xlsx"]) == 1
    capsys.readouterr()
