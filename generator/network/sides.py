"""A figure of both axes of a layer as one value."""

from __future__ import annotations

from typing import Any

from generator.design.fields import one_or_both
from generator.network.trace import LayerRow, exact_number


def both_sides(row: LayerRow, name: str) -> Any:
    """One number where height and width agree, else [height, width]; fractions as floats. None where it is not known.

    Args:
        row: A layer.
        name: `size`, `rf`, `rf_min`, `jump` or `start`.
    """
    if row.unknown and (name != "size" or row.height.size == 0):
        return None
    return one_or_both((exact_number(getattr(row.height, name)), exact_number(getattr(row.width, name))))
