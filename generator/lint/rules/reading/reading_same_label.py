"""RD006: two different layers have the same numbered name.

What it finds: a name that ends in a number and stands at rows with different kernels, strides or numbers of kernels.

Why it is wrong: a numbered name means one layer: whoever writes the code takes the one for the other.

How people come to it: a row is copied and its name is left.

Fails at A5:

    |   | A     | B | C | D     | E     |
    | 1 | layer | k | s | n_out | r_out |
    | 2 | input |   |   | 32    | 1     |
    | 3 | conv1 | 3 | 1 | 32    | 3     |
    | 4 | conv2 | 5 | 1 | 32    | 7     |
    | 5 | conv2 | 3 | 1 | 32    | 9     |

Passes:

    |   | A     | B | C | D     | E     |
    | 1 | layer | k | s | n_out | r_out |
    | 2 | input |   |   | 32    | 1     |
    | 3 | conv1 | 3 | 1 | 32    | 3     |
    | 4 | conv2 | 5 | 1 | 32    | 7     |
    | 5 | conv3 | 3 | 1 | 32    | 9     |
"""

import re
from collections.abc import Iterator

from generator.lint.table_facts import Note, TableFacts
from generator.sheet.chain import window_in_chain
from generator.sheet.layers import SheetRow

CODE, NAME = "RD006", "same-label-for-different-layers"


def find(facts: TableFacts) -> Iterator[Note]:
    """The later rows of a name."""
    first: dict[str, SheetRow] = {}
    for row in facts.table.rows:
        for column in facts.table.frame.numbers("name"):
            text = facts.sheet.text(row.row, column)
            numbered = re.fullmatch(r"[A-Za-z][A-Za-z _-]*?[ _-]?(\d+)", text)
            if not numbered or not row.has_window or str(window_in_chain(row)[0][0]) == numbered[1]:
                continue  # `conv 3` beside a kernel of 3 names the kernel.
            other = first.setdefault(text.lower(), row)
            if (window_in_chain(other), other.filters, other.kind) != (window_in_chain(row), row.filters, row.kind):
                message = f'"{text}" is the name of another layer in row {other.row}'
                yield Note((row.row, column), message, help="give each layer a name of its own")
