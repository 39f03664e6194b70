"""RF008: behind an upsampling the step of the receptive field keeps the old jump.

What it finds: a step that is the right one times the factor of an upsampling or of a transposed convolution above.

Why it is wrong: an upsampling puts new units between the old ones, so the jump is divided by its factor, and a 3x3
convolution behind it adds less.

How people come to it: the jump is only ever multiplied in the rows before, and nobody divides it in the decoder.

Fails at G6:

    |   | A        | B | C | D | E     | F     | G            |
    | 1 | layer    | k | s | p | n_out | j_out | r_out        |
    | 2 | input    |   |   |   | 32    | 1     | 1            |
    | 3 | conv     | 3 | 1 | 1 | 32    | 1     | 3            |
    | 4 | pool     | 2 | 2 | 0 | 16    | 2     | 4            |
    | 5 | upsample |   | 2 |   | 32    | 1     | 4            |
    | 6 | conv     | 3 | 1 | 1 | 32    | 1     | =G5+(B6-1)*2 |
    | 7 | conv     | 3 | 1 | 1 | 32    | 1     | 8            |
    | 8 | conv     | 3 | 1 | 1 | 32    | 1     | 10           |

Passes:

    |   | A        | B | C | D | E     | F     | G             |
    | 1 | layer    | k | s | p | n_out | j_out | r_out         |
    | 2 | input    |   |   |   | 32    | 1     | 1             |
    | 3 | conv     | 3 | 1 | 1 | 32    | 1     | 3             |
    | 4 | pool     | 2 | 2 | 0 | 16    | 2     | 4             |
    | 5 | upsample |   | 2 |   | 32    | 1     | 4             |
    | 6 | conv     | 3 | 1 | 1 | 32    | 1     | =G5+(B6-1)*F5 |
    | 7 | conv     | 3 | 1 | 1 | 32    | 1     | 8             |
    | 8 | conv     | 3 | 1 | 1 | 32    | 1     | 10            |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place, shown

CODE, NAME = "RF008", "receptive-field-upsampling-keeps-jump"


def explain(place: Place) -> str | None:
    """Why, if the step is the right one times the factors of the upsamplings above."""
    if place.quantity != "rf" or place.step_right == 0:
        return None
    factor = place.facts.upsampling_so_far(place.acting)
    if factor == 1 or place.step_said != place.step_right * factor:
        return None
    return (
        f"an upsampling by {factor} divides the jump, which is {shown(place.before.jump)} here: {arithmetic(place)}, "
        f"{place.sayer} adds {shown(place.step_said)}"
    )
