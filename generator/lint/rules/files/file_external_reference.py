"""FI006: a formula reads another file.

What it finds: formulas of the table that refer to another workbook.

Why it is wrong: the number is the one that was stored last; the other file is not read, and who gets this one may not
have it.

How people come to it: a table is copied from one workbook to another.

Fails at F3:

    |   | A     | B | C | D     | E     | F               |
    | 1 | layer | k | s | n_out | j_out | r_out           |
    | 2 | input |   |   | 32    | 1     | 1               |
    | 3 | conv  | 3 | 1 | 32    | 1     | =[1]Old!F3 -> 3 |
    | 4 | pool  | 2 | 2 | 16    | 2     | =F3+1 -> 4      |
    | 5 | conv  | 3 | 1 | 16    | 2     | =F4+4 -> 8      |
    | 6 | conv  | 3 | 1 | 16    | 2     | =F5+4 -> 12     |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16              |

Passes:

    |   | A     | B | C | D     | E     | F           |
    | 1 | layer | k | s | n_out | j_out | r_out       |
    | 2 | input |   |   | 32    | 1     | 1           |
    | 3 | conv  | 3 | 1 | 32    | 1     | =F2+2 -> 3  |
    | 4 | pool  | 2 | 2 | 16    | 2     | =F3+1 -> 4  |
    | 5 | conv  | 3 | 1 | 16    | 2     | =F4+4 -> 8  |
    | 6 | conv  | 3 | 1 | 16    | 2     | =F5+4 -> 12 |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16          |
"""

import re
from collections.abc import Iterator

from generator.lint.table_facts import Note, TableFacts

CODE, NAME = "FI006", "external-reference"


OTHER_FILE = re.compile(r"\[[^\[\]]+\][^!\[\]]*!")


def find(facts: TableFacts) -> Iterator[Note]:
    """One note for all of them."""
    found = [position for position in facts.cells_of_table if OTHER_FILE.search(facts.formula(position) or "")]
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        counts = "the stored value counts" if facts.sheet.cells[found[0]].stored else "and it has no stored value"
        message = f"the formula {facts.formula(found[0])}{more} reads another file, which is not opened: {counts}"
        yield Note(found[0], message, help="copy the numbers into this workbook")
