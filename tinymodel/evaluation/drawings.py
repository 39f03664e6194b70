"""The arrays of an evaluation → figures for people who write: confusion, classes, and how far probabilities can be trusted."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from generator.errors import printable
from tinymodel import files
from tinymodel.evaluation.figures import ClassFigures, ConfidenceBin, calibration_error, class_figures, confusion, reliability

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 200
RECALL, PRECISION = "#1f6fb4", "#d1561f"
MAX_NAME = 28
"""Characters of a class's name; of longer ones the end is left out."""
MAX_NUMBERED = 20
"""Classes up to which the cells of the matrix hold their numbers."""
DARK_SHARE = 0.3
"""From which on a cell is so dark that its number is written in white; the scale goes by roots, which shows rare mistakes."""
INCHES_A_CLASS = {"confusion": 0.055, "classes": 0.13}
"""What a class needs to be read when the picture is enlarged."""
POINTS_AN_INCH = 72


def draw_evaluation(
    folder: Path, on: str, probabilities: np.ndarray, labels: np.ndarray, titles: Sequence[str]
) -> tuple[Path, ...]:
    """Draws `<on>-confusion.png`, `<on>-classes.png` and `<on>-reliability.png`.

    Args:
        folder: Of the evaluation.
        on: What was predicted, val or holdout.
        probabilities: (n, classes).
        labels: (n,).
        titles: What people call the classes.

    Raises:
        OSError: They cannot be written.
    """
    matrix, names = confusion(probabilities, labels), [short_drawing_title(title) for title in titles]
    drawn = {
        "confusion": confusion_figure(matrix, names),
        "classes": classes_figure(class_figures(matrix, names, names)),
        "reliability": reliability_figure(reliability(probabilities, labels)),
    }
    places = tuple(folder / f"{on}-{name}.png" for name in drawn)
    for figure, place in zip(drawn.values(), places, strict=True):
        files.put_file(place, png(figure))
    return places


def confusion_figure(matrix: np.ndarray, names: Sequence[str]) -> Figure:
    """A row a class, shaded by the share of its pictures; with few classes each cell says how many they are.

    Args:
        matrix: (classes, classes), [label, prediction].
        names: Of the classes, as they are to be written.
    """
    count = len(names)
    side = max(4.6 if count <= MAX_NUMBERED else 6.4, 2.0 + INCHES_A_CLASS["confusion"] * count)
    from matplotlib.colors import PowerNorm

    figure = _figure(side + 0.8, side)
    axes = figure.add_subplot()
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    shown = axes.imshow(share, cmap="Blues", norm=PowerNorm(0.5, 0.0, 1.0), interpolation="nearest")
    points = min(8.0, POINTS_AN_INCH * 0.62 * side / count)
    axes.set_xticks(range(count), names, rotation=90, fontsize=points, parse_math=False)
    axes.set_yticks(range(count), names, fontsize=points, parse_math=False)
    axes.tick_params(length=0)
    axes.set_xlabel("taken for", fontsize=9)
    axes.set_ylabel("class", fontsize=9)
    if count <= MAX_NUMBERED:
        for row, column in zip(*np.nonzero(matrix), strict=True):
            ink = "white" if share[row, column] > DARK_SHARE else "black"
            axes.text(column, row, f"{matrix[row, column]:,}", ha="center", va="center", fontsize=points - 1, color=ink)
    bar = figure.colorbar(shown, shrink=0.8, aspect=30)
    bar.set_label("share of the class's pictures", fontsize=9)
    bar.ax.tick_params(labelsize=8)
    return figure


def classes_figure(classes: Sequence[ClassFigures]) -> Figure:
    """Recall and precision of every class, the worst recall at the top."""
    ordered = sorted(classes, key=lambda figures: (figures.recall, figures.name))
    figure = _figure(5.4, max(2.4, 1.2 + INCHES_A_CLASS["classes"] * max(len(ordered), 8)))
    axes = figure.add_subplot()
    places = np.arange(len(ordered))
    recall, precision = ([100 * getattr(one, name) for one in ordered] for name in ("recall", "precision"))
    axes.hlines(places, recall, precision, color="#b9c0c9", linewidth=1.2, zorder=1)
    axes.scatter(precision, places, s=14, color=PRECISION, marker="D", label="precision", zorder=2)
    axes.scatter(recall, places, s=18, color=RECALL, label="recall", zorder=3)
    mean = np.mean([100 * one.recall for one in ordered if one.support] or [0.0])
    axes.axvline(float(mean), color=RECALL, linewidth=0.8, linestyle=":", label="mean recall")
    axes.set_yticks(places, [one.title for one in ordered], fontsize=8, parse_math=False)
    axes.set_ylim(len(ordered) - 0.4, -0.6)
    axes.set_xlim(-2, 102)
    axes.set_xlabel("%", fontsize=9)
    axes.tick_params(labelsize=8, length=0)
    axes.grid(axis="x", color="#e3e6ea", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=8)
    return figure


def reliability_figure(bins: Sequence[ConfidenceBin]) -> Figure:
    """Accuracy over the probability of the answer, and how many answers had it; honest ones lie on the diagonal."""
    figure = _figure(4.4, 4.8)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    held = [one for one in bins if one.pictures]
    above.plot([0, 100], [0, 100], color="#8a8f98", linewidth=0.8, linestyle=":", label="honest")
    above.plot(
        [100 * one.confidence for one in held], [100 * one.accuracy for one in held], color=RECALL, marker="o", markersize=4,
        linewidth=1.2, label=f"this network: {calibration_error(bins):.1%} off on average",
    )  # fmt: skip
    above.set_ylabel("right, %", fontsize=9)
    above.set_ylim(-3, 103)
    above.legend(loc="upper left", frameon=False, fontsize=8)
    middles = [50 * (one.low + one.high) for one in bins]
    below.bar(middles, [one.pictures for one in bins], width=9.2, color="#b9c0c9")
    below.set_ylabel("pictures", fontsize=9)
    below.set_xlabel("probability of the answer, %", fontsize=9)
    below.set_xlim(0, 100)
    for axes in (above, below):
        axes.tick_params(labelsize=8, length=2.5)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def short_drawing_title(title: str) -> str:
    """A title as a picture can hold it: in one line, without characters that move others."""
    shown = printable(title)
    return shown if len(shown) <= MAX_NAME else f"{shown[: MAX_NAME - 2]}.."


def png(figure: Figure) -> bytes:
    """A figure as a PNG; letters that the font lacks become boxes without a word."""
    content = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        figure.savefig(content, format="png", metadata={"Software": None})
    return content.getvalue()


def _figure(width: float, height: float) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    made = Figure(figsize=(width, height), dpi=DPI, facecolor="white", layout="constrained")
    FigureCanvasAgg(made)
    return made
