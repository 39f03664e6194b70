"""Rows of `log.csv` → panels of curves over the epochs, in shares of a plot that may have any width. Knows no HTML."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from tinymodel.report_page.scale import decades, round_step, ticks
from tinymodel.training.log.events import EpochRow
from tinymodel.training.log.history import Phase, best_of, is_logarithmic, phases_of

WIDTH, HEIGHT = 1000.0, 100.0
"""Of a plot, in the units of its lines; the page stretches it."""
MAX_TICKS_X, MAX_TICKS_Y = 8, 4
NARROW_SHARE = 0.12
"""Bands below this share of the width have no room for their image size: 0.12 of a phone's 330 px is 40 px."""


class Band(NamedTuple):
    """A phase behind the curves."""

    left: float
    width: float
    middle_percent: float
    label: str


class Line(NamedTuple):
    """A curve: its name, its style on the page, and its points as SVG has them."""

    name: str
    style: str
    points: str


class Panel(NamedTuple):
    """One plot.

    Attributes:
        ticks: (place from the top in percent, text).
    """

    title: str
    lines: tuple[Line, ...]
    ticks: tuple[tuple[float, str], ...]


class Curves(NamedTuple):
    """All plots of a training.

    Attributes:
        epochs: (place from the left in percent, text) of the ticks that all share.
        best: Place of the best epoch from the left in percent.
    """

    panels: tuple[Panel, ...]
    bands: tuple[Band, ...]
    epochs: tuple[tuple[float, str], ...]
    best: float
    best_row: EpochRow
    phases: tuple[Phase, ...]
    compared_on: str


def curves(rows: Sequence[EpochRow]) -> Curves | None:
    """The plots of loss, accuracy and learning rate; None without an epoch."""
    if not rows:
        return None
    count, phases, best = len(rows), phases_of(rows), best_of(rows)
    places = [WIDTH * (number + 0.5) / count for number in range(count)]
    compared_on = rows[-1].compared_name
    loss = _panel(
        "loss",
        places,
        [("training", "train", [row.loss for row in rows]), (compared_on, "val", [row.val_loss for row in rows])],
        "{:g}",
    )
    accuracy = _panel(
        "accuracy",
        places,
        [("training", "train", [row.accuracy for row in rows]), (compared_on, "val", [row.val_accuracy for row in rows])],
        "{:.0%}",
    )
    first = rows[0].epoch
    step = max(1, math.ceil(round_step(count, MAX_TICKS_X)))
    shown = [epoch for epoch in range(first, first + count) if epoch % step == 0 or count <= MAX_TICKS_X]
    return Curves(
        (loss, accuracy, _rate(rows)),
        tuple(_band(phase, first, count) for phase in phases),
        tuple((_percent((epoch - first + 0.5) / count), str(epoch)) for epoch in shown),
        _percent((best.epoch - first + 0.5) / count),
        best,
        tuple(phases),
        compared_on,
    )


def curves_readout(rows: Sequence[EpochRow]) -> list[dict[str, Any]]:
    """What the page says of the epoch under the pointer."""
    return [row._asdict() for row in rows]


def _panel(title: str, places: Sequence[float], lines: Sequence[tuple[str, str, list[float]]], form: str) -> Panel:
    values = [value for _, _, each in lines for value in each]
    marks = ticks(min(values), max(values), MAX_TICKS_Y)
    low, high = marks[0], marks[-1]
    drawn = tuple(
        Line(name, style, _points(zip(places, ((value - low) / (high - low) for value in each), strict=True)))
        for name, style, each in lines
    )
    return Panel(title, drawn, tuple((_percent(1 - (mark - low) / (high - low)), form.format(mark)) for mark in marks))


def _rate(rows: Sequence[EpochRow]) -> Panel:
    """The learning rate in steps, on a logarithmic axis where a linear one would hide its low end."""
    rates = [row.learning_rate for row in rows]
    logarithmic = is_logarithmic(rates)
    marks = decades(min(rates), max(rates)) if logarithmic else ticks(0.0, max(rates), 2)

    def height(value: float) -> float:
        if logarithmic:
            return math.log(value / marks[0]) / math.log(marks[-1] / marks[0])
        return (value - marks[0]) / (marks[-1] - marks[0])

    edges = [(WIDTH * (number + side) / len(rows), height(rate)) for number, rate in enumerate(rates) for side in (0, 1)]
    return Panel(
        "learning rate",
        (Line("learning rate", "rate", _points(edges)),),
        tuple((_percent(1 - height(mark)), f"{mark:g}") for mark in marks),
    )


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.2f},{HEIGHT * (1 - y):.2f}" for x, y in points)


def _band(phase: Phase, first: int, count: int) -> Band:
    left, width = (phase.first - first) / count, (phase.last - phase.first + 1) / count
    label = f"{phase.image_size} px" if width >= NARROW_SHARE else ""
    return Band(round(WIDTH * left, 2), round(WIDTH * width, 2), _percent(left + width / 2), label)


def _percent(share: float) -> float:
    return round(100 * share, 2)
