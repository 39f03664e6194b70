"""RD004: a kernel became a date.

What it finds: a kernel cell that holds a date.

Why it is wrong: `3-3` is the third of March to a spreadsheet, and a number of some 45,000 to its formulas.

How people come to it: the kernel is typed with a dash or a slash.

Fails at B4:

    |   | A     | B          | C       | D     | E     |
    | 1 | layer | k          | padding | n_out | r_out |
    | 2 | input |            |         | 32    | 1     |
    | 3 | conv  | 3          | same    | 32    | 3     |
    | 4 | conv  | 2024-03-03 | same    | 32    | 5     |
    | 5 | conv  | 3          | same    | 32    | 7     |

Passes:

    |   | A     | B   | C       | D     | E     |
    | 1 | layer | k   | padding | n_out | r_out |
    | 2 | input |     |         | 32    | 1     |
    | 3 | conv  | 3   | same    | 32    | 3     |
    | 4 | conv  | 3x3 | same    | 32    | 5     |
    | 5 | conv  | 3   | same    | 32    | 7     |
"""

import re
from collections.abc import Iterator

from generator.lint.table_facts import Note, TableFacts

CODE, NAME = "RD004", "kernel-is-a-date"


def find(facts: TableFacts) -> Iterator[Note]:
    """The kernels that are dates."""
    for row in facts.table.rows:
        for column in facts.columns("kernel_size"):
            value = facts.sheet.value(row.row, column)
            if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value) and row.kernel_size:
                height, width = row.kernel_size
                message = f"the kernel is a date, {value[:10]}; read as {height}x{width}"
                yield Note((row.row, column), message, help=f"type {height}x{width}", field="kernel_size")
