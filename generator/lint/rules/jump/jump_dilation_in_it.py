"""JP003: a dilation is multiplied into the jump.

What it finds: a jump that is the right one times the row's dilation.

Why it is wrong: dilation spreads the taps of one kernel; the units of its map stay as near as they were. Only strides
change the jump.

How people come to it: dilation makes the receptive field grow faster, as strides do, so it is taken for one.

Fails at G4:

    |   | A     | B | C | D        | E | F     | G         | H     |
    | 1 | layer | k | s | dilation | p | n_out | j_out     | r_out |
    | 2 | input |   |   |          |   | 32    | 1         | 1     |
    | 3 | conv  | 3 | 1 | 1        | 1 | 32    | 1         | 3     |
    | 4 | conv  | 3 | 1 | 2        | 2 | 32    | =G3*C4*D4 | 7     |
    | 5 | conv  | 3 | 1 | 1        | 1 | 32    | =G4*C5    | 9     |
    | 6 | conv  | 3 | 1 | 1        | 1 | 32    | 1         | 11    |

Passes:

    |   | A     | B | C | D        | E | F     | G      | H     |
    | 1 | layer | k | s | dilation | p | n_out | j_out  | r_out |
    | 2 | input |   |   |          |   | 32    | 1      | 1     |
    | 3 | conv  | 3 | 1 | 1        | 1 | 32    | 1      | 3     |
    | 4 | conv  | 3 | 1 | 2        | 2 | 32    | =G3*C4 | 7     |
    | 5 | conv  | 3 | 1 | 1        | 1 | 32    | =G4*C5 | 9     |
    | 6 | conv  | 3 | 1 | 1        | 1 | 32    | 1      | 11    |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place

CODE, NAME = "JP003", "jump-times-dilation"


def explain(place: Place) -> str | None:
    """Why, if the number is the right one times the dilation."""
    if place.quantity != "jump" or place.dilation == 1 or place.says != place.base_said * place.strides * place.dilation:
        return None
    return f"{arithmetic(place)}; {place.sayer} multiplies the dilation of {place.dilation} in, which belongs to the kernel"
