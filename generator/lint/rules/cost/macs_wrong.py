"""MA001: a number of multiply-accumulates is not what the row's kernel, channels and map give.

What it finds: a wrong number in a column whose other rows hold multiply-accumulates, or twice as many operations.

Why it is wrong: a convolution multiplies once for every weight at every place of its output: kernel x kernel x input channels
x output channels x height x width of the map behind it, not of the one before it.

How people come to it: the size of the input is taken where a stride makes the output smaller.

Fails at G5:

    |   | A     | B | C | D     | E  | F     | G       |
    | 1 | layer | k | s | n_out | ch | r_out | MACs    |
    | 2 | input |   |   | 32    | 3  | 1     |         |
    | 3 | conv  | 3 | 1 | 32    | 16 | 3     | 442368  |
    | 4 | conv  | 3 | 1 | 32    | 16 | 5     | 2359296 |
    | 5 | conv  | 3 | 2 | 16    | 32 | 7     | 4718592 |
    | 6 | conv  | 3 | 1 | 16    | 32 | 11    | 2359296 |

Passes:

    |   | A     | B | C | D     | E  | F     | G       |
    | 1 | layer | k | s | n_out | ch | r_out | MACs    |
    | 2 | input |   |   | 32    | 3  | 1     |         |
    | 3 | conv  | 3 | 1 | 32    | 16 | 3     | 442368  |
    | 4 | conv  | 3 | 1 | 32    | 16 | 5     | 2359296 |
    | 5 | conv  | 3 | 2 | 16    | 32 | 7     | 1179648 |
    | 6 | conv  | 3 | 1 | 16    | 32 | 11    | 2359296 |
"""

from generator.lint.place import Place
from generator.sheet.chain import window_in_chain

CODE, NAME = "MA001", "macs-wrong"


def explain(place: Place) -> str:
    """The product that is right."""
    if place.claim.row_index is None:
        return f"{place.cell} is the sum of the rows: {place.claim.right:,}"
    height, width = window_in_chain(place.row)[0]
    after = place.step.after
    factors = f"{height}*{width}*{place.channels_in}*{place.row.filters}*{after.height.size}*{after.width.size}"
    return f"{place.cell} = {factors} = {place.claim.right:,}"
