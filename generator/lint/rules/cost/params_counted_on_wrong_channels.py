"""PA002: parameters are counted on channels that are not the row's input.

What it finds: parameters that are right for another number of input channels which stands in the sheet.

Why it is wrong: a row reads the channels of the row above: behind a concatenation all that meet there, not the kernels
of one row.

How people come to it: the formula takes the kernels' column where the channels differ, or a cell of the wrong row.

Fails at F4:

    |   | A     | B | C     | D     | E       | F            |
    | 1 | layer | k | n_out | r_out | Filters | Parameters   |
    | 2 | input |   | 32    | 1     | 3       |              |
    | 3 | conv  | 3 | 32    | 3     | 32      | 896          |
    | 4 | conv  | 3 | 32    | 5     | 64      | =3*3*3*E4+E4 |
    | 5 | conv  | 3 | 32    | 7     | 64      | 36928        |
    | 6 | conv  | 1 | 32    | 7     | 10      | 650          |
    | 7 |       |   |       |       |         |              |
    | 8 | total |   |       |       |         | 56970        |

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
from generator.spreadsheet.reference import reference_address

CODE, NAME = "PA002", "parameters-on-wrong-channels"


def explain(place: Place) -> str | None:
    """Why, if some other number of input channels gives just what is said."""
    if place.quantity != "params" or place.channels_in is None:
        return None
    used = place.channels_that_explain()
    if used is None or used == place.channels_in:
        return None
    taken, meant = _cell_of(used, place, None), _cell_of(place.channels_in, place, place.acting - 1)
    return f"it is counted on {used:,} channels{taken}; the row reads {place.channels_in:,}{meant}: {arithmetic(place)}"


def _cell_of(channels: int, place: Place, index: int | None) -> str:
    """The cell that the formula takes a number from, or the one where the row above says it."""
    if index is None:
        cells = place.facts.named_by(place.claim.position)
    else:
        row = place.facts.table.rows[index].row if index >= 0 else 0
        cells = [(row, column) for field in ("channels", "filters") for column in place.facts.columns(field)]
    found = next((cell for cell in cells if place.facts.sheet.number(*cell) == channels), None)
    return f" ({reference_address(*found)})" if found else ""
