"""Claimed values and what they should be: every cell of a table that says something about a layer.

A claim carries the right value (the whole way from the image) and its step (from the claimed inputs of its own row), so that
whoever judges can tell a cell that is wrong by itself from one that only inherits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

from generator.sheet.amounts import Amount, amount_in, axis_of_amount, both_axes, collapsed_amount, scaled_amount
from generator.sheet.chain import Step
from generator.sheet.headers import Field
from generator.sheet.layers import SheetRow
from generator.sheet.steps import CountRule, jump_entering, jump_scale, rf_step, row_params, size_step
from generator.spreadsheet.cells import Position, Sheet

ClaimField = Field | Literal["params_total"]


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
        if not 0 <= index < len(self.rows):
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
            claimed, right, step = (axis_of_amount(amount, axis) for amount in (claim.claimed, claim.right, claim.step))
            parts.append(Claim(position, claim.field, claimed, right, step, tuple(sources), claim.row_index))
        return parts

    def _of_axis(self, position: Position, axis: int) -> Position:
        return (position[0], self.widths.get(position[1], position[1])) if axis else position

    def earlier(self, index: int, number: int) -> tuple[Amount | None, tuple[Position, ...]]:
        """The nearest number above a row in a column, with its cell."""
        read = self.rows[index].reads if 0 <= index < len(self.rows) else None
        for above in range(index - 1 if read is None else read, -1, -1):
            if read is None and self.rows[above].reads is not None:
                continue
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
                step = scaled_amount(step, (scale, scale))  # type: ignore[arg-type]
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
            return scaled_amount(entering, jump_scale(steps[index])), ()
        jump, sources = self.source(index, "jump_in", "jump")
        if jump is None:
            jump = jump_entering(steps[index])
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
            right = collapsed_amount((step.after.height.size, step.after.width.size)) if step.after.size_known else None
            entering, sources = self.source(index, "input_size", "size")
            if entering is not None and not self._has_own(index, "input_size"):
                entering = collapsed_amount(tuple(axis * self.rows[index].upsampled for axis in both_axes(entering)))
            value = right if entering is None else size_step(self.rows[index], entering, default_padding, repeats[index])
            claims.append(self._claim(index, number, "size", right, value, sources))
        return claims

    def jumps(self, number: int, steps: Sequence[Step]) -> list[Claim]:
        """The column of output jumps."""
        claims = []
        for index, step in enumerate(steps):
            right = collapsed_amount((step.after.height.jump, step.after.width.jump))
            entering, sources = self.source(index, "jump_in", "jump")
            scale = jump_scale(step)
            if not self._has_own(index, "jump_in"):
                scale = (scale[0] / Fraction(self.rows[index].upsampled), scale[1] / Fraction(self.rows[index].upsampled))  # type: ignore[assignment]
            value = right if entering is None else scaled_amount(entering, scale)
            claims.append(self._claim(index, number, "jump", right, value, sources))
        return claims

    def receptive_fields(self, number: int, steps: Sequence[Step], repeats: Sequence[int]) -> list[Claim]:
        """A column of output receptive fields under its own convention of convolutions a row."""
        claims = []
        for index, step in enumerate(steps):
            right = collapsed_amount((step.after.height.rf, step.after.width.rf))
            entering, sources = self.source(index, "rf_in", "rf_out")
            if not self.columns.get("rf_in"):
                entering, sources = self.earlier(index, number)
            jump, jump_sources = self.source(index, "jump_in", "jump")
            if jump is None:
                jump = jump_entering(step)
            value = right if entering is None else rf_step(self.rows[index], step, entering, jump, repeats[index])
            claims.append(self._claim(index, number, "rf_out", right, value, (*sources, *jump_sources)))
        return claims

    def values(
        self,
        number: int,
        field: Field,
        right: Sequence[Amount | None],
        steps: Sequence[Amount | None],
        sources: Sequence[tuple[Position, ...]] | None = None,
    ) -> list[Claim]:
        """A column whose right values and steps, and the cells that those read, are known already."""
        read = sources if sources is not None else [()] * len(right)
        return [
            self._claim(index, number, field, value, step, cells)
            for index, (value, step, cells) in enumerate(zip(right, steps, read, strict=True))
        ]

    def _claim(
        self, index: int, number: int, field: Field, right: Amount | None, step: Amount | None, sources: tuple[Position, ...]
    ) -> Claim:
        return Claim((self.rows[index].row, number), field, self.claimed(index, number), right, step, sources, index)
