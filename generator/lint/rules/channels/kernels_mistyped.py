"""CH007: a number of kernels differs by one digit from one that other rows have.

What it finds: a number of kernels that is no multiple of 8, and would be a power of two that at least two other rows
have, but for one digit or two that are swapped.

Why it is wrong: nobody plans 265 kernels beside rows of 256; one digit changes the parameters of two rows.

How people come to it: quick fingers.

Fails at E4:

    |   | A     | B | C     | D     | E       |
    | 1 | layer | k | n_out | r_out | Filters |
    | 2 | input |   | 32    | 1     | 3       |
    | 3 | conv  | 3 | 32    | 3     | 256     |
    | 4 | conv  | 3 | 32    | 5     | 265     |
    | 5 | conv  | 3 | 32    | 7     | 256     |
    | 6 | conv  | 1 | 32    | 7     | 10      |

Passes:

    |   | A     | B | C     | D     | E       |
    | 1 | layer | k | n_out | r_out | Filters |
    | 2 | input |   | 32    | 1     | 3       |
    | 3 | conv  | 3 | 32    | 3     | 256     |
    | 4 | conv  | 3 | 32    | 5     | 256     |
    | 5 | conv  | 3 | 32    | 7     | 256     |
    | 6 | conv  | 1 | 32    | 7     | 10      |
"""

from collections import Counter
from collections.abc import Iterator

from generator.lint.rules.channels.channels_mistyped import looks_mistyped
from generator.lint.table_facts import Note, TableFacts

CODE, NAME = "CH007", "kernels-mistyped"


def find(facts: TableFacts) -> Iterator[Note]:
    """The typed numbers of kernels that look mistyped."""
    counted = Counter(row.filters for row in facts.table.rows if row.filters)
    common = [count for count, rows in counted.items() if rows >= 2 and count >= 64 and count & (count - 1) == 0]
    for column in facts.columns("filters"):
        for row in facts.table.rows:
            position, said = (row.row, column), facts.sheet.number(row.row, column)
            if facts.formula(position) is not None or said != row.filters or not said or said % 8 == 0:
                continue
            meant = next((count for count in common if looks_mistyped(str(said), str(count))), None)
            if meant:
                message = f"{said} kernels beside rows of {meant} look mistyped"
                yield Note(position, message, help=f"type {meant}, if it is meant", field="channels", claimed=said)
