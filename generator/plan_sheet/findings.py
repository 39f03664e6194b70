"""Numbers of a sheet of ours → findings. Its plan is read as it stands, so a number is wrong only because somebody typed over
a formula, changed one, put a row in between, or saved the file with a program that does not calculate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from generator.lint.finding import Finding
from generator.lint.judge import Judged, judge
from generator.lint.levels import level_of
from generator.lint.place import shown
from generator.lint.rules import WRONG
from generator.lint.rules.cost import params_blank
from generator.lint.rules.files import file_error_value, file_stored_value_differs
from generator.lint.rules.formulas import formula_differs, formula_typed_number, right_by_luck
from generator.plan_sheet.layout import HELPERS, WIDTH
from generator.plan_sheet.numbers import OwnNumber
from generator.sheet.amounts import Amount, amount_in, same_amount
from generator.sheet.claims import Claim, ClaimField
from generator.spreadsheet.cells import ERROR_VALUES, Position, Sheet
from generator.spreadsheet.evaluate import evaluate
from generator.spreadsheet.formula import FormulaError, parse_formula, references_in_formula
from generator.spreadsheet.reference import Reference

FIELDS: Mapping[str, ClaimField] = {
    "size": "size",
    "rf": "rf_out",
    "jump": "jump",
    "channels": "channels",
    "params": "params",
    "macs": "macs",
    "weights": "params",
    "outputs": "params",
    **dict.fromkeys(HELPERS, "rf_out"),
}
"""By column, the field of its findings; some are parts of the parameters or of the rf."""


@dataclass(frozen=True)
class _Claims:
    sheet: Sheet
    claims: tuple[Claim, ...]


def own_findings(sheet: Sheet, numbers: Sequence[OwnNumber], sheets: Mapping[str, Sheet]) -> Iterator[Finding]:
    """A finding for every number that is wrong, blank or right by luck.

    Args:
        sheet: The sheet.
        numbers: Its cells of numbers.
        sheets: All sheets of the workbook by title.
    """
    if all(_is_as_written(sheet, number) for number in numbers):
        return
    claims = tuple(_claim(sheet, number) for number in numbers)
    verdicts = judge([_Claims(sheet, claims)], sheets)
    errors = {number: None for number in numbers if sheet.value(*number.position) in ERROR_VALUES}
    if errors:
        yield _shows_errors(sheet, tuple(errors))
    for number, claim in zip(numbers, claims, strict=True):
        if number not in errors:
            yield from _of(verdicts[Reference(*claim.position, sheet.title)], number, sheet)


def _is_as_written(sheet: Sheet, number: OwnNumber) -> bool:
    """The right value, by the formula that belongs there: nothing is left to judge."""
    cell = sheet.cells.get(number.position)
    return cell is not None and cell.formula == number.formula and same_amount(amount_in(cell.value), number.right)


def _claim(sheet: Sheet, number: OwnNumber) -> Claim:
    claimed = amount_in(sheet.value(*number.position))
    step, sources = _step(sheet, number) if not same_amount(claimed, number.right) else (number.right, ())
    return Claim(number.position, FIELDS[number.header.removesuffix(WIDTH)], claimed, number.right, step, sources, None)


def _step(sheet: Sheet, number: OwnNumber) -> tuple[Amount | None, tuple[Position, ...]]:
    """What the formula that belongs there gives on the numbers as they stand, and the cells that it names."""
    if number.formula is None:
        return number.right, ()
    node = parse_formula(number.formula)
    sources = tuple(reference.position for reference in references_in_formula(node, sheet.last_row))
    try:
        return amount_in(evaluate(node, lambda cell: sheet.value(*cell.position), sheet.last_row)), sources
    except FormulaError:
        return None, sources


def _shows_errors(sheet: Sheet, errors: Sequence[OwnNumber]) -> Finding:
    first = errors[0]
    more = f", and so do {len(errors) - 1} more cells" if len(errors) > 1 else ""
    message = f"the cell shows {sheet.value(*first.position)}{more}"
    return _finding(file_error_value, message, first, help=f"type {first.formula}" if first.formula else None)


def _of(item: Judged, number: OwnNumber, sheet: Sheet) -> Iterator[Finding]:
    if item.verdict == "right":
        return
    claim, header = item.claim, number.header
    cell = sheet.cells.get(number.position)
    own = cell.formula if cell else None
    known: dict[str, Any] = {"claimed": claim.claimed, "help": f"type {number.formula or shown(number.right)}"}
    if item.verdict == "blank":
        rule = params_blank if claim.field == "params" else WRONG[claim.field]
        yield _finding(rule, f"{header} is blank", number, **known)._replace(level="info")
        return
    known["computed"] = number.right
    if item.verdict == "luck":
        why = f"{shown(claim.claimed)} is right by luck: on right inputs its formula gives {shown(item.formula_value)}"
        yield _finding(right_by_luck, f"{header} {why}", number, **known)
        return
    is_so = f"{header} is {shown(claim.claimed)}, right {shown(number.right)}"
    if item.verdict == "inherited" and item.cause is None and own is not None:
        why = f"the stored value is out of date, {own} gives {shown(item.formula_value)}"
        stale = _finding(file_stored_value_differs, f"{is_so}: {why}", number, **known)
        yield stale._replace(level="error", help="recalculate and save the file")
    elif item.verdict == "inherited":
        cause = Reference(*item.cause.position) if item.cause else None
        message = f"{is_so}: inherited from {cause or 'the rows above'}"
        yield _finding(WRONG[claim.field], message, number, **{**known, "help": None})._replace(cause=cause)
    elif number.formula is None:
        why = "no formula of one line gives it, behind an upsampling" if own or header.startswith("rf") else "it is the image's"
        yield _finding(WRONG[claim.field], f"{is_so}: {why}", number, **known)
    elif own == number.formula:
        why = "the formula of its column does not know all that its line says; `tinymodel render` writes one that does"
        yield _finding(WRONG[claim.field], f"{is_so}: {why}", number, **{**known, "help": f"type {shown(number.right)}"})
    elif own is None:
        yield _finding(formula_typed_number, f"{is_so}: it is typed over its formula", number, **known)
    else:
        yield _finding(formula_differs, f"{is_so}: {own} is not the formula of its column", number, **known)


def _finding(rule: ModuleType, message: str, number: OwnNumber, **known: Any) -> Finding:
    field = FIELDS[number.header.removesuffix(WIDTH)]
    return Finding(rule.CODE, rule.NAME, level_of(rule.CODE), message, cell=number.cell, field=field, **known)
