"""Claimed values and what they should be: every cell of a table that says something about a layer.

A claim carries the right value (the whole way from the image) and its step (from the claimed inputs of its own row), so that
whoever judges can tell a cell that is wrong by itself from one that only inherits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from generator import geometry
from generator.cost import cost_of
from generator.fields import Pair
from generator.geometry import Axis, Exact, Impossible, effective_kernel, plain
from generator.graph import LayerKind
from generator.read_sheet.chain import Step, axis_padding, window_of
from generator.read_sheet.formula import Value
from generator.read_sheet.headers import Field
from generator.read_sheet.labels import shape_in
from generator.read_sheet.layers import ConvolutionKind, SheetRow
from generator.read_sheet.workbook import Position, Sheet

ClaimField = Field | Literal["params_total"]
Amount = Exact | float | tuple[Exact | float, Exact | float]
"""A number, or (height, width) where the axes differ."""


_WORKED_OUT = re.compile(r"\d\s*=\s*(\d{1,12})\s*$")
"""Arithmetic in words, with its result: `3+2x1=5`."""


class Claim(NamedTuple):
    """What one cell says.

    Attributes:
        claimed: The number in the cell; None where it is blank.
        right: What it should be; None where that cannot be known.
        step: What it should be on the claimed inputs of its row; None where they are not known.
        sources: The claimed cells that its step reads.
        row_index: Index of the row in the table's rows; None for a total.
    """

    position: Position
    field: ClaimField
    claimed: Amount | None
    right: Amount | None
    step: Amount | None
    sources: tuple[Position, ...]
    row_index: int | None


class CountRule(NamedTuple):
    """How a table counts parameters: of which convolution, how many a row, with bias, with batch normalisation."""

    conv: ConvolutionKind = "standard"
    convolutions: int = 1
    use_bias: bool = True
    batch_norm: bool = False


def amount_in(value: Value) -> Amount | None:
    """The number that a cell claims, or None.

    >>> amount_in(16.5), amount_in("32x32x64"), amount_in("57x6"), amount_in("3+2x1=5"), amount_in("-")
    (16.5, 32, (57, 6), 5, None)
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        worked_out = _WORKED_OUT.search(value)
        if worked_out:
            return int(worked_out[1])
        cleaned = value.strip().replace(",", "") if value.strip().replace(",", "").isdigit() else value
        shape = shape_in(cleaned)
        return collapse(shape[0]) if shape else None
    return None


def collapse(pair: tuple[Any, Any]) -> Any:
    """One number where both axes agree.

    >>> collapse((3, 3)), collapse((57, 6))
    (3, (57, 6))
    """
    return pair[0] if pair[0] == pair[1] else pair


def both_axes(amount: Amount) -> tuple[Any, Any]:
    """An amount as (height, width)."""
    return amount if isinstance(amount, tuple) else (amount, amount)


def same_amount(left: Amount | None, right: Amount | None) -> bool:
    """Equal as a person would say: exactly for whole numbers, to nine digits for fractions."""
    if left is None or right is None:
        return left is right
    return all(_same_number(first, second) for first, second in zip(both_axes(left), both_axes(right), strict=True))


def _same_number(left: Exact | float, right: Exact | float) -> bool:
    if isinstance(left, int) and isinstance(right, int):
        return left == right
    first, second = float(left), float(right)
    return abs(first - second) <= 1e-9 * max(1.0, abs(second))


def row_params(row: SheetRow, rule: CountRule, channels_in: int | None) -> int | None:
    """Parameters of a row under a rule; None where its channels are not known."""
    if row.is_pool or row.kind in ("input", "upsample", "flatten", "softmax"):
        return 0
    if row.filters is None or channels_in is None:
        return None
    if row.kind == "dense":
        return cost_of("dense", {"use_bias": rule.use_bias}, channels_in, row.filters, 1, 1).params
    kernel, _, _ = window_of(row)
    repeats = rule.convolutions if row.kind == "conv" and kernel != (1, 1) else 1
    conv = row.conv or (rule.conv if kernel != (1, 1) else "standard")
    kinds: dict[str, LayerKind] = {"standard": "conv", "separable": "separable_conv", "depthwise": "depthwise_conv"}
    kind = "transposed_conv" if row.kind == "transposed" else kinds[conv]
    groups = row.groups if channels_in % row.groups == 0 else 1
    total = 0
    for repeat in range(repeats):
        entering = channels_in if repeat == 0 else row.filters
        arguments = {"kernel_size": kernel, "use_bias": rule.use_bias, "groups": groups}
        total += cost_of(kind, arguments, entering, row.filters, 1, 1).params + 4 * row.filters * rule.batch_norm
    return total


class ClaimReader:
    """Reads the claims of a table's columns, column by column, once its conventions are known.

    Args:
        sheet: The sheet.
        rows: The rows that are layers, in order.
        columns: Column numbers of each field.
        widths: For a column of heights that of the widths: its claims are pairs.
    """

    def __init__(
        self,
        sheet: Sheet,
        rows: Sequence[SheetRow],
        columns: Mapping[Field, tuple[int, ...]],
        widths: Mapping[int, int] | None = None,
    ) -> None:
        self.sheet = sheet
        self.widths = widths or {}
        self.rows = rows
        self.columns = columns

    def claimed(self, index: int, number: int) -> Amount | None:
        """The number in a column at a row; index -1 stands above the first row, where nothing is claimed."""
        if index < 0:
            return None
        height = amount_in(self.sheet.value(self.rows[index].row, number))
        if number not in self.widths:
            return height
        width = amount_in(self.sheet.value(self.rows[index].row, self.widths[number]))
        return None if height is None or width is None else (both_axes(height)[0], both_axes(width)[0])

    def split(self, claim: Claim) -> list[Claim]:
        """A claim of a pair of columns as one for each cell; any other as it is."""
        if claim.position[1] not in self.widths:
            return [claim]
        parts = []
        for axis in (0, 1):
            position, *sources = (self._of_axis(place, axis) for place in (claim.position, *claim.sources))
            claimed, right, step = (_axis_of(amount, axis) for amount in (claim.claimed, claim.right, claim.step))
            parts.append(Claim(position, claim.field, claimed, right, step, tuple(sources), claim.row_index))
        return parts

    def _of_axis(self, position: Position, axis: int) -> Position:
        return (position[0], self.widths.get(position[1], position[1])) if axis else position

    def earlier(self, index: int, number: int) -> tuple[Amount | None, tuple[Position, ...]]:
        """The nearest number above a row in a column, with its cell."""
        for above in range(index - 1, -1, -1):
            found = self.claimed(above, number)
            if found is not None:
                return found, ((self.rows[above].row, number),)
        return None, ()

    def source(self, index: int, here: Field, above: Field) -> tuple[Amount | None, tuple[Position, ...]]:
        """What a row reads: its own `here` cell, else the last `above` cell over it."""
        for number in self.columns.get(here, ()):
            found = self.claimed(index, number)
            if found is not None:
                return found, ((self.rows[index].row, number),)
        numbers = self.columns.get(above, ())
        return self.earlier(index, numbers[-1]) if numbers else (None, ())

    def _has_own(self, index: int, field: Field) -> bool:
        return any(self.claimed(index, number) is not None for number in self.columns.get(field, ()))

    def copies(self, field: Field, number: int, above: Field, right: Sequence[Amount | None]) -> list[Claim]:
        """A column that repeats the output column of the row above: input size, input jump, rf in, input channels."""
        outputs = self.columns.get(above, ())
        claims = []
        for index, value in enumerate(right):
            step, sources = self.earlier(index, outputs[-1]) if outputs else (None, ())
            factor = self.rows[index].upsampled
            if step is not None and factor > 1 and field in ("input_size", "jump_in"):
                scale = Fraction(factor) if field == "input_size" else Fraction(1, factor)
                step = _scaled(step, (scale, scale))  # type: ignore[arg-type]
            claims.append(self._claim(index, number, field, value, value if step is None else step, sources))
        return claims

    def inputs(
        self,
        field: Field,
        number: int,
        right: Sequence[Amount | None],
        steps: Sequence[Step],
        default_padding: str,
        repeats: Sequence[int],
    ) -> list[Claim]:
        """An input column that stands without its output column: every cell goes on from the one above by that row's step."""
        claims = []
        for index, value in enumerate(right):
            entering, sources = self.earlier(index, number)
            stepped: Amount | None = None
            if entering is not None:
                stepped = entering
                for between in range(self._index_of(sources[0]), index):
                    stepped, more = self._through(field, between, stepped, steps, default_padding, repeats)
                    sources += more
            claims.append(self._claim(index, number, field, value, value if stepped is None else stepped, sources))
        return claims

    def _index_of(self, position: Position) -> int:
        return next(index for index, row in enumerate(self.rows) if row.row == position[0])

    def _through(
        self,
        field: Field,
        index: int,
        entering: Amount | None,
        steps: Sequence[Step],
        default_padding: str,
        repeats: Sequence[int],
    ) -> tuple[Amount | None, tuple[Position, ...]]:
        if entering is None:
            return None, ()
        if field == "input_size":
            return size_step(self.rows[index], entering, default_padding, repeats[index]), ()
        if field == "jump_in":
            return _scaled(entering, _jump_scale(steps[index])), ()
        jump, sources = self.source(index, "jump_in", "jump")
        if jump is None:
            jump = collapse((steps[index].before.height.jump, steps[index].before.width.jump))
        return rf_step(self.rows[index], steps[index], entering, jump, repeats[index]), sources

    def counts(self, number: int, right: Sequence[int | None], rule: CountRule) -> list[Claim]:
        """The column of parameters: a step counts on the claimed channels of its row's input."""
        claims = []
        for index, value in enumerate(right):
            entering, sources = self.source(index, "channels_in", "channels")
            says = isinstance(entering, int) and entering > 0 and self.rows[index].kind != "dense"
            step = row_params(self.rows[index], rule, entering) if says else value  # type: ignore[arg-type]
            claims.append(self._claim(index, number, "params", value, step, sources if says else ()))
        return claims

    def sizes(self, number: int, steps: Sequence[Step], default_padding: str, repeats: Sequence[int]) -> list[Claim]:
        """The column of output sizes."""
        claims = []
        for index, step in enumerate(steps):
            right = collapse((step.after.height.size, step.after.width.size)) if step.after.size_known else None
            entering, sources = self.source(index, "input_size", "size")
            if entering is not None and not self._has_own(index, "input_size"):
                entering = collapse(tuple(axis * self.rows[index].upsampled for axis in both_axes(entering)))
            value = right if entering is None else size_step(self.rows[index], entering, default_padding, repeats[index])
            claims.append(self._claim(index, number, "size", right, value, sources))
        return claims

    def jumps(self, number: int, steps: Sequence[Step]) -> list[Claim]:
        """The column of output jumps."""
        claims = []
        for index, step in enumerate(steps):
            right = collapse((step.after.height.jump, step.after.width.jump))
            entering, sources = self.source(index, "jump_in", "jump")
            scale = _jump_scale(step)
            if not self._has_own(index, "jump_in"):
                scale = (scale[0] / Fraction(self.rows[index].upsampled), scale[1] / Fraction(self.rows[index].upsampled))  # type: ignore[assignment]
            value = right if entering is None else _scaled(entering, scale)
            claims.append(self._claim(index, number, "jump", right, value, sources))
        return claims

    def receptive_fields(self, number: int, steps: Sequence[Step], repeats: Sequence[int]) -> list[Claim]:
        """A column of output receptive fields under its own convention of convolutions a row."""
        claims = []
        for index, step in enumerate(steps):
            right = collapse((step.after.height.rf, step.after.width.rf))
            entering, sources = self.source(index, "rf_in", "rf_out")
            if not self.columns.get("rf_in"):
                entering, sources = self.earlier(index, number)
            jump, jump_sources = self.source(index, "jump_in", "jump")
            if jump is None:
                jump = collapse((step.before.height.jump, step.before.width.jump))
            value = right if entering is None else rf_step(self.rows[index], step, entering, jump, repeats[index])
            claims.append(self._claim(index, number, "rf_out", right, value, (*sources, *jump_sources)))
        return claims

    def values(self, number: int, field: Field, right: Sequence[Amount | None], steps: Sequence[Amount | None]) -> list[Claim]:
        """A column whose right values and steps are known already."""
        return [
            self._claim(index, number, field, value, step, ())
            for index, (value, step) in enumerate(zip(right, steps, strict=True))
        ]

    def _claim(
        self, index: int, number: int, field: Field, right: Amount | None, step: Amount | None, sources: tuple[Position, ...]
    ) -> Claim:
        return Claim((self.rows[index].row, number), field, self.claimed(index, number), right, step, sources, index)


def _axis_of(amount: Amount | None, axis: int) -> Amount | None:
    return None if amount is None else both_axes(amount)[axis]


def _scaled(entering: Amount, scale: Pair) -> Amount:
    height, width = (plain_product(axis, factor) for axis, factor in zip(both_axes(entering), scale, strict=True))
    scaled: Amount = collapse((height, width))
    return scaled


def plain_product(left: Exact | float, right: Exact) -> Exact | float:
    """A product that stays whole where it is whole."""
    product = left * right
    return plain(product) if isinstance(product, int | Fraction) else product


def _jump_scale(step: Step) -> Pair:
    axes = ((step.before.height, step.after.height), (step.before.width, step.after.width))
    height, width = (plain(Fraction(after.jump) / before.jump) for before, after in axes)
    return height, width  # type: ignore[return-value]


def size_step(row: SheetRow, entering: Amount, default_padding: str, repeats: int) -> Amount | None:
    """The size behind a row for a claimed size before it; fractions go on as fractions, as they do in a sheet."""
    sizes = [_axis_size(row, float(size), index, default_padding, repeats) for index, size in enumerate(both_axes(entering))]
    return None if None in sizes else collapse((sizes[0], sizes[1]))


def _axis_size(row: SheetRow, size: float, index: int, default_padding: str, repeats: int) -> int | float | None:
    if not row.has_window:
        factor = (row.strides or row.kernel_size or (2, 2))[index] if row.kind == "upsample" else 1
        return _whole(size * factor)
    kernel, strides, dilation = (pair[index] for pair in window_of(row))
    padding = axis_padding(row.padding, index, default_padding if not row.is_pool else "valid")
    if not float(size).is_integer():
        if isinstance(padding, str):
            return size / strides
        return (size + sum(padding) - effective_kernel(kernel, dilation)) / strides + 1
    axis = Axis(int(size))
    try:
        for repeat in range(1 if row.is_pool else max(repeats, 1)):
            stride = strides if repeat == 0 else 1
            arguments = (axis, kernel, stride, padding, dilation)
            axis = geometry.transposed(*arguments) if row.kind == "transposed" else geometry.window(*arguments)
    except Impossible:
        return None
    return axis.size


def rf_step(row: SheetRow, step: Step, entering: Amount, jump: Amount, repeats: int) -> Amount:
    """The receptive field behind a row for a claimed one before it and a claimed input jump."""
    kernel, strides, dilation = window_of(row)
    grown = []
    for index, (rf, axis_jump) in enumerate(zip(both_axes(entering), both_axes(jump), strict=True)):
        taps = effective_kernel(kernel[index], dilation[index])
        if row.kind == "transposed":
            taps = -(-taps // strides[index])
        first = (taps - 1) * axis_jump if row.has_window else 0
        later = (taps - 1) * axis_jump * strides[index] * (max(repeats, 1) - 1) if row.kind == "conv" else 0
        grown.append(rf + first + later)
    behind: Amount = collapse((grown[0], grown[1]))
    return behind


def _whole(number: float) -> int | float:
    return int(number) if float(number).is_integer() else number
