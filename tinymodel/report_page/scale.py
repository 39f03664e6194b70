"""Numbers of an axis → round ticks and places. Pure."""

from __future__ import annotations

import math

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
"""Round distances of ticks, times a power of ten."""


def round_step(span: float, most: int) -> float:
    """The smallest round distance that cuts a span into at most `most` parts.

    >>> round_step(0.83, 4), round_step(13, 6), round_step(0, 4)
    (0.25, 2.5, 1.0)
    """
    if span <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(span / most))
    return next(step * power for step in (*STEPS, 20.0) if step * power * most >= span * (1 - 1e-9))


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from at most `low` to at least `high`: the first and the last are the ends of the axis.

    >>> ticks(0.17, 0.68, 4), ticks(1.0, 1.0, 4)
    ([0.0, 0.2, 0.4, 0.6, 0.8], [1.0, 2.0])
    """
    step = round_step(high - low, most)
    first = math.floor(low / step + 1e-9)
    last = max(math.ceil(high / step - 1e-9), first + 1)
    return [round(number * step, 12) for number in range(first, last + 1)]


def decades(low: float, high: float) -> list[float]:
    """Powers of ten from at most `low` to at least `high`, both above 0.

    >>> decades(0.0005, 0.003)
    [0.0001, 0.001, 0.01]
    """
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    return [10.0**power for power in range(first, max(last, first + 1) + 1)]
