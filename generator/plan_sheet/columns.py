"""Design → the columns that its sheet needs, and what its cells of arguments hold.

A column is there where people edit it in most designs, or where a row says what the reader would not conclude by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from generator.design.fields import short_form
from generator.design.record import Design
from generator.design.rows import Pool, Rescaling, Row
from generator.network.expand import row_names
from generator.plan_sheet.layout import (
    ARGUMENTS,
    FIGURES,
    HELPERS,
    NAME_GIVEN,
    NOTE,
    PADDING_END,
    PAIRS,
    START,
    WIDTH,
    Layout,
    argument_of,
)
from generator.plan_sheet.read import NO_ACTIVATION, SHOWN
from generator.spreadsheet.reference import column_letters

WANTED = frozenset(
    {"conv", "filters", "kernel_size", "strides", "padding", "convolutions", "expansion", "ratio", "use_bias", "batch_norm"}
)
"""Columns that are there as soon as a kind of the design has them: the formulas read them."""
NEUTRAL: Mapping[str, Any] = {
    "dilation_rate": (1, 1),
    "groups": 1,
    "projection": "auto",
    "interpolation": "nearest",
}
"""What formulas take for granted where they find no column."""
WHOLE_ROW, HEADER_ROW = 2, 5
CLASSES_CELL = (2, 2)


class Formula(NamedTuple):
    """A cell that follows others; `value` is what it shows."""

    text: str
    value: int | float | str


CellContent = int | float | str | bool | Formula | None


def layout_for(design: Design) -> Layout:
    """The columns of a design's sheet."""
    wanted = {header for header in ARGUMENTS if any(_is_wanted(design, row, header) for row in design.plan)}
    headers = list(START)
    for header in ARGUMENTS:
        if header in wanted:
            group = (header, PADDING_END) if header == "padding" and _has_ends(design) else (header,)
            axes = ("", WIDTH) if any(_differs(row, header) for row in design.plan) else ("",)
            headers += [name + axis for axis in axes for name in group]
    axes = ("", WIDTH) if differs_by_axis(design) else ("",)
    figures = (*FIGURES, *HELPERS) if needs_enlarging_columns(design) else FIGURES
    headers += [name + axis for name in figures for axis in (axes if name in PAIRS else ("",))]
    headers += [NOTE] if any(row.note is not None for row in design.plan) else []
    names = zip(design.plan, automatic_row_names(design), strict=True)
    headers += [NAME_GIVEN] if any(row.name == own for row, own in names) else []
    return Layout({header: number for number, header in enumerate(headers, start=1)}, HEADER_ROW, CLASSES_CELL, WHOLE_ROW)


def _is_wanted(design: Design, row: Row, header: str) -> bool:
    if (row.kind, header) in SHOWN:
        return True
    key = argument_of(type(row), header)
    if key is None:
        return False
    if header in WANTED or (header in NEUTRAL and getattr(row, key) != NEUTRAL[header]):
        return True
    return not _is_concluded(design, row, key)


def _is_concluded(design: Design, row: Row, key: str) -> bool:
    """Whether the reader comes to the same value where nothing is said."""
    field = type(row).model_fields[key]
    value = getattr(row, key)
    for kind in (row.kind, "all"):
        if key in design.defaults.get(kind, {}):
            return bool(short_form(design.defaults[kind][key]) == short_form(value))
    return not field.is_required() and short_form(field.get_default()) == short_form(value)


def needs_enlarging_columns(design: Design) -> bool:
    """Whether some row makes its map larger, so that sheets need `HELPERS`."""
    return any(row.kind == "upsample" or getattr(row, "conv", None) == "transposed" for row in design.plan)


def differs_by_axis(design: Design) -> bool:
    """Whether the numbers of height and width need a column each."""
    height, width = design.input.image_size
    return height != width or any(_differs(row, header) for row in design.plan for header in ARGUMENTS)


def _differs(row: Row, header: str) -> bool:
    """Whether a row says one thing of the height and another of the width."""
    key = argument_of(type(row), header) if header in PAIRS else None
    value = getattr(row, key) if key else None
    if value is None and header == "strides" and isinstance(row, Pool):
        value = row.pool_size
    return isinstance(value, tuple) and value[0] != value[1]


def _has_ends(design: Design) -> bool:
    """Whether some row pads or crops the ends of an axis otherwise than its starts."""
    margins = (_margins(row) for row in design.plan)
    return any(start != end for sides in margins if sides for start, end in sides)


def _margins(row: Row) -> Any:
    key = argument_of(type(row), "padding")
    value = getattr(row, key) if key else None
    return value if isinstance(value, tuple) else None


def automatic_row_names(design: Design) -> tuple[str, ...]:
    """The names that the rows would have by themselves: their kind and its number."""
    counts: Counter[str] = Counter()
    names = []
    for row in design.plan:
        names.append(f"{row.kind}_{counts[row.kind]}")
        counts[row.kind] += 1
    return tuple(names)


class PlanCells:
    """What the cells of a plan hold, but for its numbers."""

    def __init__(self, design: Design, layout: Layout) -> None:
        self.design, self.layout = design, layout
        self.names, self.automatic = row_names(design), automatic_row_names(design)

    def line(self, index: int) -> int:
        """The sheet's row of a row of the plan; the first stands below the image's."""
        return self.layout.image_row + 1 + index

    def of(self, index: int) -> dict[str, CellContent]:
        """The cells of a row of the plan by their header."""
        row, inputs = self.design.plan[index], getattr(self.design.plan[index], "inputs", None)
        cells: dict[str, CellContent] = {
            "block": row.block,
            "name": self.names[index],
            "kind": row.kind,
            "inputs": None if inputs is None else ", ".join(inputs),
            NOTE: row.note,
            NAME_GIVEN: True if row.name == self.automatic[index] else None,
        }
        for header in ARGUMENTS:
            key = argument_of(type(row), header)
            if (row.kind, header) in SHOWN:
                cells |= dict.fromkeys((header + axis for axis in self.layout.axes), SHOWN[row.kind, header])
            elif key is not None and header in self.layout.columns:
                cells |= self._argument(row, header, getattr(row, key), self.line(index))
        return {header: value for header, value in cells.items() if header in self.layout.columns}

    def _argument(self, row: Row, header: str, value: Any, line: int) -> dict[str, CellContent]:
        if header == "filters" and value == "classes" and self.design.classes is not None:
            number, column = CLASSES_CELL
            return {header: Formula(f"=${column_letters(column)}${number}", self.design.classes)}
        if header == "activation" and value is None:
            return {header: NO_ACTIVATION}
        if header == "strides" and value is None and isinstance(row, Pool):
            return self._like_the_window(row.pool_size, line)
        if header == "padding":
            return self._padding(value, line)
        if isinstance(row, Rescaling) and isinstance(value, tuple):
            return {header: ", ".join(map(repr, value))}
        return self._both_axes(header, value, line) if header in PAIRS else {header: value}

    def _like_the_window(self, pool_size: tuple[int, int], line: int) -> dict[str, CellContent]:
        """The strides of a pool that does not say them."""
        cells: dict[str, CellContent] = {"strides": Formula(f"={self.layout.cell('kernel_size', line)}", pool_size[0])}
        wide = "kernel_size" + WIDTH if "kernel_size" + WIDTH in self.layout.columns else "kernel_size"
        return cells | {"strides" + WIDTH: Formula(f"={self.layout.cell(wide, line)}", pool_size[1])}

    def _padding(self, value: Any, line: int) -> dict[str, CellContent]:
        if isinstance(value, str):
            return self._both_axes("padding", (value, value), line)
        starts, ends = ((value[0][end], value[1][end]) for end in (0, 1))
        cells = self._both_axes("padding", starts, line)
        return cells | (self._both_axes(PADDING_END, ends, line) if PADDING_END in self.layout.columns else {})

    def _both_axes(self, header: str, pair: tuple[Any, Any], line: int) -> dict[str, CellContent]:
        """The height's cell, and the width's, which follows it where both are equal: one edit changes both."""
        height, width = pair
        if header + WIDTH not in self.layout.columns:
            return {header: height}
        other = Formula(f"={self.layout.cell(header, line)}", height) if height == width else width
        return {header: height, header + WIDTH: other}
