"""A person edits a workbook of ours: numbers follow, the tool reads the edit, and what does not follow is found and mended."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest

from generator.check.files import check_files, read_one
from generator.design.read_yaml import read_yaml
from generator.design.record import Design
from generator.fix.corrected_copy import corrected_copy
from generator.lint.finding import Checked
from generator.lint.options import CheckOptions
from tests.support.own_workbooks import (
    IMAGE_ROW,
    as_drawn,
    chain,
    check,
    columns,
    kernel_rows,
    on_cells,
    opened,
    put,
    read,
    shown_numbers,
    true_numbers,
    with_kernel,
    written,
)
from tests.support.plans_of_all_kinds import random_design

FIRST = IMAGE_ROW + 1
SMALL: tuple[dict[str, Any], ...] = (
    {"kind": "conv", "filters": 8, "batch_norm": True},
    {"kind": "max_pool"},
    {"kind": "conv", "filters": 16},
    {"kind": "bottleneck", "filters": "classes"},
    {"kind": "global_average_pool"},
    {"kind": "softmax"},
)


def edited(design: Design, path: Path, seed: int) -> Design | None:
    """Types another kernel into one line of a workbook; the design that it is then, if it can be."""
    rows = kernel_rows(design)
    if not rows:
        return None
    index = Random(seed).choice(rows)
    key = "kernel_size" if hasattr(design.plan[index], "kernel_size") else "pool_size"
    kernel = getattr(design.plan[index], key)[0] + 1
    put(path, {(FIRST + index, "kernel_size"): kernel})
    changed = with_kernel(design, index, kernel)
    return changed if check(path).readable else None


@pytest.mark.parametrize("seed", range(30))
def test_every_number_follows_an_edited_kernel(seed: int, tmp_path: Path) -> None:
    design = random_design(seed, upsampling=False)
    path = written(design, tmp_path)
    changed = edited(design, path, seed)
    if changed is None:
        pytest.skip("that kernel does not fit")
    found = read(path)  # The formulas have no values any more: they are worked out by the reader.
    assert found.design == changed
    assert found.final == as_drawn(changed).final
    assert not on_cells(found)


@pytest.fixture(scope="module")
def recalculated(
    tmp_path_factory: pytest.TempPathFactory, recalculated_by_libreoffice: Callable[[Path, Sequence[Path]], None]
) -> dict[int, tuple[Design, Path]]:
    """Designs with an edited kernel, and their workbooks as LibreOffice has calculated and saved them."""
    before, after = (tmp_path_factory.mktemp(name) for name in ("before", "after"))
    designs: dict[int, Design] = {}
    for seed in range(40):
        design = random_design(seed, upsampling=seed % 4 == 0)
        path = written(design, before, f"{seed}.xlsx")
        changed = edited(design, path, seed)
        if changed is not None:
            designs[seed] = changed
    recalculated_by_libreoffice(after, [before / f"{seed}.xlsx" for seed in designs])
    return {seed: (design, after / f"{seed}.xlsx") for seed, design in designs.items()}


@pytest.mark.slow
def test_a_spreadsheet_program_gives_the_same_numbers(recalculated: dict[int, tuple[Design, Path]]) -> None:
    followed = 0
    for seed, (design, path) in recalculated.items():
        shown, found = shown_numbers(path), check(path)
        assert found.design == design, seed
        wrong = {(name, header) for name, cells in shown.items() for header, value in cells.items()
                 if value != pytest.approx(true_numbers(design, cells)[name][header])}  # fmt: skip
        # Behind upsamplings no formula of one line gives every receptive field; those are the check's to find.
        assert seed % 4 == 0 or not wrong, seed
        assert {header.partition(" ")[0] for _, header in wrong} <= {"rf"}, seed
        assert bool(wrong) == bool(on_cells(found)), seed
        followed += not wrong
    assert followed > len(recalculated) * 0.9
    assert len(recalculated) > 25


def test_a_decoder_has_formulas_throughout(tmp_path: Path) -> None:
    design = chain(
        *({"kind": kind, **({"filters": 8} if kind == "conv" else {})} for kind in ("conv", "max_pool") * 3),
        {"kind": "conv", "filters": 16, "kernel_size": 5},
        {"kind": "upsample"},
        {"kind": "conv", "filters": 8},
        {"kind": "conv", "conv": "transposed", "filters": 8, "kernel_size": 4, "strides": 2},
        {"kind": "conv", "filters": 8},
        {"kind": "upsample", "interpolation": "bilinear"},
        {"kind": "conv", "filters": 8},
        {"kind": "concat", "inputs": ["conv_0", "conv_7"]},
        {"kind": "conv", "filters": 8},
    )
    path = written(design, tmp_path)
    _, sheet = opened(path)
    fields = [sheet.cell(FIRST + index, columns(sheet)["rf"]).value for index in range(len(design.plan))]
    assert all(str(formula).startswith("=") for formula in fields)
    for index in (index for index in kernel_rows(design) if design.plan[index].kind == "conv"):
        put(path, {(FIRST + index, "kernel_size"): 7}, tmp_path / "edited.xlsx")
        found = read(tmp_path / "edited.xlsx")
        assert found.final == as_drawn(with_kernel(design, index, 7)).final
        assert not on_cells(found)


def test_other_cells_are_read_as_well(tmp_path: Path) -> None:
    path = written(chain(*SMALL), tmp_path)
    cells: dict[tuple[int, str], Any] = {
        (FIRST, "filters"): 12, (FIRST, "batch_norm"): False, (FIRST + 1, "kernel_size"): 3, (FIRST + 2, "conv"): "separable",
        (FIRST + 2, "strides"): 2, (FIRST + 2, "padding"): 1, (IMAGE_ROW, "size"): 40, (IMAGE_ROW, "channels"): 1,
    }  # fmt: skip
    put(path, cells)
    book, sheet = opened(path)
    sheet["B2"] = 7
    book["Targets"]["B2"] = 30
    book["About"]["B2"] = "another"
    book.save(path)
    found = read(path)
    assert found.design is not None
    wanted = chain(
        {**SMALL[0], "filters": 12, "batch_norm": False},
        {"kind": "max_pool", "pool_size": 3},
        {**SMALL[2], "conv": "separable", "strides": 2, "padding": 1},
        *SMALL[3:],
        name="another",
        classes=7,
        input={"image_size": 40, "channels": 1},
        targets={"rf": {"value": 30}},
    )
    assert found.design == wanted
    assert found.final == as_drawn(wanted).final
    assert not on_cells(found)


def test_two_axes_in_one_cell_are_read_and_what_does_not_follow_is_found(tmp_path: Path) -> None:
    path = put(written(chain(*SMALL), tmp_path), {(FIRST + 2, "kernel_size"): "1x5"})
    found = read(path)
    assert found.design is not None
    assert found.design.plan[2].model_dump()["kernel_size"] == (1, 5)
    weights = next(finding for finding in on_cells(found) if finding.message.startswith("weights"))
    assert "does not know all that its line says" in weights.message
    assert weights.help == "type 640"


# ------------------------------------------------------------------------------------------------- what is found, and mended


def test_a_number_over_a_formula_is_found_with_what_follows_from_it(tmp_path: Path) -> None:
    path = put(written(chain(*SMALL), tmp_path), {(FIRST + 1, "rf"): 9})
    found = check(path)
    typed, *others = sorted(on_cells(found), key=lambda finding: finding.cause is not None)
    assert (typed.code, typed.field, typed.claimed, typed.computed, typed.cause) == ("FM002", "rf_out", 9, 4, None)
    assert typed.help is not None
    assert typed.help.startswith("type =")
    assert {finding.cause for finding in others} == {typed.cell}
    assert found.final == as_drawn(chain(*SMALL)).final
    assert found.claimed is not None
    assert found.claimed["rf"] == 13


def test_another_formula_is_found(tmp_path: Path) -> None:
    path = put(written(chain(*SMALL), tmp_path), {(FIRST + 2, "params"): "=1+1"})
    (found,) = (finding for finding in on_cells(check(path)) if finding.cause is None)
    assert (found.code, found.claimed, found.computed) == ("FM003", 2, 1168)


def test_values_that_nobody_recalculated_are_found(tmp_path: Path) -> None:
    """A program that changes a cell and keeps the values beside the formulas as they were."""
    path = written(chain(*SMALL), tmp_path)
    _, sheet = opened(path)
    cell = sheet.cell(FIRST, columns(sheet)["kernel_size"]).coordinate
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    parts[name], count = re.subn(rf'(<c r="{cell}"[^>]*><v>)3(</v>)'.encode(), rb"\g<1>5\g<2>", parts[name])
    assert count == 1
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    found = check(path)
    assert {finding.code for finding in on_cells(found)} == {"FI003"}
    assert {finding.level for finding in on_cells(found)} == {"error"}
    assert found.final is not None
    assert found.final["rf"] == 10


@pytest.mark.parametrize("name", ["tiny-imagenet-v36.yaml", "resnet18-tiny-imagenet.yaml"])
def test_the_corrected_copy_has_the_formulas_again(name: str, repository: Path, tmp_path: Path) -> None:
    design = read_yaml(repository / "designs" / name)
    path = written(design, tmp_path)
    _, original = opened(path)
    cells: dict[tuple[int, str], Any] = {(9, "rf"): 99, (12, "params"): "=1+1", (14, "macs"): None, (11, "size"): 3}
    put(path, cells)
    designs = check_files([str(path)], CheckOptions()).designs
    assert len([finding for finding in on_cells(designs[0]) if finding.cause is None]) >= len(cells)
    (tmp_path / "fixed.xlsx").write_bytes(corrected_copy(path, designs, CheckOptions()).content)
    assert not on_cells(check(tmp_path / "fixed.xlsx"))
    _, fixed = opened(tmp_path / "fixed.xlsx")
    for row, header in cells:
        place = (row, columns(original)[header])
        assert fixed.cell(*place).value == original.cell(*place).value


def test_a_row_put_in_between_gets_a_name_and_the_row_below_is_found(tmp_path: Path) -> None:
    """As a spreadsheet program does it: the formulas below go on reading the row that they read before."""
    rows = [{"kind": "conv", "filters": 8}, {"kind": "conv", "filters": 8}, {"kind": "conv", "filters": 8}]
    path = written(chain(*rows), tmp_path)
    _, sheet = opened(path)
    named = columns(sheet)
    old = {header: sheet.cell(FIRST + 2, named[header]).value for header in ("size", "rf", "jump", "channels", "weights")}
    put(path, {(FIRST + 1, "name"): None, (FIRST + 2, "name"): "conv_1", (FIRST + 1, "kernel_size"): 5})
    skipping = {header: text.replace(str(FIRST + 1), str(FIRST)) for header, text in old.items()}
    put(path, {(FIRST + 2, header): text for header, text in skipping.items()})
    found = check(path)
    assert found.design is not None
    assert [row.name for row in found.design.plan] == [None, "conv_2", "conv_1"]
    (wrong,) = (finding for finding in on_cells(found) if finding.cause is None)
    assert (wrong.code, wrong.claimed, wrong.computed) == ("FM003", 5, 9)
    assert wrong.help == f"type {old['rf']}"


def test_a_row_without_numbers_is_a_note(tmp_path: Path) -> None:
    path = written(chain(*SMALL), tmp_path)
    put(path, {(FIRST + 6, "kind"): "dropout", (FIRST + 6, "block"): "end"})
    book, sheet = opened(path)
    sheet.cell(FIRST + 6, columns(sheet)["kind"]).value = "activation"
    book.save(path)
    found = check(path)
    assert found.layers == 7
    assert found.status == "clean"
    assert {finding.level for finding in on_cells(found)} == {"info"}


BAD = [
    ({(FIRST, "kind"): "conf"}, "!C7", 'unknown kind "conf"'),
    ({(FIRST, "kind"): None}, "!C7", "a row with conv has no kind"),
    ({(FIRST, "kernel_size"): "three"}, "!G7", "kernel_size is not right"),
    ({(FIRST, "kernel_size"): 2.5}, "!G7", "kernel_size is not right"),
    ({(FIRST, "filters"): -3}, "!F7", "filters is not right"),
    ({(FIRST, "use_bias"): "maybe"}, "!J7", "use_bias is not right"),
    ({(FIRST, "name"): "a b"}, "!B7", "name is not right"),
    ({(FIRST + 1, "filters"): 8}, "!F8", "max_pool takes no filters"),
    ({(FIRST + 3, "padding"): "valid"}, "!I10", "the padding of bottleneck cannot be changed"),
    ({(FIRST + 2, "inputs"): "nothing"}, "!C9:", 'reads "nothing", which does not exist'),
    ({(IMAGE_ROW, "size"): "big"}, "!L6", "image_size is not right"),
    ({(IMAGE_ROW, "kind"): "conv"}, "!C6", "the first row is not the image's"),
]


@pytest.mark.parametrize(("cells", "place", "words"), BAD)
def test_a_cell_that_cannot_be_is_named(cells: dict[tuple[int, str], Any], place: str, words: str, tmp_path: Path) -> None:
    path = put(written(chain(*SMALL), tmp_path), cells)
    found = check(path)
    assert not found.readable
    assert found.reason is not None
    assert words in found.reason
    assert place in found.reason.splitlines()[0]


def test_of_many_wrong_cells_it_is_said_how_many_more_there_are(tmp_path: Path) -> None:
    rows = [{"kind": "conv", "filters": 8} for _ in range(23)]
    path = put(written(chain(*rows), tmp_path), {(FIRST + index, "filters"): -3 for index in range(23)})
    said = str(check(path).reason)
    assert said.count("filters is not right") == 20
    assert said.splitlines()[-1] == f"{path}#Plan: and 3 more"


def test_a_setting_that_cannot_be_is_named_by_its_key(tmp_path: Path) -> None:
    recipe = {"phases": [{"image_size": 32, "epochs": 1, "batch_size": 8}]}
    path = written(chain(*SMALL, train=recipe), tmp_path)
    book = openpyxl.load_workbook(path)
    row = next(row for row in book["Recipe"].iter_rows() if row[0].value == "phases.0.epochs")
    row[1].value = -1
    book.save(path)
    assert f"{path}#Plan: train.phases.0.epochs: epochs is not right" in str(check(path).reason)


def test_the_plan_may_stand_beside_other_tables(tmp_path: Path, repository: Path) -> None:
    path = written(chain(*SMALL), tmp_path)
    book = openpyxl.load_workbook(path)
    other = book.create_sheet("Drawn by hand", 0)
    for row in openpyxl.load_workbook(repository / "designs" / "demo.xlsx")["Demo"].iter_rows():
        for cell in row:
            other.cell(cell.row, cell.column, cell.value)
    book.save(path)
    found = check_files([str(path)], CheckOptions()).designs
    assert [(design.sheet, design.status) for design in found] == [("Drawn by hand", "clean"), ("Plan", "clean")]
    assert named(path, "Plan").design == chain(*SMALL)


def named(path: Path, sheet: str) -> Checked:
    return read_one(f"{path}#{sheet}", CheckOptions())


def test_saved_as_text_it_is_read_too(tmp_path: Path) -> None:
    _, sheet = opened(written(chain(*SMALL), tmp_path), values=True)
    lines = [[("" if cell is None else str(cell).upper() if isinstance(cell, bool) else str(cell)) for cell in row]
             for row in sheet.iter_rows(values_only=True)]  # fmt: skip
    text = tmp_path / "plan.csv"
    text.write_text("\n".join(",".join(line) for line in lines), encoding="utf-8")
    found = check(text)
    assert found.status == "clean"
    assert found.final == as_drawn(chain(*SMALL)).final
