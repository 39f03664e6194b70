"""RD008: a number is stored as text.

What it finds: a cell of a column of numbers whose number is text, with or without spaces around it.

Why it is wrong: SUM passes over it without a word, and a comparison with the number is false.

How people come to it: numbers are pasted from a web page, or typed behind an apostrophe.

Fails at F4:

    |   | A     | B | C | D     | E     | F       |
    | 1 | layer | k | s | n_out | r_out | Filters |
    | 2 | input |   |   | 32    | 1     | 3       |
    | 3 | conv  | 3 | 1 | 32    | 3     | 8       |
    | 4 | conv  | 3 | 1 | 32    | 5     | ' 8'    |
    | 5 | conv  | 1 | 1 | 32    | 5     | 10      |

Passes:

    |   | A     | B | C | D     | E     | F       |
    | 1 | layer | k | s | n_out | r_out | Filters |
    | 2 | input |   |   | 32    | 1     | 3       |
    | 3 | conv  | 3 | 1 | 32    | 3     | 8       |
    | 4 | conv  | 3 | 1 | 32    | 5     | 8       |
    | 5 | conv  | 1 | 1 | 32    | 5     | 10      |
"""

import re
from collections.abc import Iterator

from generator.lint.table_facts import Note, TableFacts
from generator.spreadsheet.formula import Value

CODE, NAME = "RD008", "number-is-text"


FIELDS = ("input_size", "size", "jump_in", "jump", "rf_in", "rf_out", "channels_in", "channels", "filters", "params", "strides")


def find(facts: TableFacts) -> Iterator[Note]:
    """The first of each column."""
    for field in FIELDS:
        for column in facts.columns(field):
            found = [row.row for row in facts.table.rows if _is_text_number(facts.sheet.value(row.row, column))]
            if found:
                text = facts.sheet.text(found[0], column)
                more = f", and so are {len(found) - 1} below it" if len(found) > 1 else ""
                yield Note((found[0], column), f"{text} is text, not a number{more}", help=f"type {text} again, as a number")


def _is_text_number(value: Value) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"\s*\d+(\.\d+)?\s*", value))
