"""FM002: a wrong number is typed in a column of formulas.

What it finds: a wrong typed number in a column whose other cells are formulas.

Why it is wrong: the number does not follow what is changed above it, and it is wrong already.

How people come to it: a number is typed over its formula to try something.

Fails at F5:

    |   | A     | B | C | D     | E     | F             |
    | 1 | layer | k | s | n_out | j_out | r_out         |
    | 2 | input |   |   | 32    | 1     | 1             |
    | 3 | conv  | 3 | 1 | 32    | 1     | =F2+(B3-1)*E2 |
    | 4 | conv  | 3 | 1 | 32    | 1     | =F3+(B4-1)*E3 |
    | 5 | conv  | 5 | 1 | 32    | 1     | 11            |
    | 6 | conv  | 3 | 1 | 32    | 1     | =F5+(B6-1)*E5 |

Passes:

    |   | A     | B | C | D     | E     | F             |
    | 1 | layer | k | s | n_out | j_out | r_out         |
    | 2 | input |   |   | 32    | 1     | 1             |
    | 3 | conv  | 3 | 1 | 32    | 1     | =F2+(B3-1)*E2 |
    | 4 | conv  | 3 | 1 | 32    | 1     | =F3+(B4-1)*E3 |
    | 5 | conv  | 5 | 1 | 32    | 1     | =F4+(B5-1)*E4 |
    | 6 | conv  | 3 | 1 | 32    | 1     | =F5+(B6-1)*E5 |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place, shown

CODE, NAME = "FM002", "typed-number-among-formulas"


def explain(place: Place) -> str | None:
    """Why, if the number is typed where its column has formulas."""
    if not place.is_typed_among_formulas:
        return None
    return f"{shown(place.claimed)} is typed among formulas: {arithmetic(place)}"
