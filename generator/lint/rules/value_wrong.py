"""XX001: a number is not what the rows above it give.

What it finds: a wrong cell of a column for which there is no rule.

Why it is wrong: it does not follow from the rows above it.

How people come to it: as to any wrong number.
"""

from generator.lint.arithmetic import arithmetic
from generator.lint.place import Place

CODE, NAME = "XX001", "value-wrong"


def explain(place: Place) -> str:
    """What is right."""
    return arithmetic(place)
