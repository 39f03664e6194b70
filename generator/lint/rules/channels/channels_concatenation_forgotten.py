"""CH002: output channels behind a concatenation are the row's kernels alone.

What it finds: a row of a block that concatenates whose channels leave out the input's.

Why it is wrong: a concatenation lays the channels of its inputs side by side, so they add up.

How people come to it: the column is filled from that of the kernels.

Fails at D5:

    |   | A          | B      | C       | D                          | E     | F     |
    | 1 | Input Size | 32     |         |                            |       |       |
    | 2 | layer      | Kernel | Filters | Channels after concatenate | n_out | r_out |
    | 3 | conv       | 3      | 32      | 32                         | 32    | 3     |
    | 4 | conv       | 3      | 64      | 96                         | 32    | 5     |
    | 5 | conv       | 3      | 64      | =C5                        | 32    | 7     |
    | 6 | conv       | 3      | 64      | =D5+C6                     | 32    | 9     |

Passes:

    |   | A          | B      | C       | D                          | E     | F     |
    | 1 | Input Size | 32     |         |                            |       |       |
    | 2 | layer      | Kernel | Filters | Channels after concatenate | n_out | r_out |
    | 3 | conv       | 3      | 32      | 32                         | 32    | 3     |
    | 4 | conv       | 3      | 64      | 96                         | 32    | 5     |
    | 5 | conv       | 3      | 64      | =D4+C5                     | 32    | 7     |
    | 6 | conv       | 3      | 64      | =D5+C6                     | 32    | 9     |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place, shown

CODE, NAME = "CH002", "channels-concatenation-forgotten"


def explain(place: Place) -> str | None:
    """Why, if the number is that of the kernels, or of the input."""
    if place.field != "channels" or place.claim.row_index is None or not place.facts.table.merged[place.claim.row_index]:
        return None
    if place.says == place.row.filters:
        return f"{arithmetic(place)}; {place.sayer} has the row's own {shown(place.row.filters)} alone"
    if place.says == place.base_said:
        return f"{arithmetic(place)}; {place.sayer} has the input's {shown(place.says)} alone"
    return None
