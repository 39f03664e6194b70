"""Helpers for tests of the workbooks that this project writes: their cells by line and column, and the true numbers."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import openpyxl

from generator.check.files import check_files, read_one
from generator.design.parse import parse_design
from generator.design.record import Design
from generator.lint.checked_network import with_network
from generator.lint.finding import Checked, Finding
from generator.lint.options import CheckOptions
from generator.network.expand import expand, row_names
from generator.network.trace import exact_number, trace
from generator.plan_sheet.write import design_workbook

HEADER_ROW, IMAGE_ROW = 5, 6
Numbers = dict[str, dict[str, Any]]


def written(design: Design, folder: Path, name: str = "design.xlsx") -> Path:
    """The workbook of a design."""
    path = folder / name
    path.write_bytes(design_workbook(design))
    return path


def read(path: Path) -> Checked:
    """The one design of a workbook."""
    return read_one(str(path), CheckOptions())


def check(path: Path) -> Checked:
    """The one checked design of a file, readable or not."""
    (design,) = check_files([str(path)], CheckOptions()).designs
    return design


def as_drawn(design: Design) -> Checked:
    """The design, checked without a sheet."""
    return with_network(Checked(file="", design=design), design, CheckOptions())


def on_cells(checked: Checked) -> list[Finding]:
    """What was found in cells."""
    return [finding for finding in checked.findings if finding.cell]


def opened(path: Path, *, values: bool = False) -> tuple[Any, Any]:
    """The workbook and the sheet of its plan, by a program that is not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of extensions that LibreOffice writes.
        book = openpyxl.load_workbook(path, data_only=values)
    return book, book["Plan"]


def columns(sheet: Any) -> dict[str, int]:
    """The number of each column by its header."""
    return {cell.value: cell.column for cell in sheet[HEADER_ROW] if cell.value}


def put(path: Path, cells: dict[tuple[int, str], Any], target: Path | None = None) -> Path:
    """Types into cells (row, header) and saves, as a program does that does not calculate: no formula has a value after it."""
    book, sheet = opened(path)
    for (row, header), value in cells.items():
        sheet.cell(row, columns(sheet)[header]).value = value
    book.save(target or path)
    return target or path


def shown_numbers(path: Path) -> Numbers:
    """The numbers that stand in a file, by line and column."""
    _, sheet = opened(path, values=True)
    numbers = columns(sheet)
    wanted = ("size", "rf", "jump", "channels", "params", "macs")
    headers = [header for header in numbers if header.partition(" ")[0] in wanted]
    return {
        sheet.cell(row, numbers["name"]).value: {header: sheet.cell(row, numbers[header]).value for header in headers}
        for row in range(IMAGE_ROW + 1, sheet.max_row + 1)
        if sheet.cell(row, numbers["kind"]).value
    }


def true_numbers(design: Design, headers: Any) -> Numbers:
    """What the trace of a design says of every row of its plan."""
    rows = trace(expand(design)).rows
    found: Numbers = {}
    for name in row_names(design):
        layers = [row for row in rows if row.row == name]
        last = layers[-1]
        figures = {"channels": last.channels}
        figures |= {key: sum(getattr(layer.cost, key) for layer in layers) for key in ("params", "macs")}
        for axis, side in (("", last.height), (" width", last.width)):
            figures |= {key + axis: exact_number(getattr(side, key)) for key in ("size", "rf", "jump")}
        found[name] = {header: figures[header] for header in headers}
    return found


def with_kernel(design: Design, index: int, kernel: int) -> Design:
    """The design with another kernel in one row."""
    key = "kernel_size" if hasattr(design.plan[index], "kernel_size") else "pool_size"
    rows = list(design.plan)
    rows[index] = rows[index].model_copy(update={key: (kernel, kernel)})
    return design.model_copy(update={"plan": tuple(rows)})


def kernel_rows(design: Design) -> list[int]:
    """Indices of the rows with a square window."""
    windows = [getattr(row, "kernel_size", None) or getattr(row, "pool_size", None) for row in design.plan]
    return [index for index, window in enumerate(windows) if window and window[0] == window[1]]


def chain(*rows: dict[str, Any], **more: Any) -> Design:
    """A small design of these rows."""
    return parse_design({"name": "small", "classes": 5, "input": {"image_size": 32}, "plan": list(rows), **more})
