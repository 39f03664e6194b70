"""What to type into a wrong cell: a formula in the sheet's own addresses that is right once the other cells are right.

First the formula that the good rows of the column have, moved to this row: what a person does by copying a cell down. Else
the arithmetic of the field on the sheet's cells. Either is evaluated on right values before it is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from generator.lint.copy_down import copy_down_pattern, formula_copied_to, rows_fixed_by_dollar
from generator.lint.step_formulas import StepFormulas
from generator.sheet.amounts import Amount, amount_in, same_amount
from generator.sheet.claims import Claim
from generator.sheet.understanding import Understanding
from generator.spreadsheet.cells import Position, Sheet
from generator.spreadsheet.evaluate import evaluate
from generator.spreadsheet.formula import FormulaError, Value, parse_formula, references_in_formula
from generator.spreadsheet.reference import Reference
from generator.spreadsheet.values import Evaluator

MAX_PATTERNS = 12
"""Most patterns of a column that are tried on a cell; a column of more has none."""


def as_cell_number(number: int | float | Fraction) -> int | float:
    """A number as a cell holds it.

    >>> as_cell_number(Fraction(1, 2))
    0.5
    """
    return float(number) if isinstance(number, Fraction) else number


class _Pattern(NamedTuple):
    source: int
    formula: str
    rank: tuple[bool, int]
    """Whether it is fixed to a layer's row (copying it down is luck), and how often it stands, negative."""


class FormulasToType:
    """The formulas to type into the cells of one table.

    Args:
        table: The table.
        sheets: All sheets of the workbook by title.
    """

    def __init__(self, table: Understanding, sheets: Mapping[str, Sheet]) -> None:
        self.table, self.sheets, self.sheet = table, sheets, table.sheet
        self.right: dict[Position, Any] = {
            claim.position: as_cell_number(claim.right)
            for claim in table.claims
            if isinstance(claim.right, int | float | Fraction)
        }
        self.evaluator = Evaluator(sheets, self.sheet.title, self.right)
        self.steps = StepFormulas(table, {claim.position: claim.right for claim in table.claims if claim.right is not None})
        self.layer_rows = [row.row for row in table.rows]
        self.index_of = {row: index for index, row in enumerate(self.layer_rows)}
        self.patterns: dict[int, list[_Pattern]] = {}
        self.looks_down = any(
            reference.row > position[0] for position in self.sheet.cells for reference in self._references(position)
        )

    def of(self, claim: Claim) -> str | None:
        """The formula for a claim, with its `=`; None where only a number can be typed, which is `claim.right` then."""
        if not isinstance(claim.right, int | float | Fraction):
            return None
        return next((text for text in self._candidates(claim) if self._gives(text, claim)), None)

    def copied(self, claim: Claim) -> str | None:
        """The formula that at least two good rows of the column have, moved to a claim's row, if it gives the right value."""
        return next((text for count, text in self._moved(claim) if count > 1 and self._gives(text, claim)), None)

    def _moved(self, claim: Claim) -> Iterator[tuple[int, str]]:
        """How often a formula stands in the column, and its text for a claim's row."""
        for pattern in self._patterns_of(claim.position[1]) if claim.row_index is not None else ():
            text = formula_copied_to(pattern.formula, pattern.source, claim.position[0], self.layer_rows, self.index_of)
            if text is not None:
                yield -pattern.rank[1], text

    def _candidates(self, claim: Claim) -> Iterator[str]:
        own = self.sheet.cells.get(claim.position)
        if own is not None and own.formula is not None:
            yield own.formula
        yield from (text for _, text in self._moved(claim))
        step = self.steps.of(claim)
        if step is not None:
            yield step

    def _patterns_of(self, column: int) -> list[_Pattern]:
        """The formulas of the right cells of a column, one for each pattern, the plainest and commonest first."""
        if column not in self.patterns:
            found: dict[str, tuple[int, str]] = {}
            counted: Counter[str] = Counter()
            for claim in self.table.claims:
                cell = self.sheet.cells.get(claim.position)
                if claim.position[1] != column or claim.row_index is None or cell is None or cell.formula is None:
                    continue
                if same_amount(self._own_value(claim.position), claim.right):
                    pattern = copy_down_pattern(cell.formula, claim.position[0], self.index_of)
                    counted[pattern] += 1
                    found[pattern] = claim.position[0], cell.formula
            ranked = [
                _Pattern(row, formula, (bool(rows_fixed_by_dollar(formula) & self.index_of.keys()), -counted[pattern]))
                for pattern, (row, formula) in found.items()
            ]
            self.patterns[column] = sorted(ranked, key=lambda pattern: pattern.rank)[:MAX_PATTERNS]
        return self.patterns[column]

    def _own_value(self, position: Position) -> Amount | None:
        try:
            return amount_in(self.evaluator.formula_value(position))
        except FormulaError:
            return None

    def _gives(self, text: str, claim: Claim) -> bool:
        """Whether a formula is worth the right value, names a cell, and does not depend on its own."""
        try:
            node = parse_formula(text)
            named = list(references_in_formula(node, self.sheet.last_row))
            value = amount_in(evaluate(node, self._value, self.sheet.last_row))
        except FormulaError:
            return False
        return bool(named) and same_amount(value, claim.right) and not self._comes_back(named, claim.position)

    def _value(self, reference: Reference) -> Value:
        position = reference.position
        title = reference.sheet or self.sheet.title
        if title == self.sheet.title and position in self.right:
            value: Value = self.right[position]
            return value
        sheet = self.sheets.get(title)
        cell = sheet.cells.get(position) if sheet else None
        if cell is None or cell.formula is None or title != self.sheet.title:
            return cell.value if cell else None
        return self.evaluator.formula_value(position)

    def _comes_back(self, named: list[Reference], own: Position) -> bool:
        """Whether a cell that a formula names depends on the formula's own cell."""
        seen: set[Position] = set()
        waiting = [reference.position for reference in named if reference.sheet in (None, self.sheet.title)]
        while waiting:
            position = waiting.pop()
            if position == own:
                return True
            if position not in seen and (position[0] >= own[0] or self.looks_down):
                # Where nothing looks down, the rows above cannot come back.
                seen.add(position)
                waiting += [needed.position for needed in self._references(position)]
        return False

    def _references(self, position: Position) -> list[Reference]:
        cell = self.sheet.cells.get(position)
        if cell is None or cell.formula is None:
            return []
        try:
            found = references_in_formula(parse_formula(cell.formula), self.sheet.last_row)
            return [reference for reference in found if reference.sheet in (None, self.sheet.title)]
        except FormulaError:
            return []
