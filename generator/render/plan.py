"""The plan of a rendered script: its calls line by line, and behind each line size, jump, rf and params.

The lines are laid out as a table, which a formatter leaves alone between `# fmt: off` and `# fmt: on`.
"""

from __future__ import annotations

import builtins
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from generator.design.record import Design
from generator.network.calls import Call, UnitArguments
from generator.network.expand import row_names
from generator.network.trace import LayerRow, Trace
from generator.render.literals import python_identifier, python_literal
from generator.render.source import Library
from generator.text import plain_text

LINE_LENGTH = 128
INDENT = "    "
HEADINGS = ("size", "jump", "rf", "params")

FRAME_NAMES = frozenset({"x", "inputs", "image_size", "height", "width", "classes", "model", "build_model", "main", "keras"})
"""Names that the frame of the script gives a meaning; no row may take them."""


class Line(NamedTuple):
    """One call as it is written: head, arguments and tail make the statement, `figures` stand behind it."""

    row: str
    head: str
    arguments: tuple[str, ...]
    tail: str
    figures: tuple[str, ...]

    @property
    def code(self) -> str:
        """The statement on one line."""
        return self.head + ", ".join(self.arguments) + self.tail


def unit_names(plan: Iterable[Call]) -> dict[UnitArguments, str]:
    """A name for every kind of unit that a plan uses: `SEPARABLE` for the first separable one, then `SEPARABLE_2`.

    Rows that are made alike share a name, so that the plan says only in what they differ.
    """
    names: dict[UnitArguments, str] = {}
    for call in plan:
        for unit in call.arguments:
            if isinstance(unit, UnitArguments) and unit not in names:
                stem = unit.conv.removesuffix("_conv").upper()
                same = sum(other.conv == unit.conv for other in names)
                names[unit] = python_identifier(f"{stem}_{same + 1}" if same else stem)
    return names


def rendered_plan_lines(
    design: Design, plan: Sequence[Call], traced: Trace, library: Library, units: Mapping[UnitArguments, str]
) -> list[Line]:
    """The calls as they are written. Rows that others name in `inputs` get a variable, all others share `x`."""
    reserved = {*FRAME_NAMES, *library.names, *units.values(), *dir(builtins), "layers"}
    kept = {name for row in design.plan for name in getattr(row, "inputs", None) or ()}
    rows = {row.name: row for row in traced.rows}
    variables = {"input": "inputs"}
    lines = []
    for call, following in zip(plan, [*plan[1:], None], strict=True):
        ends_row = following is None or following.row != call.row
        target = _variable(call.row, reserved) if ends_row and call.row in kept else "x"
        sources = [variables[name] for name in call.inputs]
        lines.append(_line(call, target, sources, library, units, _figures([rows[name] for name in call.layers])))
        variables[call.layers[-1]] = target
    return lines


def _variable(row: str, reserved: set[str]) -> str:
    """A row's name as the name of a variable; one more `_` where the name has a meaning or a row already."""
    name = python_identifier(row)
    while name in reserved:
        name += "_"
    reserved.add(name)
    return name


def _line(
    call: Call,
    target: str,
    sources: list[str],
    library: Library,
    units: Mapping[UnitArguments, str],
    figures: tuple[str, ...],
) -> Line:
    positional = [_argument(value, units) for value in call.arguments]
    defaults = {} if call.is_layer else library.defaults(call.function)
    keywords = [
        f"{python_identifier(key)}={python_literal(value)}"
        for key, value in call.keywords.items()
        if key not in defaults or defaults[key] != value
    ]
    function, name = python_identifier(call.function), f"name={python_literal(call.name)}"
    if not call.is_layer:
        return Line(call.row, f"{target} = {function}(", (*sources, *positional, *keywords, name), ")", figures)
    made = f"{target} = layers.{function}({', '.join([*positional, *keywords, name])})("
    if len(sources) > 1:
        return Line(call.row, f"{made}[", tuple(sources), "])", figures)
    return Line(call.row, made, tuple(sources), ")", figures)


def _argument(value: Any, units: Mapping[UnitArguments, str]) -> str:
    if isinstance(value, UnitArguments):
        return units[value]
    return "classes" if value == "classes" else python_literal(value)


def _figures(rows: Sequence[LayerRow]) -> tuple[str, ...]:
    last = rows[-1]
    params = f"{sum(row.cost.params for row in rows):,}"
    if not last.spatial:
        return "-", "-", "-", params
    both = (last.height, last.width)
    return (*(_both(getattr(axis, field) for axis in both) for field in ("size", "jump", "rf")), params)


def _both(axes: Iterable[object]) -> str:
    """One number where both axes agree, else height x width."""
    height, width = axes
    return f"{height}" if height == width else f"{height}x{width}"


def rendered_plan_layout(design: Design, lines: Sequence[Line]) -> str:
    """The lines as a table: blocks under their titles, notes above their rows, figures in columns."""
    widths = [max(map(len, column)) for column in zip(HEADINGS, *(line.figures for line in lines), strict=True)]
    comments = ["#  " + "  ".join(map(str.rjust, line.figures, widths)) for line in lines]
    room = LINE_LENGTH - 2 - len(comments[0])
    texts = [_wrapped(line, room) for line in lines]
    edge = max(len(text[-1]) for text in texts) + 2
    headings = "  ".join(map(str.rjust, HEADINGS, widths))
    written = [f"{INDENT}#".ljust(edge + 3) + headings]
    by_name = dict(zip(row_names(design), design.plan, strict=True))
    titled = object()
    for name, group in groupby(zip(lines, texts, comments, strict=True), key=lambda item: item[0].row):
        row = by_name[name]
        if row.block != titled:
            written += [""] if len(written) > 1 else []
            written += [f"{INDENT}# {_title(row.block)}"] if row.block is not None else []
            titled = row.block
        written += [f"{INDENT}# {textwrap.shorten(plain_text(row.note), 100)}"] if row.note else []
        for _, text, comment in group:
            written += [*text[:-1], text[-1].ljust(edge) + comment]
    return "\n".join(written)


def _title(block: int | str) -> str:
    title = textwrap.shorten(plain_text(str(block)), 100)
    return f"Block {title}" if title.isdecimal() else title


def _wrapped(line: Line, room: int) -> list[str]:
    """The statement on one line where it fits, else its arguments on lines of their own."""
    if len(INDENT + line.code) <= room:
        return [INDENT + line.code]
    inner = textwrap.wrap(
        ", ".join(line.arguments) + ",",
        LINE_LENGTH,
        initial_indent=2 * INDENT,
        subsequent_indent=2 * INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [INDENT + line.head, *inner, INDENT + line.tail]
