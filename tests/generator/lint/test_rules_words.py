"""What an explanation says: the sum in the user's own numbers and addresses, and what in the formula is wrong."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from generator.check.files import check_files
from generator.lint.finding import Checked, Finding
from generator.lint.options import CheckOptions
from tests.support.cells import addresses

HEADER = ["layer", "k", "s", "p", "dilation", "Filters", "n_in", "n_out", "j_in", "j_out", "r_in", "r_out", "Parameters"]


def rows(*windows: tuple[int, int, int, int, int]) -> list[list[object]]:
    """Rows of formulas for windows of kernel, stride, padding, dilation and filters, from row 2 on."""
    table: list[list[object]] = []
    for row, (kernel, strides, padding, dilation, filters) in enumerate(windows, start=2):
        entering: list[object] = [32, 1, 1] if row == 2 else [f"=H{row - 1}", f"=J{row - 1}", f"=L{row - 1}"]
        channels = 3 if row == 2 else f"F{row - 1}"
        table.append(
            [
                f"conv{row}", kernel, strides, padding, dilation, filters,
                entering[0], f"=INT((G{row}+2*D{row}-(E{row}*(B{row}-1)+1))/C{row})+1",
                entering[1], f"=I{row}*C{row}",
                entering[2], f"=K{row}+(B{row}-1)*E{row}*I{row}",
                f"=B{row}*B{row}*{channels}*F{row}+F{row}",
            ]
        )  # fmt: skip
    return table


NETWORK = rows(
    (3, 1, 1, 1, 16), (3, 2, 1, 1, 32), (3, 1, 2, 2, 32), (3, 1, 1, 1, 64), (3, 2, 1, 1, 64), (3, 1, 1, 1, 64), (1, 1, 0, 1, 10)
)


def check(path: Path, cells: dict[str, object], targets: dict[str, object] | None = None) -> Checked:
    book = openpyxl.Workbook()
    for row in [HEADER, *NETWORK]:
        book.active.append(row)
    for cell, value in cells.items():
        book.active[cell] = value
    if targets is not None:
        sheet = book.create_sheet("Targets")
        sheet.append(["name", "value", "tolerance"])
        sheet.append(list(targets.values()))
    book.save(path)
    (design,) = check_files([str(path)], CheckOptions()).designs
    return design


def roots(design: Checked) -> list[Finding]:
    return [finding for finding in design.findings if finding.cause is None and finding.level != "info"]


def test_the_sheet_itself_is_right(tmp_path: Path) -> None:
    assert roots(check(tmp_path / "good.xlsx", {})) == []


@pytest.mark.parametrize(
    ("cell", "wrong", "code", "words", "help"),
    [
        (
            "L3", "=K3+(B3-1)*E3*J3", "RF004",
            "L3 = 3 + (3-1)*1 = 5; the formula =K3+(B3-1)*E3*J3 takes J3, the output jump (2); the input jump is I3 (1)",
            "type =K3+(B3-1)*E3*I3",
        ),
        (
            "L4", "=K4+(B4-1)*I4", "RF006",
            "the dilation of 2 (E4) is left out: L4 = 5 + (3-1)*2*2 = 13, the formula =K4+(B4-1)*I4 adds 4",
            "type =K4+(B4-1)*E4*I4",
        ),
        (
            "L5", "=K5+(B5-1)", "RF003",
            "the jump is 2 here: L5 = 13 + (3-1)*2 = 17, the formula =K5+(B5-1) adds 2, a step at jump 1",
            "type =K5+(B5-1)*E5*I5",
        ),
        ("L7", "=K7", "RF002", "the row's own window is forgotten: L7 = 21 + (3-1)*4 = 29, the formula =K7 adds nothing", None),
        ("J4", "=I4*C4*E4", "JP003", "J4 = 2*1 = 2; the formula =I4*C4*E4 multiplies the dilation of 2 in", None),
        (
            "H4", "=INT((G4+2*D4-B4)/C4)+1", "SZ006",
            "a kernel of 3 at dilation 2 covers 5: H4 = 16 + 2*2 - 5 + 1 = 16; the formula =INT((G4+2*D4-B4)/C4)+1 counts 3",
            None,
        ),
        ("G5", 17, "SZ005", "17 is typed among formulas, and the chain breaks here: G5 = H4 = 16", "type =H4"),
        ("G5", "=H3", None, None, None),
        ("I6", "=J3*J5", "FM003", "the rows of its kind have =J5 here, the cell has =J3*J5: I6 = J5 = 2", "type =J5"),
        ("I7", "=J5", "FM001", "the formula =J5 takes J5 where the rows of its kind take J6: I7 = J6 = 4", "type =J6"),
        (
            "M5", "=B5*B5*F3*F5", "PA008",
            "M5 = 3*3*32*64 + 64 = 18,496; the formula =B5*B5*F3*F5 leaves the 64 biases out", "type =B5*B5*F4*F5+F5",
        ),
        (
            "M6", "=B6*B6*F3*F6+F6", "PA002",
            "it is counted on 32 channels (F3); the row reads 64 (F5): M6 = 3*3*64*64 + 64 = 36,928", "type =B6*B6*F5*F6+F6",
        ),
        ("M7", 12345, "FM002", "12,345 is typed among formulas: M7 = 3*3*64*64 + 64 = 36,928", "type =B7*B7*F6*F7+F7"),
    ],
)  # fmt: skip
def test_one_wrong_cell_is_explained(
    tmp_path: Path, cell: str, wrong: object, code: str | None, words: str | None, help: str | None
) -> None:
    found = roots(check(tmp_path / "wrong.xlsx", {cell: wrong}))
    if code is None:
        assert found == []
        return
    assert [(finding.code, str(finding.cell)) for finding in found] == [(code, cell)]
    assert str(words) in found[0].message
    assert help is None or found[0].help == help


def test_typing_what_the_help_says_mends_the_sheet(tmp_path: Path) -> None:
    wrong = {"L3": "=K3+(B3-1)*J3", "H4": 99, "M5": 1, "J6": "=I6"}
    found = roots(check(tmp_path / "wrong.xlsx", dict(wrong)))
    typed = {str(finding.cell): str(finding.help).removeprefix("type ") for finding in found}
    assert typed.keys() == wrong.keys()
    assert roots(check(tmp_path / "mended.xlsx", dict(typed))) == []


def test_a_total_names_the_rows_that_it_misses(tmp_path: Path) -> None:
    (finding,) = roots(check(tmp_path / "total.xlsx", {"M10": "=SUM(M2:M6)"}))
    assert (finding.code, str(finding.cell), finding.help) == ("PA003", "M10", "type =SUM(M2:M8)")
    assert "the total leaves out row 7 (M7, 36,928), 8 (M8, 650)" in finding.message


def test_a_blank_cell_is_the_cause_of_its_total(tmp_path: Path) -> None:
    design = check(tmp_path / "blank.xlsx", {"M7": None, "M10": "=SUM(M2:M8)"})
    found = [finding for finding in design.findings if finding.code in ("PA004", "PA005")]
    assert {str(finding.cell): addresses(finding.cause) for finding in found} == {"M7": [None], "M10": ["M7"]}


def test_targets_that_cannot_be_read_are_a_reason_and_no_traceback(tmp_path: Path) -> None:
    design = check(tmp_path / "targets.xlsx", {}, {"name": "rf", "value": 30, "tolerance": "2x2"})
    assert design.readable
    assert not design.buildable
    assert "tolerance" in str(design.reason)
