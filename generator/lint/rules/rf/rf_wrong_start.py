"""RF005: the receptive field does not start at one pixel.

What it finds: a first receptive field that is counted from another number than 1.

Why it is wrong: a pixel of the image sees itself: a receptive field of 1 and a jump of 1. Every later row carries the
wrong start along.

How people come to it: the image's size, its channels or 0 is written where the receptive field of the image belongs.

Fails at F2:

    |   | A     | B | C | D     | E     | F     |
    | 1 | layer | k | s | n_out | j_out | r_out |
    | 2 | input |   |   | 32    | 1     | 32    |
    | 3 | conv  | 3 | 1 | 32    | 1     | =F2+2 |
    | 4 | pool  | 2 | 2 | 16    | 2     | =F3+1 |
    | 5 | conv  | 3 | 1 | 16    | 2     | =F4+4 |
    | 6 | conv  | 3 | 1 | 16    | 2     | =F5+4 |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16    |

Passes:

    |   | A     | B | C | D     | E     | F     |
    | 1 | layer | k | s | n_out | j_out | r_out |
    | 2 | input |   |   | 32    | 1     | 1     |
    | 3 | conv  | 3 | 1 | 32    | 1     | =F2+2 |
    | 4 | pool  | 2 | 2 | 16    | 2     | =F3+1 |
    | 5 | conv  | 3 | 1 | 16    | 2     | =F4+4 |
    | 6 | conv  | 3 | 1 | 16    | 2     | =F5+4 |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16    |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place, shown

CODE, NAME = "RF005", "receptive-field-wrong-start"


def explain(place: Place) -> str | None:
    """Why, if the first number of the column does not come from 1."""
    if place.field not in ("rf_in", "rf_out") or place.base is not None:
        return None
    if place.quantity == "image" or (place.is_copy and place.right == 1):
        return f"the image itself sees 1 pixel, {place.cell} starts at {shown(place.claimed)}"
    start = place.says - place.step_right
    if place.quantity != "rf" or start < 0:
        return None
    return f"{arithmetic(place)}: the image itself sees 1 pixel, {place.sayer} starts at {shown(start)}"
