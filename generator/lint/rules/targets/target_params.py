"""TG002: the number of parameters misses its target.

What it finds: more parameters than were asked for by --params-max or a sheet of targets.

Why it is wrong: parameters are memory, on the machine that trains and on the one that uses the network.

How people come to it: the rows near the end, with the most channels, hold most of them.

Fails:

    |   | A     | B | C     | D     | E       | F          |
    | 1 | layer | k | n_out | r_out | Filters | Parameters |
    | 2 | input |   | 32    | 1     | 3       |            |
    | 3 | conv  | 3 | 32    | 3     | 32      | 896        |
    | 4 | conv  | 3 | 32    | 5     | 64      | 18496      |
    | 5 | conv  | 3 | 32    | 7     | 64      | 36928      |
    | 6 | conv  | 1 | 32    | 7     | 10      | 650        |
    | 7 |       |   |       |       |         |            |
    | 8 | total |   |       |       |         | 56970      |

    Sheet Targets:

    |   | A      | B     | C     |
    | 1 | name   | value | max   |
    | 2 | params |       | 50000 |

Passes:

    |   | A     | B | C     | D     | E       | F          |
    | 1 | layer | k | n_out | r_out | Filters | Parameters |
    | 2 | input |   | 32    | 1     | 3       |            |
    | 3 | conv  | 3 | 32    | 3     | 32      | 896        |
    | 4 | conv  | 3 | 32    | 5     | 64      | 18496      |
    | 5 | conv  | 3 | 32    | 7     | 64      | 36928      |
    | 6 | conv  | 1 | 32    | 7     | 10      | 650        |
    | 7 |       |   |       |       |         |            |
    | 8 | total |   |       |       |         | 56970      |

    Sheet Targets:

    |   | A      | B     | C     |
    | 1 | name   | value | max   |
    | 2 | params |       | 60000 |
"""

CODE, NAME = "TG002", "parameters-target-missed"


def explain(wanted: str, figure: str) -> str:
    """What was wanted, and what the network has."""
    return f"the target of {wanted} is missed: the number of parameters is {figure}"
