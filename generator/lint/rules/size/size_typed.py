"""SZ005: a typed size breaks the chain of formulas.

What it finds: a wrong size that is typed in a column of formulas.

Why it is wrong: from this row on the column no longer follows the rows above: whatever is changed there, the rows below
stay as they are.

How people come to it: a size is typed over its formula to try something, or is taken from the program's output.

Fails at E5:

    |   | A     | B | C | D | E                       | F     |
    | 1 | layer | k | s | p | n_out                   | r_out |
    | 2 | input |   |   |   | 32                      | 1     |
    | 3 | conv  | 3 | 1 | 1 | =E2+2*D3-B3+1           | 3     |
    | 4 | conv  | 3 | 2 | 1 | =INT((E3+2*D4-B4)/C4)+1 | 5     |
    | 5 | conv  | 3 | 1 | 0 | 28                      | 9     |
    | 6 | conv  | 3 | 1 | 0 | =INT((E5+2*D6-B6)/C6)+1 | 13    |
    | 7 | conv  | 3 | 1 | 1 | 12                      | 17    |

Passes:

    |   | A     | B | C | D | E                       | F     |
    | 1 | layer | k | s | p | n_out                   | r_out |
    | 2 | input |   |   |   | 32                      | 1     |
    | 3 | conv  | 3 | 1 | 1 | =E2+2*D3-B3+1           | 3     |
    | 4 | conv  | 3 | 2 | 1 | =INT((E3+2*D4-B4)/C4)+1 | 5     |
    | 5 | conv  | 3 | 1 | 0 | =INT((E4+2*D5-B5)/C5)+1 | 9     |
    | 6 | conv  | 3 | 1 | 0 | =INT((E5+2*D6-B6)/C6)+1 | 13    |
    | 7 | conv  | 3 | 1 | 1 | 12                      | 17    |
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place, shown

CODE, NAME = "SZ005", "size-typed-over-formula"


def explain(place: Place) -> str | None:
    """Why, if the size is typed where its column has formulas."""
    if place.field not in ("size", "input_size") or not place.is_typed_among_formulas:
        return None
    return f"{shown(place.claimed)} is typed among formulas, and the chain breaks here: {arithmetic(place)}"
