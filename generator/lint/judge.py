"""The verdict on every claimed cell: right, wrong here, inherited from a named cell, or right by luck.

A formula is wrong here if it stays wrong with its inputs replaced by right values; a typed number, if it differs from its
step on the claimed inputs. A wrong cell that is neither inherits, from the earliest wrong-here cell upstream.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from generator.read_sheet.claims import Amount, Claim, amount_in, same_amount
from generator.read_sheet.formula import FormulaError, parse_formula, references
from generator.read_sheet.understanding import Understanding
from generator.read_sheet.workbook import Evaluator, Position, Sheet

Verdict = Literal["right", "here", "inherited", "luck", "blank"]


class Judged(NamedTuple):
    """A claim with its verdict, what its formula gives on right inputs, and the cell it inherits from."""

    claim: Claim
    verdict: Verdict
    formula_value: Amount | None = None
    cause: Position | None = None


def judge(understanding: Understanding, sheets: Mapping[str, Sheet]) -> list[Judged]:
    """A verdict for every claim of a table, in the order of the cells."""
    claims = {claim.position: claim for claim in understanding.claims}
    right = {position: claim.right for position, claim in claims.items() if isinstance(claim.right, int | float)}
    evaluator = Evaluator(sheets, understanding.sheet.title, right)
    judged = {position: _verdict(claim, claims, understanding.sheet, evaluator) for position, claim in claims.items()}
    return [_with_cause(item, judged, understanding.sheet) for item in judged.values()]


def _verdict(claim: Claim, claims: Mapping[Position, Claim], sheet: Sheet, evaluator: Evaluator) -> Judged:
    if claim.claimed is None:
        return Judged(claim, "blank")
    if claim.right is None:
        return Judged(claim, "right")
    is_right = same_amount(claim.claimed, claim.right)
    value = _formula_value(claim.position, sheet, evaluator)
    if value is not None:
        follows = same_amount(value, claim.right)
        if is_right:
            return Judged(claim, "right" if follows else "luck", value)
        return Judged(claim, "inherited" if follows else "here", value)
    if is_right:
        return Judged(claim, "right")
    return Judged(claim, "inherited" if same_amount(claim.step, claim.claimed) and _wrong_source(claim, claims) else "here")


def _formula_value(position: Position, sheet: Sheet, evaluator: Evaluator) -> Amount | None:
    if sheet.cells[position].formula is None:
        return None
    try:
        return amount_in(evaluator.formula_value(position))
    except FormulaError:
        return None


def _wrong_source(claim: Claim, claims: Mapping[Position, Claim]) -> bool:
    sources = [claims[source] for source in claim.sources if source in claims]
    return any(not same_amount(source.claimed, source.right) for source in sources)


def _with_cause(item: Judged, judged: Mapping[Position, Judged], sheet: Sheet) -> Judged:
    if item.verdict != "inherited":
        return item
    roots = [position for position in _upstream(item, judged, sheet) if judged[position].verdict == "here"]
    return item._replace(cause=min(roots, default=None))


def _upstream(item: Judged, judged: Mapping[Position, Judged], sheet: Sheet) -> set[Position]:
    """Wrong claims that a cell depends on, near and far, through any cells between."""
    seen: set[Position] = set()
    waiting = list(_inputs(item.claim.position, item.claim, sheet))
    while waiting:
        position = waiting.pop()
        if position in seen:
            continue
        seen.add(position)
        found = judged.get(position)
        if found is None or found.verdict in ("here", "inherited", "luck"):
            waiting.extend(_inputs(position, found.claim if found else None, sheet))
    return {position for position in seen if position in judged}


def _inputs(position: Position, claim: Claim | None, sheet: Sheet) -> set[Position]:
    cell = sheet.cells.get(position)
    if cell is not None and cell.formula is not None:
        try:
            found = references(parse_formula(cell.formula), sheet.last_row)
            return {(reference.row, reference.column) for reference in found if reference.sheet in (None, sheet.title)}
        except FormulaError:
            pass
    return set(claim.sources) if claim is not None else set()
