"""SZ002: a size is a fraction.

A window that does not fit once more is left out: the size is rounded down. `(32 + 2 - 3) / 2 + 1` is 16.5; right is 16.
"""

from generator.lint.place import Place

CODE, NAME = "SZ002", "size-not-whole"


def explain(place: Place) -> str | None:
    """Why, if the claimed size is a fraction."""
    if place.field not in ("size", "input_size") or float(place.claimed).is_integer():
        return None
    return f"a feature map has whole pixels: {place.claimed:g} is rounded down"
