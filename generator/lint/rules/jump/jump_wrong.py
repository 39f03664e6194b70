"""JP001: a jump is not what the rows above it give.

What it finds: a wrong jump for which no other rule has a reason.

Why it is wrong: the jump is the product of the strides so far: it starts at 1, and every row multiplies it by its own
stride.

How people come to it: a number is typed from memory.

Fails at E4:

    |   | A     | B | C | D     | E     | F     |
    | 1 | layer | k | s | n_out | j_out | r_out |
    | 2 | input |   |   | 32    | 1     | 1     |
    | 3 | conv  | 3 | 1 | 32    | 1     | 3     |
    | 4 | pool  | 2 | 2 | 16    | =E3+4 | 4     |
    | 5 | conv  | 3 | 1 | 16    | =E4   | 8     |
    | 6 | conv  | 3 | 1 | 16    | =E5   | 12    |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16    |

Passes:

    |   | A     | B | C | D     | E      | F     |
    | 1 | layer | k | s | n_out | j_out  | r_out |
    | 2 | input |   |   | 32    | 1      | 1     |
    | 3 | conv  | 3 | 1 | 32    | 1      | 3     |
    | 4 | pool  | 2 | 2 | 16    | =E3*C4 | 4     |
    | 5 | conv  | 3 | 1 | 16    | =E4    | 8     |
    | 6 | conv  | 3 | 1 | 16    | =E5    | 12    |
    | 7 | conv  | 3 | 1 | 16    | 2      | 16    |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place

CODE, NAME = "JP001", "jump-wrong"


def explain(place: Place) -> str:
    """The product that is right."""
    return arithmetic(place)
