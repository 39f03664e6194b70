"""TG003: the multiply-accumulates miss their target.

What it finds: more multiply-accumulates an image than a sheet of targets allows.

Why it is wrong: they are the time that an image takes.

How people come to it: rows with many channels stand before the first pool.

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

    |   | A    | B     | C       |
    | 1 | name | value | max     |
    | 2 | macs |       | 1000000 |

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

    |   | A    | B     | C         |
    | 1 | name | value | max       |
    | 2 | macs |       | 100000000 |
"""

CODE, NAME = "TG003", "macs-target-missed"


def explain(wanted: str, figure: str) -> str:
    """What was wanted, and what the network has."""
    return f"the target of {wanted} is missed: the number of multiply-accumulates is {figure}"
