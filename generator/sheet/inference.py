"""Kernels, strides and padding that a table does not write down, worked out from the numbers that it does.

A table may give receptive fields and jumps alone, or keep its kernels inside formulas. What is inferred here is what most of
the rows of a kind say; a number that fits none of it is left for the judge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from generator.design.fields import Pair
from generator.sheet.amounts import Amount, both_axes, collapsed_amount, same_amount
from generator.sheet.claims import ClaimReader
from generator.sheet.layers import SheetRow
from generator.sheet.steps import size_step

MAX_INFERRED_KERNEL = 64
"""Largest kernel that is concluded from other numbers, px."""
MAX_INFERRED_POOL = 3
"""Largest window of a pool that is: beyond it the receptive field beside it is the mistake."""


def infer_windows(reader: ClaimReader) -> tuple[SheetRow, ...]:
    """The rows of a table with the kernels, strides and paddings that follow from its own numbers filled in."""
    rows = list(reader.rows)
    if reader.columns.get("strides"):
        rows = [_with_still_window(reader, index) for index in range(len(rows))]
    else:
        rows = [_with_strides(reader, index) for index in range(len(rows))]
    filled = ClaimReader(reader.sheet, rows, reader.columns, reader.widths)
    if any(_lacks_kernel(row) for row in rows):
        rows = _with_kernels(filled)
        filled = ClaimReader(reader.sheet, rows, reader.columns, reader.widths)
    return tuple(rows)


def contracted_kernels(reader: ClaimReader) -> tuple[SheetRow, ...]:
    """The rows with their kernels as dilation found them, where the sheet writes them as dilation leaves them.

    A dilated row whose padding is half its kernel, and whose size and receptive field follow from that kernel without the
    dilation, has it expanded already. All dilated rows have to be so; else the dilation is left out by mistake.
    """
    dilated = [index for index, row in enumerate(reader.rows) if row.dilation_rate and max(row.dilation_rate) > 1]
    if not dilated or not all(_is_expanded(reader, index) for index in dilated):
        return tuple(reader.rows)
    rows = list(reader.rows)
    for index in dilated:
        kernel, dilation = rows[index].kernel_size or (1, 1), rows[index].dilation_rate or (1, 1)
        height, width = ((taps - 1) // step + 1 for taps, step in zip(kernel, dilation, strict=True))
        rows[index] = rows[index]._replace(kernel_size=(height, width))
    return tuple(rows)


def _is_expanded(reader: ClaimReader, index: int) -> bool:
    row = reader.rows[index]
    kernel, dilation = row.kernel_size or (1, 1), row.dilation_rate or (1, 1)
    halves = ((kernel[0] - 1) // 2, (kernel[1] - 1) // 2)
    if any((taps - 1) % step for taps, step in zip(kernel, dilation, strict=True)) or row.padding != halves or max(halves) == 0:
        return False
    plain = row._replace(dilation_rate=None)
    entering, behind = reader.source(index, "input_size", "size")[0], inferred_size_after(reader, index)
    return entering is not None and behind is not None and same_amount(size_step(plain, entering, "same", 1), behind)


def infer_padding(reader: ClaimReader, default: str, image_size: Pair | None) -> tuple[SheetRow, ...]:
    """The rows that say nothing of padding with the padding that their sizes show, where the next row goes on from there."""
    sizes = _SizesBehind(reader)
    other = "valid" if default == "same" else "same"
    rows = list(reader.rows)
    for index, row in enumerate(rows):
        if not row.has_window or row.padding is not None:
            continue
        entering, _ = reader.source(index, "input_size", "size")
        claimed = sizes.of(index)
        if entering is None and image_size is not None and not any(above.has_window for above in rows[:index]):
            entering = collapsed_amount(image_size)
        if entering is None or claimed is None or sizes.is_typed_among_formulas(index):
            continue
        if same_amount(size_step(row, entering, default, 1), claimed):
            continue
        for candidate in (other, *_margins(row, entering, claimed)):
            changed = row._replace(padding=candidate)  # type: ignore[arg-type]
            if same_amount(size_step(changed, entering, default, 1), claimed) and sizes.goes_on(index, claimed):
                rows[index] = changed
                break
    return tuple(rows)


class _SizesBehind:
    """The claimed sizes behind the rows of a table: its column of outputs, or else of inputs, a row further down."""

    def __init__(self, reader: ClaimReader) -> None:
        self.reader = reader
        outputs, inputs = reader.columns.get("size", ()), reader.columns.get("input_size", ())
        self.number = (outputs or inputs or (0,))[-1]
        self.down = int(not outputs)
        self.inputs = inputs if outputs else ()
        cells = [self._is_formula(index) for index in range(len(reader.rows))]
        self.by_formula = sum(cells) * 2 > len(cells)

    def of(self, index: int) -> Amount | None:
        """The claimed size behind a row."""
        place = index + self.down
        return self.reader.claimed(place, self.number) if place < len(self.reader.rows) else None

    def is_typed_among_formulas(self, index: int) -> bool:
        """A number by hand where the column is calculated."""
        return self.by_formula and not self._is_formula(index)

    def goes_on(self, index: int, claimed: Amount) -> bool:
        """Whether the next row reads the claimed size: a typing error stands alone, a padding is followed by the rest."""
        for later in range(index + 1, len(self.reader.rows)):
            for inward in self.inputs:
                entering = self.reader.claimed(later, inward)
                if entering is not None:
                    return same_amount(entering, claimed)
            size = self.of(later)
            if size is not None:
                steps = [size_step(self.reader.rows[later], claimed, padding, 1) for padding in ("same", "valid")]
                return any(same_amount(step, size) for step in steps)
        return True

    def _is_formula(self, index: int) -> bool:
        place = index + self.down
        row = self.reader.rows[place].row if place < len(self.reader.rows) else 0
        cell = self.reader.sheet.cells.get((row, self.number))
        return cell is not None and cell.formula is not None


def _margins(row: SheetRow, entering: Amount, claimed: Amount) -> list[Pair]:
    """The padding in pixels that gives the claimed size, if it is at most half the kernel."""
    kernel, strides = row.kernel_size or (1, 1), row.strides or ((1, 1) if not row.is_pool else row.kernel_size or (2, 2))
    found = []
    for size, after, taps, stride in zip(both_axes(entering), both_axes(claimed), kernel, strides, strict=True):
        twice = (after - 1) * stride + taps - size
        found.append(int(-(-twice // 2)) if 0 < twice <= taps else -1)
    return [(found[0], found[1])] if min(found) >= 0 else []


def _lacks_kernel(row: SheetRow) -> bool:
    return row.kernel_size is None and row.kind in ("conv", "max_pool", "average_pool")


def _with_strides(reader: ClaimReader, index: int) -> SheetRow:
    """A row with the stride that its jumps, or else its sizes, show."""
    row = reader.rows[index]
    if row.strides is not None or row.kind not in ("conv", "max_pool", "average_pool"):
        return row
    before, _ = reader.source(index, "jump_in", "jump")
    after = _first_claimed(reader, index, reader.columns.get("jump", ())) or _next_claimed(reader, index, "jump_in")
    ratio = _ratio(after, before if before is not None or index else 1)
    if ratio is None and row.kind == "conv":
        sizes = (reader.source(index, "input_size", "size")[0], inferred_size_after(reader, index))
        ratio = _size_ratio(row, *sizes)
    return row if ratio is None or (ratio == 1 and row.is_pool) else row._replace(strides=(ratio, ratio))


def inferred_size_after(reader: ClaimReader, index: int) -> Amount | None:
    """The claimed size behind a row: its own cell, or the next row's input where the table has no column of outputs."""
    return _first_claimed(reader, index, reader.columns.get("size", ())) or _next_claimed(reader, index, "input_size")


def _first_claimed(reader: ClaimReader, index: int, numbers: Sequence[int]) -> Amount | None:
    return next((found for number in numbers if (found := reader.claimed(index, number)) is not None), None)


def _next_claimed(reader: ClaimReader, index: int, field: str) -> Amount | None:
    numbers = reader.columns.get(field, ())  # type: ignore[call-overload]
    return _first_claimed(reader, index + 1, numbers) if index + 1 < len(reader.rows) else None


def _ratio(after: Amount | None, before: Amount | None) -> int | None:
    if after is None or before is None:
        return None
    high, low = both_axes(after)[0], both_axes(before)[0]
    if not low or high < low or high != int(high) or low != int(low) or int(high) % int(low):
        return None
    return int(high) // int(low)


def _with_still_window(reader: ClaimReader, index: int) -> SheetRow:
    """A pool over the whole map that says no stride: where its jump stays, it has none, for the window fits once."""
    row = reader.rows[index]
    if not row.is_pool or row.strides is not None or row.kernel_size is None:
        return row
    before, behind = reader.source(index, "jump_in", "jump")[0], _first_claimed(reader, index, reader.columns.get("jump", ()))
    stays = behind is None or before is None or same_amount(before, behind)
    return row._replace(strides=(1, 1)) if stays and same_amount(inferred_size_after(reader, index), 1) else row


def _size_ratio(row: SheetRow, before: Amount | None, after: Amount | None) -> int | None:
    """The stride of a convolution between two sizes: 2 where the map halves, give or take its border."""
    if before is None or after is None:
        return None
    high, low = both_axes(before)[0], both_axes(after)[0]
    kernel = (row.kernel_size or (3, 3))[0]
    if low <= 0 or high - low < kernel:
        return 1
    ratio = max(round(high / low), 1)
    fits = [
        s
        for s in (ratio, ratio + 1)
        if any(same_amount(size_step(row._replace(strides=(s, s)), before, p, 1), after) for p in ("same", "valid"))
    ]
    return fits[0] if fits else None


def _with_kernels(reader: ClaimReader) -> list[SheetRow]:
    """Rows without a kernel with the one that their receptive fields and sizes agree on; among its kind the usual one else."""
    indices = range(len(reader.rows))
    proposals = [_proposals(reader, index) if _lacks_kernel(row) else [] for index, row in enumerate(reader.rows)]
    usual: dict[str, Counter[int]] = {}
    for row, found in zip(reader.rows, proposals, strict=True):
        usual.setdefault(_family(row), Counter()).update(found[:1])
    rows = []
    for index, row, found in zip(indices, reader.rows, proposals, strict=True):
        ranked = [kernel for kernel, _ in usual.get(_family(row), Counter()).most_common()]
        doubtful = found and ranked and not _size_allows(reader, index, found[0])
        kernel = found[0] if found and not doubtful else (ranked[0] if ranked else None)
        known = _lacks_kernel(row) and kernel is not None
        rows.append(row._replace(kernel_size=(kernel, kernel)) if known else row)  # type: ignore[arg-type]
    return rows


def _family(row: SheetRow) -> str:
    """Rows of one kind and stride have one kernel, as a rule."""
    return f"{row.kind} {row.strides}"


def _proposals(reader: ClaimReader, index: int) -> list[int]:
    """Kernels that a row's own numbers allow, the most telling first."""
    row = reader.rows[index]
    before, _ = reader.source(index, "rf_in", "rf_out")
    after = _first_claimed(reader, index, reader.columns.get("rf_out", ())) or _next_claimed(reader, index, "rf_in")
    jump = inferred_jump_before(reader, index)
    before = 1 if before is None and index == 0 else before
    if before is None or after is None:
        return []
    grown = Fraction(both_axes(after)[0]) - Fraction(both_axes(before)[0])
    taps = grown / jump + 1
    dilation = (row.dilation_rate or (1, 1))[0]
    kernel = (taps - 1) / dilation + 1
    if kernel.denominator != 1 or not 1 <= kernel <= MAX_INFERRED_KERNEL:
        return []
    if row.is_pool and not (_has_no_kernels(reader) and 1 < kernel <= MAX_INFERRED_POOL):
        return []
    return [int(kernel)]


def _has_no_kernels(reader: ClaimReader) -> bool:
    """A table that gives no kernels at all; in one that does, a pool without a number is a plain one."""
    return not any(reader.columns.get(field) for field in ("kernel_size", "composite"))


def _size_allows(reader: ClaimReader, index: int, kernel: int) -> bool:
    before, _ = reader.source(index, "input_size", "size")
    after = inferred_size_after(reader, index)
    if before is None or after is None:
        return True
    row = reader.rows[index]._replace(kernel_size=(kernel, kernel))
    paddings: list[object] = [row.padding] if row.padding is not None else ["same", "valid", *_margins(row, before, after)]
    return any(same_amount(size_step(row._replace(padding=padding), before, "same", 1), after) for padding in paddings)  # type: ignore[arg-type]


def inferred_jump_before(reader: ClaimReader, index: int) -> int:
    """The jump before a row by the strides above it."""
    jump = 1
    for row in reader.rows[:index]:
        strides = row.strides or (row.kernel_size or (2, 2) if row.is_pool else (1, 1))
        jump *= strides[0]
    return jump
