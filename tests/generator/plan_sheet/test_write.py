"""Designs as workbooks: what is written reads back as it was, shows true numbers, and looks as it should."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from generator.check.files import read_one
from generator.design.parse import parse_design
from generator.design.read_yaml import read_yaml
from generator.design.record import Design
from generator.design.rows import ROWS
from generator.lint.options import CheckOptions
from generator.plan_sheet.write import design_workbook
from generator.spreadsheet.formula import parse_formula, references_in_formula
from tests.support import places
from tests.support.own_workbooks import (
    HEADER_ROW,
    IMAGE_ROW,
    as_drawn,
    chain,
    columns,
    on_cells,
    opened,
    read,
    shown_numbers,
    true_numbers,
    written,
)
from tests.support.plans_of_all_kinds import random_design

DESIGNS = sorted(path.name for path in places.DESIGNS.iterdir() if path.suffix in (".yaml", ".xlsx"))
NUMBERS = ("size", "rf", "jump", "channels", "params", "macs")


def require_same(design: Design, path: Path) -> None:
    """The workbook is the design: every key, every figure, and nothing to find in it."""
    found, drawn = read(path), as_drawn(design)
    assert found.design == design
    assert found.final == drawn.final
    assert [finding.message for finding in found.findings] == [finding.message for finding in drawn.findings]
    assert found.layers == len(design.plan)


@pytest.mark.parametrize("name", DESIGNS)
def test_every_design_of_ours_comes_back(name: str, repository: Path, tmp_path: Path) -> None:
    design = read_one(str(repository / "designs" / name), CheckOptions()).design
    assert design is not None
    require_same(design, written(design, tmp_path))


@pytest.mark.parametrize("seed", [*range(30), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(30, 100))])
def test_random_designs_come_back(seed: int, tmp_path: Path) -> None:
    design = random_design(seed)
    path = written(design, tmp_path)
    require_same(design, path)
    shown = shown_numbers(path)
    assert shown == true_numbers(design, next(iter(shown.values())))


def test_the_random_designs_hold_every_kind() -> None:
    assert {row.kind for seed in range(100) for row in random_design(seed).plan} == set(ROWS)


def test_what_is_said_without_need_comes_back_too(tmp_path: Path) -> None:
    design = chain(
        {"kind": "conv", "filters": 8, "name": "conv_0", "block": "1"},
        {"kind": "conv", "filters": 8, "inputs": ["conv_0"], "block": 1},
        {"kind": "max_pool", "strides": 2},
        {"kind": "max_pool"},
        {"kind": "bottleneck", "filters": 5, "activation": None},
        {"kind": "bottleneck", "filters": "classes", "activation": "linear"},
        defaults={"all": {"activation": None, "use_bias": False}, "conv": {"padding": [[1, 1], [1, 1]]}},
    )
    found = read(written(design, tmp_path)).design
    assert found == design
    assert [row.name for row in found.plan[:2]] == ["conv_0", None]
    assert [getattr(row, "strides") for row in found.plan[2:4]] == [(2, 2), None]  # noqa: B009


def test_the_same_design_gives_the_same_bytes(repository: Path, tmp_path: Path) -> None:
    design = read_yaml(repository / "designs" / "tiny-imagenet-v36.yaml")
    first, second = (written(design, tmp_path, name).read_bytes() for name in ("first.xlsx", "second.xlsx"))
    assert first == second


def test_a_design_without_a_name_is_named_after_its_file(tmp_path: Path) -> None:
    found = read(written(chain({"kind": "conv", "filters": 4}, name=""), tmp_path, "mine.xlsx")).design
    assert found is not None
    assert found.name == "mine Plan"


def test_another_image_size_is_the_sheets_own(repository: Path, tmp_path: Path) -> None:
    design = read_yaml(repository / "designs" / "tiny-imagenet-v4.yaml")
    (tmp_path / "large.xlsx").write_bytes(design_workbook(design, (64, 48)))
    found = read(tmp_path / "large.xlsx")
    assert found.design is not None
    assert found.design.input.image_size == (64, 48)
    assert found.final is not None
    assert found.final["size"] == [32, 24]
    assert not on_cells(found)


# ----------------------------------------------------------------------------------------------------------------- formulas


def relative(formula: str, row: int) -> str:
    """A formula with every row as its distance from its own: what is the same for cells that were copied down."""
    return re.sub(r"(?<![$\w])([A-Z]{1,2})(\d+)", lambda found: f"{found[1]}[{int(found[2]) - row}]", formula)


@pytest.mark.parametrize("name", ["tiny-imagenet-v4.yaml", "resnet18-tiny-imagenet.yaml", "demo.xlsx"])
def test_every_column_of_numbers_is_one_formula(name: str, repository: Path, tmp_path: Path) -> None:
    design = read_one(str(repository / "designs" / name), CheckOptions()).design
    assert design is not None
    _, sheet = opened(written(design, tmp_path))
    rows = range(IMAGE_ROW + 1, IMAGE_ROW + 1 + len(design.plan))
    for header in NUMBERS:
        cells = [(sheet.cell(row, columns(sheet)[header]).value, row) for row in rows]
        assert len({relative(formula, row) for formula, row in cells}) == 1, header
        assert cells[0][0].startswith("="), header


def test_a_line_with_inputs_reads_their_lines(tmp_path: Path) -> None:
    design = chain(
        {"kind": "conv", "filters": 8, "name": "first"},
        {"kind": "conv", "filters": 4, "kernel_size": 5, "name": "second"},
        {"kind": "concat", "inputs": ["first", "second"]},
    )
    _, sheet = opened(written(design, tmp_path))
    named = columns(sheet)
    for header, inputs in (("channels", {7, 8}), ("rf", {7, 8}), ("size", {7})):
        formula = sheet.cell(9, named[header]).value
        read_rows = {cell.row for cell in references_in_formula(parse_formula(formula)) if cell.column == named[header]}
        assert read_rows == inputs, formula


def test_values_stand_beside_the_formulas(repository: Path, tmp_path: Path) -> None:
    design = read_yaml(repository / "designs" / "tiny-imagenet-v36.yaml")
    path = written(design, tmp_path)
    _, sheet = opened(path, values=True)
    named = columns(sheet)
    assert [sheet.cell(2, named[header]).value for header in NUMBERS] == [16, 80, 2, 200, 11178211, 10365692928]
    assert [sheet.cell(row, named["rf"]).value for row in (3, 4)] == [90, 110]
    assert [sheet.cell(row, named["params"]).value for row in (3, 4)] == [None, 12_000_000]
    assert sheet["A1"].value == "tiny-imagenet-v36"


# ------------------------------------------------------------------------------------------------------------- hostile texts

HOSTILE = ("=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "\t=1", "\n=1", "'=1", " =1", "\u202e=1", '"', "<x>&amp;", "_x0041_")


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_of_a_design_stay_texts(text: str, tmp_path: Path) -> None:
    design = parse_design(
        {
            "name": text,
            "source": text,
            "expected": text,
            "classes": 3,
            "defaults": {"conv": {"kernel_initializer": text}},
            "plan": [
                {"kind": "conv", "filters": 4, "block": text, "note": text, "kernel_initializer": "he_normal"},
                {"kind": "bottleneck", "filters": "classes"},
            ],
            "train": {"phases": [{"image_size": 8, "epochs": 1, "batch_size": 1}], "class_weight": {f"a{text}b": 2.0}},
        }
    )
    path = written(design, tmp_path)
    assert read(path).design == design
    require_harmless(path)


@pytest.mark.parametrize("text", ["\x00=1", "\x1b[31m", "a\ud800b"])
def test_what_no_cell_can_hold_is_written_by_its_code(text: str, tmp_path: Path) -> None:
    path = written(chain({"kind": "conv", "filters": 4}).model_copy(update={"name": text}), tmp_path)
    assert read(path).design is not None
    require_harmless(path)


def require_harmless(path: Path) -> None:
    """Formulas are ours alone: arithmetic on cells of this workbook."""
    known = {"IF", "MAX", "SUM", "INT", "ROUNDUP", "ROUND"}
    for sheet in openpyxl.load_workbook(path):
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"):
            assert set(re.findall(r"([A-Z][A-Z.]*)\(", re.sub('"[^"]*"', "", cell.value))) <= known, cell.value
            assert not set(cell.value) & set("|'[]#@\t\n"), cell.value
    assert not [name for name in zipfile.ZipFile(path).namelist() if "external" in name.lower() or "vba" in name.lower()]


# --------------------------------------------------------------------------------------------------------------------- looks


def test_the_sheet_is_dressed(repository: Path, tmp_path: Path) -> None:
    book, sheet = opened(written(read_yaml(repository / "designs" / "tiny-imagenet-v36.yaml"), tmp_path))
    assert book.sheetnames == ["Plan", "Targets", "Recipe", "About"]
    assert sheet.freeze_panes == f"C{HEADER_ROW + 1}"
    named = columns(sheet)
    assert sheet.cell(20, named["params"]).number_format == sheet.cell(20, named["macs"]).number_format == "#,##0"
    letters = {header: openpyxl.utils.get_column_letter(number) for header, number in named.items()}
    rules = {str(area.sqref): [rule.type for rule in area.rules] for area in sheet.conditional_formatting}
    last = IMAGE_ROW + 29
    assert rules[f"{letters['rf']}{IMAGE_ROW}:{letters['rf']}{last}"] == ["colorScale"]
    assert rules[f"{letters['params']}{IMAGE_ROW + 1}:{letters['params']}{last}"] == ["dataBar"]
    assert rules[f"{letters['rf']}2"] == ["expression", "expression"]
    names = [len(sheet.cell(row, named["name"]).value) for row in range(IMAGE_ROW, last + 1)]
    for header in named:
        longest = max(names) if header == "name" else len(header)
        assert sheet.column_dimensions[letters[header]].width >= longest + 1, header


def test_targets_and_recipe_are_sheets(repository: Path, tmp_path: Path) -> None:
    book, _ = opened(written(read_yaml(repository / "designs" / "tiny-imagenet-v36.yaml"), tmp_path))
    rows: dict[str, list[Any]] = {
        name: [tuple(row) for row in book[name].iter_rows(values_only=True)] for name in book.sheetnames
    }
    assert rows["Targets"][:3] == [
        ("name", "value", "tolerance", "min", "max"), ("rf", 100, 10, None, None), ("params", None, None, None, 12_000_000)
    ]  # fmt: skip
    assert rows["Recipe"][0] == ("key", "value")
    assert ("phases.0.image_size", 32) in rows["Recipe"]
    assert ("name", "tiny-imagenet-v36") in rows["About"]


@pytest.mark.slow
def test_a_thousand_rows(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"kind": "conv", "filters": 4 + number % 5, "block": number // 9} for number in range(999)]
    design = chain(*rows, {"kind": "softmax"})
    require_same(design, written(design, tmp_path))
