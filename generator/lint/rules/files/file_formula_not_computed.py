"""FI002: a formula has neither a stored value nor one that can be computed.

What it finds: formulas of the table without a value: an unknown function, a division by zero, text where a number
belongs.

Why it is wrong: the cell says nothing, and what depends on it cannot be checked.

How people come to it: a function that other programs do not have, or a broken reference, in a file that a program
wrote.

Fails at F5:

    |   | A     | B | C | D     | E     | F                        |
    | 1 | layer | k | s | n_out | j_out | r_out                    |
    | 2 | input |   |   | 32    | 1     | 1                        |
    | 3 | conv  | 3 | 1 | 32    | 1     | =F2+2 -> 3               |
    | 4 | pool  | 2 | 2 | 16    | 2     | =F3+1 -> 4               |
    | 5 | conv  | 3 | 1 | 16    | 2     | =XLOOKUP(A5,A1:A4,F1:F4) |
    | 6 | conv  | 3 | 1 | 16    | 2     | 12                       |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16                       |

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

from collections.abc import Iterator

from generator.lint.rules.files.file_circular_reference import circle_of
from generator.lint.rules.files.file_external_reference import OTHER_FILE
from generator.lint.table_facts import Note, TableFacts
from generator.spreadsheet.cells import Position
from generator.spreadsheet.formula import FormulaError
from generator.spreadsheet.values import Evaluator

CODE, NAME = "FI002", "formula-not-computed"


def find(facts: TableFacts) -> Iterator[Note]:
    """The first of them, with the reason."""
    circle = set(circle_of(facts))
    empty = [
        position
        for position in facts.cells_of_table
        if (cell := facts.sheet.cells[position]).formula is not None
        and cell.value is None
        and position not in circle
        and not OTHER_FILE.search(cell.formula)
    ]
    reasons = [(position, why) for position in empty if (why := _why_not(position, facts))]
    for position, why in reasons[:1]:
        more = f"; {len(reasons) - 1} more have none" if len(reasons) > 1 else ""
        message = f"the formula {facts.formula(position)} has no stored value and is not computed here: {why}{more}"
        yield Note(position, message, help="open the file in a spreadsheet program and save it, or type the number")


def _why_not(position: Position, facts: TableFacts) -> str | None:
    """Why a formula has no value; None where it repeats a blank cell."""
    try:
        Evaluator(facts.sheets, facts.sheet.title, {}).formula_value(position)
    except FormulaError as error:
        return str(error)
    return None
