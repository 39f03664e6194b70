"""Where things stand in a sheet that this project writes: the words of its header, and which column holds which argument.

A line is a row of the plan; the first line is the image. Knows neither formulas nor how cells are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from generator.design.rows import Row
from generator.spreadsheet.cells import Position, Sheet
from generator.spreadsheet.reference import reference_address

START = ("block", "name", "kind", "inputs")
"""The first words of the header, by which the sheet is known whatever its title."""
FIGURES = ("size", "rf", "jump", "channels", "params", "macs", "weights", "outputs")
"""Columns of numbers that follow from the others.

`weights` are those of all kernels of a line, `outputs` the channels that may have a bias and batch normalisation: params are
weights + outputs x (use_bias + 4 x batch_norm), macs are weights x positions. A normalisation by itself has one less for each
of scale and center that it leaves out, and one over the channels of a unit keeps no two statistics of each.
"""
HELPERS = ("base", "grid", "reach")
"""Columns of a design with upsamplings, behind which fields grow in steps: the rf is `base` and as many steps of `grid` as it
takes to hold `reach`, which is a fraction of them."""
ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "conv": ("conv",),
    "filters": ("filters", "units"),
    "kernel_size": ("kernel_size", "pool_size"),
    "strides": ("strides", "size"),
    "padding": ("padding", "cropping"),
    "dilation_rate": ("dilation_rate",),
    "groups": ("groups",),
    "convolutions": ("convolutions",),
    "projection": ("projection",),
    "expansion": ("expansion",),
    "ratio": ("ratio",),
    "rate": ("rate",),
    "interpolation": ("interpolation",),
    "keepdims": ("keepdims",),
    "scale": ("scale",),
    "center": ("center",),
    "offset": ("offset",),
    "use_bias": ("use_bias",),
    "batch_norm": ("batch_norm",),
    "epsilon": ("epsilon",),
    "activation": ("activation",),
    "kernel_initializer": ("kernel_initializer",),
    "l2": ("l2",),
}
"""By column, the keys of rows that it holds; a kind has at most one of them. What a pool's window is to a convolution's, the
factor of an upsampling is to a stride."""
PADDING_END = "padding_end"
"""Pixels at the end of an axis, where `padding` holds those at its start."""
NOTE = "note"
NAME_GIVEN = "name_given"
"""TRUE where a name that a row would have by itself was given all the same."""
PAIRS = ("kernel_size", "strides", "padding", PADDING_END, "dilation_rate", "size", "rf", "jump", *HELPERS)
"""Columns that have a second one for the width where the axes of a design differ."""
WIDTH = " width"
CLASSES = "classes"
"""The label in the first column, over the header, beside which the number of classes stands."""
WHOLE = "whole network"
"""The label, left of the columns of numbers and over the header, in whose row the figures of the whole stand."""
WHOLE_FIGURES = ("size", "rf", "jump", "channels", "params", "macs")
SUMMED = ("params", "macs")
"""Figures of the whole that are sums; the others are those of the last map."""
IMAGE = "input"
"""Kind and name of the first line."""
MAX_HEADER_ROW = 30
"""Lowest row that the header may be moved to by what people put over it."""


class Layout(NamedTuple):
    """The columns of a sheet by their header, and the row of the header; all counted from 1.

    Attributes:
        classes: The cell that holds the number of classes; None where the label is gone.
        whole_row: The row with the figures of the whole; None where the label is gone.
    """

    columns: Mapping[str, int]
    header_row: int
    classes: Position | None
    whole_row: int | None

    @property
    def image_row(self) -> int:
        """The row of the image."""
        return self.header_row + 1

    @property
    def axes(self) -> tuple[str, ...]:
        """What is put behind a header of `PAIRS` for each axis that the sheet tells apart."""
        return ("", WIDTH) if f"size{WIDTH}" in self.columns else ("",)

    def figures(self) -> Iterator[tuple[str, int]]:
        """Header and number of every column of numbers."""
        for name in (*FIGURES, *HELPERS):
            for axis in self.axes if name in PAIRS else ("",):
                if name + axis in self.columns:
                    yield name + axis, self.columns[name + axis]

    def whole_figures(self) -> Iterator[tuple[str, int]]:
        """Header and number of every column that has a figure of the whole over it."""
        return ((header, column) for header, column in self.figures() if header.removesuffix(WIDTH) in WHOLE_FIGURES)

    def whole_formula(self, header: str, last_map: int, last: int) -> str:
        """The formula of a figure of the whole.

        Args:
            header: The column.
            last_map: The row of the last map.
            last: The row of the last line.
        """
        if header in SUMMED:
            return f"=SUM({self.cell(header, self.image_row)}:{self.cell(header, last)})"
        return f"={self.cell(header, last_map)}"

    def cell(self, header: str, row: int) -> str:
        """The address of a cell, as `I28`."""
        return reference_address(row, self.columns[header])


def argument_of(record: type[Row], header: str) -> str | None:
    """The key of a row that a column holds; None where the kind has none.

    >>> from generator.design.rows import MaxPool, Softmax
    >>> argument_of(MaxPool, "kernel_size"), argument_of(Softmax, "kernel_size")
    ('pool_size', None)
    """
    return next((key for key in ARGUMENTS[header] if key in record.model_fields), None)


def layout_of(sheet: Sheet) -> Layout | None:
    """The layout of a sheet of ours; None for any other."""
    for row in range(1, min(sheet.last_row, MAX_HEADER_ROW) + 1):
        if tuple(sheet.text(row, column) for column in range(1, len(START) + 1)) != START:
            continue
        words: dict[str, int] = {}
        for column in range(1, sheet.last_column + 1):
            if word := sheet.text(row, column):
                words.setdefault(word, column)
        if not all(name in words for name in FIGURES):
            return None
        classes, whole = (_labelled(sheet, row, *place) for place in ((1, CLASSES), (words["size"] - 1, WHOLE)))
        return Layout(words, row, (classes, 2) if classes else None, whole)
    return None


def _labelled(sheet: Sheet, header_row: int, column: int, label: str) -> int | None:
    """The row over the header that has a label."""
    return next((row for row in range(1, header_row) if sheet.text(row, column) == label), None)
