"""PA010: a row counts batch normalisation otherwise than the rest of the table.

What it finds: parameters that leave out the 4 numbers a channel of batch normalisation where the other rows count them,
or count them where the others do not.

Why it is wrong: a batch normalisation has a scale, a shift, a mean and a variance for each channel; one table counts
one way.

How people come to it: the term is forgotten in one row.

Fails at F4:

    |   | A     | B | C     | D     | E       | F             |
    | 1 | layer | k | n_out | r_out | Filters | Parameters    |
    | 2 | input |   | 32    | 1     | 3       |               |
    | 3 | conv  | 3 | 32    | 3     | 32      | 1024          |
    | 4 | conv  | 3 | 32    | 5     | 64      | =3*3*E3*E4+E4 |
    | 5 | conv  | 3 | 32    | 7     | 64      | 37184         |
    | 6 | conv  | 1 | 32    | 7     | 10      | 690           |

Passes:

    |   | A     | B | C     | D     | E       | F                  |
    | 1 | layer | k | n_out | r_out | Filters | Parameters         |
    | 2 | input |   | 32    | 1     | 3       |                    |
    | 3 | conv  | 3 | 32    | 3     | 32      | 1024               |
    | 4 | conv  | 3 | 32    | 5     | 64      | =3*3*E3*E4+E4+4*E4 |
    | 5 | conv  | 3 | 32    | 7     | 64      | 37184              |
    | 6 | conv  | 1 | 32    | 7     | 10      | 690                |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place
from generator.sheet.amounts import same_amount
from generator.sheet.steps import row_params

CODE, NAME = "PA010", "parameters-batch-norm-left-out-or-added"


def explain(place: Place) -> str | None:
    """Why, if the number differs from the right one by the row's batch normalisation."""
    filters, rule = place.row.filters, place.facts.table.count
    if place.quantity != "params" or not filters or place.row.kind == "dense":
        return None
    if not same_amount(row_params(place.row, rule._replace(batch_norm=not rule.batch_norm), place.channels_in), place.says):
        return None
    does = "leaves it out" if rule.batch_norm else "counts it, which the table does not"
    return f"batch normalisation has 4*{filters} parameters: {arithmetic(place)}; {place.sayer} {does}"
