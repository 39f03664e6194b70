"""The receptive field over the layers as the shapes of a drawing: line, limits, claims. Numbers in, coordinates out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from generator.lint.finding import Checked
from generator.report.lines import LayerLine
from generator.report.text import amount_text
from generator.spreadsheet.reference import column_letters

MARGIN_LEFT, MARGIN_RIGHT, MARGIN_TOP, MARGIN_BOTTOM = 38.0, 12.0, 22.0, 24.0
MAX_TICKS = 6
LETTER_WIDTH = 6.2
"""Of the small labels, px; what tells whether a block's title fits its band."""


class Dot(NamedTuple):
    """A layer on the curve; `title` is what a pointer resting on it is told."""

    step: int
    x: float
    y: float
    title: str


class Claimed(NamedTuple):
    """A wrong cell: what the sheet says at a layer, with the true height beside it."""

    x: float
    y: float
    true_y: float
    title: str


class Level(NamedTuple):
    """A horizontal line with its label."""

    y: float
    label: str


class Band(NamedTuple):
    """The layers of a block."""

    x: float
    width: float
    label: str


class Curve(NamedTuple):
    """A drawing of `width` x `height` px.

    Attributes:
        path: Of the lines along the longest paths, in SVG's letters; the larger axis where the two differ.
        links: The same lines as pairs of dots.
        sizes: The image sizes.
        target: Top and height of the band that is aimed at; None without a target.
    """

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    path: str
    links: tuple[tuple[int, int], ...]
    dots: tuple[Dot, ...]
    claims: tuple[Claimed, ...]
    ticks: tuple[Level, ...]
    sizes: tuple[Level, ...]
    target: tuple[float, float] | None
    bands: tuple[Band, ...]


def curve_of(checked: Checked, layers: Sequence[LayerLine], width: float, height: float) -> Curve | None:
    """The curve of those layers that look; None where there are none."""
    lines = [layer for layer in layers if layer.looks]
    if not lines:
        return None
    known = [float(max(found.image_size)) for found in checked.resolutions]
    image_sizes = list(dict.fromkeys(known or [_largest(lines[0], "size")]))
    low, high = _target_bounds(checked)
    claims = _claims(checked, lines)
    fields = [_largest(line, "rf") for line in lines]
    wanted = [bound for bound in (low, high) if bound is not None]
    ceiling = 1.06 * max([*fields, *image_sizes, *wanted, *(claimed for _, claimed, _ in claims)])
    step_width = (width - MARGIN_LEFT - MARGIN_RIGHT) / len(lines)
    floor = height - MARGIN_BOTTOM

    def across(step: int) -> float:
        return round(MARGIN_LEFT + (step + 0.5) * step_width, 2)

    def up(value: float) -> float:
        return round(floor - (floor - MARGIN_TOP) * value / ceiling, 2)

    dots = tuple(
        Dot(step, across(step), up(field), f"{line.figures['name']}: rf {amount_text(line.figures['rf'])}")
        for step, (line, field) in enumerate(zip(lines, fields, strict=True))
    )
    links = tuple(_links(layers))
    top_of_target = up(high) if high is not None else MARGIN_TOP
    return Curve(
        width,
        height,
        MARGIN_LEFT,
        width - MARGIN_RIGHT,
        MARGIN_TOP,
        floor,
        " ".join(f"M{dots[first].x:g} {dots[first].y:g} L{dots[last].x:g} {dots[last].y:g}" for first, last in links),
        links,
        dots,
        tuple(Claimed(across(step), up(claimed), up(fields[step]), title) for step, claimed, title in claims),
        tuple(Level(up(value), f"{value:,}") for value in _ticks(ceiling)),
        tuple(Level(up(size), f"image {size:,g}") for size in image_sizes),
        (top_of_target, round(up(low or 0) - top_of_target, 2)) if wanted else None,
        tuple(_bands(lines, step_width)),
    )


def _links(layers: Sequence[LayerLine]) -> list[tuple[int, int]]:
    """Pairs of steps that a line joins: each layer that looks, and the one on the longest path into it."""
    step_behind: dict[str, int] = {}
    links: list[tuple[int, int]] = []
    fields: list[float] = []
    for layer in layers:
        sources = [step_behind[name] for name in layer.figures["inputs"] if name in step_behind]
        longest = max(sources, key=lambda step: fields[step], default=None)
        if layer.looks:
            fields.append(_largest(layer, "rf"))
            links += [(longest, len(fields) - 1)] if longest is not None else []
            step_behind[layer.figures["name"]] = len(fields) - 1
        elif longest is not None:
            step_behind[layer.figures["name"]] = longest
    return links


def _largest(line: LayerLine, name: str) -> float:
    return float(max(curve_sides(line.figures[name])))


def _target_bounds(checked: Checked) -> tuple[float | None, float | None]:
    target = checked.design.targets.rf if checked.design else None
    return target.bounds() if target else (None, None)


def _claims(checked: Checked, lines: Sequence[LayerLine]) -> list[tuple[int, float, str]]:
    """Step, number and words of each wrong receptive field in the column that the network follows, the rightmost one."""
    columns = [column["column"] for column in (checked.understood or {}).get("columns", ()) if column["field"] == "rf_out"]
    found = []
    for step, line in enumerate(lines):
        for finding in line.findings:
            said = finding.claimed
            if columns and finding.field == "rf_out" and finding.cell and column_letters(finding.cell.column) == columns[-1]:
                if not isinstance(said, int | float) or finding.computed is None or said == finding.computed:
                    continue
                title = f"{finding.cell} says {amount_text(said)}, right {amount_text(finding.computed)}"
                found.append((step, float(said), title))
    return found


def _ticks(ceiling: float) -> list[int]:
    """Round numbers from 0 to the ceiling.

    >>> _ticks(106), _ticks(9.5), _ticks(3000)
    ([0, 20, 40, 60, 80, 100], [0, 2, 4, 6, 8], [0, 500, 1000, 1500, 2000, 2500, 3000])
    """
    rough = ceiling / MAX_TICKS
    power = 10 ** math.floor(math.log10(rough)) if rough > 1 else 1
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return list(range(0, int(ceiling) + 1, step))


def _bands(lines: Sequence[LayerLine], step_width: float) -> list[Band]:
    found, start = [], 0
    for title, group in groupby(lines, key=lambda line: line.block):
        count = len(list(group))
        width = count * step_width
        label = title if len(title) * LETTER_WIDTH <= width - 4 else ""
        found.append(Band(round(MARGIN_LEFT + start * step_width, 2), round(width, 2), label))
        start += count
    return found


def curve_sides(value: Any) -> tuple[Any, Any]:
    """A figure as (height, width).

    >>> curve_sides(32), curve_sides([16, 8])
    ((32, 32), (16, 8))
    """
    return (value[0], value[1]) if isinstance(value, list) else (value, value)
