"""PA006: a separable, depthwise or grouped row is counted as a standard convolution.

What it finds: parameters that are those of a standard convolution with the same kernel.

Why it is wrong: a separable convolution has one kernel a channel and a 1x1 convolution behind it; in a grouped one each
kernel sees the channels of its group alone: both are several times smaller.

How people come to it: the formula of the standard rows is copied.

Fails at F4:

    |   | A              | B | C     | D     | E       | F             |
    | 1 | layer          | k | n_out | r_out | Filters | Parameters    |
    | 2 | input          |   | 32    | 1     | 3       |               |
    | 3 | separable conv | 3 | 32    | 3     | 32      | 155           |
    | 4 | separable conv | 3 | 32    | 5     | 64      | =3*3*E3*E4+E4 |
    | 5 | separable conv | 3 | 32    | 7     | 64      | 4736          |
    | 6 | conv           | 1 | 32    | 7     | 10      | 650           |

Passes:

    |   | A              | B | C     | D     | E       | F                |
    | 1 | layer          | k | n_out | r_out | Filters | Parameters       |
    | 2 | input          |   | 32    | 1     | 3       |                  |
    | 3 | separable conv | 3 | 32    | 3     | 32      | 155              |
    | 4 | separable conv | 3 | 32    | 5     | 64      | =3*3*E3+E3*E4+E4 |
    | 5 | separable conv | 3 | 32    | 7     | 64      | 4736             |
    | 6 | conv           | 1 | 32    | 7     | 10      | 650              |
"""

from generator.lint.arithmetic import arithmetic, kind_of_convolution
from generator.lint.place import Place
from generator.sheet.amounts import same_amount
from generator.sheet.steps import row_params

CODE, NAME = "PA006", "parameters-of-standard-convolution"


def explain(place: Place) -> str | None:
    """Why, if a standard convolution has that many."""
    kind = "grouped" if place.row.groups > 1 else kind_of_convolution(place)
    if place.quantity != "params" or kind == "standard" or not place.row.has_window:
        return None
    standard = row_params(
        place.row._replace(conv="standard", groups=1), place.facts.table.count._replace(conv="standard"), place.channels_in
    )
    if not same_amount(standard, place.says):
        return None
    return f"is that of a standard convolution; the row is {kind}: {arithmetic(place)}"
