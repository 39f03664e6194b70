"""SZ008: a size leaves the stride out.

What it finds: a size behind a row with a stride that is right without it.

Why it is wrong: a stride of 2 lays the window on every second place, so the map is half as large.

How people come to it: the stride is changed in its column and not in the size.

Fails at F3:

    |   | A     | B | C | D | E    | F             | G     |
    | 1 | layer | k | s | p | n_in | n_out         | r_out |
    | 2 | conv  | 3 | 1 | 1 | 32   | 32            | 3     |
    | 3 | conv  | 3 | 2 | 1 | =F2  | =E3+2*D3-B3+1 | 5     |
    | 4 | conv  | 3 | 1 | 0 | =F3  | 14            | 9     |
    | 5 | conv  | 3 | 1 | 0 | 14   | 12            | 13    |

Passes:

    |   | A     | B | C | D | E    | F                       | G     |
    | 1 | layer | k | s | p | n_in | n_out                   | r_out |
    | 2 | conv  | 3 | 1 | 1 | 32   | 32                      | 3     |
    | 3 | conv  | 3 | 2 | 1 | =F2  | =INT((E3+2*D3-B3)/C3)+1 | 5     |
    | 4 | conv  | 3 | 1 | 0 | =F3  | 14                      | 9     |
    | 5 | conv  | 3 | 1 | 0 | 14   | 12                      | 13    |
"""

import math

from generator.lint.arithmetic import arithmetic, size_by
from generator.lint.place import Place

CODE, NAME = "SZ008", "size-stride-left-out"


def explain(place: Place) -> str | None:
    """Why, if the number is the size at stride 1."""
    if place.quantity != "size" or not place.has_plain_size or place.strides == 1:
        return None
    if place.says != math.floor(size_by(place, place.base_said, strides=1)):
        return None
    return f"the stride of {place.strides} is left out: {arithmetic(place)}"
