"""Corrected copies from outside: which cells change and to what, what stays as it was, and what other programs see."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill

from generator.check.files import check_files
from generator.fix.corrected_copy import Copied, corrected_copy, is_untouched_copy
from generator.fix.report_sheet import HEADLINE
from generator.lint.options import CheckOptions
from generator.spreadsheet.xlsx.stored_values import bytes_without_stored_values, with_computed_values
from tests.support.random_sheets import random_sheet
from tests.support.sheet_files import write_xlsx
from tests.support.sheet_mistakes import make_mistakes

SHARED = (
    "Model Design", "cifar10_dilated", "cifar10_jump_in_no_names", "mnist_formulas_and_values", "mnist_four_versions",
    "mnist_header_row_6", "resnet_section_rows", "three_tables_one_sheet",
)  # fmt: skip
HEADER = ("Kernel Size", "No. of kernels", "Output resolution", "Receptive Field")
Rows = tuple[tuple[Any, ...], ...]
DOUBLED: Rows = (HEADER, ("3*3", 8, 28, 3), ("3*3", 8, 28, "=D4+2"), ("maxpool", "-", 14, "=D5*2"), ("1*1", 10, 14, "=D6"))
"""Rows 3 to 7 of a sheet whose pool doubles the receptive field, in D6; D7 inherits."""


def write(path: Path, tables: Mapping[str, Rows], prepare: Callable[[Any], None] | None = None) -> Path:
    """A workbook with a table in each sheet, its header in row 3, its image size above; formulas have their values."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in tables.items():
        sheet = book.create_sheet(title)
        sheet["A1"], sheet["B1"] = "Input Size", 28
        for row, values in enumerate(rows, start=3):
            for column, value in enumerate(values, start=1):
                sheet.cell(row, column).value = value
    if prepare:
        prepare(book)
    path.write_bytes(with_computed_values(bytes_without_stored_values(book)))
    return path


def mend(source: Path, target: Path, **asked: Any) -> Copied:
    options = CheckOptions(**asked)
    copied = corrected_copy(source, check_files([str(source)], options).designs, options)
    target.write_bytes(copied.content)
    return copied


def wrong_cells(path: Path, **asked: Any) -> list[tuple[str | None, str, str]]:
    """Cells whose number is not right, or right by luck."""
    designs = check_files([str(path)], CheckOptions(**asked)).designs
    assert all(design.readable for design in designs)
    found = [(design.sheet, finding) for design in designs for finding in design.findings]
    return [(sheet, str(finding.cell), finding.message) for sheet, finding in found if finding.computed is not None]


def changed(copied: Copied) -> dict[str, Any]:
    return {
        openpyxl.utils.get_column_letter(key.position[1]) + str(key.position[0]): c.new for key, c in copied.changes.items()
    }


def values(path: Path, title: str) -> dict[str, Any]:
    sheet = openpyxl.load_workbook(path, data_only=True)[title]
    return {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None}


# ------------------------------------------------------------------------------------------------- which cells change


def test_only_the_seven_roots_of_the_students_sheet_change(repository: Path, tmp_path: Path) -> None:
    source, copy = repository / "designs" / "Model Design.xlsx", tmp_path / "copy.xlsx"
    before = source.read_bytes()
    copied = mend(source, copy)
    assert set(changed(copied)) == {"J7", "H28", "I28", "H30", "I30", "H31", "I31"}
    assert source.read_bytes() == before
    assert wrong_cells(copy) == []
    assert copied.remaining == ()
    sheet = openpyxl.load_workbook(copy)["Proposed Model V4"]
    assert all(str(sheet[cell].value).startswith("=") for cell in changed(copied)), "the formulas are live"
    assert sheet["J35"].value == "=SUM(J5:J34)"
    shown = values(copy, "Proposed Model V4")
    assert {cell: shown[cell] for cell in ("H33", "I33", "J7", "J35")} == {
        "H33": 34,
        "I33": 64,
        "J7": 110_720,
        "J35": 15_561_992,
    }


@pytest.mark.parametrize("name", SHARED)
def test_a_check_of_the_copy_finds_no_wrong_cell(shared_dir: Path, tmp_path: Path, name: str) -> None:
    source, copy, again = shared_dir / "sheets" / f"{name}.xlsx", tmp_path / "copy.xlsx", tmp_path / "again.xlsx"
    found = wrong_cells(source, all_sheets=True)
    copied = mend(source, copy, all_sheets=True)
    assert bool(copied.changes) == bool(found)
    assert wrong_cells(copy, all_sheets=True) == []
    mend(copy, again, all_sheets=True)
    assert again.read_bytes() == copy.read_bytes(), "what is right is copied as it is"


@pytest.mark.parametrize("seed", range(12))
def test_random_sheets_with_random_mistakes_are_mended(tmp_path: Path, seed: int) -> None:
    sheet = random_sheet(seed)
    wrong = make_mistakes(sheet, Random(f"mistakes {seed}"))
    source = tmp_path / "sheet.xlsx"
    if wrong is None:
        pytest.skip("no mistake in this sheet could be decided")
    write_xlsx(source, wrong.cells, sheet.merged, wrong.values if sheet.kind == "stored formulas" else None)
    if not all(design.readable for design in check_files([str(source)], CheckOptions()).designs):
        pytest.skip("the sheet is not read")
    mend(source, tmp_path / "copy.xlsx")
    assert wrong_cells(tmp_path / "copy.xlsx") == []


def test_a_formula_that_inherits_stays_and_a_number_that_inherits_changes(tmp_path: Path) -> None:
    copied = mend(write(tmp_path / "a.xlsx", {"S": DOUBLED}), tmp_path / "b.xlsx")
    assert set(changed(copied)) == {"D6"}
    typed = (*DOUBLED[:-1], ("1*1", 10, 14, 10))
    copied = mend(write(tmp_path / "c.xlsx", {"S": typed}), tmp_path / "d.xlsx")
    assert set(changed(copied)) == {"D6", "D7"}
    assert values(tmp_path / "d.xlsx", "S")["D7"] == 6


def test_a_cell_that_is_right_by_luck_gets_a_formula_that_is_right_for_its_reason(tmp_path: Path) -> None:
    lucky = (HEADER, ("3*3", 8, 28, 3), ("3*3", 8, 28, 7), ("3*3", 8, 28, "=D5"), ("3*3", 8, 28, "=D6+2"))
    source = write(tmp_path / "a.xlsx", {"S": lucky})
    assert {cell for _, cell, _ in wrong_cells(source)} == {"D5", "D6"}
    mend(source, tmp_path / "b.xlsx")
    assert wrong_cells(tmp_path / "b.xlsx") == []
    shown = values(tmp_path / "b.xlsx", "S")
    assert [shown[cell] for cell in ("D4", "D5", "D6", "D7")] == [3, 5, 7, 9]


def test_a_shape_in_words_keeps_its_form(tmp_path: Path) -> None:
    sizes = ("28x28x8", "28x28x8", "26 x 26 x 8", "28x28x8")
    rows = (
        HEADER,
        *(("3*3", 8, size, rf) for size, rf in zip(sizes, (3, 5, 7, 9), strict=True)),
        ("maxpool", "-", "14x14", 10),
    )
    mend(write(tmp_path / "a.xlsx", {"S": rows}), tmp_path / "b.xlsx")
    shown = values(tmp_path / "b.xlsx", "S")
    assert [shown[cell] for cell in ("C5", "C6", "C7", "C8")] == ["28x28x8", "28 x 28 x 8", "28x28x8", "14x14"]
    assert wrong_cells(tmp_path / "b.xlsx") == []


def test_several_tables_and_sheets_are_mended_at_once_and_a_reference_to_a_mended_cell_stays(tmp_path: Path) -> None:
    def beside(book: Any) -> None:
        for row in range(3, 8):
            for column in range(1, 5):
                source = book["First"].cell(row, column)
                book["First"].cell(row, column + 6).value = source.value if column < 3 or row == 3 else f"={source.coordinate}"

    second = tuple((*row[:3], f"=First!D{number}" if number > 3 else row[3]) for number, row in enumerate(DOUBLED, start=3))
    source = write(tmp_path / "a.xlsx", {"First": DOUBLED, "Second": second, "Third": DOUBLED}, beside)
    copied = mend(source, tmp_path / "b.xlsx")
    assert {(key.sheet, key.position) for key in copied.changes} == {("First", (6, 4)), ("Third", (6, 4))}
    assert wrong_cells(tmp_path / "b.xlsx") == []
    assert values(tmp_path / "b.xlsx", "First")["J7"] == values(tmp_path / "b.xlsx", "Second")["D7"] == 6


def test_only_the_sheets_and_codes_that_were_asked_for_are_mended(tmp_path: Path) -> None:
    source = write(tmp_path / "a.xlsx", {"First": DOUBLED, "Second": DOUBLED})
    copied = mend(source, tmp_path / "b.xlsx", sheets=("Second",))
    assert {key.sheet for key in copied.changes} == {"Second"}
    assert mend(source, tmp_path / "c.xlsx", ignore=("RF",)).changes == {}
    assert (tmp_path / "c.xlsx").read_bytes() == source.read_bytes()


def test_a_blank_cell_is_filled_where_the_total_needs_it(tmp_path: Path) -> None:
    rows: Rows = (
        (*HEADER, "Parameters"),
        ("3*3", 8, 28, 3, "=3*3*3*B4+B4"),
        ("3*3", 16, 28, 5, "=3*3*B4*B5+B5"),
        ("3*3", 8, 28, 7, None),
        ("1*1", 10, 28, 7, "=1*1*B6*B7+B7"),
        (None,) * 5,
        (None, None, None, None, "=SUM(E4:E7)"),
    )
    copied = mend(write(tmp_path / "a.xlsx", {"S": rows}), tmp_path / "b.xlsx")
    assert set(changed(copied)) == {"E6"}
    shown = values(tmp_path / "b.xlsx", "S")
    assert (shown["E6"], shown["E9"]) == (3 * 3 * 16 * 8 + 8, 224 + 1168 + 1160 + 90)
    assert wrong_cells(tmp_path / "b.xlsx") == []


def test_a_part_of_an_array_formula_is_left_and_named(tmp_path: Path) -> None:
    def array(book: Any) -> None:
        book["S"]["D6"] = openpyxl.worksheet.formula.ArrayFormula("D6:D7", "=D5:D6*2")
        book["S"]["D7"] = 10

    copied = mend(write(tmp_path / "a.xlsx", {"S": DOUBLED}, array), tmp_path / "b.xlsx")
    assert not {"D6", "D7"} & set(changed(copied))
    assert {str(finding.cell) for _, finding in copied.remaining} >= {"D7"}


# ------------------------------------------------------------------------------------------------- what the copy keeps


def dressed(book: Any) -> None:
    sheet = book["S"]
    sheet["D6"].font, sheet["D6"].fill = Font(bold=True, color="FFFF0000"), PatternFill("solid", fgColor="FFFFFF00")
    sheet["D6"].number_format = "#,##0.00"
    sheet["D6"].comment = Comment("look here", "me")
    sheet["A5"].comment = Comment("a note elsewhere", "me")
    sheet["F20"] = "merged"
    sheet.merge_cells("F20:H21")
    sheet.column_dimensions["B"].width, sheet.column_dimensions["F"].hidden = 33.5, True
    sheet.row_dimensions[4].height = 40
    sheet.freeze_panes = "B4"
    sheet.conditional_formatting.add("D4:D7", CellIsRule(operator="greaterThan", formula=["5"], font=Font(italic=True)))
    book.create_sheet("check report")["A1"] = "the user's own"
    for title, state in (("Hidden", "hidden"), ("Deep", "veryHidden")):
        book.create_sheet(title)["A1"] = "=S!D7+1"
        book[title].sheet_state = state


def appearance(path: Path, titles: list[str]) -> list[Any]:
    book = openpyxl.load_workbook(path)
    found: list[Any] = []
    for sheet in (book[title] for title in titles):
        found.append((sheet.title, sheet.sheet_state, str(sheet.merged_cells), sheet.freeze_panes))
        found.append({letter: (each.width, each.hidden) for letter, each in sheet.column_dimensions.items()})
        found.append({row: each.height for row, each in sheet.row_dimensions.items() if each.height})
        found.append([(str(area.sqref), [rule.formula for rule in area.rules]) for area in sheet.conditional_formatting])
        styles = [(c.coordinate, c.number_format, repr((c.font, c.fill, c.border))) for row in sheet.iter_rows() for c in row]
        found.append(styles)
    return found


def test_styles_widths_formats_and_hidden_sheets_stay(tmp_path: Path) -> None:
    source, copy = write(tmp_path / "a.xlsx", {"S": DOUBLED}, dressed), tmp_path / "b.xlsx"
    copied = mend(source, copy)
    titles = openpyxl.load_workbook(source).sheetnames
    assert copied.changes
    assert appearance(copy, titles) == appearance(source, titles)
    assert values(copy, "Hidden") == values(copy, "Deep") == {"A1": 7}, "they follow the mended cell"


def test_a_note_says_what_was_what_is_and_why_below_the_users_own(tmp_path: Path) -> None:
    mend(write(tmp_path / "a.xlsx", {"S": DOUBLED}, dressed), tmp_path / "b.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "b.xlsx")["S"]
    own, ours = sheet["D6"].comment.text.split("\n\n")
    assert (own, sheet["D6"].comment.author) == ("look here", "me")
    first, second = ours.splitlines()
    assert first == "tinymodel: was =D5*2 (10), now =D5+1 (6)"
    assert second.startswith("RF001: receptive field is 10, right 6: the pool multiplies the receptive field by 2")
    assert sheet["A5"].comment.text == "a note elsewhere"
    assert sheet["D7"].comment is None


def test_the_report_sheet_lists_the_findings_as_text_under_a_title_of_its_own(tmp_path: Path) -> None:
    copied = mend(write(tmp_path / "a.xlsx", {"S": DOUBLED}, dressed), tmp_path / "b.xlsx")
    assert copied.report == "check report 2"
    book = openpyxl.load_workbook(tmp_path / "b.xlsx")
    assert book["check report"]["A1"].value == "the user's own"
    report = book["check report 2"]
    assert report["A1"].value == HEADLINE
    root, heir = list(report.iter_rows(4, values_only=True))[:2]
    assert root[:6] == ("S", "D6", "RF001", "error", 10, 6)
    assert root[7:] == ("=D5*2", "=D5+1", "changed")
    assert {report["H4"].data_type, report["I4"].data_type} == {"s"}
    assert (heir[1], heir[7:]) == ("D7", (None, None, "not changed: right by itself, now that the others are"))
    (design,) = check_files([str(tmp_path / "b.xlsx")], CheckOptions()).designs
    assert design.sheet == "S", "the report is not taken for a design"


def test_mending_a_copy_again_adds_no_second_report_and_no_second_note(tmp_path: Path) -> None:
    first, edited, second = (tmp_path / name for name in ("first.xlsx", "edited.xlsx", "second.xlsx"))
    mend(write(tmp_path / "a.xlsx", {"S": DOUBLED}), first)
    book = openpyxl.load_workbook(first)
    book["S"]["D5"] = 6
    edited.write_bytes(with_computed_values(bytes_without_stored_values(book)))
    copied = mend(edited, second)
    assert set(changed(copied)) == {"D5"}
    book = openpyxl.load_workbook(second)
    assert book.sheetnames == ["S", "check report"]
    assert [row[1] for row in book["check report"].iter_rows(4, values_only=True)].count("D6") == 2, "root once, heir once"
    assert book["S"]["D6"].comment.text == openpyxl.load_workbook(first)["S"]["D6"].comment.text


# ------------------------------------------------------------------------------------------------- stored values


def put_values(path: Path, formulas: Mapping[str, str]) -> None:
    """Stored values for formulas that are not computed here, as a spreadsheet program leaves them."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    text = parts["xl/worksheets/sheet1.xml"].decode()
    for formula, stored in formulas.items():
        kind = ' t="e"' if stored.startswith("#") else ""
        for empty in ("<v />", "<v/>", "<v></v>"):
            text = text.replace(f"><f>{formula}</f>{empty}", f"{kind}><f>{formula}</f><v>{stored}</v>")
        assert f"<f>{formula}</f><v>{stored}</v>" in text
    parts["xl/worksheets/sheet1.xml"] = text.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_a_value_that_is_not_computed_here_stays_unless_it_depends_on_a_change(tmp_path: Path) -> None:
    def beside(book: Any) -> None:
        sheet = book["S"]
        formulas = ("=LARGE(A1:B1,1)", "=TODAY()", "=LARGE(D4:D7,1)", '=INDIRECT("D6")', "=NA()")
        for row, formula in enumerate(formulas, start=20):
            sheet.cell(row, 8).value = formula
        sheet["H4"], sheet["H6"] = "=T[[#This Row],[rf]]", "=T[@rf]+1"
        sheet["H21"].number_format = "yyyy-mm-dd"

    source, copy = write(tmp_path / "a.xlsx", {"S": DOUBLED}, beside), tmp_path / "b.xlsx"
    written = {"LARGE(A1:B1,1)": "28", "TODAY()": "45000", "LARGE(D4:D7,1)": "10", 'INDIRECT("D6")': "10", "NA()": "#N/A"}
    put_values(source, {**written, "T[[#This Row],[rf]]": "3", "T[@rf]+1": "11"})
    mend(source, copy)
    shown = values(copy, "S")
    assert shown["H20"] == 28
    assert shown["H21"] == datetime.datetime(2023, 3, 15)
    assert shown["H24"] == "#N/A"
    assert "H22" not in shown, "10 would be wrong now"
    assert "H23" not in shown
    assert (shown["H4"], shown.get("H6")) == (3, None), "a column of a table by its name, in a row without and with a change"
    assert openpyxl.load_workbook(copy).calculation.fullCalcOnLoad


def test_a_stored_value_that_its_formula_denies_is_worked_out_anew(tmp_path: Path) -> None:
    good = (*DOUBLED[:3], ("maxpool", "-", 14, "=D5+1"), DOUBLED[4])
    source, copy = write(tmp_path / "a.xlsx", {"S": good}), tmp_path / "b.xlsx"
    with zipfile.ZipFile(source) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(b"<f>D6</f><v>6</v>", b"<f>D6</f><v>9</v>")
    with zipfile.ZipFile(source, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert [cell for _, cell, _ in wrong_cells(source)] == ["D7"]
    copied = mend(source, copy)
    assert (copied.changes, copied.computed) == ({}, 1)
    assert values(copy, "S")["D7"] == 6
    assert wrong_cells(copy) == []


def test_what_the_library_loses_is_counted_in_words(tmp_path: Path) -> None:
    source, copy = write(tmp_path / "a.xlsx", {"S": DOUBLED}), tmp_path / "b.xlsx"
    shape = "<xdr:twoCellAnchor><xdr:sp/></xdr:twoCellAnchor>"
    sparkline = '<extLst><ext xmlns:x14="urn:x14" uri="{05C60535}"><x14:sparklineGroups><x14:sparklineGroup/>'
    sparkline += "</x14:sparklineGroups></ext></extLst></worksheet>"
    with zipfile.ZipFile(source, "a") as archive:
        archive.writestr("xl/drawings/drawing7.xml", f'<xdr:wsDr xmlns:xdr="urn:xdr">{shape * 3}</xdr:wsDr>')
        archive.writestr("xl/ctrlProps/ctrlProp1.xml", "<formControlPr/>")
    with zipfile.ZipFile(source) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(b"</worksheet>", sparkline.encode())
    with zipfile.ZipFile(source, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert mend(source, copy).losses == ["3 drawn shapes", "form controls", "sparklines"]


def test_a_copy_is_known_as_untouched_until_another_program_saves_it(tmp_path: Path) -> None:
    source, copy = write(tmp_path / "a.xlsx", {"S": DOUBLED}), tmp_path / "b.xlsx"
    mend(source, copy)
    assert is_untouched_copy(copy)
    assert not is_untouched_copy(source)
    # As a program does that changes the time of saving.
    copy.write_bytes(with_computed_values(copy.read_bytes(), modified=datetime.datetime(2030, 1, 1)))
    assert not is_untouched_copy(copy)


# ------------------------------------------------------------------------------------------------- another program's numbers


@pytest.mark.slow
def test_a_spreadsheet_program_works_out_the_same_numbers(
    shared_dir: Path, tmp_path: Path, recalculated_by_libreoffice: Callable[[Path, Sequence[Path]], None]
) -> None:
    copies, bare, recalculated = (tmp_path / name for name in ("copies", "bare", "recalculated"))
    copies.mkdir()
    bare.mkdir()
    for name in SHARED:
        mend(shared_dir / "sheets" / f"{name}.xlsx", copies / f"{name}.xlsx", all_sheets=True)
        # Without the stored values: whatever the program shows it has worked out.
        openpyxl.load_workbook(copies / f"{name}.xlsx").save(bare / f"{name}.xlsx")
    recalculated_by_libreoffice(recalculated, sorted(bare.iterdir()))
    for name in SHARED:
        compared = 0
        for sheet in openpyxl.load_workbook(copies / f"{name}.xlsx").worksheets:
            ours, theirs = (values(folder / f"{name}.xlsx", sheet.title) for folder in (copies, recalculated))
            for cell in (cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"):
                number = ours.get(cell.coordinate)  # None: a reference to a blank cell in a file of some programs.
                if isinstance(number, int | float):
                    assert theirs[cell.coordinate] == pytest.approx(number, rel=1e-9), (name, sheet.title, cell.coordinate)
                    compared += 1
        assert compared > 10, name
