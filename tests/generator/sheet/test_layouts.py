"""Real sheets moved, with their columns shuffled and their headers in other words: the same design, the same wrong cells."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import openpyxl
import pytest

from generator.check.files import check_files
from generator.lint.finding import Checked
from generator.lint.options import CheckOptions
from generator.spreadsheet.reference import Reference
from tests.support.sheet_claims import Content, Position, address
from tests.support.sheet_files import shown, write_xlsx

ROWS_DOWN, COLUMNS_RIGHT = 3, 2
ROWS_OF_TOTALS = 3
"""Rows right under a table that go with its columns: its total stands there."""
SHEETS = (
    ("Model Design.xlsx", ("Proposed Model V4", "Proposed Model V3", "Proposed Model V2", "Proposed Model", "Ideal Model")),
    ("cifar10_dilated.xlsx", ("model",)),
    ("cifar10_jump_in_no_names.xlsx", ("RF",)),
    ("mnist_formulas_and_values.xlsx", ("Calculation",)),
    ("mnist_four_versions.xlsx", ("V0", "V2", "V3", "V4")),
    ("mnist_header_row_6.xlsx", ("Sheet1",)),
    ("resnet_section_rows.xlsx", ("Sheet1",)),
    ("three_tables_one_sheet.xlsx", ("Sheet1",)),
)
NOT_STORED = "FI001"
"""A note on the file: the moved copy stores numbers only."""
CASES = [
    pytest.param(file, sheet, seed, marks=[pytest.mark.slow] if seed > 1 else [])
    for file, sheets in SHEETS
    for sheet in sheets
    for seed in range(6)
]
LEADING = frozenset({"name", "block", "repetition"})
"""Columns that people keep at the left."""
SYNONYMS = {
    "kernel_size": ("Kernel", "k", "Filter size", "Kernel size (k)"),
    "strides": ("s", "Strides", "stride (s)"),
    "padding": ("p", "Pad", "padding (p)"),
    "dilation_rate": ("d", "dialation", "Dilation rate"),
    "input_size": ("n_in", "Input resolution", "Nin"),
    "size": ("n_out", "Output Size", "Nout"),
    "jump_in": ("j_in", "Input Jump", "Jin"),
    "jump": ("j_out", "Output Jump", "Jout"),
    "rf_in": ("r_in", "Input RF", "Rin"),
    "rf_out": ("r_out", "Output RF", "Receptive Field"),
    "channels_in": ("c_in", "Input channels", "Cin"),
    "channels": ("c_out", "Output channels", "Cout"),
    "filters": ("No. of kernels", "Filters", "Number of filters"),
    "params": ("Params", "# Parameters", "No. of parameters"),
}


class Original(NamedTuple):
    """A sheet as it is: typed cells, stored values, merged ranges, and how it is read."""

    cells: dict[Position, Content]
    values: dict[Position, Content]
    merged: tuple[tuple[int, int, int, int], ...]
    designs: tuple[Checked, ...]


@lru_cache(maxsize=32)
def read_original(file: Path, title: str) -> Original:
    typed, stored = (openpyxl.load_workbook(file, data_only=data_only)[title] for data_only in (False, True))
    filled = [cell for row in typed.iter_rows() for cell in row if cell.value is not None]
    cells = {(cell.row, cell.column): cell.value for cell in filled}
    values = {position: stored.cell(*position).value for position in cells}
    merged = tuple((area.min_row, area.min_col, area.max_row, area.max_col) for area in typed.merged_cells.ranges)
    designs = check_files([str(file)], CheckOptions(sheets=(title,))).designs
    return Original(cells, values, merged, designs)


def area_of(design: Checked) -> tuple[int, int, int, int]:
    """First row, first column, last row, last column of a table."""
    first_column, first_row, last_column, last_row = openpyxl.utils.range_boundaries(design.table)
    return first_row, first_column, last_row, last_column


def fields_of(design: Checked) -> dict[int, str]:
    """Column number → what it was understood to mean."""
    columns = design.understood["columns"] if design.understood else ()
    return {openpyxl.utils.column_index_from_string(item["column"]): item["field"] for item in columns}


def shuffled(design: Checked, rng: Random) -> dict[int, int]:
    """Old column → new column. Leading ones stay, columns of one meaning keep their order: the last rf is the network's."""
    fields = fields_of(design)
    _, first, _, last = area_of(design)
    moving = [column for column in range(first, last + 1) if fields.get(column, "name") not in LEADING]
    places = rng.sample(moving, len(moving))
    for field in set(fields.values()):
        same = [index for index, column in enumerate(moving) if fields.get(column) == field]
        for index, place in zip(same, sorted(places[index] for index in same), strict=True):
            places[index] = place
    return dict(zip(moving, places, strict=True))


def moved(original: Original, rng: Random) -> Callable[[int, int], Position]:
    """Where a cell goes: down and to the right, and inside a table to its column's new place."""
    orders = [(area_of(design), shuffled(design, rng)) for design in original.designs]

    def place(row: int, column: int) -> Position:
        for (first_row, _, last_row, _), order in orders:
            if first_row <= row <= last_row + ROWS_OF_TOTALS and column in order:
                column = order[column]
                break
        return row + ROWS_DOWN, column + COLUMNS_RIGHT

    return place


def rewritten(formula: str, place: Callable[[int, int], Position]) -> str:
    """A formula with every cell that it names at its new place; ranges here run down one column."""

    def renamed(match: re.Match[str]) -> str:
        fixed_column, letters, fixed_row, number = match.groups()
        row, column = place(int(number), openpyxl.utils.column_index_from_string(letters.upper()))
        return f"{fixed_column}{openpyxl.utils.get_column_letter(column)}{fixed_row}{row}"

    return re.sub(r"(?<![A-Za-z_])(\$?)([A-Za-z]{1,3})(\$?)(\d+)(?![\w(])", renamed, formula)


def renamed_headers(original: Original, rng: Random) -> dict[Position, str]:
    """Other words for the header cells; a column named for its input or output keeps saying which."""
    texts = {}
    for design in original.designs:
        row = area_of(design)[0]
        choice = rng.randrange(3)
        for column, field in fields_of(design).items():
            header = original.cells.get((row, column))
            # A lone `J` or `RF` stays: whether it means the input or the output is for the values to say.
            if field in SYNONYMS and header is not None and str(header).strip().lower() not in ("j", "jump", "rf", "new rf"):
                texts[row, column] = SYNONYMS[field][choice]
    return texts


def outcome(designs: tuple[Checked, ...], place: Callable[[int, int], Position]) -> list[tuple[Any, ...]]:
    """What a check says that does not depend on the layout; cells by where `place` puts them."""

    def at(cell: Reference | None) -> str | None:
        return address(*place(*cell.position)) if cell else None

    return [
        (
            design.layers,
            design.final,
            design.claimed,
            sorted(
                (str(at(item.cell)), item.level, item.field, item.claimed, item.computed, at(item.cause))
                for item in design.findings
                if item.code != NOT_STORED
            ),
        )
        for design in designs
    ]


@pytest.mark.parametrize(("file", "title", "seed"), CASES)
def test_a_moved_shuffled_and_renamed_sheet_says_the_same(
    shared_dir: Path, tmp_path: Path, file: str, title: str, seed: int
) -> None:
    original = read_original(shared_dir / "sheets" / file, title)
    rng = Random(f"{title} {seed}")
    place = moved(original, rng)
    headers = renamed_headers(original, rng) if seed else {}
    cells: dict[Position, Content] = {}
    for position, content in {**original.cells, **headers}.items():
        text = isinstance(content, str) and content.startswith("=")
        cells[place(*position)] = rewritten(str(content), place) if text else content
    values = {place(*position): content for position, content in original.values.items()}
    assert len(cells) == len(original.cells), "every cell has a place of its own"
    path = tmp_path / "moved.xlsx"
    write_xlsx(path, cells, tuple(_moved_range(area, place) for area in original.merged), values)
    designs = check_files([str(path)], CheckOptions()).designs
    expected = outcome(original.designs, place)
    read = outcome(designs, lambda row, column: (row, column))
    assert read == expected, f"{file} {title}, seed {seed}\n{shown(cells, values)}"


def _moved_range(area: tuple[int, int, int, int], place: Callable[[int, int], Position]) -> tuple[int, int, int, int]:
    """A merged range goes with its first cell where it is one column wide, else with its rectangle."""
    first_row, first_column, last_row, last_column = area
    if first_column == last_column:
        row, column = place(first_row, first_column)
        return row, column, row + last_row - first_row, column
    return first_row + ROWS_DOWN, first_column + COLUMNS_RIGHT, last_row + ROWS_DOWN, last_column + COLUMNS_RIGHT
