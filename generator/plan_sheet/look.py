"""How the sheet of a plan looks: widths, what stays in sight, colours that follow the numbers, lists to choose words from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from openpyxl.formatting.rule import ColorScaleRule, DataBarRule, FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from generator.design.record import Design
from generator.design.rows import ROWS, ActivationName, Convolution
from generator.plan_sheet.layout import NAME_GIVEN, NOTE, Layout
from generator.plan_sheet.read import NO_ACTIVATION
from generator.spreadsheet.reference import column_letters

SCALE = ("FFFFFFFF", "FFF4B183")
"""Smallest and largest receptive field."""
BAR = "FF9DC3E6"
MET, MISSED = "FFC6EFCE", "FFFFC7CE"
WIDTHS = {"block": 9.0, "name": 14.0, "kind": 10.0, "inputs": 9.0, "params": 14.0, "macs": 16.0, "weights": 13.0, NOTE: 30.0}
MOST_WIDTH = 40.0
MARGIN = 2.0
"""Characters beside the longest word of a column."""
SPARE_ROWS = 200
"""Rows below the plan that have the same lists and colours, for layers that are added."""
COMMON_KINDS = frozenset(
    "conv bottleneck max_pool average_pool zero_padding activation dropout concat add dense softmax".split()  # noqa: SIM905
)
"""What the formulas of every sheet know; they ask about other kinds only where the design has them."""


TRUTHS = ("use_bias", "batch_norm", "keepdims", "scale", "center")
"""Columns of TRUE and FALSE; a rescaling has numbers in one of them."""


def dress_plan(sheet: Worksheet, layout: Layout, design: Design, names: Sequence[str]) -> None:
    """Everything about the sheet but its cells."""
    first, last = layout.image_row, layout.image_row + len(design.plan)
    sheet.freeze_panes = f"C{layout.image_row}"
    for header, column in layout.columns.items():
        sheet.column_dimensions[column_letters(column)].width = _width(header, design, names)
    if NAME_GIVEN in layout.columns:
        sheet.column_dimensions[column_letters(layout.columns[NAME_GIVEN])].hidden = True
    sheet.row_dimensions[1].height = 22
    for axis in layout.axes:
        fields = layout.cell(f"rf{axis}", first)
        area = f"{fields}:{layout.cell(f'rf{axis}', last)}"
        sheet.conditional_formatting.add(area, _scale())
    area = f"{layout.cell('params', first + 1)}:{layout.cell('params', last)}"
    sheet.conditional_formatting.add(area, DataBarRule("num", 0, "max", None, color=BAR, showValue=True))
    _verdicts(sheet, layout)
    _lists(sheet, layout, last + SPARE_ROWS, design)
    _printing(sheet, layout)


def _width(header: str, design: Design, names: Sequence[str]) -> float:
    """As wide as the header and what stands below it, within reason."""
    words = {
        "name": names,
        "kind": [row.kind for row in design.plan],
        "block": [str(row.block or "") for row in design.plan],
        "inputs": [", ".join(getattr(row, "inputs", None) or ()) for row in design.plan],
    }.get(header, [])
    longest = max(map(len, [header, *words]))
    return min(max(longest + MARGIN, WIDTHS.get(header, 8.0)), MOST_WIDTH)


def _scale() -> ColorScaleRule:
    low, high = SCALE
    return ColorScaleRule(start_type="min", start_color=low, end_type="max", end_color=high)


def _verdicts(sheet: Worksheet, layout: Layout) -> None:
    """Figures of the whole are green where they meet a target and red where they miss it."""
    for header, column in layout.figures():
        if header.partition(" ")[0] not in ("rf", "params", "macs"):
            continue
        letters = column_letters(column)
        figure, least, most = (f"{letters}${row}" for row in (2, 3, 4))
        misses = f'OR(AND({least}<>"",{figure}<{least}),AND({most}<>"",{figure}>{most}))'
        asked = f'OR({least}<>"",{most}<>"")'
        cell = f"{letters}2"
        red, green = (PatternFill("solid", bgColor=colour) for colour in (MISSED, MET))
        sheet.conditional_formatting.add(cell, FormulaRule([misses], fill=red, font=Font(bold=True), stopIfTrue=True))
        sheet.conditional_formatting.add(cell, FormulaRule([asked], fill=green, font=Font(bold=True)))


def _lists(sheet: Worksheet, layout: Layout, last: int, design: Design) -> None:
    """Words to choose from; another word gives a warning, for the reader knows more than the formulas of this sheet do."""
    used = {row.kind for row in design.plan}
    words = {
        "kind": [kind for kind in ROWS if kind in COMMON_KINDS | used],
        "conv": [conv for conv in get_args(Convolution) if conv != "transposed" or _has_transposed(design)],
        "padding": ["same", "valid"],
        **{header: ["TRUE", "FALSE"] for header in TRUTHS if header != "scale" or "rescaling" not in used},
        "activation": [*get_args(ActivationName), NO_ACTIVATION],
    }
    for header, known in words.items():
        if header not in layout.columns:
            continue
        style: Literal["information", "warning"] = "information" if header == "padding" else "warning"
        rule = DataValidation(type="list", formula1=f'"{",".join(known)}"', allow_blank=True, errorStyle=style)
        rule.error = (
            "A number of pixels is fine as well."
            if header == "padding"
            else "The formulas of this sheet do not know this word. `tinymodel check` reads it and gives the numbers."
        )
        rule.showErrorMessage = True
        rule.add(f"{layout.cell(header, layout.image_row + 1)}:{layout.cell(header, last)}")
        sheet.add_data_validation(rule)


def _has_transposed(design: Design) -> bool:
    return any(getattr(row, "conv", None) == "transposed" for row in design.plan)


def _printing(sheet: Worksheet, layout: Layout) -> None:
    """On paper: landscape, as wide as a page, the header on each."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{layout.header_row}:{layout.header_row}"
