"""Which units of its input a unit of a layer reads, on one axis: the one place that says it, for periods and for borders.

A function of the unit's index. Indices outside the map are given as they come; who asks knows whether there are such units.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

Reads = Callable[[int], Iterable[int]]


def window_reads(kernel_size: int, strides: int, before: int, dilation_rate: int = 1) -> Reads:
    """Of a convolution or a pool with `before` pixels of padding.

    >>> [*window_reads(3, 2, 1)(4)], [*window_reads(3, 1, 0, 2)(0)]
    ([7, 8, 9], [0, 2, 4])
    """
    reach = dilation_rate * (kernel_size - 1) + 1
    return lambda unit: range(unit * strides - before, unit * strides - before + reach, dilation_rate)


def transposed_reads(kernel_size: int, strides: int, cut: int, dilation_rate: int = 1) -> Reads:
    """Of a transposed convolution, of whose full output `cut` units are cut off at the front.

    >>> transposed_reads(3, 2, 0)(4), transposed_reads(3, 2, 0)(5)
    ([2, 1], [2])
    """

    def reads(unit: int) -> list[int]:
        spread = (unit + cut - dilation_rate * tap for tap in range(kernel_size))
        return [at // strides for at in spread if at % strides == 0]

    return reads


def upsample_reads(factor: int, interpolation: str = "nearest") -> Reads:
    """Of a repetition, or of a bilinear interpolation between the two nearest centres.

    >>> upsample_reads(2)(5), upsample_reads(2, "bilinear")(5), upsample_reads(3, "bilinear")(4)
    ((2,), (2, 3), (1,))
    """
    if interpolation == "nearest":
        return lambda unit: (unit // factor,)

    def reads(unit: int) -> tuple[int, ...]:
        # The centre of a unit lies at (unit + 1/2) / factor - 1/2 of the input.
        below, beside = divmod(2 * unit + 1 - factor, 2 * factor)
        return (below, below + 1) if beside else (below,)

    return reads


def shifted_reads(before: int) -> Reads:
    """Of margins: `before` units added at the front, or cut off if it is negative."""
    return lambda unit: (unit - before,)
