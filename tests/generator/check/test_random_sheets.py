"""Sheets of every layout that people use, by seed: read as they were written, and every wrong cell found with its cause."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from typing import Any

import pytest

from generator.check.files import check_files
from generator.lint.finding import Checked
from generator.lint.options import CheckOptions
from tests.support.random_designs import Layer, Pair
from tests.support.random_sheets import RandomSheet, random_sheet
from tests.support.sheet_claims import Content, Position, Table, address
from tests.support.sheet_files import evaluate, shown, to_csv, to_markdown, write_xlsx
from tests.support.sheet_mistakes import Wrong, make_mistakes

QUICK_SEEDS = range(30)
SLOW_SEEDS = range(30, 330)
POOLS = ("max_pool", "average_pool")


def described(sheet: RandomSheet, cells: dict[Position, Content]) -> str:
    styles = "\n".join(str(table.style) for table in sheet.tables)
    return f"\nseed {sheet.seed}, {sheet.kind}, {sheet.arrangement}\n{styles}\n{shown(cells, evaluate(cells))}"


def save(sheet: RandomSheet, path: Path, wrong: Wrong | None = None) -> Path:
    values = wrong.values if wrong else evaluate(sheet.cells)
    cells = wrong.cells if wrong else values if sheet.kind == "values" else sheet.cells
    write_xlsx(path, cells, sheet.merged, values if sheet.kind == "stored formulas" else None)
    return path


def design_of(table: Table, designs: tuple[Checked, ...]) -> Checked | None:
    """The result whose area holds the table's first layer."""
    columns = set(table.columns.values())
    for design in designs:
        match = re.fullmatch(r"([A-Z]+)(\d+):([A-Z]+)(\d+)", design.table or "")
        if match:
            first, last = _number(match[1]), _number(match[3])
            if int(match[2]) < table.rows[0] <= int(match[4]) and any(first <= column <= last for column in columns):
                return design
    return None


def _number(letters: str) -> int:
    return next(number for number in range(1, 700) if address(1, number)[:-1] == letters)


def differences(sheet: RandomSheet, designs: tuple[Checked, ...]) -> list[str]:
    """What was read otherwise than it was written: rows, kernels, strides, padding, dilation, kernels, final figures."""
    found = [] if len(designs) == len(sheet.tables) else [f"{len(designs)} tables read of {len(sheet.tables)}"]
    for number, table in enumerate(sheet.tables):
        design = design_of(table, designs)
        if design is None:
            found.append(f"table {number} is not read: {[item.reason or item.table for item in designs]}")
            continue
        last = table.network.maps[-1]
        right = {"size": last.size, "rf": last.rf, "jump": last.jump}
        figures = {name: (design.final or {}).get(name) for name in right}
        expected = {name: pair[0] if pair[0] == pair[1] else list(pair) for name, pair in right.items()}
        if design.layers != len(table.network.layers):
            found.append(f"table {number}: {design.layers} layers for {len(table.network.layers)}")
        if figures != expected:
            found.append(f"table {number}: final {figures} for {expected}")
        if table.style.channels != "none" and design.design is None:
            found.append(f"table {number}: no design: {design.reason}")
        if table.style.channels != "none" and design.design is not None:
            written = [_written(table, layer) for layer in table.network.layers]
            read = [_read(table, row, design.design) for row in design.design.plan if hasattr(row, "strides")]
            pairs = enumerate(zip(written, read, strict=False), start=1)  # a different number of layers is named above
            found += [f"table {number}, layer {index}: read {b} for {a}" for index, (a, b) in pairs if a != b]
    return found


def _written(table: Table, layer: Layer) -> tuple[Any, ...]:
    named = table.style.names in ("labelled", "unlabelled")
    kind = layer.kind if named or layer.kind == "conv" else "pool"
    pixels = layer.padding
    margins = ((pixels[0], pixels[0]), (pixels[1], pixels[1])) if isinstance(pixels, tuple) else pixels
    return kind, layer.kernel, layer.strides, _padding(table, layer.kernel, margins), layer.dilation, layer.filters


def _read(table: Table, row: Any, design: Any) -> tuple[Any, ...]:
    named = table.style.names in ("labelled", "unlabelled")
    kind = row.kind if named or row.kind not in POOLS else "pool"
    if row.kind in POOLS:
        return kind, row.pool_size, row.strides or row.pool_size, _padding(table, row.pool_size, row.padding), (1, 1), None
    filters = design.classes if row.filters == "classes" else row.filters
    return kind, row.kernel_size, row.strides, _padding(table, row.kernel_size, row.padding), row.dilation_rate, filters


def _padding(table: Table, kernel: Pair, padding: Any) -> Any:
    """No padding is "valid", and a 1x1 has none; without a padding column only the sizes say it, which are compared already."""
    if table.style.padding != "given":
        return None
    return "valid" if padding == ((0, 0), (0, 0)) or kernel == (1, 1) else padding


def check_uncorrupted(seed: int, folder: Path) -> None:
    sheet = random_sheet(seed)
    result = check_files([str(save(sheet, folder / "sheet.xlsx"))], CheckOptions())
    found = [f"{item.level} {item.cell}: {item.message}" for design in result.designs for item in design.findings]
    problems = [text for text in found if not text.startswith("info")] + differences(sheet, result.designs)
    assert not problems, "\n".join(problems) + described(sheet, sheet.cells)


def check_corrupted(seed: int, folder: Path) -> None:
    sheet = random_sheet(seed)
    wrong = make_mistakes(sheet, Random(f"mistakes {seed}"))
    if wrong is None:
        pytest.skip("no mistake in this sheet could be decided")
    result = check_files([str(save(sheet, folder / "sheet.xlsx", wrong))], CheckOptions())
    found = {str(item.cell): item for design in result.designs for item in design.findings if item.level != "info"}
    roots = {address(*position) for position in wrong.roots}
    right = {
        address(*position): (field, _amount(claimed), _amount(right))
        for position, (field, claimed, right) in wrong.wrong.items()
    }
    problems = [f"{cell} is wrong ({right[cell]}), not found" for cell in right if cell not in found]
    problems += [f"{cell} is right, called wrong: {item.message}" for cell, item in found.items() if cell not in right]
    for cell in set(found) & set(right):
        item = found[cell]
        if (item.field, item.claimed, item.computed) not in (right[cell], (_twin(sheet, cell), *right[cell][1:])):
            problems.append(f"{cell}: {(item.field, item.claimed, item.computed)} for {right[cell]}")
        if cell in roots and item.cause is not None:
            problems.append(f"{cell} is a root, but said to inherit from {item.cause}")
        if cell not in roots and str(item.cause) not in roots:
            problems.append(f"{cell} inherits from {sorted(roots)}, but its cause is {item.cause}")
    calculated = "" if sheet.kind != "values" else " (rows below calculated from it)" if wrong.typed else " (typed once)"
    assert not problems, "\n".join([f"typed wrong: {sorted(roots)}{calculated}", *problems]) + described(sheet, wrong.cells)


def _twin(sheet: RandomSheet, cell: str) -> str | None:
    """The other meaning of a single `J` where all strides are 1: nothing says whether it is the input's or the output's."""
    for table in sheet.tables:
        for claim in table.claims:
            if address(*claim.position) == cell and claim.field == "jump_in" and "jump" not in table.columns:
                return "jump" if table.network.maps[0].jump == table.network.maps[-1].jump else None
    return None


def _amount(content: Content) -> Any:
    """What a cell says, as the findings have it: a number, or [height, width]."""
    if not isinstance(content, str):
        return content
    height, width = (int(number) for number in re.findall(r"\d+", content))
    return height if height == width else [height, width]


@pytest.mark.parametrize("seed", QUICK_SEEDS)
def test_the_formulas_of_a_sheet_give_its_truth(seed: int) -> None:
    sheet = random_sheet(seed)
    values = evaluate(sheet.cells)
    claims = [claim for table in sheet.tables for claim in table.claims]
    assert {claim.position: values[claim.position] for claim in claims} == {claim.position: claim.right for claim in claims}


@pytest.mark.parametrize("seed", QUICK_SEEDS)
def test_a_sheet_is_read_as_it_was_written(seed: int, tmp_path: Path) -> None:
    check_uncorrupted(seed, tmp_path)


@pytest.mark.parametrize("seed", QUICK_SEEDS)
def test_wrong_cells_and_their_causes_are_found(seed: int, tmp_path: Path) -> None:
    check_corrupted(seed, tmp_path)


@pytest.mark.parametrize("seed", QUICK_SEEDS)
def test_the_csv_of_a_sheet_is_read_as_the_sheet(seed: int, tmp_path: Path) -> None:
    sheet = random_sheet(seed)
    wrong = make_mistakes(sheet, Random(f"mistakes {seed}"))
    values = wrong.values if wrong else evaluate(sheet.cells)
    (tmp_path / "sheet.csv").write_text(to_csv(values), encoding=("utf-8-sig", "utf-8")[seed % 2], newline="")
    write_xlsx(tmp_path / "sheet.xlsx", values)
    text, book = (_found(tmp_path / name) for name in ("sheet.csv", "sheet.xlsx"))
    assert text == book, described(sheet, values)


@pytest.mark.parametrize("seed", QUICK_SEEDS)
def test_a_markdown_table_is_read_as_it_was_written(seed: int, tmp_path: Path) -> None:
    sheet = random_sheet(seed)
    if len(sheet.tables) > 1 or sheet.tables[0].style.header != "one row":
        pytest.skip("a Markdown table has one header row")
    values = evaluate(sheet.cells)
    text = to_markdown(values, sheet.tables[0].header_row)
    (tmp_path / "sheet.md").write_text(text, encoding="utf-8")
    (design,) = check_files([str(tmp_path / "sheet.md")], CheckOptions()).designs
    last = sheet.tables[0].network.maps[-1]
    right = {"size": last.size, "rf": last.rf, "jump": last.jump}
    expected = {name: pair[0] if pair[0] == pair[1] else list(pair) for name, pair in right.items()}
    assert {name: (design.final or {}).get(name) for name in right} == expected, text
    assert (design.status, design.layers) == ("clean", len(sheet.tables[0].network.layers)), text


def _found(path: Path) -> list[tuple[Any, ...]]:
    return [
        (design.layers, design.final, [(item.cell, item.field, item.claimed, item.computed) for item in design.findings])
        for design in check_files([str(path)], CheckOptions()).designs
    ]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SLOW_SEEDS)
def test_more_sheets_are_read_as_they_were_written(seed: int, tmp_path: Path) -> None:
    check_uncorrupted(seed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SLOW_SEEDS)
def test_wrong_cells_are_found_in_more_sheets(seed: int, tmp_path: Path) -> None:
    check_corrupted(seed, tmp_path)
