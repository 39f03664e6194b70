"""RD003: a kernel is written as a formula.

What it finds: a kernel such as `=3*3`, which is 9 to the spreadsheet and 3x3 to its author.

Why it is wrong: every formula that uses the cell reckons with 9.

How people come to it: 3*3 is typed with an equals sign before it, as every other cell.

Fails at B4:

    |   | A     | B    | C       | D     | E     |
    | 1 | layer | k    | padding | n_out | r_out |
    | 2 | input |      |         | 32    | 1     |
    | 3 | conv  | 3    | same    | 32    | 3     |
    | 4 | conv  | =3*3 | same    | 32    | 5     |
    | 5 | conv  | 3    | same    | 32    | 7     |

Passes:

    |   | A     | B   | C       | D     | E     |
    | 1 | layer | k   | padding | n_out | r_out |
    | 2 | input |     |         | 32    | 1     |
    | 3 | conv  | 3   | same    | 32    | 3     |
    | 4 | conv  | 3*3 | same    | 32    | 5     |
    | 5 | conv  | 3   | same    | 32    | 7     |
"""

from collections.abc import Iterator

from generator.lint.table_facts import Note, TableFacts

CODE, NAME = "RD003", "kernel-is-a-formula"


def find(facts: TableFacts) -> Iterator[Note]:
    """The kernels that are products."""
    for row in facts.table.rows:
        for column in facts.columns("kernel_size"):
            formula, value = facts.formula((row.row, column)), facts.sheet.number(row.row, column)
            if formula is None or row.kernel_size is None or value is None or (value, value) == row.kernel_size:
                continue
            height, width = row.kernel_size
            message = f"the kernel {formula} is {value} to the spreadsheet; read as {height}x{width}"
            yield Note((row.row, column), message, help=f"type {height}*{width} without =", field="kernel_size", claimed=value)
