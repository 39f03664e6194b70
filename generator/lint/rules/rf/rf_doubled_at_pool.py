"""RF001: the receptive field is multiplied by the stride at a pool.

What it finds: a pool whose receptive field is the one before it times its stride.

Why it is wrong: a 2x2 pool of stride 2 lets a unit see one neighbour more: the receptive field grows by (2 - 1) * jump.
What doubles is the jump, the distance of neighbouring units in the image.

How people come to it: a pool halves the map, so it is taken to double everything else.

Fails at F4:

    |   | A     | B | C | D     | E     | F     |
    | 1 | layer | k | s | n_out | j_out | r_out |
    | 2 | input |   |   | 32    | 1     | 1     |
    | 3 | conv  | 3 | 1 | 32    | 1     | 3     |
    | 4 | pool  | 2 | 2 | 16    | 2     | =F3*2 |
    | 5 | conv  | 3 | 1 | 16    | 2     | =F4+4 |
    | 6 | conv  | 3 | 1 | 16    | 2     | =F5+4 |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16    |

Passes:

    |   | A     | B | C | D     | E     | F             |
    | 1 | layer | k | s | n_out | j_out | r_out         |
    | 2 | input |   |   | 32    | 1     | 1             |
    | 3 | conv  | 3 | 1 | 32    | 1     | 3             |
    | 4 | pool  | 2 | 2 | 16    | 2     | =F3+(B4-1)*E3 |
    | 5 | conv  | 3 | 1 | 16    | 2     | =F4+4         |
    | 6 | conv  | 3 | 1 | 16    | 2     | =F5+4         |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16            |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place, shown

CODE, NAME = "RF001", "receptive-field-doubled-at-pool"


def explain(place: Place) -> str | None:
    """Why, if the pool's number is the one before it times the stride."""
    if place.quantity != "rf" or not place.row.is_pool or place.strides < 2 or place.base is None:
        return None
    if place.says != place.base_said * place.strides:
        return None
    jumps = f"from {shown(place.before.jump)} to {shown(place.after.jump)}"
    return (
        f"the pool multiplies the receptive field by {place.strides}: {arithmetic(place)}, {place.sayer} adds "
        f"{shown(place.step_said)}; it is the jump that is multiplied, {jumps}"
    )
