"""The verdict on every claimed cell: right, wrong here, inherited from a named cell, or right by luck.

A formula is wrong here if it stays wrong with its inputs replaced by right values; a typed number, if it differs from its
step on the claimed inputs. A wrong cell that is neither inherits, from the earliest wrong-here cell upstream.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from generator.sheet.amounts import Amount, amount_in, same_amount
from generator.sheet.claims import Claim
from generator.spreadsheet.cells import Position, Sheet
from generator.spreadsheet.formula import FormulaError, parse_formula, references_in_formula
from generator.spreadsheet.reference import Reference
from generator.spreadsheet.values import Evaluator


class Claiming(Protocol):
    """A table, as far as it is judged."""

    @property
    def sheet(self) -> Sheet:
        """Its sheet."""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Its claimed cells."""


Verdict = Literal["right", "here", "inherited", "luck", "blank"]


class Judged(NamedTuple):
    """A claim with its verdict, what its formula gives on right inputs, and the cell it inherits from, on any sheet."""

    claim: Claim
    verdict: Verdict
    formula_value: Amount | None = None
    cause: Reference | None = None


Verdicts = Mapping[Reference, Judged]
"""The verdict on every claimed cell of a workbook; every reference names its sheet."""


def judge(tables: Sequence[Claiming], sheets: Mapping[str, Sheet]) -> Verdicts:
    """A verdict for every claim of a workbook's tables: a table may copy another by reference, and its mistakes with it."""
    claims = {_place(table, claim): claim for table in tables for claim in table.claims}
    right = {place: claim.right for place, claim in claims.items() if isinstance(claim.right, int | float)}
    judged: dict[Reference, Judged] = {}
    for table in tables:
        evaluator = Evaluator(sheets, table.sheet.title, {})
        evaluator.known.update(right)
        own = {claim.position: claim for claim in table.claims}
        judged.update({_place(table, claim): _verdict(claim, own, table.sheet, evaluator) for claim in table.claims})
    causes = _Causes(judged, sheets)
    return {
        place: item._replace(cause=causes.of(place)) if item.verdict == "inherited" else item for place, item in judged.items()
    }


def _place(table: Claiming, claim: Claim) -> Reference:
    return Reference(*claim.position, table.sheet.title)


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

    def __init__(self, judged: Verdicts, sheets: Mapping[str, Sheet]) -> None:
        self.judged, self.sheets = judged, sheets
        self.order = {title: number for number, title in enumerate(sheets)}
        self.found: dict[Reference, Reference | None] = {}

    def of(self, start: Reference) -> Reference | None:
        """The cause of a cell; None where it depends on no cell that is wrong by itself."""
        stack, entered = [start], set()
        while stack:
            place = stack[-1]
            if place in self.found:
                stack.pop()
            elif place not in entered:
                entered.add(place)
                stack.extend(needed for needed in self._inputs(place) if needed not in entered and self._passes(needed))
            else:
                stack.pop()
                self.found[place] = min(self._near_causes(place), key=lambda cause: self._rank(place, cause), default=None)
        return self.found[start]

    def _rank(self, place: Reference, cause: Reference) -> tuple[bool, int, int, int]:
        """The own sheet's cells first, from the top; then those of the other sheets in their order."""
        return cause.sheet != place.sheet, self.order[str(cause.sheet)], cause.row, cause.column

    def _near_causes(self, place: Reference) -> Iterator[Reference]:
        """The inputs of a cell that are wrong by themselves, or blank, and the causes of its inputs."""
        for needed in self._inputs(place):
            item = self.judged.get(needed)
            if item is not None and item.verdict in ("here", "blank"):
                yield needed
            cause = self.found.get(needed)
            if cause is not None:
                yield cause

    def _passes(self, place: Reference) -> bool:
        """Whether something wrong may come through a cell: a right one stops it."""
        item = self.judged.get(place)
        return item is None or item.verdict in ("here", "inherited", "luck")

    def _inputs(self, place: Reference) -> set[Reference]:
        sheet, item = self.sheets.get(str(place.sheet)), self.judged.get(place)
        cell = sheet.cells.get(place.position) if sheet else None
        if sheet is not None and cell is not None and cell.formula is not None:
            try:
                found = references_in_formula(parse_formula(cell.formula), sheet.last_row)
                return {needed._replace(sheet=needed.sheet or place.sheet) for needed in found}
            except FormulaError:
                pass
        return {Reference(*position, place.sheet) for position in item.claim.sources} if item is not None else set()
