"""TG001: the receptive field misses its target.

What it finds: a receptive field behind the last map that is not the one that was asked for by --rf, a cell "Target RF"
or a sheet of targets.

Why it is wrong: a unit that sees less than the object cannot know it; one that sees more costs more than it needs.

How people come to it: the sheet's own wrong sum reaches the target.

Fails:

    |   | A     | B | C | D     | E     | F     | G | H         | I  |
    | 1 | layer | k | s | n_out | j_out | r_out |   | Target RF | 20 |
    | 2 | input |   |   | 32    | 1     | 1     |   |           |    |
    | 3 | conv  | 3 | 1 | 32    | 1     | 3     |   |           |    |
    | 4 | pool  | 2 | 2 | 16    | 2     | 4     |   |           |    |
    | 5 | conv  | 3 | 1 | 16    | 2     | 8     |   |           |    |
    | 6 | conv  | 3 | 1 | 16    | 2     | 12    |   |           |    |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16    |   |           |    |

Passes:

    |   | A     | B | C | D     | E     | F     | G | H         | I  |
    | 1 | layer | k | s | n_out | j_out | r_out |   | Target RF | 12 |
    | 2 | input |   |   | 32    | 1     | 1     |   |           |    |
    | 3 | conv  | 3 | 1 | 32    | 1     | 3     |   |           |    |
    | 4 | pool  | 2 | 2 | 16    | 2     | 4     |   |           |    |
    | 5 | conv  | 3 | 1 | 16    | 2     | 8     |   |           |    |
    | 6 | conv  | 3 | 1 | 16    | 2     | 12    |   |           |    |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16    |   |           |    |
"""

CODE, NAME = "TG001", "receptive-field-target-missed"


def explain(wanted: str, figure: str) -> str:
    """What was wanted, and what the network has."""
    return f"the target of {wanted} is missed: the receptive field is {figure}"
