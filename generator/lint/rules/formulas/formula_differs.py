"""FM003: a formula differs from those of the other rows.

What it finds: a wrong cell whose column has a formula that would be right in it, and which has another.

Why it is wrong: one column is one calculation; a row that calculates otherwise is a mistake or an exception that nobody
sees.

How people come to it: a formula is bent for one row and stays bent.

Fails at F5:

    |   | A     | B | C | D     | E     | F             |
    | 1 | layer | k | s | n_out | j_out | r_out         |
    | 2 | input |   |   | 32    | 1     | 1             |
    | 3 | conv  | 3 | 1 | 32    | 1     | =F2+(B3-1)*E2 |
    | 4 | conv  | 3 | 1 | 32    | 1     | =F3+(B4-1)*E3 |
    | 5 | conv  | 5 | 1 | 32    | 1     | =F4+B5*E4+4   |
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
from generator.lint.place import Place

CODE, NAME = "FM003", "formula-differs-from-its-kind"


def explain(place: Place) -> str | None:
    """Why, if the formula of the good rows is right here."""
    good = place.facts.formulas.copied(place.claim) if place.formula is not None else None
    return f"the rows of its kind have {good} here, the cell has {place.formula}: {arithmetic(place)}" if good else None
