"""FM001: a formula refers to the wrong row.

What it finds: a wrong cell whose formula is that of the other rows, but for the row of one reference.

Why it is wrong: the formula is right in itself and reads another layer's numbers.

How people come to it: rows are inserted, or a formula is copied over a blank row.

Fails at F5:

    |   | A     | B | C | D     | E     | F             |
    | 1 | layer | k | s | n_out | j_out | r_out         |
    | 2 | input |   |   | 32    | 1     | 1             |
    | 3 | conv  | 3 | 1 | 32    | 1     | =F2+(B3-1)*E2 |
    | 4 | conv  | 3 | 1 | 32    | 1     | =F3+(B4-1)*E3 |
    | 5 | conv  | 5 | 1 | 32    | 1     | =F4+(B4-1)*E4 |
    | 6 | conv  | 3 | 1 | 32    | 1     | =F5+(B6-1)*E5 |

Passes:

    |   | A     | B | C | D     | E     | F             |
    | 1 | layer | k | s | n_out | j_out | r_out         |
    | 2 | input |   |   | 32    | 1     | 1             |
    | 3 | conv  | 3 | 1 | 32    | 1     | =F2+(B3-1)*E2 |
    | 4 | conv  | 3 | 1 | 32    | 1     | =F3+(B4-1)*E3 |
    | 5 | conv  | 5 | 1 | 32    | 1     | =F4+(B5-1)*E4 |
    | 6 | conv  | 3 | 1 | 32    | 1     | =F5+(B6-1)*E5 |
"""

import re

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place

CODE, NAME = "FM001", "formula-refers-to-wrong-row"


_ROW = re.compile(r"(?<=[A-Za-z])\$?\d+(?![\w(])")


def explain(place: Place) -> str | None:
    """Why, if the formula of the good rows, moved here, differs by rows alone."""
    formula = place.formula
    good = place.facts.formulas.copied(place.claim) if formula is not None else None
    if formula is None or good is None or _without_rows(formula) != _without_rows(good):
        return None
    taken, meant = _cells(formula), _cells(good)
    pairs = [
        f"{said} where the rows of its kind take {wanted}" for said, wanted in zip(taken, meant, strict=True) if said != wanted
    ]
    return f"{place.sayer} takes {' and '.join(pairs)}: {arithmetic(place)}" if pairs else None


def _without_rows(formula: str) -> str:
    return _ROW.sub("#", formula.replace(" ", "").replace("$", "").upper())


def _cells(formula: str) -> list[str]:
    """The references of a formula in order."""
    return re.findall(r"(?<![\w.])[A-Z]{1,3}\d+(?![\w(])", formula.replace("$", "").upper())
