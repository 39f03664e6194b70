"""Edits that change an argument: kernels, dilation, convolutions of a block, windows of pools; filters scaled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from generator.design import rows
from generator.geometry.axis import effective_kernel
from generator.suggest.edits import Edit, Plan, Scope
from generator.suggest.lines import Change, Line

KERNELS = (1, 3, 5, 7, 9, 11)
DILATIONS = (1, 2, 3, 4, 5, 6, 8)
POOL_SIZES = (2, 3)
FACTORS_OF_ALL = tuple((sixteenths, 16) for sixteenths in (*range(15, 3, -1), 18, 20, 24, 32))
"""What all filters are scaled by, finely, so that a limit on parameters is met closely."""
FACTORS_OF_A_BLOCK = ((3, 4), (1, 2), (1, 4), (5, 4), (3, 2), (2, 1))
FILTER_STEPS = ((64, 8), (16, 4))
"""From so many filters on, scaled ones are multiples of the step, as the lanes of accelerators like them."""

NewRow = Callable[[rows.Row], rows.Row | None]
"""A row as it is behind an edit; None where the edit does not change it."""


def argument_edits(plan: Plan) -> Iterator[Edit]:
    """Kernels, dilation rates, numbers of convolutions: of the rows of a block, all of a kind, of a row; windows of pools."""
    groups: list[tuple[Scope, tuple[Line, ...]]] = [("block", lines) for lines in plan.blocks()]
    groups += [("kind", lines) for lines in plan.kinds()]
    groups += [("row", (line,)) for line in plan.trunk]
    seen: set[tuple[object, ...]] = set()
    for scope, lines in groups:
        for edit in _of_group(scope, lines):
            key = (edit.argument, edit.to, edit.rows)  # A block may be all there is of a kind.
            if key not in seen:
                seen.add(key)
                yield edit


def _of_group(scope: Scope, lines: Sequence[Line]) -> Iterator[Edit]:
    for kernel in KERNELS:
        # Of several rows the 1x1 convolutions stay what they are: they mix channels, and mean to see nothing more.
        yield from _changed(scope, lines, "kernel_size", partial(with_kernel, side=kernel, pointwise=scope == "row"))
    for rate in DILATIONS:
        yield from _changed(scope, lines, "dilation_rate", partial(with_dilation, rate=rate))
    for more in (1, -1):
        yield from _changed(scope, lines, "convolutions", partial(_with_convolutions, more=more))
    for side in POOL_SIZES:
        yield from _changed(scope, lines, "pool_size", partial(_with_pool_size, side=side))


def _changed(scope: Scope, lines: Sequence[Line], argument: str, new: NewRow) -> Iterator[Edit]:
    """The edit of these rows, if it changes any of them, and all to the same value."""
    pairs = [(line, row) for line in lines if (row := new(line.row)) is not None]
    if not pairs or (scope != "row" and len(pairs) == 1):
        return
    before, behind = {getattr(line.row, argument) for line, _ in pairs}, {getattr(row, argument) for _, row in pairs}
    if len(behind) > 1:
        return
    change = Change(others=tuple(line._replace(row=row) for line, row in pairs))
    was = before.pop() if len(before) == 1 else None
    yield Edit("change", tuple(line.identity for line, _ in pairs), scope, change, argument, was, behind.pop())


def with_kernel(row: rows.Row, side: int, pointwise: bool = True) -> rows.Row | None:
    """The row with a kernel of this side; an axis of 1 beside a longer one stays 1.

    Args:
        row: Any row; None comes back for one without a kernel, or with this one.
        side: Of the kernel.
        pointwise: Whether a 1x1 kernel is changed too.

    >>> with_kernel(rows.Conv(filters=8, kernel_size=(1, 3)), 5).kernel_size
    (1, 5)
    """
    was = getattr(row, "kernel_size", None)
    if was is None or (was == (1, 1) and not pointwise) or getattr(row, "conv", "") == "transposed":
        return None
    height, width = was
    kernel = (side if height > 1 or width == 1 else 1, side if width > 1 or height == 1 else 1)
    if kernel == was:
        return None
    return row.model_copy(update={"kernel_size": kernel, **_padding(row, kernel, getattr(row, "dilation_rate", (1, 1)))})


def with_dilation(row: rows.Row, rate: int) -> rows.Row | None:
    """The row with its taps so far apart; None for one without a kernel to dilate, with strides, or with this rate.

    >>> with_dilation(rows.Conv(filters=8, padding=((1, 1), (1, 1))), 2).padding
    ((2, 2), (2, 2))
    """
    was, kernel = getattr(row, "dilation_rate", None), getattr(row, "kernel_size", (1, 1))
    if was is None or kernel == (1, 1) or getattr(row, "strides", (1, 1)) != (1, 1) or getattr(row, "conv", "") == "transposed":
        return None
    dilation = (rate if kernel[0] > 1 else 1, rate if kernel[1] > 1 else 1)
    if dilation == was:
        return None
    return row.model_copy(update={"dilation_rate": dilation, **_padding(row, kernel, dilation)})


def _padding(row: rows.Row, kernel: tuple[int, int], dilation: tuple[int, int]) -> dict[str, object]:
    """The padding that goes along, where it is given in pixels and is half of the kernel: so the map keeps its size."""
    padding = getattr(row, "padding", "same")
    if isinstance(padding, str):
        return {}
    before = [effective_kernel(*pair) // 2 for pair in zip(row.kernel_size, row.dilation_rate, strict=True)]  # type: ignore[attr-defined]
    if padding != tuple((half, half) for half in before):
        return {}
    halves = [effective_kernel(*pair) // 2 for pair in zip(kernel, dilation, strict=True)]
    return {"padding": tuple((half, half) for half in halves)}


def _with_convolutions(row: rows.Row, more: int) -> rows.Row | None:
    count = getattr(row, "convolutions", 0)
    return row.model_copy(update={"convolutions": count + more}) if count and count + more > 0 else None


def _with_pool_size(row: rows.Row, side: int) -> rows.Row | None:
    """The pool with another window and the strides that it has."""
    if not isinstance(row, rows.Pool) or row.pool_size == (side, side) or (row.strides or row.pool_size) == (1, 1):
        return None
    return row.model_copy(update={"pool_size": (side, side), "strides": row.strides or row.pool_size})


def filter_edits(plan: Plan) -> Iterator[Edit]:
    """The filters of all rows above the head, or of a block, scaled."""
    for factor in FACTORS_OF_ALL:
        yield from _scaled("plan", plan.trunk, factor)
    for block in plan.blocks():
        for factor in FACTORS_OF_A_BLOCK:
            yield from _scaled("block", block, factor)


def _scaled(scope: Scope, lines: Sequence[Line], factor: tuple[int, int]) -> Iterator[Edit]:
    changed = []
    for line in lines:
        argument = "units" if isinstance(line.row, rows.Dense) else "filters"
        count = getattr(line.row, argument, None)
        if isinstance(count, int) and (scaled := scaled_filters(count, factor)) != count:
            changed.append(line._replace(row=line.row.model_copy(update={argument: scaled})))
    if changed:
        rows_ = tuple(line.identity for line in changed)
        yield Edit("scale", rows_, scope, Change(others=tuple(changed)), "filters", None, factor)


def scaled_filters(count: int, factor: tuple[int, int]) -> int:
    """A number of filters times a factor, rounded as FILTER_STEPS say.

    >>> scaled_filters(64, (3, 4)), scaled_filters(100, (15, 16)), scaled_filters(4, (1, 2))
    (48, 96, 2)
    """
    numerator, denominator = factor
    step = next((step for least, step in FILTER_STEPS if count >= least), 1)
    return max(1, (2 * count * numerator + denominator * step) // (2 * denominator * step)) * step
