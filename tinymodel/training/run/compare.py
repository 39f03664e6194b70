"""Two records of plain data → where they differ, by dotted key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Difference(NamedTuple):
    """One key that has another value now; None stands for a missing one."""

    key: str
    before: Any
    now: Any

    def __str__(self) -> str:
        return f"{self.key} {self.before} → {self.now}"


def compare_records(before: Any, now: Any, key: str = "") -> list[Difference]:
    """What has changed, in the order of the keys; lists are compared item by item where they are of one length.

    >>> [str(found) for found in compare_records({"threads": 2, "sizes": [32, 64]}, {"threads": 1, "sizes": [32, 48]})]
    ['threads 2 → 1', 'sizes.1 64 → 48']
    """
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        pairs = [(str(name), before.get(name), now.get(name)) for name in {**before, **now}]
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        pairs = [(str(index), *pair) for index, pair in enumerate(zip(before, now, strict=True))]
    else:
        return [Difference(key, before, now)] if before != now else []
    return [found for name, old, new in pairs for found in compare_records(old, new, f"{key}.{name}" if key else name)]
