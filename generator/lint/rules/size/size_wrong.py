"""SZ001: a size is not what the rows above it give.

What it finds: a wrong side of a feature map for which no other rule has a reason.

Why it is wrong: size = (size before + 2 * padding - window) / stride + 1, rounded down; with "same" padding it is size
before / stride, rounded up.

How people come to it: a size is typed from another version of the network.

Fails at E5:

    |   | A     | B | C | D | E     | F     |
    | 1 | layer | k | s | p | n_out | r_out |
    | 2 | input |   |   |   | 32    | 1     |
    | 3 | conv  | 3 | 1 | 1 | 32    | 3     |
    | 4 | conv  | 3 | 2 | 1 | 16    | 5     |
    | 5 | conv  | 3 | 1 | 0 | =E4-7 | 9     |
    | 6 | conv  | 3 | 1 | 0 | =E5-2 | 13    |
    | 7 | conv  | 3 | 1 | 1 | 12    | 17    |

Passes:

    |   | A     | B | C | D | E     | F     |
    | 1 | layer | k | s | p | n_out | r_out |
    | 2 | input |   |   |   | 32    | 1     |
    | 3 | conv  | 3 | 1 | 1 | 32    | 3     |
    | 4 | conv  | 3 | 2 | 1 | 16    | 5     |
    | 5 | conv  | 3 | 1 | 0 | =E4-2 | 9     |
    | 6 | conv  | 3 | 1 | 0 | =E5-2 | 13    |
    | 7 | conv  | 3 | 1 | 1 | 12    | 17    |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place

CODE, NAME = "SZ001", "size-wrong"


def explain(place: Place) -> str:
    """The sum that is right."""
    return arithmetic(place)
