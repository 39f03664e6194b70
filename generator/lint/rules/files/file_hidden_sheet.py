"""FI004: only hidden sheets hold a design.

What it finds: a workbook whose visible sheets hold no design while hidden ones do. (Beside a visible design, hidden
sheets are listed as passed over.)

Why it is wrong: a hidden sheet is not checked unless it is named, so nothing is; and who gets the file does not see it.

How people come to it: a sheet of notes is added and the design hidden behind it.

Fails:

    |   | A             |
    | 1 | Notes         |
    | 2 | See the paper |

    Sheet Old, hidden:

    |   | A     | B | C | D     | E     | F     |
    | 1 | layer | k | s | n_out | j_out | r_out |
    | 2 | input |   |   | 32    | 1     | 1     |
    | 3 | conv  | 3 | 1 | 32    | 1     | 3     |
    | 4 | pool  | 2 | 2 | 16    | 2     | 4     |
    | 5 | conv  | 3 | 1 | 16    | 2     | 8     |
    | 6 | conv  | 3 | 1 | 16    | 2     | 12    |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16    |

Passes:

    |   | A             |
    | 1 | Notes         |
    | 2 | See the paper |

    Sheet Old:

    |   | A     | B | C | D     | E     | F     |
    | 1 | layer | k | s | n_out | j_out | r_out |
    | 2 | input |   |   | 32    | 1     | 1     |
    | 3 | conv  | 3 | 1 | 32    | 1     | 3     |
    | 4 | pool  | 2 | 2 | 16    | 2     | 4     |
    | 5 | conv  | 3 | 1 | 16    | 2     | 8     |
    | 6 | conv  | 3 | 1 | 16    | 2     | 12    |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16    |
"""

from collections.abc import Iterator, Mapping

from generator.lint.table_facts import Note
from generator.sheet.tables import find_frames
from generator.spreadsheet.cells import Sheet

CODE, NAME = "FI004", "hidden-sheet-holds-design"


def find_in(sheets: Mapping[str, Sheet]) -> Iterator[Note]:
    """The hidden sheets that hold designs, of a workbook whose visible ones do not."""
    hidden = [sheet.title for sheet in sheets.values() if sheet.hidden and find_frames(sheet)]
    if hidden:
        named = ", ".join(f'"{title}"' for title in hidden)
        yield Note(
            None, f"holds no design on its visible sheets, but on hidden ones: {named}", help="--all-sheets checks them too"
        )
