"""RD007: a number stands beside the table, under no header.

What it finds: a number in a row of a layer, in the column next to the table, where no header says what it is.

Why it is wrong: nothing reads it: if it belongs to the layer, the layer is another one.

How people come to it: a value is typed one column too far to the right.

Fails at F4:

    |   | A     | B | C | D     | E     | F  |
    | 1 | layer | k | s | n_out | r_out |    |
    | 2 | input |   |   | 32    | 1     |    |
    | 3 | conv1 | 3 | 1 | 32    | 3     |    |
    | 4 | conv2 | 5 | 1 | 32    | 7     | 64 |
    | 5 | conv3 | 3 | 1 | 32    | 9     |    |

Passes:

    |   | A     | B | C | D     | E     |
    | 1 | layer | k | s | n_out | r_out |
    | 2 | input |   |   | 32    | 1     |
    | 3 | conv1 | 3 | 1 | 32    | 3     |
    | 4 | conv2 | 5 | 1 | 32    | 7     |
    | 5 | conv3 | 3 | 1 | 32    | 9     |
"""

from collections.abc import Iterator
from itertools import pairwise

from generator.lint.table_facts import Note, TableFacts

CODE, NAME = "RD007", "number-outside-the-table"


def find(facts: TableFacts) -> Iterator[Note]:
    """The first number of each neighbouring column, unless the column counts the rows."""
    frame = facts.table.frame
    for column in (frame.columns[0].number - 1, frame.columns[-1].number + 1):
        if column < 1 or any(facts.sheet.value(row, column) is not None for row in range(frame.header_row, frame.first_row)):
            continue
        numbers = [(row.row, facts.sheet.number(row.row, column)) for row in facts.table.rows]
        found = [(row, number) for row, number in numbers if number is not None]
        if found and not _counts_up([number for _, number in found]):
            row, number = found[0]
            more = f" (and {len(found) - 1} more below it)" if len(found) > 1 else ""
            message = f"{number:,} stands beside the table under no header{more}; nothing reads it"
            yield Note((row, column), message, help="give the column a header, or leave a column free", claimed=number)


def _counts_up(numbers: list[int | float]) -> bool:
    return len(numbers) > 1 and all(later > earlier for earlier, later in pairwise(numbers))
