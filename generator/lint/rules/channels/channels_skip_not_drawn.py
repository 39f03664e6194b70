"""CH006: input channels count a skip connection that no row draws.

What it finds: input channels that are those of the row above and of one earlier row together.

Why it is wrong: a concatenation with an earlier row is part of the network: without its inputs the network that is
built is another one.

How people come to it: the skip is known from the drawing or the code, and only its effect on the channels is written
down.

Fails at C7:

    |   | A          | B  | C              | D       | E     | F     |
    | 1 | Input Size | 32 |                |         |       |       |
    | 2 | layer      | k  | Input channels | Filters | n_out | r_out |
    | 3 | conv       | 3  | 3              | 32      | 32    | 3     |
    | 4 | conv       | 3  | 32             | 64      | 32    | 5     |
    | 5 | conv       | 1  | 64             | 16      | 32    | 5     |
    | 6 | conv       | 3  | 16             | 64      | 32    | 7     |
    | 7 | conv       | 3  | 80             | 64      | 32    | 9     |
    | 8 | conv       | 1  | 64             | 10      | 32    | 9     |

Passes:

    |   | A          | B  | C              | D       | E     | F     |
    | 1 | Input Size | 32 |                |         |       |       |
    | 2 | layer      | k  | Input channels | Filters | n_out | r_out |
    | 3 | conv       | 3  | 3              | 32      | 32    | 3     |
    | 4 | conv       | 3  | 32             | 64      | 32    | 5     |
    | 5 | conv       | 1  | 64             | 16      | 32    | 5     |
    | 6 | conv       | 3  | 16             | 64      | 32    | 7     |
    | 7 | conv       | 3  | 64             | 64      | 32    | 9     |
    | 8 | conv       | 1  | 64             | 10      | 32    | 9     |
"""

from generator.lint.place import Place

CODE, NAME = "CH006", "skip-inputs-missing"


def explain(place: Place) -> str | None:
    """Why, if the surplus is the channels of one earlier row."""
    if place.field != "channels_in" or place.claim.row_index is None or not isinstance(place.says, int):
        return None
    surplus, table = place.says - place.right, place.facts.table
    for index in range(place.claim.row_index - 2, -1, -1):
        if surplus > 0 and table.channels_after[index] == surplus and table.rows[index].filters:
            return (
                f"{place.says} = {place.right} of the row above and {surplus} of row {table.rows[index].row}: "
                "a concatenation of the two, which no row draws"
            )
    return None
