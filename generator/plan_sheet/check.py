"""A sheet that this project wrote → its checked design: the plan as it stands, and every number of it as a claim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from generator.design.parse import DesignProblems, parse_design
from generator.errors import InputError
from generator.lint.checked_network import with_network
from generator.lint.finding import Checked, Finding
from generator.lint.options import CheckOptions, chosen_findings
from generator.lint.surroundings import Rows, rows_around
from generator.plan_sheet.findings import FIELDS, own_findings
from generator.plan_sheet.layout import Layout
from generator.plan_sheet.numbers import numbers_of_plan_sheet
from generator.plan_sheet.read import OwnPlan, plan_problems_at_cells, read_own_plan
from generator.sheet.amounts import amount_in, collapsed_amount
from generator.spreadsheet.cells import Sheet
from generator.spreadsheet.reference import Reference, column_letters

WINDOW_COLUMNS = ("kernel_size", "strides", "padding", "dilation_rate")
"""Columns of arguments that `understood` names beside those of numbers."""


def check_own_plan(
    file: Path, sheet: Sheet, layout: Layout, sheets: Mapping[str, Sheet], settings: Mapping[str, Any], options: CheckOptions
) -> Checked:
    """The design of a sheet of ours.

    Args:
        file: The workbook.
        sheet: The sheet.
        layout: Its columns.
        sheets: All sheets of the workbook by title.
        settings: What its settings sheets, and the YAML beside it, say of the design.
        options: What was asked.

    Raises:
        InputError: A cell that a design cannot have, with its place.
    """
    place = f"{file}#{sheet.title}!" if sheet.title else f"{file}#"
    plan = read_own_plan(sheet, layout, place)
    settings = {key: value for key, value in settings.items() if value is not None}  # A blank cell says nothing.
    try:
        design = parse_design({"name": f"{file.stem} {sheet.title}".strip(), **plan.data, **settings})
    except DesignProblems as problems:
        raise plan_problems_at_cells(problems, plan, place) from None
    checked = Checked(file=str(file), sheet=sheet.title, table=str(plan.area), layers=len(plan.lines), design=design)
    try:
        checked = with_network(checked, design, options, lambda index: place + plan.cell_of_row(index))
        numbers = numbers_of_plan_sheet(plan, design)
    except InputError as error:
        raise error.at(place.rstrip("#!")) from None
    findings = tuple(own_findings(sheet, numbers, sheets))
    return replace(
        checked,
        findings=(*chosen_findings(findings, options), *checked.findings),
        claimed=_claimed(plan),
        understood=_understood(layout),
        surroundings=_surroundings(plan, findings),
        sheet_lines=tuple(line.row for line in plan.lines),
    )


def _claimed(plan: OwnPlan) -> dict[str, Any]:
    """What the sheet says of the whole."""
    row, layout = plan.layout.whole_row, plan.layout
    claimed: dict[str, Any] = {"size": None, "rf": None, "jump": None, "params": None}
    if row is not None:
        for name in claimed:
            axes = layout.axes if name + layout.axes[-1] in layout.columns else ("",)
            values = [amount_in(plan.sheet.value(row, layout.columns[name + axis])) for axis in axes]
            one = collapsed_amount((values[0], values[-1]))
            claimed[name] = list(one) if isinstance(one, tuple) else one
    return claimed


def _understood(layout: Layout) -> dict[str, Any]:
    """Nothing had to be concluded: every row says its own."""
    fields = {**{name: name for name in WINDOW_COLUMNS}, **FIELDS}
    columns = [
        {"column": column_letters(number), "field": fields[name], "convolutions_per_row": 1, "exceptions": {}}
        for header, number in layout.columns.items()
        if (name := header.partition(" ")[0]) in fields
    ]
    return {"conv": None, "merge": None, "head": "as drawn", "columns": columns}


def _surroundings(plan: OwnPlan, findings: tuple[Finding, ...]) -> dict[Reference, Rows]:
    """For each cell that is wrong by itself: header, the row above and its own, in the columns of `understood`."""
    shown = (*WINDOW_COLUMNS, *FIELDS)
    words = {number: header for header, number in plan.layout.columns.items() if header.partition(" ")[0] in shown}
    return rows_around(findings, plan.sheet, words, lambda row: row - 1 if row > plan.layout.image_row else None)
