"""What the reports of a check and a table say, word by word where other programs or people rely on it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from generator.check.files import check_files, read_one
from generator.design.parse import parse_design
from generator.lint.finding import Checked, CheckResult, Finding, PassedOver
from generator.lint.options import CheckOptions
from generator.network.expand import expand
from generator.network.trace import trace
from generator.report.annotations import github_annotations
from generator.report.json_report import json_report
from generator.report.table import network_table, table_csv, table_markdown
from generator.report.table_text import table_text
from generator.report.text import check_text
from generator.report.verdict import exit_code
from tests.support.cells import cell

ASKED = CheckOptions(target_rf=100.0)
WRONG = Finding(
    "RF001", "doubled", "error", "is 50, right 26", cell=cell("H28"), field="rf_out", claimed=50, computed=26, help="type 26"
)
FOLLOWS = Finding(
    "RF009", "wrong", "error", "inherited", cell=cell("H33"), field="rf_out", claimed=52, computed=34, cause=cell("H28")
)
NOTE = Finding("PA005", "blank", "info", "is blank", cell=cell("J9"))


def a_check(*findings: Finding, **facts: Any) -> CheckResult:
    return CheckResult((Checked(file="a.xlsx", sheet="S", table="A4:J33", findings=findings, **facts),))


@pytest.fixture(scope="module")
def v4(repository: Path) -> CheckResult:
    return check_files([str(repository / "designs" / "Model Design.xlsx")], ASKED)


@pytest.fixture(scope="module")
def v36(repository: Path) -> Checked:
    return read_one(str(repository / "designs" / "tiny-imagenet-v36.yaml"), CheckOptions())


def test_text_shows_each_root_with_its_row_and_folds_what_inherits(v4: CheckResult) -> None:
    text = check_text(v4, ASKED)
    assert "20 layers at 32 x 32 px, size 16, rf 64 (the sheet says 102), jump 2, 27,878,152 parameters" in text
    root = text[text.index("error RF001 H28:") :].split("\n\n")[0]
    assert "receptive field is 50, right 26" in root
    assert "[50]" in root
    assert "maxpool" in root
    assert "help: type =H27+1" in root
    assert "inherited by H33 (52, right 34)" in root
    assert "RF009" not in text, "inherited findings stand under their cause only"
    assert text.rstrip().endswith("11 errors, 3 of them inherited; targets: rf 100: missed")
    assert "\x1b" not in text


def test_an_inherited_finding_whose_cause_is_not_shown_stands_by_itself() -> None:
    assert "error 1 cell inherits from H28:" in check_text(a_check(FOLLOWS), CheckOptions())


def test_colour_only_when_asked() -> None:
    assert "\x1b[31merror" in check_text(a_check(WRONG), CheckOptions(), colour=True)
    assert "\x1b" not in check_text(a_check(WRONG), CheckOptions())


def test_without_a_target_there_is_a_line_that_says_how_to_set_one() -> None:
    text = check_text(a_check(final={"rf": 64}), CheckOptions())
    assert "no findings; no targets set: --rf N or --params-max N sets one" in text


def test_targets_that_are_met_are_named() -> None:
    text = check_text(a_check(final={"rf": 64, "params": 10}), CheckOptions(target_rf=64.0, params_max=10.0))
    assert "targets: rf 64: met, params at most 10: met" in text


def test_cell_text_cannot_move_the_cursor() -> None:
    around = {cell("H28"): (("", "Name"), ("28", "\x1b[2J\n::error::x"))}
    text = check_text(a_check(WRONG, surroundings=around), CheckOptions())
    assert "\x1b" not in text
    assert "\n::error" not in text


def test_passed_over_sheets_are_listed_with_the_reason() -> None:
    text = check_text(a_check()._replace(passed_over=(PassedOver("a.xlsx", "Old", None, "hidden"),)), CheckOptions())
    assert "passed over:\n  a.xlsx#Old: hidden" in text


def test_exit_codes() -> None:
    unreadable = Checked(file="b.yaml", readable=False, reason="no")
    assert exit_code(a_check()) == exit_code(a_check(NOTE)) == 0
    assert exit_code(a_check(WRONG)) == 1
    assert exit_code(CheckResult((*a_check(WRONG).designs, unreadable))) == 2


def test_json_has_the_promised_keys_and_values(v4: CheckResult) -> None:
    data = json.loads(json_report(v4))
    (design,) = data["designs"]
    assert (data["schema"], list(data)) == (1, ["schema", "designs", "passed_over"])
    assert list(design) == [
        "file", "sheet", "table", "layers", "status", "reason", "buildable", "understood", "final", "claimed", "findings",
    ]  # fmt: skip
    assert (design["table"], design["layers"], design["status"], design["buildable"]) == ("A4:J33", 20, "findings", True)
    assert (design["final"]["rf"], design["final"]["params"], design["claimed"]["rf"]) == (64, 27_878_152, 102)
    finding = next(finding for finding in design["findings"] if finding["cell"] == "H33")
    assert (finding["claimed"], finding["computed"], finding["cause"], finding["field"]) == (52, 34, "H28", "rf_out")
    keys = {"code", "name", "level", "cell", "line", "column", "field", "claimed", "computed", "cause", "message", "help"}
    assert set(finding) == keys


def test_json_rows_are_numbers_and_pairs_where_the_axes_differ() -> None:
    design = parse_design(
        {
            "name": "pairs",
            "plan": [
                {"kind": "conv", "filters": 4, "kernel_size": [1, 3], "strides": [1, 2]},
                {"kind": "upsample", "size": 4},
            ],
        }
    )
    checked = Checked(file="x.yaml", design=design, trace=trace(expand(design)))
    data = json.loads(json_report(CheckResult((checked,)), rows=True))
    rows = {row["name"]: row for row in data["designs"][0]["rows"]}
    conv, upsampled = rows["conv_0_conv_1"], rows["upsample_0"]
    assert list(conv) == ["name", "kind", "inputs", "size", "rf", "rf_min", "jump", "start", "channels", "params", "macs"]
    assert (conv["size"], conv["rf"], conv["jump"], conv["params"]) == ([32, 16], [1, 3], [1, 2], 40)
    assert upsampled["jump"] == [0.25, 0.5]
    assert conv["inputs"] == ["input"]


def test_table_text_has_a_line_a_layer_blocks_apart_and_totals(v36: Checked) -> None:
    assert v36.design is not None
    assert v36.trace is not None
    text = table_text(network_table(v36.design, v36.trace))
    layers = [line for line in text.splitlines()[2:] if line.strip()][:-4]
    assert len(layers) == len(v36.trace.rows)
    assert "rf 80 (4 by the shortest path), jump 2, 200 channels" in text
    assert "parameters 11,178,211 (11,150,739 trainable), macs 10,365,692,928 an image" in text
    blocks = [line.split()[0] for line in text.splitlines()[2:-6] if line and not line.startswith(" ")]
    assert blocks == ["1", "2", "3", "4", "5", "head"], "the title of a block stands at its first layer"


def test_table_markdown_escapes_what_would_be_markup(v36: Checked) -> None:
    design = parse_design({"name": "a|b <b>", "plan": [{"kind": "softmax", "block": "x|y"}]})
    text = table_markdown(network_table(design, trace(expand(design))))
    assert text.startswith("# a\\|b \\<b\\>\n")
    cells = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.replace("\\|", "").count("|") == 10 for line in cells)


@pytest.mark.parametrize("block", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"])
def test_table_csv_keeps_text_as_text(block: str) -> None:
    design = parse_design({"name": "x", "plan": [{"kind": "softmax", "block": block}]})
    rows = list(csv.DictReader(io.StringIO(table_csv(network_table(design, trace(expand(design)))))))
    assert rows[1]["block"] == f"'{block}"


def test_table_csv_holds_plain_numbers_and_the_total(v36: Checked) -> None:
    assert v36.design is not None
    assert v36.trace is not None
    rows = list(csv.DictReader(io.StringIO(table_csv(network_table(v36.design, v36.trace)))))
    assert (rows[-1]["name"], rows[-1]["rf"], rows[-1]["params"]) == ("total", "80", "11178211")
    assert sum(int(row["params"]) for row in rows[:-1]) == 11_178_211


def test_github_annotations_name_file_cell_and_level() -> None:
    lines = github_annotations(a_check(WRONG, NOTE)).splitlines()
    assert lines[0] == "::error file=a.xlsx,title=RF001 doubled::#S!H28: is 50, right 26%0Ahelp: type 26"
    assert lines[1].startswith("::notice file=a.xlsx,")


def test_github_annotations_cannot_be_broken_out_of() -> None:
    evil = Finding("RF001", "x", "error", "a\n::set-output name=x::1 100%", line=3, column=2)
    result = CheckResult(
        (Checked(file="a,b:c\n::error::.yaml", findings=(evil,)), Checked("b", readable=False, reason="r\n::x"))
    )
    lines = github_annotations(result).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("::error file=a%2Cb%3Ac%0A%3A%3Aerror%3A%3A.yaml,line=3,col=2,title=RF001 x::a%0A::set-output")
    assert lines[0].endswith("100%25")
    assert lines[1] == "::error file=b::r%0A::x"
