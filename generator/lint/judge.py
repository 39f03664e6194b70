"""The verdict on every claimed cell: right, wrong here, inherited from a named cell, or right by luck.

A formula is wrong here if it stays wrong with its inputs replaced by right values; a typed number, if it differs from its
step on the claimed inputs. A wrong cell that is neither inherits, from the earliest wrong-here cell upstream.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    causes = _Causes(judged, understanding.sheet)
    return [
        item._replace(cause=causes.of(position)) if item.verdict == "inherited" else item for position, item in judged.items()
    ]


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


class _Causes:
    """The earliest cell that is wrong by itself among all that a cell depends on, near and far, through any cells between.

    Each cell is looked at once, after those it depends on and without recursion: chains are thousands of cells long.
    """

    def __init__(self, judged: Mapping[Position, Judged], sheet: Sheet) -> None:
        self.judged, self.sheet = judged, sheet
        self.found: dict[Position, Position | None] = {}

    def of(self, start: Position) -> Position | None:
        """The cause of a cell; None where it depends on no cell that is wrong by itself."""
        stack, entered = [start], set()
        while stack:
            position = stack[-1]
            if position in self.found:
                stack.pop()
            elif position not in entered:
                entered.add(position)
                stack.extend(needed for needed in self._inputs(position) if needed not in entered and self._passes(needed))
            else:
                stack.pop()
                self.found[position] = min(self._near_causes(position), default=None)
        return self.found[start]

    def _near_causes(self, position: Position) -> Iterator[Position]:
        """The inputs of a cell that are wrong by themselves, or blank, and the causes of its inputs."""
        for needed in self._inputs(position):
            item = self.judged.get(needed)
            if item is not None and item.verdict in ("here", "blank"):
                yield needed
            cause = self.found.get(needed)
            if cause is not None:
                yield cause

    def _passes(self, position: Position) -> bool:
        """Whether something wrong may come through a cell: a right one stops it."""
        item = self.judged.get(position)
        return item is None or item.verdict in ("here", "inherited", "luck")

    def _inputs(self, position: Position) -> set[Position]:
        cell, item = self.sheet.cells.get(position), self.judged.get(position)
        if cell is not None and cell.formula is not None:
            try:
                found = references(parse_formula(cell.formula), self.sheet.last_row)
                return {(needed.row, needed.column) for needed in found if needed.sheet in (None, self.sheet.title)}
            except FormulaError:
                pass
        return set(item.claim.sources) if item is not None else set()
