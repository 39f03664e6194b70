"""Every number of a sheet of ours: what is right in each cell, and the formula that gives it.

The writer writes them, the check holds the sheet against them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from generator.design.record import Design
from generator.design.rows import Conv, Row, Upsample
from generator.geometry.axis import Exact, effective_kernel, whole_if_exact
from generator.network.expand import expand, row_names
from generator.network.trace import Trace, exact_number, trace
from generator.plan_sheet.figures import figures_of, final_figures
from generator.plan_sheet.formulas import GLOBAL_KINDS, LineFormulas, uses_of_formulas
from generator.plan_sheet.layout import HELPERS, IMAGE, WIDTH, Layout, argument_of
from generator.plan_sheet.read import OwnPlan
from generator.sheet.amounts import same_amount
from generator.spreadsheet.cells import Position
from generator.spreadsheet.reference import Reference

FIXED_OF_IMAGE: Mapping[str, int] = {"rf": 1, "jump": 1, "base": 1, "grid": 1, "reach": 0}


class OwnNumber(NamedTuple):
    """A cell of numbers: its column, its place, what is right there, and the formula that gives it, if there is one."""

    header: str
    position: Position
    right: int | float
    formula: str | None

    @property
    def cell(self) -> Reference:
        """The cell."""
        return Reference(*self.position)


class _Spread(NamedTuple):
    """The numbers of `HELPERS`."""

    base: Fraction
    grid: Fraction
    reach: Fraction

    @property
    def rf(self) -> Fraction:
        """What the formula of the rf makes of them."""
        return self.base + self.grid * -(-self.reach // self.grid)


class OwnNumbers:
    """The numbers of a design in a sheet.

    Args:
        design: A network that can be.
        layout: The columns of the sheet.
        lines: The sheet's row of every row of the plan.

    Raises:
        InputError: It cannot be.
    """

    def __init__(self, design: Design, layout: Layout, lines: Sequence[int]) -> None:
        self.design, self.layout, self.lines = design, layout, lines
        graph = expand(design)
        self.trace: Trace = trace(graph)
        self.figures = figures_of(graph, self.trace)
        self.names = row_names(design)
        self.rows = {IMAGE: layout.image_row} | dict(zip(self.names, lines, strict=True))
        last_layers = {row.row: row for row in self.trace.rows}
        self.pooled = {name for name, row in last_layers.items() if row.pooled}

    def whole(self) -> Iterator[OwnNumber]:
        """The figures of the whole, over the header."""
        if self.layout.whole_row is None:
            return
        whole, last_map = final_figures(self.trace), self.rows[self.trace.final.row]
        for header, column in self.layout.whole_figures():
            formula = self.layout.whole_formula(header, last_map, self.lines[-1])
            yield OwnNumber(header, (self.layout.whole_row, column), whole[header], formula)

    def image(self) -> Iterator[OwnNumber]:
        """The numbers of the image that nobody chooses."""
        for header, column in self.layout.figures():
            name = header.removesuffix(WIDTH)
            if name in FIXED_OF_IMAGE:
                yield OwnNumber(header, (self.layout.image_row, column), FIXED_OF_IMAGE[name], None)

    def of_lines(self) -> Iterator[list[OwnNumber]]:
        """The numbers of every row of the plan."""
        uses, before = uses_of_formulas(self.design), IMAGE
        spreads = {axis: {IMAGE: _Spread(Fraction(1), Fraction(1), Fraction(0))} for axis in self.layout.axes}
        for row, name, line in zip(self.design.plan, self.names, self.lines, strict=True):
            named = list(getattr(row, "inputs", None) or (before,))
            sources = [source for source in named if source not in self.pooled] or named
            reads, gates = ([self.rows[name] for name in named if (name in sources) == placed] for placed in (True, False))
            formulas = LineFormulas(self.layout, uses, line, reads, gates, row.kind).all()
            figures = dict(self.figures[name])
            if uses.enlarging:
                for number, axis in enumerate(self.layout.axes):
                    spread = self._spread(row, sources, number, axis, spreads[axis])
                    spreads[axis][name] = spread
                    figures |= {
                        helper + axis: exact_number(whole_if_exact(value))
                        for helper, value in zip(HELPERS, spread, strict=True)
                    }
                    if not same_amount(self._by_formula(sources, axis, spread), figures["rf" + axis]):
                        formulas["rf" + axis] = None  # Found only by following the units one by one.
            yield [
                OwnNumber(header, (line, column), figures[header], formulas[header]) for header, column in self.layout.figures()
            ]
            before = name

    def _by_formula(self, sources: Sequence[str], axis: str, spread: _Spread) -> Exact | float:
        """What the formula of the rf gives, on right inputs."""
        return spread.rf if len(sources) == 1 else max(self.figures[source]["rf" + axis] for source in sources)

    def _spread(self, row: Row, sources: Sequence[str], number: int, axis: str, known: Mapping[str, _Spread]) -> _Spread:
        """What the formulas of `HELPERS` give, on right inputs."""
        source = max(sources, key=lambda name: self.figures[name]["rf" + axis])
        entering, read = self.figures[source], known[source]
        first = self.figures[sources[0]]
        jump = Fraction(entering["jump" + axis]).limit_denominator(10**6)
        step = _step(row, number, first["size" + axis]) * Fraction(first["jump" + axis]).limit_denominator(10**6)
        if jump < read.grid:
            return read._replace(reach=read.reach + step)
        begins = isinstance(row, Upsample) or (isinstance(row, Conv) and row.conv == "transposed")
        return _Spread(Fraction(entering["rf" + axis]), jump if begins else Fraction(1), step)


def numbers_of_plan_sheet(plan: OwnPlan, design: Design) -> list[OwnNumber]:
    """Every cell of numbers of a sheet that was read.

    Raises:
        InputError: The design cannot be.
    """
    numbers = OwnNumbers(design, plan.layout, [line.row for line in plan.lines])
    return [*numbers.whole(), *numbers.image(), *(number for line in numbers.of_lines() for number in line)]


def _step(row: Row, number: int, size: int | float) -> Fraction:
    """How far a row reaches beyond what it reads, in units of what it reads."""

    def of_axis(header: str) -> int:
        key = argument_of(type(row), header)
        value = getattr(row, key) if key else None
        return int(value[number]) if value is not None else 1

    if row.kind in GLOBAL_KINDS:
        return Fraction(size) - 1
    if isinstance(row, Upsample):
        return Fraction(row.interpolation == "bilinear" and row.size[number] > 1)
    beyond, strides = effective_kernel(of_axis("kernel_size"), of_axis("dilation_rate")) - 1, of_axis("strides")
    if isinstance(row, Conv) and row.conv == "transposed":
        return Fraction(beyond + 1 - strides, strides)
    return Fraction(beyond * (1 + (getattr(row, "convolutions", 1) - 1) * strides))
