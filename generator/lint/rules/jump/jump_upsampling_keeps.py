"""JP002: an upsampling keeps the jump, or multiplies it.

What it finds: a row of upsampling or a transposed convolution whose jump is not divided by its factor.

Why it is wrong: the new units lie between the old ones: neighbours come nearer to each other in the image.

How people come to it: the column's formula, jump * stride, is copied to the decoder.

Fails at F5:

    |   | A        | B | C | D | E     | F      | G     |
    | 1 | layer    | k | s | p | n_out | j_out  | r_out |
    | 2 | input    |   |   |   | 32    | 1      | 1     |
    | 3 | conv     | 3 | 1 | 1 | 32    | 1      | 3     |
    | 4 | pool     | 2 | 2 | 0 | 16    | 2      | 4     |
    | 5 | upsample |   | 2 |   | 32    | =F4*C5 | 4     |
    | 6 | conv     | 3 | 1 | 1 | 32    | =F5    | 6     |
    | 7 | conv     | 3 | 1 | 1 | 32    | 1      | 8     |
    | 8 | conv     | 3 | 1 | 1 | 32    | 1      | 10    |

Passes:

    |   | A        | B | C | D | E     | F      | G     |
    | 1 | layer    | k | s | p | n_out | j_out  | r_out |
    | 2 | input    |   |   |   | 32    | 1      | 1     |
    | 3 | conv     | 3 | 1 | 1 | 32    | 1      | 3     |
    | 4 | pool     | 2 | 2 | 0 | 16    | 2      | 4     |
    | 5 | upsample |   | 2 |   | 32    | =F4/C5 | 4     |
    | 6 | conv     | 3 | 1 | 1 | 32    | =F5    | 6     |
    | 7 | conv     | 3 | 1 | 1 | 32    | 1      | 8     |
    | 8 | conv     | 3 | 1 | 1 | 32    | 1      | 10    |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place

CODE, NAME = "JP002", "jump-upsampling-keeps"


def explain(place: Place) -> str | None:
    """Why, if the jump stays or grows where it shrinks."""
    if place.quantity != "jump" or place.row.kind not in ("upsample", "transposed"):
        return None
    factor = place.base_right / place.right
    if place.says not in (place.base_said, place.base_said * factor):
        return None
    does = "keeps it" if place.says == place.base_said else "multiplies it"
    return f"the jump is divided by the factor of an upsampling: {arithmetic(place)}; {place.sayer} {does}"
