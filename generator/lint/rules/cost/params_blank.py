"""PA005: a row with weights says no parameters.

What it finds: a blank cell in the column of parameters beside a row that has some.

Why it is wrong: the total leaves the row out without a word.

How people come to it: the row is added later.

Fails at F6:

    |   | A     | B | C     | D     | E       | F           |
    | 1 | layer | k | n_out | r_out | Filters | Parameters  |
    | 2 | input |   | 32    | 1     | 3       |             |
    | 3 | conv  | 3 | 32    | 3     | 32      | 896         |
    | 4 | conv  | 3 | 32    | 5     | 64      | 18496       |
    | 5 | conv  | 3 | 32    | 7     | 64      | 36928       |
    | 6 | conv  | 1 | 32    | 7     | 10      |             |
    | 7 |       |   |       |       |         |             |
    | 8 | total |   |       |       |         | =SUM(F3:F6) |

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

from generator.lint.place import Place, shown

CODE, NAME = "PA005", "parameters-blank"


def explain(place: Place) -> str:
    """Which row, and what it has."""
    return f"number of parameters of row {place.claim.position[0]} is blank ({shown(place.claim.right)})"
