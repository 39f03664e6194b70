"""RD005: the repetitions do not count up.

What it finds: a repetition that is neither one more than that of the row above nor 1, in a column that otherwise counts
up.

Why it is wrong: a row is missing, or one too many is drawn; it is read as it stands.

How people come to it: a row is copied to make the block longer.

Fails at B6:

    |   | A          | B          | C | D     | E     |
    | 1 | Input Size | 32         |   |       |       |
    | 2 | Block      | Repetition | k | n_out | r_out |
    | 3 | 1          | 1          | 3 | 32    | 3     |
    | 4 | 1          | 2          | 3 | 32    | 5     |
    | 5 | 1          | 3          | 3 | 32    | 7     |
    | 6 | 1          | 3          | 3 | 32    | 9     |
    | 7 | 2          | 1          | 3 | 32    | 11    |
    | 8 | 2          | 2          | 3 | 32    | 13    |

Passes:

    |   | A          | B          | C | D     | E     |
    | 1 | Input Size | 32         |   |       |       |
    | 2 | Block      | Repetition | k | n_out | r_out |
    | 3 | 1          | 1          | 3 | 32    | 3     |
    | 4 | 1          | 2          | 3 | 32    | 5     |
    | 5 | 1          | 3          | 3 | 32    | 7     |
    | 6 | 1          | 4          | 3 | 32    | 9     |
    | 7 | 2          | 1          | 3 | 32    | 11    |
    | 8 | 2          | 2          | 3 | 32    | 13    |
"""

from collections.abc import Iterator
from itertools import pairwise

from generator.lint.table_facts import Note, TableFacts

CODE, NAME = "RD005", "repetition-does-not-count-up"


def find(facts: TableFacts) -> Iterator[Note]:
    """The rows that break the count, if most keep it."""
    for column in facts.table.frame.numbers("repetition"):
        counts = [(row.row, facts.sheet.number(row.row, column)) for row in facts.table.rows]
        counted = [(row, count) for row, count in counts if count is not None]
        pairs = list(pairwise(counted))
        broken = [(above, here) for above, here in pairs if here[1] not in (1, above[1] + 1)]
        if len(broken) * 2 >= sum(here[1] == above[1] + 1 for above, here in pairs):
            continue
        for above, here in broken:
            message = f"repetition {here[1]} stands below {above[1]}: a row too many, or one missing"
            yield Note((here[0], column), message, help="let the rows of a block count 1, 2, 3, ...", claimed=here[1])
