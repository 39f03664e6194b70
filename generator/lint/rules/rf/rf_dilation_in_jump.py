"""RF007: the step of the receptive field takes a jump that a dilation was multiplied into.

What it finds: a step that is the right one times the dilation of its own row or of rows above.

Why it is wrong: dilation spreads the taps of its own kernel and leaves the distance of neighbouring units, the jump, as
it was. Only strides change the jump.

How people come to it: dilation and stride both make the receptive field grow faster, so they are multiplied together
once and for all.

Fails at H5:

    |   | A     | B | C | D        | E | F     | G     | H                |
    | 1 | layer | k | s | dilation | p | n_out | j_out | r_out            |
    | 2 | input |   |   |          |   | 32    | 1     | 1                |
    | 3 | conv  | 3 | 1 | 1        | 1 | 32    | 1     | 3                |
    | 4 | conv  | 3 | 1 | 2        | 2 | 32    | 1     | =H3+(B4-1)*D4*G3 |
    | 5 | conv  | 3 | 1 | 1        | 1 | 32    | 1     | =H4+(B5-1)*G4*D4 |
    | 6 | conv  | 3 | 1 | 1        | 1 | 32    | 1     | 11               |

Passes:

    |   | A     | B | C | D        | E | F     | G     | H                |
    | 1 | layer | k | s | dilation | p | n_out | j_out | r_out            |
    | 2 | input |   |   |          |   | 32    | 1     | 1                |
    | 3 | conv  | 3 | 1 | 1        | 1 | 32    | 1     | 3                |
    | 4 | conv  | 3 | 1 | 2        | 2 | 32    | 1     | =H3+(B4-1)*D4*G3 |
    | 5 | conv  | 3 | 1 | 1        | 1 | 32    | 1     | =H4+(B5-1)*G4    |
    | 6 | conv  | 3 | 1 | 1        | 1 | 32    | 1     | 11               |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place, shown

CODE, NAME = "RF007", "receptive-field-dilation-in-jump"


def explain(place: Place) -> str | None:
    """Why, if the step is the right one times the dilations so far."""
    if place.quantity != "rf" or place.step_right == 0:
        return None
    above, here = place.facts.dilation_so_far(place.acting), place.dilation
    for factor in (above * here, above, here):
        if factor > 1 and place.step_said == place.step_right * factor:
            return (
                f"{arithmetic(place)}, {place.sayer} adds {shown(place.step_said)}: a dilation of {factor} is multiplied into "
                f"the jump, which stays {shown(place.before.jump)}"
            )
    return None
