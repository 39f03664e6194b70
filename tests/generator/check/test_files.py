"""`check_files` on real workbooks: every wrong cell, its right value and cause, no right cell called wrong."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from random import Random

import openpyxl
import pytest

from generator.check.files import check_files, read_one
from generator.errors import InputError
from generator.lint.finding import Checked
from generator.lint.options import CheckOptions
from tests.support.cells import causes_of_errors

V4_ROOTS = {
    "J7": (73_856, 110_720, "PA002"),
    "H28": (50, 26, "RF001"),
    "H30": (50, 30, "RF002"),
    "H31": (52, 34, "RF003"),
    "I28": (94, 48, "RF001"),
    "I30": (98, 56, "RF003"),
    "I31": (102, 64, "RF003"),
}
V4_INHERITED = {"H33": (52, 34, "H28"), "I33": (102, 64, "I28"), "J35": (15_525_128, 15_561_992, "J7")}


def checked(path: Path, **options: object) -> tuple[Checked, ...]:
    return check_files([str(path)], CheckOptions(**options)).designs  # type: ignore[arg-type]


def errors_of(design: Checked) -> dict[str, tuple[object, object]]:
    found = [finding for finding in design.findings if finding.cell and finding.level == "error"]
    assert len({finding.cell for finding in found}) == len(found), "one finding a cell"
    return {str(finding.cell): (finding.claimed, finding.computed) for finding in found}


@pytest.fixture(scope="module")
def v4(repository: Path) -> Checked:
    (design,) = checked(repository / "designs" / "Model Design.xlsx", target_rf=100.0)
    return design


def test_the_visible_sheet_has_ten_wrong_cells_and_no_more(v4: Checked) -> None:
    right = {cell: values[:2] for cell, values in {**V4_ROOTS, **V4_INHERITED}.items()}
    assert errors_of(v4) == right


def test_roots_carry_their_reason_and_inherited_cells_their_cause(v4: Checked) -> None:
    by_cell = {str(finding.cell): finding for finding in v4.findings if finding.cell}
    assert {cell: by_cell[cell].code for cell in V4_ROOTS} == {cell: code for cell, (_, _, code) in V4_ROOTS.items()}
    assert all(by_cell[cell].cause is None for cell in V4_ROOTS)
    found = {cell: str(by_cell[cell].cause) for cell in V4_INHERITED}
    assert found == {cell: cause for cell, (_, _, cause) in V4_INHERITED.items()}


def test_the_target_is_missed_at_64(v4: Checked) -> None:
    (missed,) = [finding for finding in v4.findings if finding.code == "TG001"]
    assert missed.message == "the target of 100 is missed: the receptive field is 64"
    assert (missed.claimed, missed.computed) == (100, 64)


def test_final_claimed_and_understood_of_the_visible_sheet(v4: Checked) -> None:
    assert (v4.table, v4.layers, v4.status, v4.buildable) == ("A4:J33", 20, "findings", True)
    assert v4.final is not None
    assert {key: v4.final[key] for key in ("size", "rf", "rf_min", "jump", "params")} == {
        "size": 16, "rf": 64, "rf_min": 4, "jump": 2, "params": 27_878_152,
    }  # fmt: skip
    assert v4.claimed == {"size": 16, "rf": 102, "jump": None, "params": 15_525_128}
    assert v4.understood is not None
    columns = {column["column"]: column for column in v4.understood["columns"]}
    assert (columns["H"]["convolutions_per_row"], columns["H"]["exceptions"]) == (1, {})
    assert (columns["I"]["convolutions_per_row"], columns["I"]["exceptions"]) == (2, {"5": 1})


def test_assumptions_change_the_network(repository: Path) -> None:
    options = CheckOptions(assume=("conv=separable", "batch_norm=true"))
    design = read_one(str(repository / "designs" / "Model Design.xlsx"), options)
    assert design.final is not None
    assert design.final["params"] == 4_041_347


@pytest.mark.parametrize(
    ("sheet", "wrong", "lucky"),
    [
        ("Proposed Model V3", {"J7", "J8", "J10", "J40", "H32", "H34", "H35", "H38", "I32", "I34", "I35", "I38"}, set()),
        ("Proposed Model V2", {"H33", "H35", "H36", "H37", "H39"}, set()),
        (
            "Proposed Model",
            {"G12", "G13", "G14", "G15", "G17", "G19", "G20", "G21", "G22", "G24", "G33", "G35", "G36", "G37", "G39"},
            {"G26"},
        ),
    ],
)
def test_hidden_sheets_are_read_by_name(shared_dir: Path, sheet: str, wrong: set[str], lucky: set[str]) -> None:
    (design,) = check_files([f"{shared_dir}/sheets/Model Design.xlsx#{sheet}"], CheckOptions()).designs
    assert set(errors_of(design)) == wrong
    assert {str(finding.cell) for finding in design.findings if finding.level == "warning"} == lucky


def test_the_ideal_model_is_too_large_to_build_but_checked(shared_dir: Path) -> None:
    (design,) = checked(shared_dir / "sheets" / "Model Design.xlsx", sheets=("Ideal Model",))
    wrong = errors_of(design)
    assert wrong["F38"] == (4, 8)
    assert wrong["I5"] == (18_464, 896)
    assert not design.buildable
    assert "--allow-large" in str(design.reason) or "limit" in str(design.reason)
    assert {str(finding.cell) for finding in design.findings if finding.level == "info"} == {"I19", "I37"}


def test_hidden_sheets_are_listed(shared_dir: Path) -> None:
    result = check_files([str(shared_dir / "sheets" / "Model Design.xlsx")], CheckOptions())
    assert {passed.sheet for passed in result.passed_over if passed.reason == "hidden"} == {
        "Proposed Model V3", "Proposed Model V2", "Proposed Model", "Ideal Model",
    }  # fmt: skip


FIELDS = {"nin": "input_size", "nout": "size", "jin": "jump_in", "jout": "jump", "rout": "rf_out", "par": "params"}


def test_public_sheets_every_wrong_cell_and_no_right_one(shared_dir: Path) -> None:
    for case in json.loads((shared_dir / "sheets" / "expected.json").read_text()):
        designs = checked(shared_dir / "sheets" / case["file"], sheets=(case["sheet"],))
        first, last = case["rows"]
        covered = {f"{case['columns'][key]}{row}" for key in FIELDS if key in case["columns"] for row in range(first, last + 1)}
        (design,) = [item for item in designs if covered & _cells(item) or _area_holds(item, case)]
        found = {cell: values for cell, values in errors_of(design).items() if cell in covered}
        assert found == {wrong["cell"]: (wrong["claimed"], wrong["right"]) for wrong in case["wrong"]}, case["case"]
        assert design.final is not None
        figures = (design.layers, design.final["rf"], design.final["jump"], design.final["size"])
        assert figures == (case["n_layers"], case["final_rf"], case["final_jump"], case["final_n"]), case["case"]


def _cells(design: Checked) -> set[str]:
    return {str(finding.cell) for finding in design.findings if finding.cell}


def _area_holds(design: Checked, case: dict[str, object]) -> bool:
    bounds = openpyxl.utils.range_boundaries(design.table)
    column = openpyxl.utils.column_index_from_string(case["columns"]["k"])  # type: ignore[index]
    first, last = case["rows"]  # type: ignore[misc]
    return bounds[0] <= column <= bounds[2] and bounds[1] < first and bounds[3] >= last - 1


def test_one_typed_size_is_the_cause_of_thirteen_wrong_cells(shared_dir: Path) -> None:
    (design,) = checked(shared_dir / "sheets" / "mnist_four_versions.xlsx", sheets=("V0",))
    assert sorted(map(str, causes_of_errors(design).values())) == ["F7"] * 13 + ["None"]


def test_a_sheet_without_a_design_is_refused(shared_dir: Path) -> None:
    (design,) = checked(shared_dir / "sheets" / "not_a_design.xlsx")
    assert design.status == "unreadable"
    assert "holds no design" in str(design.reason)


def write_small_sheet(path: Path, *, rows_down: int = 0, columns_right: int = 0, headers: dict[str, str] | None = None) -> None:
    """Four layers with one wrong cell: the receptive field of the third, doubled at the pool."""
    names = {"k": "Kernel Size", "f": "No. of kernels", "n": "Output resolution", "r": "Receptive Field"}
    names.update(headers or {})
    book = openpyxl.Workbook()
    sheet = book.active
    table = [list(names.values()), ["3*3", 8, 28, 3], ["3*3", 8, 28, 5], ["maxpool", "-", 14, 10], ["1*1", 10, 14, 10]]
    sheet.cell(1 + rows_down, 1 + columns_right, "Input Size")
    sheet.cell(1 + rows_down, 2 + columns_right, 28)
    for row, values in enumerate(table, start=3 + rows_down):
        for column, value in enumerate(values, start=1 + columns_right):
            sheet.cell(row, column, value)
    book.save(path)


@pytest.mark.parametrize(
    ("down", "right", "headers", "cells"),
    [
        (0, 0, {}, {"D6", "D7"}),
        (3, 2, {}, {"F9", "F10"}),
        (0, 0, {"k": "filter size", "f": "#filters", "n": "n_out", "r": "r_out"}, {"D6", "D7"}),
        (5, 1, {"k": "k", "f": "Filters", "n": "Output Size", "r": "RF"}, {"E11", "E12"}),
    ],
)
def test_tables_are_found_wherever_they_stand(
    tmp_path: Path, down: int, right: int, headers: dict[str, str], cells: set[str]
) -> None:
    path = tmp_path / "any name.xlsx"
    write_small_sheet(path, rows_down=down, columns_right=right, headers=headers)
    (design,) = checked(path)
    assert set(errors_of(design)) == cells
    root, inherited = sorted(cells, key=lambda cell: int(cell[1:]))
    assert causes_of_errors(design) == {root: None, inherited: root}
    assert design.final is not None
    assert (design.final["rf"], design.final["size"]) == (6, 14)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "there is no such file"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.write_text("k,p,s\n3,1,1\n"), "is not an .xlsx workbook"),
        (lambda path: path.write_bytes(b""), "is not an .xlsx workbook"),
    ],
)
def test_unreadable_files_have_one_message(tmp_path: Path, make: object, words: str) -> None:
    path = tmp_path / "sheet.xlsx"
    make(path)  # type: ignore[operator]
    (design,) = checked(path)
    assert design.status == "unreadable"
    assert words in str(design.reason)
    assert str(path) in str(design.reason)


def test_an_unknown_sheet_names_the_nearest(repository: Path) -> None:
    with pytest.raises(InputError, match="did you mean"):
        read_one(f"{repository}/designs/Model Design.xlsx#Proposed Model V5", CheckOptions())


def test_select_and_ignore_choose_by_code(repository: Path) -> None:
    path = repository / "designs" / "Model Design.xlsx"
    (selected,) = checked(path, select=("RF",))
    assert {finding.code[:2] for finding in selected.findings} == {"RF"}
    (ignored,) = checked(path, ignore=("RF", "TG"))
    assert {finding.code[:2] for finding in ignored.findings} == {"PA"}


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 60_000_000)
    (design,) = checked(path)
    assert "unpacks to 60 MB in 1 parts, over the limit of 50 MB" in str(design.reason)


def test_a_misspelt_code_is_refused(repository: Path) -> None:
    with pytest.raises(InputError, match='no finding has the code "RX"'):
        checked(repository / "designs" / "Model Design.xlsx", select=("RX",))


ODD_VALUES = ["=1/0", "#REF!", -1, 0, 10**9, "3*3", None, "=A1", 1e308, "'", True, "=SUM(A:A)", 16.5, "maxpool", "x" * 5000]


def test_no_mutation_of_a_good_sheet_ends_in_a_traceback(repository: Path, tmp_path: Path) -> None:
    good, path = (repository / "designs" / "demo.xlsx").read_bytes(), tmp_path / "mutated.xlsx"
    random = Random(1)
    for _ in range(60):
        broken = bytearray(good)
        for _ in range(random.randint(1, 6)):
            broken[random.randrange(len(broken))] = random.randrange(256)
        path.write_bytes(bytes(broken))
        assert checked(path)
    for _ in range(40):
        book = openpyxl.load_workbook(repository / "designs" / "demo.xlsx")
        for _ in range(3):
            book.worksheets[0].cell(random.randint(1, 25), random.randint(1, 10)).value = random.choice(ODD_VALUES)
        book.save(path)
        assert checked(path)


PLAN = """\
name: joined
input: {image_size: 32}
plan:
  - {kind: conv, name: a, filters: 8}
  - {kind: conv, name: b, filters: 8}

  - {kind: add, name: c, inputs: [a, b]}
  - {kind: global_average_pool}
"""


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (("inputs: [a, b]", "inputs: [a, z]"), "7:5", 'row "c" reads "z", which does not exist'),
        (("b, filters: 8", "b, filters: 8, strides: 2"), "7:5", 'layer "c" cannot be: maps of different sizes meet: 32, 16'),
        (("name: b", "name: a"), "5:5", 'row 2 of the plan and row 1 of the plan are both named "a"'),
        (
            ("- {kind: conv, name: b,", "- {kind: softmax, name: d}\n  - {kind: conv, name: b, inputs: [a],"),
            "5:5",
            'nothing reads row "d"',
        ),
        (("filters: 8", "filters: 70000"), "4:5", "the design has 70,000 channels"),
    ],
)
def test_what_is_found_in_the_graph_of_a_yaml_has_the_line_of_its_row(
    change: tuple[str, str], place: str, words: str, tmp_path: Path
) -> None:
    file = tmp_path / "joined.yaml"
    file.write_text(PLAN)
    assert checked(file)[0].readable
    file.write_text(PLAN.replace(*change))
    (found,) = checked(file)
    assert str(found.reason).startswith(f"{file}:{place}: {words}")
    with pytest.raises(InputError, match=rf"joined.yaml:{place}: "):
        read_one(str(file), CheckOptions())
