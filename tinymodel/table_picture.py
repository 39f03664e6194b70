"""The table of a design as a picture: the receptive field over the layers above it. Draws; computes no figure of a network."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from generator.errors import printable
from generator.report.design_page.curve import Curve, curve_of
from generator.report.lines import LayerLine, layer_lines
from generator.report.table import HEADER, WORDS, NetworkTable
from generator.report.text import amount_text
from tinymodel.extras import MissingExtra

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from generator.lint.finding import Checked

WIDTH_INCHES, CURVE_INCHES, LINE_INCHES, DPI = 8.6, 2.7, 0.165, 160
POINTS = 7.5
CURVE_SHAPE = (1000.0, 300.0)
COLUMN_ENDS = (0.0, 0.09, 0.34, 0.55, 0.61, 0.66, 0.74, 0.86, 1.0)
"""Where the columns of the table stand, as shares of the width: words begin there, numbers end there."""
INK, SOFT, LINE, ACCENT, BAD, GOOD = "#1b2430", "#5a6573", "#dde2e9", "#1c67b0", "#bb3226", "#24744a"
MAX_LETTERS = (10, 32, 24)
"""Of a block, a name and a kind: what fits before the next column."""
MAX_LINES = 300
"""Lines of a picture; of a longer table the layers that look no further are left out, then the end."""


def table_picture(checked: Checked, table: NetworkTable) -> bytes:
    """A PNG.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise MissingExtra("matplotlib", "train") from None
    layers = layer_lines(checked)
    lines = _shown(layers, table)
    blocks = len({line[0] for line in lines if line[0]})
    height = CURVE_INCHES + LINE_INCHES * (len(lines) + blocks + len(table.totals) + 5)
    figure = Figure(figsize=(WIDTH_INCHES, height), dpi=DPI, facecolor="white")
    title = printable(table.name)[:100]
    figure.text(0.05, 1 - 0.2 / height, title, fontsize=12, fontweight="bold", color=INK, va="top", parse_math=False)
    curve = curve_of(checked, layers, *CURVE_SHAPE)
    if curve is not None:
        _draw_curve(figure.add_axes((0.05, 1 - CURVE_INCHES / height, 0.9, (CURVE_INCHES - 0.55) / height)), curve)
    wrong = frozenset(layer.figures["name"] for layer in layers if layer.findings)
    _draw_table(figure.add_axes((0.05, 0, 0.9, 1 - (CURVE_INCHES + 0.1) / height)), lines, table, wrong)
    content = io.BytesIO()
    FigureCanvasAgg(figure).print_png(content, metadata={"Software": None})
    return content.getvalue()


def _shown(layers: Sequence[LayerLine], table: NetworkTable) -> list[tuple[Any, ...]]:
    lines = list(table.lines)
    if len(lines) > MAX_LINES:
        lines = [line for line, layer in zip(lines, layers, strict=True) if layer.looks]
    return lines[:MAX_LINES]


def _draw_curve(axes: Axes, curve: Curve) -> None:
    axes.set_axis_off()
    axes.set_xlim(0, curve.width)
    axes.set_ylim(curve.height, 0)
    for number, band in enumerate(curve.bands):
        if number % 2:
            axes.axvspan(band.x, band.x + band.width, 0.08, 0.93, color="#f1f4f8", linewidth=0)
        axes.text(band.x + band.width / 2, curve.top - 8, band.label, ha="center", fontsize=6, color=SOFT, parse_math=False)
    if curve.target:
        top, extent = curve.target
        axes.fill_between([curve.left, curve.right], top, top + extent, color=GOOD, alpha=0.16, linewidth=0)
        axes.text(curve.right, top + 12, "target", ha="right", fontsize=6, color=GOOD)
    for tick in curve.ticks:
        axes.plot([curve.left, curve.right], [tick.y, tick.y], color=LINE, linewidth=0.6)
        axes.text(curve.left - 6, tick.y, tick.label, ha="right", va="center", fontsize=6, color=SOFT)
    for size in curve.sizes:
        axes.plot([curve.left, curve.right], [size.y, size.y], color=SOFT, linewidth=0.8, linestyle=(0, (5, 4)))
        axes.text(curve.left + 6, size.y - 5, size.label, fontsize=6, color=SOFT)
    for first, last in curve.links:
        ends = curve.dots[first], curve.dots[last]
        axes.plot([dot.x for dot in ends], [dot.y for dot in ends], color=ACCENT, linewidth=1.2)
    axes.plot([dot.x for dot in curve.dots], [dot.y for dot in curve.dots], "o", color=ACCENT, markersize=2.4)
    for claim in curve.claims:
        axes.plot([claim.x, claim.x], [claim.y, claim.true_y], color=BAD, linewidth=0.8, linestyle=":")
        axes.plot([claim.x], [claim.y], "s", color=BAD, markersize=4)
    axes.text(curve.left, curve.height - 2, "receptive field of each layer, px", fontsize=6, color=SOFT)


def _draw_table(axes: Axes, lines: Sequence[tuple[Any, ...]], table: NetworkTable, wrong: frozenset[str]) -> None:
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    blocks = len({line[0] for line in lines if line[0]})
    axes.set_ylim(len(lines) + blocks + len(table.totals) + 4, 0)
    _write(axes, 0.6, HEADER, SOFT, "bold")
    axes.plot([0, 1], [1.2, 1.2], color=LINE, linewidth=0.8)
    place, block = 1.9, None
    for line in lines:
        if block is not None and line[0] != block:
            place += 0.5
        _write(axes, place, ("" if line[0] == block else line[0], *line[1:]), BAD if line[1] in wrong else INK, "normal")
        block, place = line[0], place + 1
    axes.plot([0, 1], [place - 0.5, place - 0.5], color=LINE, linewidth=0.8)
    _write(axes, place + 0.3, table.final, INK, "bold")
    for number, sentence in enumerate(map(printable, table.totals)):
        axes.text(0, place + 1.5 + number, sentence[:200], fontsize=POINTS - 1, color=SOFT, va="center", parse_math=False)


def _write(axes: Axes, place: float, cells: Sequence[Any], colour: str, weight: str) -> None:
    for column, cell in enumerate(cells):
        text = cell if isinstance(cell, str) else "" if cell is None else amount_text(cell)
        side = "left" if column < WORDS else "right"
        if column < WORDS and len(text) > MAX_LETTERS[column]:
            text = text[: MAX_LETTERS[column] - 2] + ".."
        axes.text(
            COLUMN_ENDS[column], place, text, ha=side, va="center", fontsize=POINTS, color=colour, fontweight=weight,
            parse_math=False,
        )  # fmt: skip
