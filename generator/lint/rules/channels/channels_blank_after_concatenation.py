"""CH003: output channels behind a concatenation are blank.

What it finds: a row that concatenates and says nothing in the column of output channels.

Why it is wrong: behind a concatenation the kernels no longer are the channels, so the next row's parameters cannot be
checked by eye.

How people come to it: the sum is left for later.

Fails at D5:

    |   | A          | B      | C       | D                          | E     | F     |
    | 1 | Input Size | 32     |         |                            |       |       |
    | 2 | layer      | Kernel | Filters | Channels after concatenate | n_out | r_out |
    | 3 | conv       | 3      | 32      | 32                         | 32    | 3     |
    | 4 | conv       | 3      | 64      | 96                         | 32    | 5     |
    | 5 | conv       | 3      | 64      |                            | 32    | 7     |
    | 6 | conv       | 3      | 64      | 224                        | 32    | 9     |

Passes:

    |   | A          | B      | C       | D                          | E     | F     |
    | 1 | Input Size | 32     |         |                            |       |       |
    | 2 | layer      | Kernel | Filters | Channels after concatenate | n_out | r_out |
    | 3 | conv       | 3      | 32      | 32                         | 32    | 3     |
    | 4 | conv       | 3      | 64      | 96                         | 32    | 5     |
    | 5 | conv       | 3      | 64      | 160                        | 32    | 7     |
    | 6 | conv       | 3      | 64      | 224                        | 32    | 9     |
"""

from collections.abc import Iterator

from generator.lint.place import shown
from generator.lint.table_facts import Note, TableFacts

CODE, NAME = "CH003", "channels-blank-after-concatenation"


def find(facts: TableFacts) -> Iterator[Note]:
    """The blank cells of rows that concatenate."""
    table = facts.table
    for column in facts.columns("channels"):
        for index, row in enumerate(table.rows):
            if table.merged[index] and row.filters and facts.sheet.value(row.row, column) is None:
                right = table.channels_after[index]
                message = f"number of output channels of row {row.row} is blank ({shown(right)})"
                yield Note((row.row, column), message, help=f"type {right}", field="channels")
