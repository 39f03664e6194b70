"""Edits in words: of the sheet that a design came from, by its rows' numbers, or of the plan, by names and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from generator.design import rows
from generator.errors import printable
from generator.suggest.edits import Edit, Plan

POOLS = {"max_pool": "max-pool", "average_pool": "average pool"}


class Places(NamedTuple):
    """Where the rows of a plan are found.

    Attributes:
        names: What each row of the plan is called.
        sheet_rows: The sheet's row number of each; None for one that the sheet does not draw. Empty for a plan in YAML.
        unit: What a row of the sheet is called: `row`, or `line` in a text.
    """

    plan: Plan
    names: Sequence[str]
    sheet_rows: Sequence[int | None] = ()
    unit: str = "row"

    def sheet_row(self, row: int) -> int | None:
        """The sheet's row number of a row of the plan."""
        return self.sheet_rows[row] if row < len(self.sheet_rows) else None


def edit_words(edit: Edit, places: Places) -> str:
    """An edit as one says it to a person who has the design before them."""
    words = _Words(places)
    match edit.kind:
        case "move":
            return f"move {words.one(edit.rows[0])} {words.above(edit.above)}"
        case "add":
            return f"add a {_cross(edit.to.pool_size)} {POOLS[edit.to.kind]}{words.strides(edit.to)} {words.above(edit.above)}"
        case "leave_out":
            return f"leave out {words.several(edit)}"
        case "repeat":
            return f"repeat {words.several(edit)}{words.once_more(edit)}"
        case "move_strides":
            return f"move the stride of {_side(edit.was)} from {words.one(edit.rows[0])} to {words.one(edit.above, more=True)}"
        case "change":
            return f"{words.value(edit)} in {words.several(edit)}"
        case "scale":
            return f"{_share(edit.to)} the filters in {words.several(edit)}"


def suggestion_words(edits: Sequence[Edit], places: Places) -> str:
    """Edits that are made together."""
    return ", and ".join(edit_words(edit, places) for edit in edits)


class _Words:
    """The words for the rows of one design."""

    def __init__(self, places: Places) -> None:
        self.places = places

    def one(self, row: int | None, *, more: bool = False) -> str:
        """One row; `more` says that another one of the plan has been named before."""
        assert row is not None
        number = self.places.sheet_row(row)
        if number is None:
            return f"{self.places.names[row]} (row {row + 1}{'' if more else ' of the plan'})"
        line = self.places.plan.lines[row].row
        return f"the {POOLS[line.kind]} of {self._drawn(row)}" if isinstance(line, rows.Pool) else self._drawn(row)

    def _drawn(self, row: int) -> str:
        """A row of the sheet; of one that stands for several convolutions, which."""
        number = self.places.sheet_row(row)
        same = [index for index, other in enumerate(self.places.sheet_rows) if other == number]
        which = f"convolution {same.index(row) + 1} of " if len(same) > 1 and number is not None else ""
        return f"{which}{self.places.unit} {number}"

    def above(self, row: int | None) -> str:
        """Above a row; where the sheet does not draw it, below the one that stands above."""
        assert row is not None
        if self.places.sheet_rows and self.places.sheet_row(row) is None:
            return f"below {self._drawn(row - 1)}"
        return f"above {self._drawn(row)}" if self.places.sheet_rows else f"above {self.one(row, more=True)}"

    def several(self, edit: Edit) -> str:
        """The rows of an edit: by ranges, with what they have in common."""
        if len(edit.rows) == 1 and edit.scope == "row":
            return self.one(edit.rows[0])
        first = self.places.plan.lines[edit.rows[0]].row
        common = {
            "row": "",
            "block": f" (block {printable(str(first.block))})",
            "kind": f" (all of kind {first.kind})",
            "plan": " (all above the head)",
        }
        numbers = [self.places.sheet_row(row) for row in edit.rows]
        if self.places.sheet_rows and None not in numbers:
            drawn = sorted({number for number in numbers if number is not None})
            return f"{self.places.unit}{'s' * (len(drawn) > 1)} {ranges_in_words(drawn)}{common[edit.scope]}"
        return f"rows {ranges_in_words([row + 1 for row in edit.rows])} of the plan{common[edit.scope]}"

    def value(self, edit: Edit) -> str:
        """What an argument becomes."""
        names = {"kernel_size": "kernel", "dilation_rate": "dilation", "strides": "stride", "pool_size": "window"}
        shown = _cross if edit.argument in ("kernel_size", "pool_size") else _side
        if edit.argument == "convolutions":
            return f"{edit.to} convolution{'s' * (edit.to != 1)} instead of {edit.was}"
        was = f" instead of {shown(edit.was)}" if edit.was is not None else ""
        return f"{names[edit.argument]} {shown(edit.to)}{was}{self._padding(edit)}"

    def _padding(self, edit: Edit) -> str:
        """The padding that a larger kernel asks for where it is given in pixels."""
        others = (self.places.plan.lines[edit.rows[0]].row, edit.change.others[0].row)
        before, after = (getattr(row, "padding", None) for row in others)
        return f" and padding {_side([side[0] for side in after])}" if after and after != before else ""

    def strides(self, pool: rows.Pool) -> str:
        """Strides of a pool that are not its window."""
        return f" with stride {_side(pool.strides)}" if pool.strides not in (None, pool.pool_size) else ""

    def once_more(self, edit: Edit) -> str:
        """What is said of a copy: it goes below its original, and has no strides."""
        strided = any(getattr(self.places.plan.lines[row].row, "strides", (1, 1)) != (1, 1) for row in edit.rows)
        return " below itself" * (len(edit.rows) == 1) + ", the copy with stride 1" * strided


def ranges_in_words(numbers: Sequence[int]) -> str:
    """Numbers in order, those that follow each other as a range.

    >>> ranges_in_words([3]), ranges_in_words([3, 4]), ranges_in_words([3, 4, 5, 9, 11, 12])
    ('3', '3 and 4', '3-5, 9, 11 and 12')
    """
    runs: list[list[int]] = [[numbers[0]]]
    for before, number in pairwise(numbers):
        if number == before + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts: list[str] = []
    for run in runs:
        parts += [f"{run[0]}-{run[-1]}"] if len(run) > 2 else map(str, run)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _share(factor: tuple[int, int]) -> str:
    """A factor as one says it of several things.

    >>> _share((4, 16)), _share((18, 16)), _share((2, 1))
    ('1/4 of', '9/8 of', '2 times')
    """
    share = Fraction(*factor)
    return f"{share} times" if share.denominator == 1 else f"{share} of"


def _side(pair: Any) -> str:
    """A pair of equal numbers as the one that it is."""
    return str(pair[0]) if pair[0] == pair[1] else _cross(pair)


def _cross(pair: Any) -> str:
    return f"{pair[0]}x{pair[1]}"
