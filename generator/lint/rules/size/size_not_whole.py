"""SZ002: a size is a fraction.

What it finds: a side of a feature map that is no whole number.

Why it is wrong: a window that does not fit once more is left out: the size is rounded down, and a map has whole pixels.

How people come to it: the formula leaves the rounding out; with most strides and kernels nobody sees it.

Fails at E4:

    |   | A     | B | C | D | E                  | F     |
    | 1 | layer | k | s | p | n_out              | r_out |
    | 2 | input |   |   |   | 32                 | 1     |
    | 3 | conv  | 3 | 1 | 1 | 32                 | 3     |
    | 4 | conv  | 3 | 2 | 1 | =(E3+2*D4-B4)/C4+1 | 5     |
    | 5 | conv  | 3 | 1 | 0 | =INT((E4-B5)/C5)+1 | 9     |
    | 6 | conv  | 3 | 1 | 0 | =INT((E5-B6)/C6)+1 | 13    |
    | 7 | conv  | 3 | 1 | 1 | 12                 | 17    |

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

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place

CODE, NAME = "SZ002", "size-not-whole"


def explain(place: Place) -> str | None:
    """Why, if the size is a fraction."""
    if place.field not in ("size", "input_size") or float(place.claimed).is_integer():
        return None
    return f"a feature map has whole pixels: {arithmetic(place)}"
