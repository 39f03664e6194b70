"""KN001: a kernel as dilation leaves it is not what kernel and dilation give.

What it finds: a wrong number in a column of effective kernels, or a kernel of a pool over the whole map that is not its size.

Why it is wrong: a kernel of k with a dilation of d reaches over d*(k-1)+1 pixels; receptive field and size are reckoned with
that.

How people come to it: d is added to the kernel instead of being multiplied with its gaps, or the row's dilation has changed.

Fails at D5:

    |   | A     | B | C        | D                | E | F     | G     |
    | 1 | layer | k | Dilation | Effective kernel | s | n_out | r_out |
    | 2 | input |   |          |                  |   | 32    | 1     |
    | 3 | conv  | 3 | 1        | 3                | 1 | 32    | 3     |
    | 4 | conv  | 3 | 2        | 5                | 1 | 32    | 7     |
    | 5 | conv  | 3 | 4        | 7                | 1 | 32    | 15    |

Passes:

    |   | A     | B | C        | D                | E | F     | G     |
    | 1 | layer | k | Dilation | Effective kernel | s | n_out | r_out |
    | 2 | input |   |          |                  |   | 32    | 1     |
    | 3 | conv  | 3 | 1        | 3                | 1 | 32    | 3     |
    | 4 | conv  | 3 | 2        | 5                | 1 | 32    | 7     |
    | 5 | conv  | 3 | 4        | 9                | 1 | 32    | 15    |
"""

from generator.lint.place import Place
from generator.sheet.chain import window_in_chain

CODE, NAME = "KN001", "kernel-expanded-wrong"


def explain(place: Place) -> str:
    """The kernel that is right."""
    kernel, _, dilation = window_in_chain(place.row)
    if place.row.whole_map:
        return f"the pool goes over the whole map, whose size is {kernel[0]} here"
    return f"{place.cell} = {dilation[0]}*({kernel[0]}-1) + 1 = {place.claim.right}"
