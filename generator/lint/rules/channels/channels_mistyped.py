"""CH005: a typed number of channels differs by one digit, or by two that are swapped.

What it finds: wrong typed channels that would be right but for one digit.

Why it is wrong: one digit changes the parameters of two rows.

How people come to it: 256 becomes 265 under quick fingers.

Fails at D5:

    |   | A          | B      | C       | D                          | E     | F     |
    | 1 | Input Size | 32     |         |                            |       |       |
    | 2 | layer      | Kernel | Filters | Channels after concatenate | n_out | r_out |
    | 3 | conv       | 3      | 32      | 32                         | 32    | 3     |
    | 4 | conv       | 3      | 64      | 96                         | 32    | 5     |
    | 5 | conv       | 3      | 64      | 106                        | 32    | 7     |
    | 6 | conv       | 3      | 64      | 224                        | 32    | 9     |

Passes:

    |   | A          | B      | C       | D                          | E     | F     |
    | 1 | Input Size | 32     |         |                            |       |       |
    | 2 | layer      | Kernel | Filters | Channels after concatenate | n_out | r_out |
    | 3 | conv       | 3      | 32      | 32                         | 32    | 3     |
    | 4 | conv       | 3      | 64      | 96                         | 32    | 5     |
    | 5 | conv       | 3      | 64      | 160                        | 32    | 7     |
    | 6 | conv       | 3      | 64      | 224                        | 32    | 9     |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place

CODE, NAME = "CH005", "channels-mistyped"


def explain(place: Place) -> str | None:
    """Why, if the number is a typing error of the right one."""
    if place.field not in ("channels", "channels_in") or place.formula is not None:
        return None
    if not looks_mistyped(str(place.claimed), str(place.right)):
        return None
    return f"{place.claimed} looks mistyped: {arithmetic(place)}"


def looks_mistyped(said: str, meant: str) -> bool:
    """One digit differs, or two neighbours are swapped.

    >>> looks_mistyped("265", "256"), looks_mistyped("156", "256"), looks_mistyped("625", "256")
    (True, True, False)
    """
    if len(said) != len(meant) or len(said) < 3:
        return False
    differ = [index for index, (left, right) in enumerate(zip(said, meant, strict=True)) if left != right]
    if len(differ) == 2 and differ[1] == differ[0] + 1:
        return said[differ[0]] == meant[differ[1]] and said[differ[1]] == meant[differ[0]]
    return len(differ) == 1
