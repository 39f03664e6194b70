"""Judged claims and notes → findings: code, reason, right value and what to type."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from types import ModuleType
from typing import Any

from generator.errors import InputError
from generator.lint.finding import Finding
from generator.lint.judge import Judged, judge
from generator.lint.levels import level_of
from generator.lint.place import Place, shown
from generator.lint.rules import ON_TABLES, REASONS, WRONG
from generator.lint.rules.cost import params_blank
from generator.lint.rules.files import file_hidden_sheet, file_stored_value_differs
from generator.lint.rules.formulas import right_by_luck
from generator.lint.rules.targets import design_too_big
from generator.lint.surroundings import Rows, rows_around
from generator.lint.table_facts import Note, TableFacts
from generator.sheet.amounts import Amount
from generator.sheet.understanding import Understanding
from generator.spreadsheet.cells import ERROR_VALUES, Sheet
from generator.spreadsheet.reference import Reference

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
    "kernel_size": "kernel as dilation leaves it",
    "macs": "number of multiply-accumulates",
}


def sheet_findings(tables: Sequence[Understanding], sheets: Mapping[str, Sheet]) -> list[list[Finding]]:
    """The findings of each table of a workbook, judged together: a mistake may come from another table."""
    verdicts = judge(tables, sheets)
    return [_of_table(TableFacts(table, sheets, verdicts)) for table in tables]


def _of_table(facts: TableFacts) -> list[Finding]:
    """One finding for every wrong cell of a table, a warning on cells that are right by luck, and notes on the file."""
    notes = [(rule, note) for rule in ON_TABLES for note in rule.find(facts)]
    out_of_date = {note.position for rule, note in notes if rule is file_stored_value_differs}
    on_cells = [finding for item in facts.judged for finding in _on_cell(item, facts, item.claim.position in out_of_date)]
    said = {finding.cell for finding in on_cells}
    kept = (
        (rule, note)
        for rule, note in notes
        if rule is not file_stored_value_differs or note.position is None or Reference(*note.position) not in said
    )
    return [*on_cells, *notes_as_sheet_findings(kept)]


def notes_as_sheet_findings(notes: Iterable[tuple[ModuleType, Note]]) -> Iterator[Finding]:
    """Notes on a table or a file as findings."""
    for rule, note in notes:
        yield Finding(
            rule.CODE,
            rule.NAME,
            level_of(rule.CODE),
            note.message,
            cell=Reference(*note.position) if note.position else None,
            field=note.field,
            claimed=note.claimed,
            help=note.help,
        )


def refusal_findings(refusal: InputError) -> Iterator[Finding]:
    """What the refusal to build a network says about its design."""
    yield from notes_as_sheet_findings((design_too_big, note) for note in design_too_big.find_in(refusal))


def workbook_findings(sheets: Mapping[str, Sheet]) -> Iterator[Finding]:
    """What there is to say of a workbook without a design on its visible sheets."""
    yield from notes_as_sheet_findings((file_hidden_sheet, note) for note in file_hidden_sheet.find_in(sheets))


def _on_cell(item: Judged, facts: TableFacts, out_of_date: bool) -> Iterator[Finding]:
    if item.verdict == "right":
        return
    claim, place = item.claim, Place(item, facts)
    rule, what = WRONG[claim.field], WORDS[claim.field]
    known: dict[str, Any] = {"cell": place.cell, "field": claim.field, "claimed": as_number(claim.claimed)}
    if item.verdict == "blank":
        if facts.sheet.value(*claim.position) not in ERROR_VALUES:
            yield _of(params_blank, params_blank.explain(place), help=_help(place), **known)
        return
    known["computed"] = as_number(claim.right)
    if item.verdict == "luck":
        yield _of(right_by_luck, f"{what} {right_by_luck.explain(place)}", help=_help(place), **known)
        return
    is_so = f"{what} is {shown(claim.claimed)}, right {shown(claim.right)}"
    if item.verdict == "inherited" and item.cause is None and out_of_date:
        why = f"the stored value is out of date, {place.formula} gives {shown(item.formula_value)}"
        finding = _of(file_stored_value_differs, f"{is_so}: {why}", help="recalculate and save the file", **known)
        yield finding._replace(level="error")
    elif item.verdict == "inherited":
        cause = item.cause.seen_from(facts.sheet.title) if item.cause else None
        yield _of(rule, f"{is_so}: inherited from {cause or 'the rows above'}", cause=cause, **known)
    else:
        found = ((reason, words) for reason in REASONS if (words := reason.explain(place)) is not None)
        rule, words = next(found, None) or (rule, rule.explain(place))
        yield _of(rule, f"{is_so}: {words}", help=_help(place), **known)


def _of(rule: ModuleType, message: str, **known: Any) -> Finding:
    return Finding(rule.CODE, rule.NAME, level_of(rule.CODE), message, **known)


def _help(place: Place) -> str | None:
    """The formula to type, or the number where none gives it."""
    if place.claim.right is None:
        return None
    return f"type {place.facts.formulas.of(place.claim) or shown(place.claim.right)}"


def as_number(amount: Amount | None) -> Any:
    """An amount as JSON has it: a number, or [height, width]."""
    if isinstance(amount, tuple):
        return [as_number(axis) for axis in amount]
    return float(amount) if isinstance(amount, Fraction) else amount


def rows_around_findings(table: Understanding, findings: list[Finding]) -> dict[Reference, Rows]:
    """For each wrong-here cell: header, the row of the layer above and its own."""
    layer_rows = [row.row for row in table.rows]

    def above(row: int) -> int | None:
        nearest = bisect_left(layer_rows, row) - 1
        return layer_rows[nearest] if nearest >= 0 else None

    return rows_around(findings, table.sheet, {column.number: column.header for column in table.frame.columns}, above)
