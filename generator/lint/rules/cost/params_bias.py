"""PA008: a row counts biases otherwise than the rest of the table.

What it finds: parameters that leave the biases out where the other rows count them, or count them where the others do
not.

Why it is wrong: a convolution has one bias a kernel unless it is built without; one table counts one way.

How people come to it: `+E4` at the end of the formula is forgotten.

Fails at F4:

    |   | A     | B | C     | D     | E       | F          |
    | 1 | layer | k | n_out | r_out | Filters | Parameters |
    | 2 | input |   | 32    | 1     | 3       |            |
    | 3 | conv  | 3 | 32    | 3     | 32      | 896        |
    | 4 | conv  | 3 | 32    | 5     | 64      | =3*3*E3*E4 |
    | 5 | conv  | 3 | 32    | 7     | 64      | 36928      |
    | 6 | conv  | 1 | 32    | 7     | 10      | 650        |
    | 7 |       |   |       |       |         |            |
    | 8 | total |   |       |       |         | 56970      |

Passes:

    |   | A     | B | C     | D     | E       | F             |
    | 1 | layer | k | n_out | r_out | Filters | Parameters    |
    | 2 | input |   | 32    | 1     | 3       |               |
    | 3 | conv  | 3 | 32    | 3     | 32      | 896           |
    | 4 | conv  | 3 | 32    | 5     | 64      | =3*3*E3*E4+E4 |
    | 5 | conv  | 3 | 32    | 7     | 64      | 36928         |
    | 6 | conv  | 1 | 32    | 7     | 10      | 650           |
    | 7 |       |   |       |       |         |               |
    | 8 | total |   |       |       |         | 56970         |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place
from generator.sheet.amounts import same_amount
from generator.sheet.steps import row_params

CODE, NAME = "PA008", "parameters-bias-left-out-or-added"


def explain(place: Place) -> str | None:
    """Why, if the number differs from the right one by the row's biases."""
    filters, counted = place.row.filters, place.facts.table.count.use_bias
    if place.quantity != "params" or not filters or place.says == place.right:
        return None
    row, rule = place.row, place.facts.table.count
    if not same_amount(row_params(row, rule._replace(use_bias=not counted), place.channels_in), place.says):
        return None
    does = f"leaves the {filters} biases out" if counted else f"counts {filters} biases, which the table does not"
    return f"{arithmetic(place)}; {place.sayer} {does}"
