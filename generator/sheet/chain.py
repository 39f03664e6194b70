"""The layers of a table one after another, from the image on: size, jump and receptive field before and after every row.

The arithmetic is `geometry`'s; here it goes on where a sheet breaks off, so that one impossible size does not hide the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from generator.design.fields import Pair
from generator.geometry import operations
from generator.geometry.axis import Axis, AxisPadding, Impossible
from generator.sheet.layers import SheetRow
from generator.sheet.spellings import SheetPadding

DEFAULT_POOL: Pair = (2, 2)
"""Window and strides of a pool that says only that it is one."""
_ROOMY = 1 << 20
"""A size that every window fits on: stands for an unknown size, which receptive fields do not depend on."""


class Map(NamedTuple):
    """A feature map of a sheet; sizes are not known behind an impossible layer, or without an image size."""

    height: Axis
    width: Axis
    size_known: bool = True


class Step(NamedTuple):
    """One row: the map it reads and the map it gives; `impossible` says why its window does not fit."""

    before: Map
    after: Map
    impossible: str | None = None


def window_in_chain(row: SheetRow) -> tuple[Pair, Pair, Pair]:
    """Kernel, strides and dilation of a row, with what people leave out put in: a pool is 2x2 and strides by its window."""
    kernel = row.kernel_size or (DEFAULT_POOL if row.is_pool else (1, 1))
    strides = row.strides or (kernel if row.is_pool else (1, 1))
    return kernel, strides, row.dilation_rate or (1, 1)


def walk_chain(
    rows: Sequence[SheetRow], image_size: Pair | None, convolutions: Sequence[int], default_padding: str
) -> list[Step]:
    """A step for every row.

    Args:
        rows: The rows of a table in order.
        image_size: (height, width) of the image, px; None where the sheet does not say.
        convolutions: For every row, how many convolutions it stands for.
        default_padding: "same" or "valid" for convolutions that say nothing; pools are "valid" then.
    """
    size = image_size or (_ROOMY, _ROOMY)
    now = Map(Axis(size[0]), Axis(size[1]), image_size is not None)
    steps: list[Step] = []
    for row, count in zip(rows, convolutions, strict=True):
        main = now
        now = _enlarged(row, now if row.reads is None else steps[row.reads].after)
        impossible: str | None = None
        if row.joins:
            now, impossible = _joined([steps[index].after for index in row.joins], now)
        before = now
        for repeat in range(count if row.has_window and not row.is_pool else int(row.has_window)):
            now, trouble = _through(row, now, repeat, default_padding)
            impossible = impossible or trouble
        if row.kind == "upsample":
            factor = row.strides or row.kernel_size or (2, 2)
            now = now._replace(
                height=operations.upsampled_axis(now.height, factor[0]), width=operations.upsampled_axis(now.width, factor[1])
            )
        steps.append(Step(before, now, impossible))
        now = now if row.reads is None else main
    return steps


def _joined(ends: Sequence[Map], now: Map) -> tuple[Map, str | None]:
    """The map behind a concatenation of branches; why they cannot meet."""
    try:
        height, width = (
            operations.merged_axis([end.height for end in ends]),
            operations.merged_axis([end.width for end in ends]),
        )
    except Impossible as trouble:
        return now, str(trouble)
    return now._replace(height=height, width=width), None


def _enlarged(row: SheetRow, now: Map) -> Map:
    """The map that a row's window reads, where its name puts an upsampling in front of it."""
    if row.upsampled == 1:
        return now
    return now._replace(
        height=operations.upsampled_axis(now.height, row.upsampled), width=operations.upsampled_axis(now.width, row.upsampled)
    )


def with_whole_maps(rows: Sequence[SheetRow], image_size: Pair | None, default_padding: str) -> tuple[SheetRow, ...]:
    """The rows with the kernel of pools over the whole map: the size that they read."""
    known = list(rows)
    for index, row in enumerate(rows):
        if row.whole_map:
            (step,) = walk_chain([*known[:index], row._replace(kind="pass")], image_size, [1] * (index + 1), default_padding)[
                -1:
            ]
            size = (step.before.height.size, step.before.width.size) if step.before.size_known else (1, 1)
            known[index] = row._replace(kernel_size=size, strides=row.strides or (1, 1), padding=row.padding or (0, 0))
    return tuple(known)


def _through(row: SheetRow, now: Map, repeat: int, default_padding: str) -> tuple[Map, str | None]:
    try:
        return now._replace(
            height=_axis(row, now.height, 0, repeat, default_padding), width=_axis(row, now.width, 1, repeat, default_padding)
        ), None
    except Impossible as trouble:
        roomy = Map(now.height._replace(size=_ROOMY), now.width._replace(size=_ROOMY), False)
        through, _ = _through(row, roomy, repeat, default_padding)
        return through, str(trouble)


def _axis(row: SheetRow, axis: Axis, index: int, repeat: int, default_padding: str) -> Axis:
    kernel, strides, dilation = (pair[index] for pair in window_in_chain(row))
    padding = axis_padding(row.padding, index, default_padding if not row.is_pool else "valid")
    stride = strides if repeat == 0 else 1
    if row.kind == "transposed":
        return operations.transposed_axis(axis, kernel, stride, padding, dilation)
    return operations.window_axis(axis, kernel, stride, padding, dilation)


def axis_padding(padding: SheetPadding | None, index: int, default: str) -> AxisPadding:
    """The padding of one axis; numbers are pixels on both sides."""
    if padding is None:
        return "same" if default == "same" else "valid"
    if isinstance(padding, str):
        return padding
    return padding[index], padding[index]
