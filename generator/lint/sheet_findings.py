"""Judged claims → findings: code, reason, right value and what to type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from generator.lint.finding import Finding
from generator.lint.judge import Judged, judge
from generator.lint.place import Place
from generator.lint.rules import RULES, value_wrong
from generator.read_sheet.claims import Amount, both_axes
from generator.read_sheet.formula import address
from generator.read_sheet.understanding import Understanding
from generator.read_sheet.workbook import Sheet

WORDS = {
    "input_size": "input size",
    "size": "size",
    "jump_in": "input jump",
    "jump": "jump",
    "rf_in": "input receptive field",
    "rf_out": "receptive field",
    "channels_in": "number of input channels",
    "channels": "number of output channels",
    "params": "number of parameters",
    "params_total": "total of the parameters",
}


PARAMS_BLANK, RIGHT_BY_LUCK, WINDOW_DOES_NOT_FIT = OTHER_CODES = ("PA005", "LK001", "SZ003")


def sheet_findings(table: Understanding, sheets: Mapping[str, Sheet]) -> list[Finding]:
    """A finding for every wrong cell of a table, for cells that are right by luck, and notes on blank ones."""
    findings = list(_findings(table, judge(table, sheets)))
    impossible = [
        Finding(
            WINDOW_DOES_NOT_FIT,
            "window-does-not-fit",
            "error",
            f"row {row.row} cannot be: {step.impossible}",
            cell=address(row.row, table.frame.columns[0].number),
            field="size",
            help="pad it, make the window smaller, or start from a larger image",
        )
        for row, step in zip(table.rows, table.steps, strict=True)
        if step.impossible
    ]
    return findings + impossible


def _findings(table: Understanding, judged: list[Judged]) -> Iterator[Finding]:
    for item in judged:
        if item.verdict == "right":
            continue
        claim, cell = item.claim, address(*item.claim.position)
        what = WORDS.get(claim.field, claim.field)
        facts: dict[str, Any] = {"cell": cell, "field": claim.field, "claimed": as_number(claim.claimed)}
        code, name = value_wrong.CODES.get(claim.field, (value_wrong.CODE, value_wrong.NAME))
        right, claimed = _shown(claim.right), _shown(claim.claimed)
        if item.verdict == "blank":
            yield Finding("PA005", "parameters-blank", "info", f"{what} of row {claim.position[0]} is blank ({right})", **facts)
        elif item.verdict == "luck":
            message = f"{what} {claimed} is right by luck: on right inputs its formula gives {_shown(item.formula_value)}"
            yield Finding(RIGHT_BY_LUCK, "right-by-luck", "warning", message, computed=as_number(claim.right), **facts)
        elif item.verdict == "inherited":
            cause = address(*item.cause) if item.cause else None
            message = f"{what} is {claimed}, right {right}: inherited from {cause or 'the rows above'}"
            yield Finding(code, name, "error", message, computed=as_number(claim.right), cause=cause, **facts)
        else:
            place = Place(item, table)
            rule, reason = next((rule, reason) for rule in RULES if (reason := rule.explain(place)) is not None)
            if rule is not value_wrong:
                code, name = rule.CODE, rule.NAME
            message = f"{what} is {claimed}, right {right}: {reason}"
            yield Finding(
                code, name, "error", message, computed=as_number(claim.right), help=f"type {_to_type(place)}", **facts
            )


def _to_type(place: Place) -> str:
    """The formula for a receptive field on the cell above; a number elsewhere."""
    if place.field == "rf_out" and place.above is not None and place.growth:
        return f"={address(*place.above.position)}+{place.growth:g}"
    return _shown(place.claim.right)


def as_number(amount: Amount | None) -> Any:
    """An amount as JSON has it: a number, or [height, width]."""
    if isinstance(amount, tuple):
        return [as_number(axis) for axis in amount]
    return float(amount) if isinstance(amount, Fraction) else amount


def _shown(amount: Amount | None) -> str:
    if amount is None:
        return "unknown"
    axes = both_axes(amount) if isinstance(amount, tuple) else (amount,)
    return " x ".join(f"{axis:,}" if isinstance(axis, int) else f"{float(axis):,.10g}" for axis in axes)


def surroundings(table: Understanding, findings: list[Finding]) -> dict[str, tuple[tuple[str, ...], ...]]:
    """For each wrong-here cell: header, the row above and its own, as the sheet shows them."""
    shown: dict[str, tuple[tuple[str, ...], ...]] = {}
    numbers = [column.number for column in table.frame.columns]
    layer_rows = [row.row for row in table.rows]
    for finding in findings:
        if finding.cell is None or finding.cause is not None or finding.level == "info":
            continue
        own = int("".join(character for character in finding.cell if character.isdigit()))
        above = max((row for row in layer_rows if row < own), default=None)
        rows = [row for row in (above, own) if row is not None]
        lines = [("", *(column.header for column in table.frame.columns))]
        lines += [(str(row), *(_text(table.sheet.value(row, number)) for number in numbers)) for row in rows]
        shown[finding.cell] = tuple(lines)
    return shown


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
