"""A sheet that this project wrote → the plain data of its design, cell by cell: nothing is guessed, nothing is passed over.

A blank cell says nothing, as a key that is left out in YAML; a cell that its kind has no use for is an error.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from generator.design.fields import one_or_both
from generator.design.parse import DesignProblems, Path, Problem, dotted
from generator.design.rows import ROWS, Pool, Rescaling, Row
from generator.errors import InputError, combined_error, did_you_mean, show
from generator.plan_sheet.layout import ARGUMENTS, IMAGE, NAME_GIVEN, NOTE, PADDING_END, WIDTH, Layout, argument_of
from generator.spreadsheet.cells import Position, Sheet
from generator.spreadsheet.formula import FormulaError, Value, parse_formula
from generator.spreadsheet.reference import Range, Reference, reference_address

NO_ACTIVATION = "none"
SHOWN: Mapping[tuple[str, str], Value] = {
    ("dense_block", "padding"): "same",
    ("residual_block", "padding"): "same",
    ("bottleneck", "padding"): "same",
    ("inverted_residual", "padding"): "same",
    ("squeeze_excite", "use_bias"): True,
    ("batch_norm", "batch_norm"): True,
}
"""By kind and column, what is always so: written because the formulas read it, and read only to see that nobody changed it."""
_PAIR = re.compile(r"(\d{1,6})\s*[x\u00d7*,]\s*(\d{1,6})")


class Line(NamedTuple):
    """A row of the plan: the sheet's row, and what it says."""

    row: int
    data: dict[str, Any]
    cells: dict[str, Position]
    """Where each key stands."""


class OwnPlan(NamedTuple):
    """What a sheet of ours says.

    Attributes:
        sheet: The sheet.
        layout: Its columns.
        lines: Its rows of the plan.
        data: The keys of a design that it holds: `input`, `classes`, `plan`.
    """

    sheet: Sheet
    layout: Layout
    lines: tuple[Line, ...]
    data: dict[str, Any]

    @property
    def area(self) -> Range:
        """The rectangle from the header to the last line."""
        right = max(self.layout.columns.values())
        return Range(self.layout.header_row, 1, self.lines[-1].row, right)

    def cell_of_row(self, index: int) -> str:
        """The cell that says the kind of a row of the plan."""
        return reference_address(self.lines[index].row, self.layout.columns["kind"])


def read_own_plan(sheet: Sheet, layout: Layout, place: str) -> OwnPlan:
    """Reads a sheet of ours.

    Args:
        sheet: The sheet.
        layout: Its columns, by `layout_of`.
        place: `file#sheet!`, for messages: what stands before the address of a cell.

    Raises:
        InputError: A cell that a design cannot have, with its place.
    """
    reader = _Reader(sheet, layout, place)
    lines = tuple(_named(list(reader.lines()), reader))
    if not lines:
        raise InputError("the plan has no rows", place=place.rstrip("#!"), help="write a kind into the row below the image's")
    return OwnPlan(sheet, layout, lines, {**reader.head(), "plan": [line.data for line in lines]})


def plan_problems_at_cells(problems: DesignProblems, plan: OwnPlan, place: str) -> InputError:
    """All problems of a design as one error, each with the cell that it is about."""
    return combined_error([_located(problem, plan, place) for problem in problems.problems], place.rstrip("#!"))


def _located(problem: Problem, plan: OwnPlan, place: str) -> InputError:
    cell = _cell_of(problem.path, plan)
    given = {} if problem.received is None else {"received": problem.received}
    where = f"{place}{cell}" if cell else place.rstrip("#!")
    key = "" if cell else f"{dotted(problem.path)}: "  # It stands in a sheet of settings.
    return InputError(f"{key}{problem.fact}", place=where, expected=problem.expected, help=problem.help, **given)


def _cell_of(path: Path, plan: OwnPlan) -> str:
    match path:
        case ("plan", int(index), *keys):
            line = plan.lines[index]
            first = str(keys[0]) if keys else "kind"
            return reference_address(*line.cells[first]) if first in line.cells else plan.cell_of_row(index)
        case ("input", key, *_):
            return plan.layout.cell("channels" if key == "channels" else "size", plan.layout.image_row)
        case ("classes",) if plan.layout.classes:
            return reference_address(*plan.layout.classes)
    return ""


class _Reader:
    def __init__(self, sheet: Sheet, layout: Layout, place: str) -> None:
        self.sheet, self.layout, self.place = sheet, layout, place

    def head(self) -> dict[str, Any]:
        """The image, and the number of classes."""
        row = self.layout.image_row
        if self.value("kind", row) != IMAGE:
            where = self._place("kind", row)
            raise InputError("the first row is not the image's", place=where, expected=f'"{IMAGE}"')
        size = self._pair("size", row)
        classes = self.sheet.value(*self.layout.classes) if self.layout.classes else None
        data = {"input": {"image_size": size, "channels": self.value("channels", row)}}
        return {**data, **({} if classes is None else {"classes": classes})}

    def value(self, header: str, row: int) -> Value:
        """What a cell says; None for a blank one and for a column that is not there."""
        number = self.layout.columns.get(header)
        return None if number is None else self.sheet.value(row, number)

    def _place(self, header: str, row: int) -> str:
        return f"{self.place}{self.layout.cell(header, row)}"

    def text(self, header: str, row: int) -> str:
        number = self.layout.columns.get(header)
        return "" if number is None else self.sheet.text(row, number)

    def lines(self) -> Iterator[Line]:
        """Every row that says a kind. Rows without one may hold a remark or a total, no argument."""
        for row in range(self.layout.image_row + 1, self.sheet.last_row + 1):
            kind = self.text("kind", row)
            if kind:
                yield self._line(row, kind)
            elif stray := next((header for header in ARGUMENTS if self.value(header, row) is not None), None):
                where = self._place("kind", row)
                raise InputError(f"a row with {stray} has no kind", place=where, help=did_you_mean("", ROWS))

    def _line(self, row: int, kind: str) -> Line:
        record = ROWS.get(kind)
        if record is None:
            where = self._place("kind", row)
            raise InputError(f"unknown kind {show(kind)}", place=where, help=did_you_mean(kind, ROWS))
        line = Line(row, {"kind": kind}, {"kind": (row, self.layout.columns["kind"])})
        if (inputs := self.value("inputs", row)) not in (None, ""):
            names = [name.strip() for name in inputs.split(",")] if isinstance(inputs, str) else [inputs]
            self._say(line, "inputs", "inputs", names)
        for header in ("block", NOTE):
            if (value := self.value(header, row)) is not None:
                self._say(line, header, header, value)
        for header in ARGUMENTS:
            if header in self.layout.columns:
                self._argument(line, record, header)
        return line

    def _say(self, line: Line, key: str, header: str, value: Any) -> None:
        line.data[key] = value
        line.cells[key] = (line.row, self.layout.columns[header])

    def _argument(self, line: Line, record: type[Row], header: str) -> None:
        value, key = self.value(header, line.row), argument_of(record, header)
        if value is None or value == "":
            return
        if key is None:
            self._expect_nothing(line, header, value)
        elif header in ("kernel_size", "strides", "dilation_rate"):
            if not (header == "strides" and issubclass(record, Pool) and self._formula(header, line.row)):
                self._say(line, key, header, self._pair(header, line.row))
        elif header == "padding":
            self._say(line, key, header, self._margins(line.row))
        elif header == "filters" and self._is_classes(line.row):
            self._say(line, key, header, "classes")
        elif header == "activation" and value == NO_ACTIVATION:
            self._say(line, key, header, None)
        elif record is Rescaling:
            self._say(line, key, header, _factors(value))
        else:
            is_truth = record.model_fields[key].annotation is bool
            self._say(line, key, header, _truth(value) if is_truth else value)

    def _expect_nothing(self, line: Line, header: str, value: Value) -> None:
        kind = str(line.data["kind"])
        if (kind, header) in SHOWN and _truth(value) == SHOWN[kind, header]:
            return
        where = self._place(header, line.row)
        if (kind, header) in SHOWN:
            shown = str(SHOWN[kind, header]).upper() if SHOWN[kind, header] is True else f'"{SHOWN[kind, header]}"'
            raise InputError(f"the {header} of {kind} cannot be changed", place=where, received=value, expected=shown)
        raise InputError(f"{kind} takes no {header}", place=where, received=value, help="clear the cell")

    def _formula(self, header: str, row: int) -> str | None:
        cell = self.sheet.cells.get((row, self.layout.columns[header]))
        return cell.formula if cell else None

    def _is_classes(self, row: int) -> bool:
        """Whether filters are as many as the design has classes: the word, or a formula that names their cell alone."""
        formula = self._formula("filters", row)
        if formula is None:
            return self.text("filters", row) == "classes"
        try:
            node = parse_formula(formula)
        except FormulaError:
            return False
        return isinstance(node, Reference) and node.sheet in (None, self.sheet.title) and node[:2] == self.layout.classes

    def _pair(self, header: str, row: int) -> Any:
        """One number, or [height, width]: of two columns, or of a text `1x5`."""
        height, width = (_numbers(self.value(header + axis, row)) for axis in ("", WIDTH))
        if width is None or width == height or isinstance(height, list):
            return height
        return [height, width]

    def _margins(self, row: int) -> Any:
        """A word, one number of pixels, or [[top, bottom], [left, right]]."""
        start = self.value("padding", row)
        if isinstance(start, str):
            return _numbers(start)
        sides = []
        for axis in ("", WIDTH) if f"padding{WIDTH}" in self.layout.columns else ("",):
            before = self.value(f"padding{axis}", row)
            after = self.value(PADDING_END + axis, row) if PADDING_END in self.layout.columns else before
            sides.append([0 if number is None else number for number in (before, after)])
        return sides * 2 if len(sides) == 1 else sides


def _numbers(value: Value) -> Any:
    """A cell's number, or the two of a text such as `1x5`; any other text as it is.

    >>> _numbers(3), _numbers("1x5"), _numbers("3 x 3"), _numbers("same")
    (3, [1, 5], 3, 'same')
    """
    if not isinstance(value, str):
        return value
    text = value.strip()
    pair = _PAIR.fullmatch(text)
    if pair is None:
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else text
    return one_or_both((int(pair[1]), int(pair[2])))


def _factors(value: Value) -> Any:
    """A number, or the numbers of a text such as `0.5, 1, 2`; any other text as it is.

    >>> _factors(0.5), _factors("0.5, 1e-3"), _factors("half")
    (0.5, [0.5, 0.001], 'half')
    """
    if not isinstance(value, str):
        return value
    try:
        numbers = [float(part) for part in value.split(",")]
    except ValueError:
        return value
    return numbers if len(numbers) > 1 else numbers[0]


def _truth(value: Value) -> Value:
    """TRUE and FALSE as text, as programs without truth values write them, or 1 and 0."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower(), value)
    return bool(value) if value in (0, 1) else value


def _named(lines: list[Line], reader: _Reader) -> Iterator[Line]:
    """The lines with their names, but for names that they have by themselves: their kind and its number."""
    given: list[Any] = [reader.value("name", line.row) for line in lines]
    given = [name.strip() if isinstance(name, str) else name for name in given]
    taken, counts = set(given), Counter[str]()
    for line, name in zip(lines, given, strict=True):
        kind = str(line.data["kind"])
        own = f"{kind}_{counts[kind]}"
        counts[kind] += 1
        if not name and own in taken:
            # A row that was put in between: its own name is that of a row below it.
            name = next(free for number in range(len(lines) + 1) if (free := f"{kind}_{number}") not in taken)
            taken.add(name)
        if name and (name != own or _truth(reader.value(NAME_GIVEN, line.row)) is True):
            reader._say(line, "name", "name", name)
        yield line
