"""PA001: a number of parameters is not what the row has.

What it finds: wrong parameters for which no other rule has a reason.

Why it is wrong: a convolution has kernel height * kernel width * input channels * kernels weights, and a bias a kernel
where biases are counted.

How people come to it: a factor of the product is forgotten.

Fails at F4:

    |   | A     | B | C     | D     | E       | F           |
    | 1 | layer | k | n_out | r_out | Filters | Parameters  |
    | 2 | input |   | 32    | 1     | 3       |             |
    | 3 | conv  | 3 | 32    | 3     | 32      | 896         |
    | 4 | conv  | 3 | 32    | 5     | 64      | =3*E3*E4+E4 |
    | 5 | conv  | 3 | 32    | 7     | 64      | 36928       |
    | 6 | conv  | 1 | 32    | 7     | 10      | 650         |
    | 7 |       |   |       |       |         |             |
    | 8 | total |   |       |       |         | 56970       |

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

CODE, NAME = "PA001", "parameters-wrong"


def explain(place: Place) -> str:
    """The sum that is right."""
    return arithmetic(place)
