"""PA003: the total leaves rows out.

What it finds: a total whose formula does not name every row that has parameters.

Why it is wrong: the range ends above the last row, so the network has more parameters than the sheet says.

How people come to it: rows are added below the range, where a spreadsheet does not widen it.

Fails at F8:

    |   | A     | B | C     | D     | E       | F           |
    | 1 | layer | k | n_out | r_out | Filters | Parameters  |
    | 2 | input |   | 32    | 1     | 3       |             |
    | 3 | conv  | 3 | 32    | 3     | 32      | 896         |
    | 4 | conv  | 3 | 32    | 5     | 64      | 18496       |
    | 5 | conv  | 3 | 32    | 7     | 64      | 36928       |
    | 6 | conv  | 1 | 32    | 7     | 10      | 650         |
    | 7 |       |   |       |       |         |             |
    | 8 | total |   |       |       |         | =SUM(F3:F5) |

Passes:

    |   | A     | B | C     | D     | E       | F           |
    | 1 | layer | k | n_out | r_out | Filters | Parameters  |
    | 2 | input |   | 32    | 1     | 3       |             |
    | 3 | conv  | 3 | 32    | 3     | 32      | 896         |
    | 4 | conv  | 3 | 32    | 5     | 64      | 18496       |
    | 5 | conv  | 3 | 32    | 7     | 64      | 36928       |
    | 6 | conv  | 1 | 32    | 7     | 10      | 650         |
    | 7 |       |   |       |       |         |             |
    | 8 | total |   |       |       |         | =SUM(F3:F6) |
"""

from generator.lint.place import Place, shown
from generator.spreadsheet.reference import reference_address

CODE, NAME = "PA003", "parameters-total-misses-rows"
MAX_NAMED = 8
"""Most rows that a message names."""


def explain(place: Place) -> str | None:
    """Why, if the formula of a total misses a row."""
    if place.quantity != "total" or place.formula is None:
        return None
    named = set(place.facts.named_by(place.claim.position))
    missed = [
        claim for claim in place.facts.table.claims if claim.field == "params" and claim.right and claim.position not in named
    ]
    if not missed or not named:
        return None
    rows = ", ".join(
        f"{claim.position[0]} ({reference_address(*claim.position)}, {shown(claim.right)})" for claim in missed[:MAX_NAMED]
    )
    more = f" and {len(missed) - MAX_NAMED} more" if len(missed) > MAX_NAMED else ""
    return f"the total leaves out row {rows}{more}"
