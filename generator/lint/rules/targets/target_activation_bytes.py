"""TG004: the memory of the activations misses its target.

What it finds: outputs of all layers, kept for the backward pass of a batch, that take more bytes than a sheet of targets
allows. The batch and the precision are those of the recipe (one image in float32 without one).

Why it is wrong: a training that does not fit its device does not begin.

How people come to it: the design was planned at a smaller image size or batch.

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

    |   | A                | B     | C      |
    | 1 | name             | value | max    |
    | 2 | activation_bytes |       | 100000 |

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

    |   | A                | B     | C       |
    | 1 | name             | value | max     |
    | 2 | activation_bytes |       | 2000000 |
"""

CODE, NAME = "TG004", "activation-memory-target-missed"


def explain(wanted: str, figure: str) -> str:
    """What was wanted, and what the network has."""
    return f"the target of {wanted} is missed: the activations of a batch take {figure} bytes"
