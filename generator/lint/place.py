"""What a rule may know about one wrong cell: the numbers around it, nothing of levels, output or files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from generator.lint.judge import Judged
from generator.read_sheet.chain import Step, window_of
from generator.read_sheet.claims import Amount, Claim, both_axes, row_params, same_amount
from generator.read_sheet.formula import FormulaError, parse_formula, references
from generator.read_sheet.layers import SheetRow
from generator.read_sheet.understanding import Understanding
from generator.read_sheet.workbook import Position


@dataclass(frozen=True)
class Place:
    """One wrong cell in its table. Pairs are judged by their first axis that differs."""

    item: Judged
    table: Understanding

    @property
    def claim(self) -> Claim:
        """The claim."""
        return self.item.claim

    @property
    def field(self) -> str:
        """What the cell is about."""
        return self.claim.field

    @property
    def row(self) -> SheetRow:
        """The layer of the row; for a total the last one."""
        return self.table.rows[-1 if self.claim.row_index is None else self.claim.row_index]

    @property
    def step(self) -> Step:
        """The maps before and after the row."""
        return self.table.steps[-1 if self.claim.row_index is None else self.claim.row_index]

    @property
    def claimed(self) -> Any:
        """The claimed number."""
        return self._axis(self.claim.claimed)

    @property
    def strides(self) -> int:
        """The stride of the row."""
        return window_of(self.row)[1][0]

    @property
    def jump_before(self) -> Any:
        """The right jump of the row's input."""
        return self.step.before.height.jump

    @property
    def above(self) -> Claim | None:
        """The claim of the same column in the nearest row above."""
        column = self.claim.position[1]
        earlier = [claim for claim in self.table.claims if claim.position[1] == column and claim.position < self.claim.position]
        return max(earlier, key=lambda claim: claim.position, default=None)

    @property
    def claimed_above(self) -> Any:
        """What the cell above claims."""
        return self._axis(self.above.claimed) if self.above is not None and self.above.claimed is not None else None

    @property
    def growth(self) -> Any:
        """How much the right value grows in this row."""
        if self.above is None or self.above.right is None or self.claim.right is None:
            return 0
        return self._axis(self.claim.right) - self._axis(self.above.right)

    @property
    def channels_in(self) -> int | None:
        """Channels that the row reads."""
        index = self.claim.row_index or 0
        return self.table.channels_after[index - 1] if index else self.table.channels

    @property
    def image_sizes(self) -> tuple[int, ...]:
        """The sides of the image, px."""
        return self.table.image_size or ()

    def channels_that_explain(self) -> int | None:
        """Input channels with which the claimed number of parameters would be right: those that stand in the sheet."""
        sheet = self.table.sheet
        numbers = {cell.value for cell in sheet.cells.values() if isinstance(cell.value, int) and 0 < cell.value < 2**24}
        for channels in sorted(numbers):
            if same_amount(row_params(self.row, self.table.count, channels), self.claim.claimed):
                return channels
        return None

    @property
    def rows_missed_by_total(self) -> list[int]:
        """Rows with parameters that a total's formula does not name."""
        cell = self.table.sheet.cells.get(self.claim.position)
        if cell is None or cell.formula is None:
            return []
        try:
            named: set[Position] = {(reference.row, reference.column) for reference in references(parse_formula(cell.formula))}
        except FormulaError:
            return []
        counted = [claim for claim in self.table.claims if claim.field == "params" and claim.right]
        return [claim.position[0] for claim in counted if claim.position not in named]

    def _axis(self, amount: Amount | None) -> Any:
        return None if amount is None else both_axes(amount)[0]
