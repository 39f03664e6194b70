"""LK001: a cell is right by luck.

What it finds: a right number whose formula gives a wrong one as soon as the cells that it names are right.

Why it is wrong: two errors cancel. Whoever corrects the other one makes this cell wrong.

How people come to it: a wrong cell is noticed further down, and the formula there is bent until the result fits.

Fails at F5, beside RF009 at F4:

    |   | A     | B | C | D     | E     | F     |
    | 1 | layer | k | s | n_out | j_out | r_out |
    | 2 | input |   |   | 32    | 1     | 1     |
    | 3 | conv  | 3 | 1 | 32    | 1     | 3     |
    | 4 | pool  | 2 | 2 | 16    | 2     | 8     |
    | 5 | conv  | 3 | 1 | 16    | 2     | =F4   |
    | 6 | conv  | 3 | 1 | 16    | 2     | =F5+4 |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16    |

Passes:

    |   | A     | B | C | D     | E     | F     |
    | 1 | layer | k | s | n_out | j_out | r_out |
    | 2 | input |   |   | 32    | 1     | 1     |
    | 3 | conv  | 3 | 1 | 32    | 1     | 3     |
    | 4 | pool  | 2 | 2 | 16    | 2     | =F3+1 |
    | 5 | conv  | 3 | 1 | 16    | 2     | =F4+4 |
    | 6 | conv  | 3 | 1 | 16    | 2     | =F5+4 |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16    |
"""

from generator.lint.place import Place, shown

CODE, NAME = "LK001", "right-by-luck"


def explain(place: Place) -> str:
    """What the formula gives on right inputs."""
    return f"{shown(place.claim.claimed)} is right by luck: on right inputs its formula gives {shown(place.item.formula_value)}"
