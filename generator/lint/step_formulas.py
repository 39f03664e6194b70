"""The formula of a cell by the arithmetic of its field, on the cells of the sheet that hold the numbers it needs.

Each number is the address of a cell that says it, or the number itself where no cell does. Nothing is verified here:
`formula_to_type` evaluates what comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from generator.sheet.amounts import both_axes
from generator.sheet.chain import axis_padding, window_in_chain
from generator.sheet.claims import Claim
from generator.sheet.headers import REPEATED
from generator.sheet.understanding import Understanding
from generator.spreadsheet.cells import Position
from generator.spreadsheet.reference import column_letters, reference_address


class StepFormulas:
    """Formulas of one table.

    Args:
        table: The table.
        right: The right value of each claimed cell that has one.
    """

    def __init__(self, table: Understanding, right: Mapping[Position, Any]) -> None:
        self.table, self.right = table, right
        self.columns: dict[str, tuple[int, ...]] = {}
        for convention in table.columns:
            self.columns[convention.field] = (*self.columns.get(convention.field, ()), convention.number)
        self.counts = {convention.number: convention for convention in table.columns}

    def of(self, claim: Claim) -> str | None:
        """The formula of a claim with its `=`, or None where its field has none."""
        if claim.field == "params_total":
            return self._total(claim)
        if claim.row_index is None:
            return None
        forms: dict[str, Callable[[int, int], str | None]] = {
            "size": self._size,
            "jump": self._jump,
            "rf_out": self._rf,
            "channels": self._channels,
            "params": self._params,
        }
        outer = REPEATED.get(claim.field)
        if outer is not None:
            text = self._copied(claim, outer) or self._through_row_above(claim)
        elif claim.field in forms:
            text = forms[claim.field](claim.row_index, claim.position[1])
        else:
            text = None
        return f"={text}" if text and any(letter.isalpha() for letter in text) else None

    # Where a number stands

    def _at(self, index: int, number: int, wanted: Any) -> str | None:
        """The address of a cell of a row, if it says what is wanted (or would, were it right)."""
        if not 0 <= index < len(self.table.rows):
            return None
        position = (self.table.rows[index].row, number)
        said = self.right.get(position, self.table.sheet.number(*position))
        return reference_address(*position) if isinstance(said, int | float | Fraction) and said == wanted else None

    def _here(self, index: int, fields: Sequence[str], wanted: Any) -> str | None:
        numbers = [number for field in fields for number in self.columns.get(field, ())]
        return next((found for number in numbers if (found := self._at(index, number, wanted))), None)

    def _above(self, index: int, fields: Sequence[str], wanted: Any) -> str | None:
        """The nearest row above that says a number; a pool that says nothing is passed over."""
        for earlier in range(index - 1, max(index - 6, -1), -1):
            found = self._here(earlier, fields, wanted)
            if found:
                return found
        return None

    def _entering(self, index: int, inner: str, outer: Sequence[str], wanted: Any) -> str | None:
        return self._here(index, (inner,), wanted) or self._above(index, outer, wanted) or _number(wanted)

    def _image(self, wanted: Any) -> str | None:
        for row, column in self.table.labels.positions:
            if self.table.sheet.number(row, column) == wanted:
                return f"${column_letters(column)}${row}"
        return None

    def _size_before(self, index: int) -> str | None:
        wanted = self.table.steps[index].before.height.size
        found = self._here(index, ("input_size",), wanted) or self._above(index, ("size",), wanted)
        return found or (self._image(wanted) if index == 0 else None) or _number(wanted)

    def _kernel(self, index: int) -> str:
        """Positions from the first to the last tap, less one, as a factor: `(B7-1)`, `(B7-1)*G7`."""
        kernel, _, dilation = (pair[0] for pair in window_in_chain(self.table.rows[index]))
        factor = f"({self._argument(index, 'kernel_size', kernel)}-1)"
        return factor if dilation == 1 else f"{factor}*{self._argument(index, 'dilation_rate', dilation)}"

    def _argument(self, index: int, field: str, value: int) -> str:
        return self._here(index, (field,), value) or str(value)

    # The fields

    def _copied(self, claim: Claim, outer: Sequence[str]) -> str | None:
        index = claim.row_index or 0
        if claim.field == "input_size" and index == 0:
            return self._image(claim.right)
        return self._above(index, outer, claim.right)

    def _through_row_above(self, claim: Claim) -> str | None:
        """A column of inputs without one of outputs: what the row above makes of its own input."""
        index = (claim.row_index or 0) - 1
        if index < 0 or claim.field == "channels_in":
            return None
        forms = {"input_size": self._size, "jump_in": self._jump, "rf_in": self._rf}
        return forms[claim.field](index, claim.position[1])

    def _size(self, index: int, _: int) -> str | None:
        row, before = self.table.rows[index], self._size_before(index)
        if before is None or not row.has_window:
            return self._scaled(index, before, "*") if before and row.kind == "upsample" else before
        kernel, strides, _dilation = (pair[0] for pair in window_in_chain(row))
        repeats = self.table.convolutions[index] if row.kind == "conv" else 1
        padding = axis_padding(row.padding, 0, self.table.padding if not row.is_pool else "valid")
        stride = self._argument(index, "strides", strides)
        if padding == "same":
            if row.kind == "transposed":
                return f"{before}*{stride}"
            return before if strides == 1 else f"ROUNDUP({before}/{stride},0)"
        pixels = 0 if isinstance(padding, str) else padding[0]
        padded = f"+2*{self._argument(index, 'padding', pixels)}" if pixels or self._here(index, ("padding",), 0) else ""
        if row.kind == "transposed":
            if padding == "valid":
                return f"{before}*{stride}" + (f"+{kernel - strides}" if kernel > strides else "")
            return f"({before}-1)*{stride}{padded.replace('+', '-')}+{self._kernel(index)}+1"
        taps = self._taps(index)
        if repeats > 1:
            return f"{before}+{repeats}*({padded.removeprefix('+') or '0'}-{taps}+1)" if strides == 1 else None
        return f"{before}{padded}-{taps}+1" if stride == "1" else f"INT(({before}{padded}-{taps})/{stride})+1"

    def _taps(self, index: int) -> str:
        kernel, _, dilation = (pair[0] for pair in window_in_chain(self.table.rows[index]))
        return self._argument(index, "kernel_size", kernel) if dilation == 1 else f"({self._kernel(index)}+1)"

    def _scaled(self, index: int, before: str, operator: str) -> str:
        row = self.table.rows[index]
        factor = (row.strides or row.kernel_size or (2, 2))[0]
        return f"{before}{operator}{self._argument(index, 'strides', factor)}"

    def _jump(self, index: int, _: int) -> str | None:
        row, step = self.table.rows[index], self.table.steps[index]
        before = self._entering(index, "jump_in", ("jump",), step.before.height.jump)
        if before is None or row.kind in ("upsample", "transposed"):
            return None if before is None else self._scaled(index, before, "/")
        stride = self._argument(index, "strides", window_in_chain(row)[1][0])
        return before if stride == "1" or not row.has_window else f"{before}*{stride}"

    def _rf(self, index: int, number: int) -> str | None:
        row, step, convention = self.table.rows[index], self.table.steps[index], self.counts.get(number)
        before = self._rf_before(index, number)
        if before is None or not row.has_window:
            return before
        kernel, strides, dilation = (pair[0] for pair in window_in_chain(row))
        jump = self._entering(index, "jump_in", ("jump",), step.before.height.jump)
        if jump is None or row.kind == "transposed":
            return None
        repeats = self.table.convolutions[index]
        if convention is not None and convention.field == "rf_out" and row.kind == "conv" and kernel > 1:
            repeats = convention.exceptions.get(row.row, convention.convolutions)
        times = 1 if row.is_pool else 1 + strides * (repeats - 1)
        taps = self._kernel(index)
        if not any(letter.isalpha() for letter in taps + jump):
            grown = (kernel - 1) * dilation * step.before.height.jump * times
            return f"{before}+{grown}" if grown else before
        return before + "+" + (f"{times}*" if times > 1 else "") + taps + ("" if jump == "1" else f"*{jump}")

    def _rf_before(self, index: int, number: int) -> str | None:
        """The cell before in a receptive-field column of its own convention."""
        for inner in self.columns.get("rf_in", ()):
            position = (self.table.rows[index].row, inner)
            if position in self.right or self.table.sheet.number(*position) is not None:
                return reference_address(*position)
        for earlier in range(index - 1, -1, -1):
            position = (self.table.rows[earlier].row, number)
            if position in self.right:
                return reference_address(*position)
        return "1" if index == 0 else None

    def _channels_before(self, index: int) -> str | None:
        wanted = self.table.channels_after[index - 1] if index else self.table.channels
        if index == 0:
            return self._here(0, ("channels_in",), wanted) or self._image(wanted) or _number(wanted)
        return self._entering(index, "channels_in", ("channels", "filters"), wanted)

    def _channels(self, index: int, _: int) -> str | None:
        row, before = self.table.rows[index], self._channels_before(index)
        if row.filters is None:
            return before
        filters = self._argument(index, "filters", row.filters)
        return f"{before}+{filters}" if self.table.merged[index] else filters

    def _params(self, index: int, _: int) -> str | None:
        row, rule, entering = self.table.rows[index], self.table.count, self._channels_before(index)
        if row.filters is None or entering is None or not (row.has_window or row.kind == "dense") or row.is_pool:
            return None
        filters = self._argument(index, "filters", row.filters)
        norm = f"+{rule.norm_params}*{filters}" if rule.batch_norm and row.kind != "dense" else ""
        ending = (f"+{filters}" if rule.use_bias else "") + norm
        if row.kind == "dense":
            return f"{entering}*{filters}{ending}"
        kernel = window_in_chain(row)[0]
        taps = "*".join(self._argument(index, "kernel_size", side) for side in kernel)
        conv = row.conv or (rule.conv if kernel != (1, 1) else "standard")

        def one(channels: str) -> str:
            grouped = f"/{self._argument(index, 'groups', row.groups)}" if row.groups > 1 else ""
            if conv == "separable":
                return f"{taps}*{channels}+{channels}*{filters}{ending}"
            return f"{taps}*{channels}{ending}" if conv == "depthwise" else f"{taps}*{channels}{grouped}*{filters}{ending}"

        repeats = rule.convolutions if row.kind == "conv" and kernel != (1, 1) else 1
        later = one(filters)
        return one(entering) + {1: "", 2: f"+{later}"}.get(repeats, f"+{repeats - 1}*({later})")

    def _total(self, claim: Claim) -> str | None:
        rows = [row for row, column in self.right if column == claim.position[1] and row < claim.position[0]]
        if not rows:
            return None
        column = claim.position[1]
        return f"=SUM({reference_address(min(rows), column)}:{reference_address(max(rows), column)})"


def _number(value: Any) -> str | None:
    """A whole number as a formula has it; None for what is not one."""
    height = None if value is None else both_axes(value)[0]
    return str(height) if isinstance(height, int) else None
