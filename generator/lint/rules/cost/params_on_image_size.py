"""PA009: the size of the image is taken for its channels.

What it finds: parameters of a row that are right if the image has as many channels as pixels along a side.

Why it is wrong: the first convolution reads the channels of the image: 3 for colours, 1 for grey.

How people come to it: both numbers stand above the table, and the formula names the wrong one.

Fails at F3:

    |   | A          | B  | C     | D     | E       | F             |
    | 1 | Input Size | 32 |       |       |         |               |
    | 2 | layer      | k  | n_out | r_out | Filters | Parameters    |
    | 3 | conv       | 3  | 32    | 3     | 32      | =3*3*B1*E3+E3 |
    | 4 | conv       | 3  | 32    | 5     | 64      | 18496         |
    | 5 | conv       | 3  | 32    | 7     | 64      | 36928         |
    | 6 | conv       | 1  | 32    | 7     | 10      | 650           |

Passes:

    |   | A          | B  | C     | D     | E       | F            |
    | 1 | Input Size | 32 |       |       |         |              |
    | 2 | layer      | k  | n_out | r_out | Filters | Parameters   |
    | 3 | conv       | 3  | 32    | 3     | 32      | =3*3*3*E3+E3 |
    | 4 | conv       | 3  | 32    | 5     | 64      | 18496        |
    | 5 | conv       | 3  | 32    | 7     | 64      | 36928        |
    | 6 | conv       | 1  | 32    | 7     | 10      | 650          |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place
from generator.spreadsheet.reference import reference_address

CODE, NAME = "PA009", "parameters-on-image-size"


def explain(place: Place) -> str | None:
    """Why, if the side of the image as input channels gives just what is said."""
    if place.quantity != "params" or place.channels_in is None:
        return None
    used = place.channels_that_explain()
    if used is None or used == place.channels_in or used not in place.image_sizes or place.claim.row_index not in (0, 1):
        return None
    taken = next((cell for cell in place.facts.named_by(place.claim.position) if place.facts.sheet.number(*cell) == used), None)
    if taken is None and place.formula is not None:
        return None
    where = f" ({reference_address(*taken)})" if taken else ""
    reads = f"the row reads {place.channels_in} channels"
    return f"it is counted on {used}, the size of the image{where}; {reads}: {arithmetic(place)}"
