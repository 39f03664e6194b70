"""CH001: a number of channels is not what the rows give.

What it finds: wrong input or output channels for which no other rule has a reason.

Why it is wrong: a convolution has as many output channels as kernels, and reads what the row above gives; parameters
and memory follow from both.

How people come to it: channels are typed from another version of the network.

Fails at D6:

    |   | A          | B      | C       | D                          | E     | F     |
    | 1 | Input Size | 32     |         |                            |       |       |
    | 2 | layer      | Kernel | Filters | Channels after concatenate | n_out | r_out |
    | 3 | conv       | 3      | 32      | 32                         | 32    | 3     |
    | 4 | conv       | 3      | 64      | 96                         | 32    | 5     |
    | 5 | conv       | 3      | 64      | =D4+C5                     | 32    | 7     |
    | 6 | conv       | 3      | 64      | =D5+C6+7                   | 32    | 9     |

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
from generator.lint.place import Place

CODE, NAME = "CH001", "channels-wrong"


def explain(place: Place) -> str:
    """The sum that is right."""
    return arithmetic(place)
