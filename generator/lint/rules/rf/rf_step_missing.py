"""RF002: a row with a window adds nothing to the receptive field.

What it finds: a convolution or a pool that repeats the receptive field before it.

Why it is wrong: every window larger than 1x1 adds (kernel - 1) * jump: a unit sees its neighbours, too.

How people come to it: the cell is copied from a 1x1 row, or refers to the row above and the step is forgotten.

Fails at F5:

    |   | A     | B | C | D     | E     | F     |
    | 1 | layer | k | s | n_out | j_out | r_out |
    | 2 | input |   |   | 32    | 1     | 1     |
    | 3 | conv  | 3 | 1 | 32    | 1     | 3     |
    | 4 | pool  | 2 | 2 | 16    | 2     | 4     |
    | 5 | conv  | 3 | 1 | 16    | 2     | =F4   |
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
from generator.lint.place import Place

CODE, NAME = "RF002", "receptive-field-step-missing"


def explain(place: Place) -> str | None:
    """Why, if the number is the one before a row that has a step."""
    if place.quantity != "rf" or place.step_right == 0 or place.says != place.base_said:
        return None
    return f"the row's own window is forgotten: {arithmetic(place)}, {place.sayer} adds nothing"
