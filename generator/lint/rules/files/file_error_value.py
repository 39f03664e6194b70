"""FI007: a cell shows an error.

What it finds: a cell of the table that shows #REF!, #DIV/0!, #VALUE!, #NAME?, #NUM!, #NULL! or #N/A.

Why it is wrong: the cell claims nothing any more, and neither does what depends on it.

How people come to it: a row or a sheet that a formula needs is deleted.

Fails at F5:

    |   | A     | B | C | D     | E     | F                 |
    | 1 | layer | k | s | n_out | j_out | r_out             |
    | 2 | input |   |   | 32    | 1     | 1                 |
    | 3 | conv  | 3 | 1 | 32    | 1     | =F2+2 -> 3        |
    | 4 | pool  | 2 | 2 | 16    | 2     | =F3+1 -> 4        |
    | 5 | conv  | 3 | 1 | 16    | 2     | =#REF!+4 -> #REF! |
    | 6 | conv  | 3 | 1 | 16    | 2     | 12                |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16                |

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

from generator.lint.table_facts import Note, TableFacts
from generator.spreadsheet.cells import ERROR_VALUES

CODE, NAME = "FI007", "cell-shows-an-error"


def find(facts: TableFacts) -> Iterator[Note]:
    """The first of them: the others mostly depend on it."""
    found = [position for position in facts.cells_of_table if facts.sheet.value(*position) in ERROR_VALUES]
    if found:
        more = f", and so do {len(found) - 1} more cells" if len(found) > 1 else ""
        yield Note(
            found[0], f"the cell shows {facts.sheet.value(*found[0])}{more}", help="mend its formula, or type the number"
        )
