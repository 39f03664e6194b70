"""What to change in a sheet of ours so that a check of it finds nothing: its own formulas, put back."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from generator.fix.changes import Change
from generator.lint.finding import Checked
from generator.plan_sheet.layout import layout_of
from generator.plan_sheet.numbers import numbers_of_plan_sheet
from generator.plan_sheet.read import read_own_plan
from generator.spreadsheet.cells import Sheet
from generator.spreadsheet.recalculate import Key


def plan_sheet_changes(sheets: Mapping[str, Sheet], designs: Collection[Checked]) -> dict[Key, Change]:
    """The cells of all sheets of ours that were found wrong, blank or right by luck, and have not their formula.

    Args:
        sheets: All sheets of the workbook by title.
        designs: What the check found in them.
    """
    changes: dict[Key, Change] = {}
    for checked in designs:
        sheet = sheets.get(checked.sheet or "")
        layout = layout_of(sheet) if sheet else None
        if sheet is None or layout is None or checked.design is None:
            continue
        found = {finding.cell: finding for finding in checked.findings if finding.cell}
        for number in numbers_of_plan_sheet(read_own_plan(sheet, layout, checked.file), checked.design):
            cell = sheet.cells.get(number.position)
            finding, formula = found.get(number.cell), cell.formula if cell else None
            if finding is not None and (formula is None or formula != number.formula):
                old = formula or (cell.value if cell else None)
                new = number.formula or number.right
                changes[Key(sheet.title, number.position)] = Change(
                    finding, old, cell.value if cell else None, new, number.right
                )
    return changes
