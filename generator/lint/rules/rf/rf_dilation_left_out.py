"""RF006: the step of the receptive field leaves the dilation out.

What it finds: a dilated convolution whose step is that of the same kernel without dilation.

Why it is wrong: the taps of a dilated kernel are dilation * jump pixels apart, so the row adds (kernel - 1) * dilation
* jump.

How people come to it: the formula of the plain rows is copied to the dilated one.

Fails at H4:

    |   | A     | B | C | D        | E | F     | G     | H             |
    | 1 | layer | k | s | dilation | p | n_out | j_out | r_out         |
    | 2 | input |   |   |          |   | 32    | 1     | 1             |
    | 3 | conv  | 3 | 1 | 1        | 1 | 32    | 1     | 3             |
    | 4 | conv  | 3 | 1 | 2        | 2 | 32    | 1     | =H3+(B4-1)*G3 |
    | 5 | conv  | 3 | 1 | 1        | 1 | 32    | 1     | =H4+(B5-1)*G4 |
    | 6 | conv  | 3 | 1 | 1        | 1 | 32    | 1     | 11            |

Passes:

    |   | A     | B | C | D        | E | F     | G     | H                |
    | 1 | layer | k | s | dilation | p | n_out | j_out | r_out            |
    | 2 | input |   |   |          |   | 32    | 1     | 1                |
    | 3 | conv  | 3 | 1 | 1        | 1 | 32    | 1     | 3                |
    | 4 | conv  | 3 | 1 | 2        | 2 | 32    | 1     | =H3+(B4-1)*D4*G3 |
    | 5 | conv  | 3 | 1 | 1        | 1 | 32    | 1     | =H4+(B5-1)*G4    |
    | 6 | conv  | 3 | 1 | 1        | 1 | 32    | 1     | 11               |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place, shown

CODE, NAME = "RF006", "receptive-field-dilation-left-out"


def explain(place: Place) -> str | None:
    """Why, if the step is the right one divided by the dilation."""
    if place.quantity != "rf" or place.dilation == 1 or place.step_said * place.dilation != place.step_right:
        return None
    cell = place.own("dilation_rate")
    where = f" of {place.dilation} ({cell})" if cell else f" of {place.dilation}"
    return f"the dilation{where} is left out: {arithmetic(place)}, {place.sayer} adds {shown(place.step_said)}"
