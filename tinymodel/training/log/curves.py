"""The training so far as a picture: rows of `log.csv` → `curves.png`. Knows nothing of a training that is under way."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tinymodel.training.log.events import EpochRow
from tinymodel.training.log.history import Phase, best_of, is_logarithmic, phases_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_INCHES, HEIGHT_INCHES, DPI = 6.0, 6.6, 200
TRAIN, VAL, RATE = "#1f6fb4", "#d1561f", "#3f7f4f"
LEFT, RIGHT = 0.105, 0.975
"""Edges of the panels, as shares of the width."""
BANDS = ("#eef1f5", "#dde3ec")
"""Shades of the phases, in turn."""
TEXT_POINTS = 8
MOST_ROWS_WITH_DOTS = 60
"""Above it the dots of a line run into one another."""
WIDE_BAND = 0.11
"""Share of the width from which on a band takes its label lying: "phase 10" in 7 points is 0.45 of 5.2 inches."""
LABEL_GAP = 0.026
"""Least distance of two standing labels, as a share of the width: a line of 7 points."""


def curves_png(rows: Sequence[EpochRow]) -> memoryview:
    """The picture of the training so far, 1200 x 1320 pixels, as the content of a PNG file.

    Args:
        rows: The epochs, at least one.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    content = io.BytesIO()
    FigureCanvasAgg(curves_figure(rows)).print_png(content, metadata={"Software": None})
    return content.getbuffer()


def curves_figure(rows: Sequence[EpochRow]) -> Figure:
    """The panels, from top to bottom: names of the phases, loss, accuracy, learning rate."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(WIDTH_INCHES, HEIGHT_INCHES), dpi=DPI, facecolor="white")
    epochs, phases, best = [row.epoch for row in rows], phases_of(rows), best_of(rows)
    compared_on = rows[-1].compared_name
    lying = min(phase.last - phase.first + 1 for phase in phases) >= WIDE_BAND * len(rows)
    top = 0.925 if lying else 0.87
    grid = drawn.add_gridspec(3, 1, height_ratios=[3, 3, 1], hspace=0.22, left=LEFT, right=RIGHT, top=top, bottom=0.065)
    loss, accuracy, rate = (drawn.add_subplot(grid[row]) for row in range(3))
    names = drawn.add_axes((LEFT, top + 0.03, RIGHT - LEFT, 0.965 - top))

    _line(loss, epochs, [row.loss for row in rows], TRAIN, "train, as minimised")
    _line(loss, epochs, [row.val_loss for row in rows], VAL, f"{compared_on}, cross-entropy")
    _line(accuracy, epochs, [100 * row.accuracy for row in rows], TRAIN, "train")
    _line(accuracy, epochs, [100 * row.val_accuracy for row in rows], VAL, compared_on)
    _rate(rate, epochs, [row.learning_rate for row in rows])
    named = f"best at {best.image_size} px: {100 * best.val_accuracy:.2f} % in epoch {best.epoch}"
    accuracy.plot(
        [best.epoch], [100 * best.val_accuracy], marker="*", markersize=10, color=VAL, markeredgecolor="black",
        markeredgewidth=0.6, linestyle="none", label=named, zorder=4,
    )  # fmt: skip

    for panel, title in ((loss, "loss"), (accuracy, "accuracy in %"), (rate, "learning rate")):
        _panel(panel, title, phases)
        panel.set_xlim(epochs[0] - 0.5, epochs[-1] + 0.5)
    for panel in (loss, accuracy):
        panel.axvline(best.epoch, color="black", linewidth=0.7, linestyle=":", zorder=1.5)
        panel.tick_params(labelbottom=False)
        panel.legend(
            loc="lower right", bbox_to_anchor=(1.008, 0.99), ncols=3, fontsize=TEXT_POINTS - 1, frameon=False,
            borderaxespad=0, columnspacing=1.2, handlelength=1.6, handletextpad=0.5,
        )  # fmt: skip
    rate.set_xlabel("epoch", fontsize=TEXT_POINTS, labelpad=2)
    _name_phases(names, phases, lying)
    return drawn


def curve_label_places(middles: Sequence[float], gap: float) -> list[float]:
    """Places of labels between 0 and 1, near the middles, in their order, and `gap` apart where there is room.

    >>> [round(place, 2) for place in curve_label_places([0.1, 0.5, 0.95, 0.99], 0.1)]
    [0.1, 0.5, 0.85, 0.95]
    """
    places: list[float] = []
    for middle in middles:
        places.append(max(middle, places[-1] + gap) if places else max(middle, gap / 2))
    limit = 1 - gap / 2
    for index in reversed(range(len(places))):
        places[index] = min(places[index], limit)
        limit = places[index] - gap
    return places


def _line(panel: Axes, epochs: list[int], values: list[float], colour: str, label: str) -> None:
    dots = "o" if len(epochs) <= MOST_ROWS_WITH_DOTS else ""
    panel.plot(epochs, values, color=colour, linewidth=1.2, marker=dots, markersize=2.2, label=label, zorder=3)


def _rate(panel: Axes, epochs: list[int], rates: list[float]) -> None:
    from matplotlib.ticker import LogLocator, NullLocator

    edges = [epochs[0] - 0.5, *(epoch + 0.5 for epoch in epochs)]
    panel.stairs(rates, edges, color=RATE, linewidth=1.2, baseline=None, zorder=3)
    if is_logarithmic(rates):
        panel.set_yscale("log")
        panel.set_ylim(min(rates) / 1.6, max(rates) * 1.6)
        panel.yaxis.set_major_locator(LogLocator(numticks=5))
        panel.yaxis.set_minor_locator(NullLocator())
    else:
        panel.set_ylim(0, 1.15 * max(rates) or 1)
        panel.ticklabel_format(axis="y", style="sci", scilimits=(-2, 3))
        panel.yaxis.get_offset_text().set_fontsize(TEXT_POINTS - 1)


def _panel(panel: Axes, title: str, phases: Sequence[Phase]) -> None:
    from matplotlib.ticker import MaxNLocator

    panel.set_title(title, loc="left", fontsize=TEXT_POINTS, fontweight="bold", pad=3)
    panel.tick_params(labelsize=TEXT_POINTS - 1, length=2.5, width=0.6)
    panel.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True, min_n_ticks=1))
    panel.margins(y=0.08)
    panel.grid(axis="y", color="white", linewidth=0.9)
    panel.set_axisbelow(True)
    panel.spines[:].set_visible(False)
    for index, phase in enumerate(phases):
        panel.axvspan(phase.first - 0.5, phase.last + 0.5, color=BANDS[index % 2], linewidth=0, zorder=0)


def _name_phases(panel: Axes, phases: Sequence[Phase], lying: bool) -> None:
    left, width = phases[0].first - 0.5, phases[-1].last - phases[0].first + 1
    middles = [((phase.first + phase.last) / 2 - left) / width for phase in phases]
    panel.set_axis_off()
    for phase, place in zip(phases, middles if lying else curve_label_places(middles, LABEL_GAP), strict=True):
        text = f"phase {phase.number}\n{phase.image_size} px" if lying else f"{phase.number}: {phase.image_size} px"
        panel.text(
            place, 0, text, rotation=0 if lying else 90, ha="center", va="bottom", fontsize=TEXT_POINTS - 1, color="#444444"
        )
