"""SZ007: a size counts another padding than the row has.

What it finds: a size that is right for another number of pixels of padding.

Why it is wrong: padding is added at both sides before the window is laid on the map; without it a 3x3 convolution takes
2 pixels away.

How people come to it: the padding is changed in its column and not in the size, or is counted at one side only.

Fails at E5:

    |   | A     | B | C | D | E        | F     |
    | 1 | layer | k | s | p | n_out    | r_out |
    | 2 | input |   |   |   | 32       | 1     |
    | 3 | conv  | 3 | 1 | 1 | 32       | 3     |
    | 4 | conv  | 3 | 2 | 1 | 16       | 5     |
    | 5 | conv  | 3 | 1 | 1 | =E4-B5+1 | 9     |
    | 6 | conv  | 3 | 1 | 0 | =E5-2    | 13    |
    | 7 | conv  | 3 | 1 | 1 | =E6      | 17    |

Passes:

    |   | A     | B | C | D | E             | F     |
    | 1 | layer | k | s | p | n_out         | r_out |
    | 2 | input |   |   |   | 32            | 1     |
    | 3 | conv  | 3 | 1 | 1 | 32            | 3     |
    | 4 | conv  | 3 | 2 | 1 | 16            | 5     |
    | 5 | conv  | 3 | 1 | 1 | =E4+2*D5-B5+1 | 9     |
    | 6 | conv  | 3 | 1 | 0 | =E5-2         | 13    |
    | 7 | conv  | 3 | 1 | 1 | =E6           | 17    |
"""

import math

from generator.lint.arithmetic import arithmetic, size_by
from generator.lint.place import Place
from generator.spreadsheet.reference import Reference

CODE, NAME = "SZ007", "size-other-padding"
MAX_PIXELS = 12
"""Most pixels of padding that are tried."""


def explain(place: Place) -> str | None:
    """Why, if a padding that the row does not have gives the number."""
    if place.quantity != "size" or not place.has_plain_size:
        return None
    for pixels in range(min(place.taps, MAX_PIXELS)):
        if place.says == math.floor(size_by(place, place.base_said, pixels=pixels)):
            cell = place.own("padding")
            if not _may_count(place, pixels, cell):
                return None
            if pixels == 0 and place.row.padding == "same":
                return f"{arithmetic(place)}: padding same rounds up; {place.sayer} rounds down"
            said = f"{place.sayer} counts a padding of {pixels}"
            return f"{arithmetic(place)}; {said}" + (f", {cell} has another" if cell else "")
    return None


def _may_count(place: Place, pixels: int, padding: Reference | None) -> bool:
    """Whether a formula has to do with padding: it reads the size before, and a window or a padding."""
    if place.formula is None:
        return True
    base = place.base is None or place.names(Reference(*place.base.position))
    return base and (pixels == 0 or any(cell and place.names(cell) for cell in (padding, place.own("kernel_size"))))
