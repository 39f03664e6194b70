"""SZ004: a size is rounded up where it is rounded down.

What it finds: a size that is the next whole number above the exact one, in a row with numbers of padding or with none.

Why it is wrong: a window that does not fit once more is left out. Only "same" padding rounds up, because it pads what
is missing.

How people come to it: ROUND or ROUNDUP stands in the formula, or the number is rounded by hand.

Fails at E4:

    |   | A     | B | C | D | E                             | F     |
    | 1 | layer | k | s | p | n_out                         | r_out |
    | 2 | input |   |   |   | 32                            | 1     |
    | 3 | conv  | 3 | 1 | 1 | 32                            | 3     |
    | 4 | conv  | 3 | 2 | 1 | =ROUNDUP((E3+2*D4-B4)/C4+1,0) | 5     |
    | 5 | conv  | 3 | 1 | 0 | =INT((E4-B5)/C5)+1            | 9     |
    | 6 | conv  | 3 | 1 | 0 | =INT((E5-B6)/C6)+1            | 13    |
    | 7 | conv  | 3 | 1 | 1 | 12                            | 17    |

Passes:

    |   | A     | B | C | D | E                       | F     |
    | 1 | layer | k | s | p | n_out                   | r_out |
    | 2 | input |   |   |   | 32                      | 1     |
    | 3 | conv  | 3 | 1 | 1 | 32                      | 3     |
    | 4 | conv  | 3 | 2 | 1 | =INT((E3+2*D4-B4)/C4)+1 | 5     |
    | 5 | conv  | 3 | 1 | 0 | =INT((E4-B5)/C5)+1      | 9     |
    | 6 | conv  | 3 | 1 | 0 | =INT((E5-B6)/C6)+1      | 13    |
    | 7 | conv  | 3 | 1 | 1 | 12                      | 17    |
"""

import math

from generator.lint.arithmetic import arithmetic, size_by
from generator.lint.place import Place

CODE, NAME = "SZ004", "size-rounded-up"


def explain(place: Place) -> str | None:
    """Why, if the exact size lies between the number said and the right one."""
    if place.quantity != "size" or not place.has_plain_size or place.padding == "same":
        return None
    exact = size_by(place, place.base_said)
    if exact == int(exact) or place.says != math.ceil(exact):
        return None
    return f"a window that does not fit is left out: {arithmetic(place)}; {place.sayer} rounds up"
