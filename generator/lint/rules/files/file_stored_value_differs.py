"""FI003: a stored value is not what its formula gives.

What it finds: a formula of the table whose stored result differs from the one on the values that its inputs show.

Why it is wrong: the numbers on the screen are out of date: the next recalculation changes them.

How people come to it: a program changes inputs without recalculating, or calculation is set to manual.

Fails at F6:

    |   | A     | B | C | D     | E     | F           |
    | 1 | layer | k | s | n_out | j_out | r_out       |
    | 2 | input |   |   | 32    | 1     | 1           |
    | 3 | conv  | 3 | 1 | 32    | 1     | =F2+2 -> 3  |
    | 4 | pool  | 2 | 2 | 16    | 2     | =F3+1 -> 4  |
    | 5 | conv  | 3 | 1 | 16    | 2     | =F4+4 -> 8  |
    | 6 | conv  | 3 | 1 | 16    | 2     | =F5+4 -> 14 |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16          |

Passes:

    |   | A     | B | C | D     | E     | F           |
    | 1 | layer | k | s | n_out | j_out | r_out       |
    | 2 | input |   |   | 32    | 1     | 1           |
    | 3 | conv  | 3 | 1 | 32    | 1     | =F2+2 -> 3  |
    | 4 | pool  | 2 | 2 | 16    | 2     | =F3+1 -> 4  |
    | 5 | conv  | 3 | 1 | 16    | 2     | =F4+4 -> 8  |
    | 6 | conv  | 3 | 1 | 16    | 2     | =F5+4 -> 12 |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16          |
"""

import math
from collections.abc import Iterator

from generator.lint.place import shown
from generator.lint.table_facts import Note, TableFacts
from generator.spreadsheet.cells import Position, is_number
from generator.spreadsheet.evaluate import evaluate
from generator.spreadsheet.formula import FormulaError, Value, parse_formula
from generator.spreadsheet.reference import Reference
from generator.spreadsheet.values import Evaluator

CODE, NAME = "FI003", "stored-value-differs"


def find(facts: TableFacts) -> Iterator[Note]:
    """The cells that are out of date, each by its own formula."""
    evaluator = Evaluator(facts.sheets, facts.sheet.title, {})
    for position in facts.cells_of_table:
        cell = facts.sheet.cells[position]
        if cell.formula is None or not cell.stored or not is_number(cell.value):
            continue
        value = value_on_shown_inputs(facts, position)
        if is_number(value) and not _same(value, cell.value) and not _same(_anew(evaluator, position), cell.value):
            message = f"the stored value {shown(cell.value)} is not what {cell.formula} gives: {shown(value)}"
            yield Note(position, message, help="recalculate and save the file", claimed=cell.value)


def _same(value: Value, stored: int | float) -> bool:
    return is_number(value) and math.isclose(value, stored, rel_tol=1e-6, abs_tol=1e-9)


def _anew(evaluator: Evaluator, position: Position) -> Value:
    """What a formula gives where every formula before it is worked out anew: a stale input makes no fresh cell stale."""
    try:
        return evaluator.formula_value(position)
    except FormulaError:
        return None


def value_on_shown_inputs(facts: TableFacts, position: Position) -> Value:
    """What a formula gives on the values that stand in the file; None where it is not computed here."""

    def value(reference: Reference) -> Value:
        sheet = facts.sheets.get(reference.sheet or facts.sheet.title)
        if sheet is None:
            raise FormulaError("there is no such sheet")
        return sheet.value(reference.row, reference.column)

    try:
        return evaluate(parse_formula(str(facts.formula(position))), value, facts.sheet.last_row)
    except FormulaError:
        return None
