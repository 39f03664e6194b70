"""Receptive-field arithmetic of one axis. Integers and fractions in, tuples out; knows no layers and no channels.

Units of a feature map lie on a regular grid over the input: unit `i` is centred at `start + i * jump` and sees `rf` input
pixels around it. Sizes follow Keras: floor for "valid" and for numbers of pixels, ceiling for "same", whose extra pixel
lies at the end.

Source: Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019, section "Problem
setup" and its alignment criteria.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, NamedTuple

AxisPadding = Literal["same", "valid"] | tuple[int, int]
Exact = int | Fraction
"""A whole number wherever it is one; a fraction only after upsampling or for a centre between two pixels."""


class Axis(NamedTuple):
    """One axis of a feature map. `rf` is the longest path, `rf_min` the shortest; `aligned` says that all paths agree."""

    size: int
    rf: Exact = 1
    rf_min: Exact = 1
    jump: Exact = 1
    start: Exact = 0
    aligned: bool = True


class Impossible(ValueError):
    """A window that does not fit on its map."""


def plain(value: Exact) -> Exact:
    """A fraction with denominator 1 as the int it is."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def effective_kernel(kernel_size: int, dilation_rate: int = 1) -> int:
    """Input positions from the first to the last tap of a kernel.

    >>> effective_kernel(3), effective_kernel(3, 2)
    (3, 5)
    """
    return dilation_rate * (kernel_size - 1) + 1


def padding_of(size: int, kernel: int, strides: int, padding: AxisPadding) -> tuple[int, int]:
    """Pixels before and after the map. Under "same" they depend on the size, and the odd one is put at the end.

    >>> padding_of(32, 3, 2, "same"), padding_of(33, 3, 2, "same"), padding_of(32, 2, 2, "valid")
    ((0, 1), (1, 1), (0, 0))
    """
    if padding == "valid":
        return 0, 0
    if padding == "same":
        outputs = -(-size // strides)
        total = max((outputs - 1) * strides + kernel - size, 0)
        return total // 2, total - total // 2
    return padding


def window(axis: Axis, kernel_size: int, strides: int = 1, padding: AxisPadding = "valid", dilation_rate: int = 1) -> Axis:
    """The axis behind a convolution or a pool.

    >>> window(Axis(32), 3, padding="same")
    Axis(size=32, rf=3, rf_min=3, jump=1, start=0, aligned=True)
    >>> window(Axis(32, rf=47, jump=1), 2, 2)._replace(start=0)
    Axis(size=16, rf=48, rf_min=2, jump=2, start=0, aligned=True)

    Raises:
        Impossible: The kernel is larger than the padded map.
    """
    kernel = effective_kernel(kernel_size, dilation_rate)
    before, after = padding_of(axis.size, kernel, strides, padding)
    room = axis.size + before + after - kernel
    if room < 0:
        raise Impossible(f"a window of {kernel} does not fit on a map of {axis.size + before + after}")
    grown = (kernel - 1) * axis.jump
    return Axis(
        size=room // strides + 1,
        rf=plain(axis.rf + grown),
        rf_min=plain(axis.rf_min + grown),
        jump=plain(axis.jump * strides),
        start=plain(axis.start + (Fraction(kernel - 1, 2) - before) * axis.jump),
        aligned=axis.aligned,
    )


def transposed(axis: Axis, kernel_size: int, strides: int, padding: AxisPadding, dilation_rate: int = 1) -> Axis:
    """The axis behind a transposed convolution: the jump shrinks by the stride, the size grows by it.

    An output unit reads at most `ceil(kernel / strides)` input units.

    >>> transposed(Axis(16, rf=10, jump=2), 2, 2, "same")
    Axis(size=32, rf=10, rf_min=1, jump=1, start=Fraction(-1, 2), aligned=True)
    """
    kernel = effective_kernel(kernel_size, dilation_rate)
    full = axis.size * strides + max(kernel - strides, 0)
    if padding == "same":
        cut = max(kernel - strides, 0)
        before, size = cut // 2, axis.size * strides
    elif padding == "valid":
        before, size = 0, full
    else:
        before, size = padding[0], (axis.size - 1) * strides + kernel - padding[0] - padding[1]
    if size < 1:
        raise Impossible(f"a padding of {padding} leaves nothing of a map of {full}")
    grown = (-(-kernel // strides) - 1) * axis.jump
    jump = Fraction(axis.jump) / strides
    return Axis(
        size=size,
        rf=plain(axis.rf + grown),
        rf_min=plain(axis.rf_min + grown),
        jump=plain(jump),
        start=plain(axis.start + (before - Fraction(kernel - 1, 2)) * jump),
        aligned=axis.aligned,
    )


def upsample(axis: Axis, factor: int, interpolation: str = "nearest") -> Axis:
    """The axis behind a repetition (or bilinear interpolation) of every unit.

    >>> upsample(Axis(16, rf=10, jump=2), 2)
    Axis(size=32, rf=10, rf_min=1, jump=1, start=Fraction(-1, 2), aligned=True)
    """
    jump = Fraction(axis.jump) / factor
    grown = axis.jump if interpolation == "bilinear" and factor > 1 else 0
    return Axis(
        size=axis.size * factor,
        rf=plain(axis.rf + grown),
        rf_min=plain(axis.rf_min + grown),
        jump=plain(jump),
        start=plain(axis.start - Fraction(factor - 1, 2) * jump),
        aligned=axis.aligned,
    )


def margins(axis: Axis, before: int, after: int) -> Axis:
    """The axis with units added at its ends (zero padding), or cut off (cropping, by negative numbers).

    Raises:
        Impossible: Nothing of the map is left.
    """
    size = axis.size + before + after
    if size < 1:
        raise Impossible(f"nothing is left of a map of {axis.size} after cutting {-before} and {-after}")
    return axis._replace(size=size, start=plain(axis.start - before * axis.jump))


def whole(axis: Axis) -> Axis:
    """The axis behind a global pool or a flatten: one unit that sees what all units together see."""
    spread = (axis.size - 1) * axis.jump
    return axis._replace(
        size=1,
        rf=plain(axis.rf + spread),
        rf_min=plain(axis.rf_min + spread),
        start=plain(axis.start + Fraction(spread) / 2),
    )


def merge(axes: list[Axis]) -> Axis:
    """The axis behind an add or a concatenation: longest and shortest path, aligned if jump and start agree.

    >>> merge([Axis(32, rf=7, rf_min=7), Axis(32, rf=3, rf_min=3)])
    Axis(size=32, rf=7, rf_min=3, jump=1, start=0, aligned=True)

    Raises:
        Impossible: The sizes differ.
    """
    if len({axis.size for axis in axes}) > 1:
        raise Impossible("maps of different sizes meet: " + ", ".join(str(axis.size) for axis in axes))
    longest = max(axes, key=lambda axis: axis.rf)
    agree = all(axis.jump == longest.jump and axis.start == longest.start for axis in axes)
    return longest._replace(rf_min=min(axis.rf_min for axis in axes), aligned=agree and all(axis.aligned for axis in axes))
