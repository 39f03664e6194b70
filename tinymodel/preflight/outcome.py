"""What became of one program: how much memory it takes of how much. Knows the words of a compiler that refuses."""

from __future__ import annotations

import re
from typing import NamedTuple

UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}

_SIZE = r"([\d.]+)\s*([KMGT]?)i?B?"
REFUSALS = (
    re.compile(rf"Used {_SIZE} of {_SIZE} hbm", re.I),
    re.compile(rf"required for [^(]*\({_SIZE}\) exceeds available HBM \({_SIZE}\)", re.I),
    re.compile(rf"\({_SIZE}\)[^()]*exceeds[^()]*\({_SIZE}\)", re.I),
)
"""How libtpu words it, the most exact first."""

EXHAUSTED = "RESOURCE_EXHAUSTED"


class Outcome(NamedTuple):
    """One program.

    Attributes:
        fits: Whether the compiler took it or, by arithmetic, whether it is below the limit.
        used_bytes: Of one device; None where a compiler refused without a number.
        limit_bytes: What there is of it.
        device_flops: Of one step on one device; None where that is not known.
        seconds: The compilation took.
    """

    fits: bool
    used_bytes: int | None
    limit_bytes: int
    device_flops: float | None = None
    seconds: float = 0.0


def refusal_outcome(message: str) -> tuple[int | None, int | None]:
    """Bytes that a program would have used and bytes that there are, as the compiler's message has them.

    >>> refusal_outcome("RESOURCE_EXHAUSTED: Ran out of memory on HBM, the total memory required for HLO temporaries (22.53G) "
    ...         "exceeds available HBM (15.75G).")
    (24191403294, 16911433728)
    >>> refusal_outcome("Used 19.50G of 15.75G hbm. Exceeded hbm capacity by 3.75G.")
    (20937965568, 16911433728)
    >>> refusal_outcome("RESOURCE_EXHAUSTED: something else")
    (None, None)
    """
    for pattern in REFUSALS:
        if found := pattern.search(message):
            used, used_unit, limit, limit_unit = found.groups()
            return int(float(used) * UNITS[used_unit.upper()]), int(float(limit) * UNITS[limit_unit.upper()])
    return None, None
