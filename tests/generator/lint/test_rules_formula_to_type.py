"""What a person is told to type: right once the other cells are right, in the sheet's own addresses, never a circle."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from generator.lint.formula_to_type import FormulasToType
from generator.sheet.assume import parse_assumptions
from generator.sheet.tables import find_frames
from generator.sheet.understand import understand
from generator.sheet.understanding import Understanding
from generator.spreadsheet.cells import Sheet
from generator.spreadsheet.reference import reference_address
from generator.spreadsheet.xlsx.read import read_workbook

HEADER = ["layer", "k", "s", "p", "Filters", "n_out", "j_out", "r_out", "Parameters"]
ROWS = [
    ["input", None, None, None, 3, 32, 1, 1, None],
    ["conv", 3, 1, 1, 8, 32, 1, 3, 224],
    ["conv", 3, 2, 1, 16, 16, 2, 5, 1_168],
    ["conv", 3, 1, 0, 16, 14, 2, 9, 2_320],
]


def read_tables(path: Path) -> list[tuple[Understanding, dict[str, Sheet]]]:
    sheets = read_workbook(path)
    found = []
    for sheet in sheets.values():
        frames = find_frames(sheet)
        tables = [understand(sheet, frame, frames, parse_assumptions(())) for frame in frames]
        found += [(table, sheets) for table in tables if table is not None]
    return found


def typed(path: Path, cell: str, sheet: int = 0) -> str | None:
    table, sheets = read_tables(path)[sheet]
    (claim,) = [claim for claim in table.claims if reference_address(*claim.position) == cell]
    return FormulasToType(table, sheets).of(claim)


def write(path: Path, cells: dict[str, object]) -> Path:
    book = openpyxl.Workbook()
    for row in [HEADER, *ROWS]:
        book.active.append(row)
    for cell, value in cells.items():
        book.active[cell] = value
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("H4", "=H3+(B4-1)*G3"),
        ("H5", "=H4+(B5-1)*G4"),
        ("G4", "=G3*C4"),
        ("F4", "=INT((F3+2*D4-B4)/C4)+1"),
        ("F5", "=INT((F4+2*D5-B5)/C5)+1"),
        ("I4", "=B4*B4*E3*E4+E4"),
    ],
)
def test_the_arithmetic_stands_in_the_addresses_of_the_sheet(tmp_path: Path, cell: str, expected: str) -> None:
    path = write(tmp_path / "typed.xlsx", {cell: 999})
    assert typed(path, cell) == expected


def test_good_rows_of_the_column_are_copied_down(tmp_path: Path) -> None:
    formulas = {f"H{row}": f"=ROUND(H{row - 1}+(B{row}-1)*G{row - 1},0)" for row in (3, 5)}
    path = write(tmp_path / "pattern.xlsx", {**formulas, "H4": 50})
    assert typed(path, "H4") == "=ROUND(H3+(B4-1)*G3,0)"


def test_a_cell_fixed_with_dollars_is_not_copied_where_the_row_above_says_it(tmp_path: Path) -> None:
    path = write(tmp_path / "fixed.xlsx", {"F2": 32, "F3": "=$F$2", "F4": 99})
    assert typed(path, "F4") == "=INT((F3+2*D4-B4)/C4)+1"


def test_no_formula_comes_back_to_its_own_cell(tmp_path: Path) -> None:
    path = write(tmp_path / "circle.xlsx", {"H3": 99, "G2": "=H3-2"})
    text = typed(path, "H3")
    assert text is None or "G2" not in text


def test_the_visible_sheet(repository: Path) -> None:
    path = repository / "designs" / "Model Design.xlsx"
    expected = {"J7": "=3*3*(E6)*D7+D7", "H28": "=H27+1", "H30": "=H28+4", "I31": "=I30+8", "J35": "=SUM(J5:J34)"}
    assert {cell: typed(path, cell) for cell in expected} == expected


def test_every_wrong_cell_of_the_public_sheets_has_a_formula(shared_dir: Path) -> None:
    without = []
    for path in sorted((shared_dir / "sheets").glob("*.xlsx")):
        for table, sheets in read_tables(path):
            wrong = [claim for claim in table.claims if claim.right is not None and claim.claimed != claim.right]
            formulas = FormulasToType(table, sheets)
            without += [claim for claim in wrong if formulas.of(claim) is None]
    assert without == []
