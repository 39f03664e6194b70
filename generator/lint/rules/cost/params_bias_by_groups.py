"""PA007: the biases are divided by the groups.

What it finds: parameters of a grouped convolution that count one bias for each group of kernels.

Why it is wrong: groups divide the channels that a kernel sees. There are as many kernels as before, and each has its
bias.

How people come to it: the whole product, bias included, is divided by the groups.

Fails at G4:

    |   | A     | B | C      | D     | E     | F       | G                  |
    | 1 | layer | k | groups | n_out | r_out | Filters | Parameters         |
    | 2 | input |   |        | 32    | 1     | 3       |                    |
    | 3 | conv  | 3 | 1      | 32    | 3     | 32      | 896                |
    | 4 | conv  | 3 | 4      | 32    | 5     | 64      | =(3*3*F3*F4+F4)/C4 |
    | 5 | conv  | 3 | 4      | 32    | 7     | 64      | 9280               |
    | 6 | conv  | 1 | 1      | 32    | 7     | 10      | 650                |

Passes:

    |   | A     | B | C      | D     | E     | F       | G                |
    | 1 | layer | k | groups | n_out | r_out | Filters | Parameters       |
    | 2 | input |   |        | 32    | 1     | 3       |                  |
    | 3 | conv  | 3 | 1      | 32    | 3     | 32      | 896              |
    | 4 | conv  | 3 | 4      | 32    | 5     | 64      | =3*3*F3*F4/C4+F4 |
    | 5 | conv  | 3 | 4      | 32    | 7     | 64      | 9280             |
    | 6 | conv  | 1 | 1      | 32    | 7     | 10      | 650              |
"""

from generator.lint.arithmetic import arithmetic, term
from generator.lint.place import Place
from generator.sheet.amounts import same_amount

CODE, NAME = "PA007", "parameters-bias-divided-by-groups"


def explain(place: Place) -> str | None:
    """Why, if the biases are counted once a group."""
    filters, groups = place.row.filters, place.row.groups
    if place.quantity != "params" or groups == 1 or not filters or not place.facts.table.count.use_bias:
        return None
    if not same_amount(place.says, place.right - filters + filters / groups):
        return None
    counted = f"{place.sayer} counts {term(filters / groups)}"
    return f"each of the {filters} kernels has its bias: {arithmetic(place)}; {counted}"
