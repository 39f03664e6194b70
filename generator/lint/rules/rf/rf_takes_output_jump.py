"""RF004: the step of the receptive field takes the output jump for the input jump.

What it finds: a row with a stride whose step is (kernel - 1) * the jump behind the row.

Why it is wrong: the window lies on the map that the row reads, so its taps are the input jump apart. The output jump
counts from the next row on.

How people come to it: the jump of the same line stands nearer than that of the line above.

Fails at F4:

    |   | A     | B | C | D     | E     | F             |
    | 1 | layer | k | s | n_out | j_out | r_out         |
    | 2 | input |   |   | 32    | 1     | 1             |
    | 3 | conv  | 3 | 1 | 32    | 1     | 3             |
    | 4 | pool  | 2 | 2 | 16    | 2     | =F3+(B4-1)*E4 |
    | 5 | conv  | 3 | 1 | 16    | 2     | =F4+(B5-1)*E4 |
    | 6 | conv  | 3 | 1 | 16    | 2     | =F5+(B6-1)*E5 |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16            |

Passes:

    |   | A     | B | C | D     | E     | F             |
    | 1 | layer | k | s | n_out | j_out | r_out         |
    | 2 | input |   |   | 32    | 1     | 1             |
    | 3 | conv  | 3 | 1 | 32    | 1     | 3             |
    | 4 | pool  | 2 | 2 | 16    | 2     | =F3+(B4-1)*E3 |
    | 5 | conv  | 3 | 1 | 16    | 2     | =F4+(B5-1)*E4 |
    | 6 | conv  | 3 | 1 | 16    | 2     | =F5+(B6-1)*E5 |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16            |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place, shown
from generator.sheet.amounts import Amount
from generator.spreadsheet.reference import Reference

CODE, NAME = "RF004", "receptive-field-takes-output-jump"


def explain(place: Place) -> str | None:
    """Why, if the step is the right one with the jump behind the row."""
    before, after = place.before.jump, place.after.jump
    if place.quantity != "rf" or before == after or place.step_right == 0:
        return None
    if place.step_said * before != place.step_right * after:
        return None
    wrong, right = place.own("jump"), place.input_jump_cell()
    if place.formula is not None and (wrong is None or not place.names(wrong)):
        return None
    return (
        f"{arithmetic(place)}; {place.sayer} takes {wrong or shown(after)}, the output jump{_of(wrong, after)}; "
        f"the input jump is {right or shown(before)}{_of(right, before)}"
    )


def _of(cell: Reference | None, jump: Amount) -> str:
    return f" ({shown(jump)})" if cell else ""
