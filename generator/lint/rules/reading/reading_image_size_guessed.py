"""RD001: no cell says the size of the image.

What it finds: a table whose first size is all that says how large the image is.

Why it is wrong: several image sizes may lead to the same first map; the smallest one is taken.

How people come to it: the input is known to everybody who drew the sheet.

Fails at A1:

    |   | A     | B | C | D     | E     | F     |
    | 1 | layer | k | s | n_out | r_out | j_out |
    | 2 | conv  | 3 | 1 | 32    | 3     | 1     |
    | 3 | conv  | 3 | 1 | 32    | 5     | 1     |
    | 4 | pool  | 2 | 2 | 16    | 6     | 2     |
    | 5 | conv  | 3 | 1 | 16    | 10    | 2     |

Passes:

    |   | A          | B  | C | D     | E     | F     |
    | 1 | Input Size | 32 |   |       |       |       |
    | 2 | layer      | k  | s | n_out | r_out | j_out |
    | 3 | conv       | 3  | 1 | 32    | 3     | 1     |
    | 4 | conv       | 3  | 1 | 32    | 5     | 1     |
    | 5 | pool       | 2  | 2 | 16    | 6     | 2     |
    | 6 | conv       | 3  | 1 | 16    | 10    | 2     |
"""

from collections.abc import Iterator

from generator.lint.place import shown
from generator.lint.table_facts import Note, TableFacts
from generator.sheet.amounts import collapsed_amount

CODE, NAME = "RD001", "image-size-not-stated"


def find(facts: TableFacts) -> Iterator[Note]:
    """The table, if its image size was worked out from its first size."""
    table = facts.table
    if table.image_size is None or table.labels.image_size is not None or not facts.columns("size"):
        return
    first = table.rows[0]
    columns = facts.columns("input_size") + (facts.columns("size") if first.kind == "input" else ())
    if any(facts.sheet.value(first.row, column) is not None for column in columns):
        return
    frame = table.frame
    size = shown(collapsed_amount(table.image_size))
    message = f"no cell says the size of the image; {size} leads to the size of the first row"
    help = f'write "Input Size" and {size} above the table'
    yield Note((frame.header_row, frame.columns[0].number), message, help=help, field="input_size")
