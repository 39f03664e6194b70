"""CH004: the last channels are not the classes.

What it finds: a plan without a head whose last channels differ from the number of classes that the sheet states, or
that plainly ends in features: a kernel larger than 1x1 with a power of two of at least 4,096 channels.

Why it is wrong: global average pooling and softmax stand over the last channels, and give one class a channel.

How people come to it: the last row, a 1x1 convolution with one kernel a class, is left to the code.

Fails at E4:

    |   | A     | B | C     | D     | E       | F | G | H       | I  |
    | 1 | layer | k | n_out | r_out | Filters |   |   | Classes | 10 |
    | 2 | input |   | 32    | 1     | 3       |   |   |         |    |
    | 3 | conv  | 3 | 32    | 3     | 64      |   |   |         |    |
    | 4 | conv  | 3 | 32    | 5     | 128     |   |   |         |    |

Passes:

    |   | A     | B | C     | D     | E       | F | G | H       | I  |
    | 1 | layer | k | n_out | r_out | Filters |   |   | Classes | 10 |
    | 2 | input |   | 32    | 1     | 3       |   |   |         |    |
    | 3 | conv  | 3 | 32    | 3     | 64      |   |   |         |    |
    | 4 | conv  | 3 | 32    | 5     | 128     |   |   |         |    |
    | 5 | conv  | 1 | 32    | 5     | 10      |   |   |         |    |
"""

import re
from collections.abc import Iterator

from generator.lint.table_facts import Note, TableFacts
from generator.sheet.chain import window_in_chain
from generator.sheet.settings import is_settings

CODE, NAME = "CH004", "last-channels-are-not-classes"


LEAST_FEATURES = 4_096
"""Fewer channels than this may be a table of features alone, to which a head is added elsewhere."""


def find(facts: TableFacts) -> Iterator[Note]:
    """The last row, if its channels cannot be the classes."""
    table = facts.table
    if any(row.kind in ("softmax", "dense") for row in table.rows) or not facts.columns("filters"):
        return
    last = next((index for index in range(len(table.rows) - 1, -1, -1) if table.rows[index].filters), None)
    channels = table.channels_after[-1]
    if last is None or channels is None:
        return
    row, classes = table.rows[last], _classes(facts)
    ends_in_features = window_in_chain(row)[0] != (1, 1) and channels >= LEAST_FEATURES and channels & (channels - 1) == 0
    if (classes is not None and channels != classes) or (classes is None and ends_in_features):
        wanted = f"the sheet has {classes:,} classes" if classes else "a head over them has as many classes"
        help = f"add a row: kernel 1x1, {classes} kernels" if classes else "add a row: kernel 1x1, one kernel a class"
        position = (row.row, facts.columns("filters")[0])
        yield Note(position, f"the plan ends in {channels:,} channels; {wanted}", help=help, field="channels")


def _classes(facts: TableFacts) -> int | None:
    """The classes that a labelled cell or a sheet of settings states."""
    for sheet in facts.sheets.values():
        if sheet is not facts.sheet and not is_settings(sheet):
            continue
        for (row, column), cell in sheet.cells.items():
            if isinstance(cell.value, str) and re.fullmatch(
                r"\s*(no\.? of |number of |#\s*)?classes\s*[:=]?\s*", cell.value.lower()
            ):
                number = sheet.number(row, column + 1)
                if isinstance(number, int) and number > 0:
                    return number
    return None
