"""FI001: formulas have no stored value.

What it finds: a table with formulas whose results are not in the file; they are evaluated.

Why it is wrong: programs that only show stored values (previewers, scripts) show empty cells.

How people come to it: the file is written by a program, not by a spreadsheet.

Fails at F3:

    |   | A     | B | C | D     | E     | F     |
    | 1 | layer | k | s | n_out | j_out | r_out |
    | 2 | input |   |   | 32    | 1     | 1     |
    | 3 | conv  | 3 | 1 | 32    | 1     | =F2+2 |
    | 4 | pool  | 2 | 2 | 16    | 2     | =F3+1 |
    | 5 | conv  | 3 | 1 | 16    | 2     | =F4+4 |
    | 6 | conv  | 3 | 1 | 16    | 2     | =F5+4 |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16    |

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

CODE, NAME = "FI001", "formulas-without-stored-values"


def find(facts: TableFacts) -> Iterator[Note]:
    """One note for all of them."""
    cells = [facts.sheet.cells[position] for position in facts.cells_of_table]
    unstored = [
        position
        for position, cell in zip(facts.cells_of_table, cells, strict=True)
        if cell.formula is not None and not cell.stored and cell.value is not None
    ]
    if unstored:
        many = f"{len(unstored)} formulas of the table have" if len(unstored) > 1 else "one formula of the table has"
        yield Note(
            unstored[0],
            f"{many} no stored value; evaluated here",
            help="open the file in a spreadsheet program and save it, and previewers show the numbers too",
        )
