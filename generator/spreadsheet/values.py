"""Values of formula cells: worked out from the other cells of the workbook, within limits and without recursion."""

from __future__ import annotations

from collections.abc import Mapping

from generator.errors import InputError
from generator.spreadsheet.cells import MAX_TEXT_CHARACTERS, SAVE_AGAIN, Position, Sheet
from generator.spreadsheet.evaluate import evaluate
from generator.spreadsheet.formula import FormulaError, Node, Value, parse_formula, references_in_formula
from generator.spreadsheet.reference import Reference, reference_address

MAX_LOOKED_UP = 1_000_000
"""Cells that formulas may look at while they are worked out, and characters that they may read: about 2 seconds."""


class Evaluator:
    """Values of cells with some of them replaced; everything that depends on a replaced cell is worked out anew.

    Args:
        sheets: All sheets of the workbook by title.
        sheet: Title of the sheet that references without one mean.
        replaced: Values to use in place of what stands in these cells.
    """

    def __init__(self, sheets: Mapping[str, Sheet], sheet: str, replaced: Mapping[Position, Value]) -> None:
        self.sheets = sheets
        self.sheet = sheet
        self.known: dict[Reference, Value] = {Reference(*position, sheet): value for position, value in replaced.items()}
        self.failed: dict[Reference, FormulaError] = {}
        self.looked_up = 0

    def formula_value(self, position: Position) -> Value:
        """What a cell's own formula gives on the replaced values.

        Raises:
            FormulaError: It has no value, or is not computed here.
        """
        formula = self.sheets[self.sheet].cells[position].formula
        if formula is None:
            raise FormulaError(f"{reference_address(*position)} holds no formula")
        node = parse_formula(formula)
        for reference in references_in_formula(node, self._last_row(self.sheet)):
            self._settle(self._absolute(reference, self.sheet))
        return self._evaluate(node, self.sheet)

    def _evaluate(self, node: Node, sheet: str) -> Value:
        value = evaluate(node, lambda reference: self._value(self._absolute(reference, sheet)), self._last_row(sheet))
        if isinstance(value, str) and len(value) > MAX_TEXT_CHARACTERS:  # Doubled thirty times it would fill the memory.
            raise FormulaError("the text is too long")
        return value

    def _last_row(self, sheet: str) -> int:
        return self.sheets[sheet].last_row if sheet in self.sheets else 0

    def _absolute(self, reference: Reference, sheet: str) -> Reference:
        self._look_up(1)
        return reference._replace(sheet=reference.sheet or sheet)

    def _look_up(self, amount: int) -> None:
        self.looked_up += amount
        if self.looked_up > MAX_LOOKED_UP:
            raise FormulaError(f"the formulas look at more than {MAX_LOOKED_UP:,} cells and characters")

    def _value(self, reference: Reference) -> Value:
        if reference in self.failed:
            raise _fresh(self.failed[reference])
        if reference not in self.known:
            raise FormulaError(f"{reference_address(*reference.position)} depends on itself")
        value = self.known[reference]
        self._look_up(len(value) if isinstance(value, str) else 0)
        return value

    def _settle(self, start: Reference) -> None:
        """Works out a cell after everything it depends on, without recursion: chains are thousands of cells long."""
        stack, entered = [start], set()
        while stack:
            reference = stack[-1]
            formula = self._formula(reference)
            if reference in self.known or reference in self.failed or formula is None:
                stack.pop()
                if reference not in self.known and reference not in self.failed:
                    self.known[reference] = self._typed(reference)
            elif reference not in entered:
                entered.add(reference)
                stack.extend(needed for needed in self._needs(reference, formula) if needed not in entered)
            else:
                stack.pop()
                self._work_out(reference, formula)

    def _formula(self, reference: Reference) -> str | None:
        sheet = self.sheets.get(str(reference.sheet))
        cell = sheet.cells.get(reference.position) if sheet else None
        return cell.formula if cell else None

    def _typed(self, reference: Reference) -> Value:
        sheet = self.sheets.get(str(reference.sheet))
        if sheet is None:
            self.failed[reference] = FormulaError(f'there is no sheet "{reference.sheet}"')
            return None
        return sheet.value(*reference.position)

    def _needs(self, reference: Reference, formula: str) -> list[Reference]:
        try:
            named = references_in_formula(parse_formula(formula), self._last_row(str(reference.sheet)))
            return [self._absolute(needed, str(reference.sheet)) for needed in named]
        except FormulaError:
            return []

    def _work_out(self, reference: Reference, formula: str) -> None:
        sheet = self.sheets[str(reference.sheet)]
        try:
            self.known[reference] = self._evaluate(parse_formula(formula), sheet.title)
        except FormulaError as error:
            stored = sheet.cells[reference.row, reference.column]
            if stored.stored:
                self.known[reference] = stored.value
            else:
                self.failed[reference] = _fresh(error)


def _fresh(error: FormulaError) -> FormulaError:
    """The error without its traceback, which would keep every frame of every failed cell in memory."""
    return type(error)(*error.args)


def with_values(sheets: dict[str, Sheet]) -> dict[str, Sheet]:
    """The sheets with every formula that has no stored value evaluated, where it can be.

    Raises:
        InputError: That would take minutes.
    """
    looked_up = 0
    for sheet in sheets.values():
        missing = [position for position, cell in sheet.cells.items() if not cell.stored]
        evaluator = Evaluator(sheets, sheet.title, {})
        evaluator.looked_up = looked_up
        for position in missing:
            evaluator.looked_up += len(str(sheet.cells[position].formula))  # The parser reads them, one by one.
            try:
                value = evaluator.formula_value(position)
            except FormulaError:
                continue
            sheet.cells[position] = sheet.cells[position]._replace(value=value)
        looked_up = evaluator.looked_up
        if looked_up > MAX_LOOKED_UP:
            raise InputError(
                f"holds formulas without stored values that look at more than the limit of {MAX_LOOKED_UP:,} cells "
                "and characters",
                help=f"{SAVE_AGAIN}, which stores their values",
            )
    return sheets
