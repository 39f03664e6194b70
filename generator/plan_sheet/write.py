"""Design → a workbook that a person goes on designing in: the plan with live formulas, its targets, its recipe.

`tinymodel` reads it back without loss (`plan_sheet.read`), but for empty texts, which are blank cells. Values stand beside
the formulas, so that a program which does not recalculate shows them too. The same design gives the same bytes.
"""

from __future__ import annotations

import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from generator.design.fields import Pair
from generator.design.record import Design
from generator.plan_sheet.columns import HEADER_ROW, WHOLE_ROW, Formula, PlanCells, layout_for
from generator.plan_sheet.layout import CLASSES, HELPERS, IMAGE, NOTE, WHOLE, WIDTH, Layout
from generator.plan_sheet.look import dress_plan
from generator.plan_sheet.numbers import OwnNumbers
from generator.plan_sheet.settings import TARGET_ROWS, about_rows, recipe_rows, target_rows
from generator.plan_sheet.styles import Pen, Style, escaped_cell_text, write_settings
from generator.spreadsheet.xlsx.stored_values import bytes_without_stored_values, with_known_values

PLAN, TARGETS, RECIPE, ABOUT = "Plan", "Targets", "Recipe", "About"
DATE = datetime.datetime(2025, 1, 1)
"""Of every file: a workbook that is written again changes no byte."""
HINT = "Blue cells are typed; every number follows from them."
LEAST_ROW, MOST_ROW = 3, 4
LABELS = {WHOLE_ROW: WHOLE, LEAST_ROW: "target: at least", MOST_ROW: "target: at most"}
SETTINGS_WIDTHS = (30, 44)
TARGET_WIDTHS = (18, 14, 14, 14, 14)
WORD_COLUMNS = frozenset({"block", "name", "kind", "inputs", NOTE})
TARGET_OF = {"rf": "rf", "rf width": "rf", "params": "params", "macs": "macs"}
"""By column of numbers, the target that it has to meet."""

Values = dict[str, Any]
"""What formulas show, by their address."""


def design_workbook(design: Design, image_size: Pair | None = None) -> bytes:
    """The workbook of a design, as an .xlsx file.

    Args:
        design: A network that can be.
        image_size: (height, width) in px; the design's own where it is not given.

    Raises:
        InputError: The design describes no network, or `bytes_without_stored_values` has no room.
    """
    if image_size is not None:
        design = design.model_copy(update={"input": design.input.model_copy(update={"image_size": image_size})})
    workbook = Workbook()
    plan = workbook.worksheets[0]
    plan.title = PLAN
    values = _Plan(design, plan).write()
    write_settings(workbook.create_sheet(TARGETS), target_rows(design), TARGET_WIDTHS)
    write_settings(workbook.create_sheet(RECIPE), recipe_rows(design), SETTINGS_WIDTHS)
    write_settings(workbook.create_sheet(ABOUT), about_rows(design), SETTINGS_WIDTHS)
    workbook.properties.creator = "tinymodel"
    workbook.properties.created = DATE
    workbook.calculation.fullCalcOnLoad = True
    return with_known_values(bytes_without_stored_values(workbook), [values], modified=DATE)


class _Plan:
    """Writes the sheet of the plan, and keeps what its formulas show."""

    def __init__(self, design: Design, sheet: Worksheet) -> None:
        self.design, self.sheet, self.pen = design, sheet, Pen(sheet)
        self.layout: Layout = layout_for(design)
        self.cells = PlanCells(design, self.layout)
        self.numbers = OwnNumbers(design, self.layout, [self.cells.line(index) for index in range(len(design.plan))])
        self.values: Values = {}

    def write(self) -> Values:
        """The whole sheet."""
        self._head()
        self._image()
        self._lines()
        dress_plan(self.sheet, self.layout, self.design, self.numbers.names)
        return self.values

    def _formula(self, row: int, column: int, formula: Formula, style: Style, *, bordered: bool = False) -> None:
        self.pen.formula(row, column, formula.text, style, bordered=bordered)
        self.values[self.sheet.cell(row, column).coordinate] = (
            escaped_cell_text(formula.value) if isinstance(formula.value, str) else formula.value
        )

    def _head(self) -> None:
        """Name, classes, and over the columns of numbers the figures of the whole with what they are to reach."""
        self._formula(1, 1, Formula(f"={ABOUT}!B2", self.design.name), "title")
        self.pen.write(WHOLE_ROW, 1, CLASSES, "label")
        self.pen.write(WHOLE_ROW, 2, self.design.classes, "typed")
        self.pen.write(LEAST_ROW, 1, HINT, "hint")
        for header, column in self.layout.columns.items():
            self.pen.write(HEADER_ROW, column, header, "header")
        for row, label in LABELS.items():
            self.pen.write(row, self.layout.columns["size"] - 1, label, "label")
        for number in self.numbers.whole():
            header, column = number.header, number.position[1]
            style: Style = "total" if header in ("channels", "params", "macs") else "label"
            self._formula(*number.position, Formula(str(number.formula), number.right), style)
            if header in TARGET_OF:
                for row, bound in zip((LEAST_ROW, MOST_ROW), self._bounds(TARGET_OF[header]), strict=True):
                    self._formula(row, column, bound, "count")

    def _bounds(self, name: str) -> tuple[Formula, Formula]:
        """What a target asks for at least and at most: blank where it is open."""
        target, row = getattr(self.design.targets, name), TARGET_ROWS[name]
        value, tolerance, least, most = (f"{TARGETS}!{letters}{row}" for letters in "BCDE")
        low, high = target.bounds() if target else (None, None)
        return (
            Formula(f'=IF({value}<>"",{value}-{tolerance},IF({least}<>"",{least},""))', "" if low is None else low),
            Formula(
                f'=IF(({value}<>"")*({tolerance}<>""),{value}+{tolerance},IF({most}<>"",{most},""))',
                "" if high is None else high,
            ),
        )

    def _image(self) -> None:
        row, columns = self.layout.image_row, self.layout.columns
        self.pen.write(row, columns["name"], IMAGE, "word")
        self.pen.write(row, columns["kind"], IMAGE, "word")
        for header in ("size", f"size{WIDTH}", "channels"):
            if header in columns:
                self.pen.write(row, columns[header], self.numbers.figures[IMAGE][header], "image")
        for number in self.numbers.image():
            self.pen.write(*number.position, number.right, _style_of(number.header))

    def _lines(self) -> None:
        before = None
        for index, (row, numbers) in enumerate(zip(self.design.plan, self.numbers.of_lines(), strict=True)):
            begins, before = before is None or before.block != row.block, row
            self._arguments(index, self.cells.line(index), begins)
            for number in numbers:
                style = _style_of(number.header)
                if number.formula is None:
                    self.pen.write(*number.position, number.right, style, bordered=begins)
                else:
                    self._formula(*number.position, Formula(number.formula, number.right), style, bordered=begins)

    def _arguments(self, index: int, line: int, begins: bool) -> None:
        cells, computed = self.cells.of(index), dict(self.layout.figures())
        for header, column in self.layout.columns.items():
            if header in computed:
                continue
            content = cells.get(header)
            style: Style = "word" if header in WORD_COLUMNS else "truth" if isinstance(content, bool) else "typed"
            if isinstance(content, Formula):
                self._formula(line, column, content, "follows", bordered=begins)
            elif content is not None or begins:
                self.pen.write(line, column, content, style, bordered=begins)


def _style_of(header: str) -> Style:
    name = header.removesuffix(WIDTH)
    if name in HELPERS:
        return "helper"
    if name in ("weights", "outputs"):
        return "aside"
    return "count" if header in ("channels", "params", "macs") else "figure"
