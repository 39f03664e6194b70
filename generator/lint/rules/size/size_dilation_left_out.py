"""SZ006: a size leaves the dilation out.

What it finds: a size behind a dilated convolution that is right for the same kernel without dilation.

Why it is wrong: a dilated kernel covers dilation * (kernel - 1) + 1 pixels, and the map shrinks by that, or needs more
padding.

How people come to it: the formula has the kernel's column and no other.

Fails at F4:

    |   | A     | B | C | D        | E | F             | G     | H     |
    | 1 | layer | k | s | dilation | p | n_out         | j_out | r_out |
    | 2 | input |   |   |          |   | 32            | 1     | 1     |
    | 3 | conv  | 3 | 1 | 1        | 1 | 32            | 1     | 3     |
    | 4 | conv  | 3 | 1 | 2        | 2 | =F3+2*E4-B4+1 | 1     | 7     |
    | 5 | conv  | 3 | 1 | 1        | 1 | =F4           | 1     | 9     |
    | 6 | conv  | 3 | 1 | 1        | 1 | 32            | 1     | 11    |

Passes:

    |   | A     | B | C | D        | E | F                        | G     | H     |
    | 1 | layer | k | s | dilation | p | n_out                    | j_out | r_out |
    | 2 | input |   |   |          |   | 32                       | 1     | 1     |
    | 3 | conv  | 3 | 1 | 1        | 1 | 32                       | 1     | 3     |
    | 4 | conv  | 3 | 1 | 2        | 2 | =F3+2*E4-((B4-1)*D4+1)+1 | 1     | 7     |
    | 5 | conv  | 3 | 1 | 1        | 1 | =F4                      | 1     | 9     |
    | 6 | conv  | 3 | 1 | 1        | 1 | 32                       | 1     | 11    |
"""

import math

from generator.lint.arithmetic import arithmetic, size_by
from generator.lint.place import Place

CODE, NAME = "SZ006", "size-dilation-left-out"


def explain(place: Place) -> str | None:
    """Why, if the size is that of the kernel without dilation."""
    if place.quantity != "size" or not place.has_plain_size or place.dilation == 1:
        return None
    if place.says != math.floor(size_by(place, place.base_said, taps=place.kernel)):
        return None
    return (
        f"a kernel of {place.kernel} at dilation {place.dilation} covers {place.taps}: {arithmetic(place)}; "
        f"{place.sayer} counts {place.kernel}"
    )
