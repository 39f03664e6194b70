"""Parameters and multiply-accumulates by block, as bars. Shares in per cent of the largest bar."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from generator.report.lines import LayerLine

MAX_BARS = 40
"""Bars of a page; the smallest blocks of a longer plan share one."""


class Cost(NamedTuple):
    """A block with its share of the whole, in per cent, and the lengths of its bars."""

    title: str
    params: int
    macs: int
    params_share: float
    macs_share: float
    params_bar: float
    macs_bar: float


def costs_of(lines: Sequence[LayerLine]) -> tuple[Cost, ...]:
    """The cost of each block, and of each row that is in none, in their order; none where it is not known."""
    groups = groupby(lines, key=lambda line: line.block or line.row)
    sums: list[tuple[str, int, int]] = []
    for title, group in groups:
        figures = [line.figures for line in group]
        if any(each["params"] is None or each["macs"] is None for each in figures):
            return ()
        params, macs = (sum(each[name] for each in figures) for name in ("params", "macs"))
        if params or macs:
            sums.append((title, params, macs))
    shown = _shortened(sums)
    total_params, total_macs = sum(params for _, params, _ in sums), sum(macs for _, _, macs in sums)
    most_params = max((params for _, params, _ in shown), default=0)
    most_macs = max((macs for _, _, macs in shown), default=0)
    return tuple(
        Cost(
            title,
            params,
            macs,
            _percent(params, total_params),
            _percent(macs, total_macs),
            _percent(params, most_params),
            _percent(macs, most_macs),
        )
        for title, params, macs in shown
    )


def _shortened(sums: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    if len(sums) <= MAX_BARS:
        return sums
    by_size = sorted(sums, key=lambda item: item[1] + item[2], reverse=True)
    kept, others = set(by_size[: MAX_BARS - 1]), by_size[MAX_BARS - 1 :]
    rest = (f"{len(others)} others", sum(params for _, params, _ in others), sum(macs for *_, macs in others))
    return [*(item for item in sums if item in kept), rest]


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0
