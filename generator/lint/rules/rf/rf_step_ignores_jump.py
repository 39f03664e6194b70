"""RF003: the step of the receptive field is that of jump 1.

What it finds: a step that is the right one divided by the jump.

Why it is wrong: behind a stride of 2 neighbouring units are 2 pixels apart, so a 3x3 convolution adds (3 - 1) * 2 = 4,
not 2.

How people come to it: `+2` a row is right until the first stride, and is copied down past it.

Fails at F6:

    |   | A     | B | C | D     | E     | F     |
    | 1 | layer | k | s | n_out | j_out | r_out |
    | 2 | input |   |   | 32    | 1     | 1     |
    | 3 | conv  | 3 | 1 | 32    | 1     | 3     |
    | 4 | pool  | 2 | 2 | 16    | 2     | 4     |
    | 5 | conv  | 3 | 1 | 16    | 2     | 8     |
    | 6 | conv  | 3 | 1 | 16    | 2     | =F5+2 |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16    |

Passes:

    |   | A     | B | C | D     | E     | F     |
    | 1 | layer | k | s | n_out | j_out | r_out |
    | 2 | input |   |   | 32    | 1     | 1     |
    | 3 | conv  | 3 | 1 | 32    | 1     | 3     |
    | 4 | pool  | 2 | 2 | 16    | 2     | 4     |
    | 5 | conv  | 3 | 1 | 16    | 2     | 8     |
    | 6 | conv  | 3 | 1 | 16    | 2     | =F5+4 |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16    |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place, shown

CODE, NAME = "RF003", "receptive-field-step-ignores-jump"


def explain(place: Place) -> str | None:
    """Why, if the step is the right one divided by the jump."""
    jump = place.before.jump
    if place.quantity != "rf" or jump == 1 or place.step_right == 0 or place.step_said * jump != place.step_right:
        return None
    return f"the jump is {shown(jump)} here: {arithmetic(place)}, {place.sayer} adds {shown(place.step_said)}, a step at jump 1"
