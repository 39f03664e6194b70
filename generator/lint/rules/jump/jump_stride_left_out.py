"""JP004: a jump leaves the row's stride out.

What it finds: a row with a stride whose jump is the one before it.

Why it is wrong: behind a stride of 2 neighbouring units are twice as far apart, and every later window reaches twice as
far.

How people come to it: a pool or a strided convolution is added, and only the size is changed.

Fails at F4:

    |   | A          | B  | C | D     | E    | F      | G     |
    | 1 | Input Size | 32 |   |       |      |        |       |
    | 2 | layer      | k  | s | n_out | j_in | j_out  | r_out |
    | 3 | conv       | 3  | 1 | 32    | 1    | 1      | 3     |
    | 4 | pool       | 2  | 2 | 16    | =F3  | =E4    | 4     |
    | 5 | conv       | 3  | 1 | 16    | =F4  | =E5*C5 | 8     |
    | 6 | conv       | 3  | 1 | 16    | 2    | 2      | 12    |

Passes:

    |   | A          | B  | C | D     | E    | F      | G     |
    | 1 | Input Size | 32 |   |       |      |        |       |
    | 2 | layer      | k  | s | n_out | j_in | j_out  | r_out |
    | 3 | conv       | 3  | 1 | 32    | 1    | 1      | 3     |
    | 4 | pool       | 2  | 2 | 16    | =F3  | =E4*C4 | 4     |
    | 5 | conv       | 3  | 1 | 16    | =F4  | =E5*C5 | 8     |
    | 6 | conv       | 3  | 1 | 16    | 2    | 2      | 12    |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place

CODE, NAME = "JP004", "jump-stride-left-out"


def explain(place: Place) -> str | None:
    """Why, if the jump stays in a row with a stride."""
    if place.quantity != "jump" or place.strides == 1 or not place.row.has_window or place.row.kind == "transposed":
        return None
    if place.says != place.base_said:
        return None
    return f"the stride of {place.strides} is left out: {arithmetic(place)}"
