"""PA004: the total is not the sum of the parameters.

What it finds: a wrong total for which no other rule has a reason.

Why it is wrong: the total decides whether a model fits; it is the sum of all rows.

How people come to it: it is typed once, and rows are changed afterwards.

Fails at F8:

    |   | A     | B | C     | D     | E       | F          |
    | 1 | layer | k | n_out | r_out | Filters | Parameters |
    | 2 | input |   | 32    | 1     | 3       |            |
    | 3 | conv  | 3 | 32    | 3     | 32      | 896        |
    | 4 | conv  | 3 | 32    | 5     | 64      | 18496      |
    | 5 | conv  | 3 | 32    | 7     | 64      | 36928      |
    | 6 | conv  | 1 | 32    | 7     | 10      | 650        |
    | 7 |       |   |       |       |         |            |
    | 8 | total |   |       |       |         | 50000      |

Passes:

    |   | A     | B | C     | D     | E       | F           |
    | 1 | layer | k | n_out | r_out | Filters | Parameters  |
    | 2 | input |   | 32    | 1     | 3       |             |
    | 3 | conv  | 3 | 32    | 3     | 32      | 896         |
    | 4 | conv  | 3 | 32    | 5     | 64      | 18496       |
    | 5 | conv  | 3 | 32    | 7     | 64      | 36928       |
    | 6 | conv  | 1 | 32    | 7     | 10      | 650         |
    | 7 |       |   |       |       |         |             |
    | 8 | total |   |       |       |         | =SUM(F3:F6) |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place

CODE, NAME = "PA004", "parameters-total-wrong"


def explain(place: Place) -> str:
    """What the rows add up to."""
    return arithmetic(place)
