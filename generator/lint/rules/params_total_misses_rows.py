"""PA003: the total leaves rows out.

`=SUM(J5:J31)` under a table that goes on to row 33 leaves out its last row.
"""

from generator.lint.place import Place

CODE, NAME = "PA003", "parameters-total-misses-rows"


def explain(place: Place) -> str | None:
    """Why, if a total's formula does not name every row that has parameters."""
    missed = place.rows_missed_by_total
    if place.field != "params_total" or not missed:
        return None
    return "the total leaves out row " + ", ".join(str(row) for row in missed)
