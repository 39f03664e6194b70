"""RF009: a receptive field is not what the rows above it give.

What it finds: a wrong receptive field for which no other rule has a reason.

Why it is wrong: every row adds (kernel - 1) * dilation * jump; all rows behind a wrong one inherit its error.

How people come to it: a number is typed from memory, or a formula is bent for one row.

Fails at F5:

    |   | A     | B | C | D     | E     | F     |
    | 1 | layer | k | s | n_out | j_out | r_out |
    | 2 | input |   |   | 32    | 1     | 1     |
    | 3 | conv  | 3 | 1 | 32    | 1     | 3     |
    | 4 | pool  | 2 | 2 | 16    | 2     | 4     |
    | 5 | conv  | 3 | 1 | 16    | 2     | =F4+7 |
    | 6 | conv  | 3 | 1 | 16    | 2     | =F5+4 |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16    |

Passes:

    |   | A     | B | C | D     | E     | F     |
    | 1 | layer | k | s | n_out | j_out | r_out |
    | 2 | input |   |   | 32    | 1     | 1     |
    | 3 | conv  | 3 | 1 | 32    | 1     | 3     |
    | 4 | pool  | 2 | 2 | 16    | 2     | 4     |
    | 5 | conv  | 3 | 1 | 16    | 2     | =F4+4 |
    | 6 | conv  | 3 | 1 | 16    | 2     | =F5+4 |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16    |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place, shown

CODE, NAME = "RF009", "receptive-field-wrong"


def explain(place: Place) -> str:
    """The sum that is right, and what is added instead."""
    said = f", {place.sayer} adds {shown(place.step_said)}" if place.quantity == "rf" else ""
    return f"{arithmetic(place)}{said}"
