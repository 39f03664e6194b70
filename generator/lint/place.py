"""What a rule may know about one wrong cell: the numbers around it, nothing of levels, output or files.

Numbers are those of one axis: where a cell says (height, width), of the first axis that is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from generator.geometry.axis import effective_kernel
from generator.geometry.operations import upsampled_axis
from generator.lint.judge import Judged
from generator.lint.table_facts import TableFacts
from generator.sheet.amounts import Amount, both_axes, same_amount
from generator.sheet.chain import Step, axis_padding, window_in_chain
from generator.sheet.claims import Claim
from generator.sheet.headers import REPEATED, Field
from generator.sheet.layers import SheetRow
from generator.sheet.steps import row_params
from generator.spreadsheet.reference import Reference

INNER: dict[str, Field] = {"size": "input_size", "jump": "jump_in", "rf_out": "rf_in", "channels": "channels_in"}

Quantity = Literal["size", "jump", "rf", "channels", "params", "total", "copy", "image", "other"]
_QUANTITIES: dict[str, Quantity] = {
    "size": "size",
    "input_size": "size",
    "jump": "jump",
    "jump_in": "jump",
    "rf_out": "rf",
    "rf_in": "rf",
    "channels": "channels",
    "channels_in": "channels",
    "params": "params",
    "params_total": "total",
}


@dataclass(frozen=True)
class Place:
    """One wrong cell in its table."""

    item: Judged
    facts: TableFacts

    @property
    def claim(self) -> Claim:
        """The claim."""
        return self.item.claim

    @property
    def field(self) -> str:
        """What the cell is about."""
        return self.claim.field

    @property
    def cell(self) -> Reference:
        """The cell."""
        return Reference(*self.claim.position)

    @property
    def formula(self) -> str | None:
        """The cell's formula."""
        return self.facts.formula(self.claim.position)

    @property
    def sayer(self) -> str:
        """Who says the wrong number: the formula with its text, or the cell."""
        return f"the formula {self.formula}" if self.formula and len(self.formula) <= 60 else "the cell"

    # The row whose arithmetic the cell shows

    @cached_property
    def is_copy(self) -> bool:
        """A cell that only repeats another: an input column beside one of outputs."""
        return any(self.facts.columns(outer) for outer in REPEATED.get(self.field, ()))

    @cached_property
    def acting(self) -> int:
        """Index of the row whose layer makes the number; of a column of inputs alone, the row above."""
        index = len(self.facts.table.rows) - 1 if self.claim.row_index is None else self.claim.row_index
        return index - 1 if self.field in REPEATED else index

    @property
    def is_input(self) -> bool:
        """The number is that of the image: no layer made it."""
        return self.acting < 0 or self.row.kind == "input"

    @property
    def row(self) -> SheetRow:
        """The layer that makes the number."""
        return self.facts.table.rows[max(self.acting, 0)]

    @property
    def step(self) -> Step:
        """The maps before and behind that layer."""
        return self.facts.table.steps[max(self.acting, 0)]

    @property
    def repeats(self) -> int:
        """How many convolutions the row stands for, by the convention of the cell's own column."""
        if self.row.kind != "conv" or window_in_chain(self.row)[0] == (1, 1):
            return 1
        convention = self.facts.conventions.get(self.claim.position[1])
        if convention is not None and convention.field == "rf_out":
            return convention.exceptions.get(self.row.row, convention.convolutions)
        return self.facts.table.convolutions[max(self.acting, 0)]

    @cached_property
    def quantity(self) -> Quantity:
        """What makes the number: a layer's arithmetic, the image itself, or a copy of another cell."""
        if self.field not in _QUANTITIES:
            return "other"
        if self.field not in ("params", "params_total", "channels") and self.is_input:
            return "image"
        return "copy" if self.is_copy else _QUANTITIES[self.field]

    # Numbers of one axis

    @cached_property
    def axis(self) -> int:
        """The first axis that is wrong."""
        if self.claim.claimed is None or self.claim.right is None:
            return 0
        pairs = zip(both_axes(self.claim.claimed), both_axes(self.claim.right), strict=True)
        return next((index for index, (claimed, right) in enumerate(pairs) if not same_amount(claimed, right)), 0)

    def of_axis(self, amount: Amount | None) -> Any:
        """An amount along the axis."""
        return None if amount is None else both_axes(amount)[self.axis]

    @property
    def claimed(self) -> Any:
        """The claimed number."""
        return self.of_axis(self.claim.claimed)

    @property
    def right(self) -> Any:
        """The right number."""
        return self.of_axis(self.claim.right)

    @property
    def says(self) -> Any:
        """What the cell's own step comes to: its formula on right inputs, else the number typed."""
        return self.claimed if self.item.formula_value is None else self.of_axis(self.item.formula_value)

    @cached_property
    def base(self) -> Claim | None:
        """The claim that the number is built on: the row's own input cell, else the cell above."""
        inner = INNER.get(self.field)
        for number in self.facts.columns(inner) if inner else ():
            found = self.facts.verdicts.get((self.claim.position[0], number))
            if found is not None:
                return found.claim
        return self.facts.above(self.claim.position)

    @property
    def base_right(self) -> Any:
        """The right number before the layer."""
        if self.base is not None and self.base.right is not None:
            return self.of_axis(self.base.right)
        return getattr(self.before, {"size": "size", "jump": "jump"}.get(_QUANTITIES.get(self.field, "rf"), "rf"))

    @property
    def base_said(self) -> Any:
        """The number before the layer that the cell's step starts from: right for a formula, claimed for a typed number."""
        if self.item.formula_value is not None or self.base is None or self.base.claimed is None:
            return self.base_right
        return self.of_axis(self.base.claimed)

    @property
    def before(self) -> Any:
        """The axis that the layer's window reads: enlarged where the row puts an upsampling in front of it."""
        axis = self.step.before.width if self.axis else self.step.before.height
        return axis if self.row.upsampled == 1 else upsampled_axis(axis, self.row.upsampled)

    @property
    def after(self) -> Any:
        """The axis behind the layer."""
        return self.step.after.width if self.axis else self.step.after.height

    @property
    def kernel(self) -> int:
        """The kernel or pool."""
        return window_in_chain(self.row)[0][self.axis]

    @property
    def strides(self) -> int:
        """The stride."""
        return window_in_chain(self.row)[1][self.axis]

    @property
    def dilation(self) -> int:
        """The dilation rate."""
        return window_in_chain(self.row)[2][self.axis]

    @property
    def taps(self) -> int:
        """Input positions from the first to the last tap of the kernel, the dilation counted."""
        return effective_kernel(self.kernel, self.dilation)

    @property
    def padding(self) -> Any:
        """The padding: "same", "valid", or pixels on both sides."""
        default = self.facts.table.padding if not self.row.is_pool else "valid"
        return axis_padding(self.row.padding, self.axis, default)

    @property
    def times(self) -> int:
        """The steps of one convolution in the row's whole step: more than one where it stands for several."""
        return 1 + self.strides * (self.repeats - 1)

    @property
    def step_right(self) -> Any:
        """How much the receptive field grows in the layer."""
        return self.right - self.base_right

    @property
    def step_said(self) -> Any:
        """How much the cell lets it grow."""
        return self.says - self.base_said

    # What the formula names

    def own(self, field: str) -> Reference | None:
        """The layer's cell of a field, where the sheet has that column."""
        numbers = self.facts.columns(field)
        return Reference(self.row.row, numbers[0]) if numbers and self.acting >= 0 else None

    def names(self, cell: Reference) -> bool:
        """Whether the cell's formula names another of its sheet."""
        return cell.position in self.facts.named_by(self.claim.position)

    def input_jump_cell(self) -> Reference | None:
        """Where the jump before the layer stands: in its row, else in the row above."""
        numbers = self.facts.columns("jump")
        if self.facts.columns("jump_in") or not numbers or self.acting < 1:
            return self.own("jump_in")
        return Reference(self.facts.table.rows[self.acting - 1].row, numbers[0])

    @property
    def is_typed_among_formulas(self) -> bool:
        """A typed number below the first cell of a column of formulas."""
        typed = self.formula is None and self.facts.above(self.claim.position) is not None
        return typed and self.claim.position[1] in self.facts.typed_rarely and self.field != "params_total"

    @property
    def has_plain_size(self) -> bool:
        """A row whose size is that of one window: no upsampling, no second convolution."""
        return self.row.has_window and self.row.kind != "transposed" and self.repeats == 1 and self.row.upsampled == 1

    # Parameters

    @property
    def channels_in(self) -> int | None:
        """Channels that the row reads."""
        index = self.claim.row_index or 0
        return self.facts.table.channels_after[index - 1] if index else self.facts.table.channels

    @property
    def image_sizes(self) -> tuple[int, ...]:
        """The sides of the image, px."""
        return self.facts.table.image_size or ()

    def channels_that_explain(self) -> int | None:
        """Input channels with which the parameters would be what is said, if that number stands in the sheet.

        Parameters grow evenly with the input channels, so two counts give the one number that can be.
        """
        rule, groups = self.facts.table.count, self.row.groups
        first, second = (row_params(self.row, rule, channels * groups) for channels in (1, 2))
        if first is None or second is None or second == first:
            return None
        channels = groups * (1 + (self.says - first) / (second - first))
        if channels != int(channels) or int(channels) not in self.facts.numbers:
            return None
        return int(channels) if same_amount(row_params(self.row, rule, int(channels)), self.says) else None


def shown(amount: Amount | None) -> str:
    """An amount as a message shows it.

    >>> shown(27878152), shown((16, 8)), shown(0.5), shown(None)
    ('27,878,152', '16 x 8', '0.5', 'unknown')
    """
    if amount is None:
        return "unknown"
    axes = both_axes(amount) if isinstance(amount, tuple) else (amount,)
    return " x ".join(f"{axis:,}" if isinstance(axis, int) else f"{float(axis):,.10g}" for axis in axes)
