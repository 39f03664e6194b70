"""What a layer does to an axis: receptive field, jump, start and size. Integers and fractions only; knows no channels.

Source: Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019, section "Problem
setup" and its alignment criteria.
"""

from __future__ import annotations

from fractions import Fraction

from generator.geometry import periods
from generator.geometry.axis import (
    Axis,
    AxisPadding,
    Impossible,
    axis_padding_of,
    effective_kernel,
    transposed_axis_cut,
    whole_if_exact,
)
from generator.geometry.periods import Phases
from generator.geometry.reads import Reads, shifted_reads, transposed_reads, upsample_reads, window_reads


def window_axis(axis: Axis, kernel_size: int, strides: int = 1, padding: AxisPadding = "valid", dilation_rate: int = 1) -> Axis:
    """The axis behind a convolution or a pool.

    >>> window_axis(Axis(32), 3, padding="same")
    Axis(size=32, rf=3, rf_min=3, jump=1, start=0, aligned=True, phases=None)
    >>> window_axis(Axis(32, rf=47, jump=1), 2, 2)._replace(start=0)
    Axis(size=16, rf=48, rf_min=2, jump=2, start=0, aligned=True, phases=None)

    Raises:
        Impossible: The kernel is larger than the padded map.
    """
    kernel = effective_kernel(kernel_size, dilation_rate)
    before, after = axis_padding_of(axis.size, kernel, strides, padding)
    room = axis.size + before + after - kernel
    if room < 0:
        raise Impossible(f"a window of {kernel} does not fit on a map of {axis.size + before + after}")
    grown = (kernel - 1) * axis.jump
    moved = kernel - 1 - 2 * before
    made = Axis(
        size=room // strides + 1,
        rf=whole_if_exact(axis.rf + grown),
        rf_min=whole_if_exact(axis.rf_min + grown),
        jump=whole_if_exact(axis.jump * strides),
        start=whole_if_exact(axis.start + (moved // 2 if moved % 2 == 0 else Fraction(moved, 2)) * axis.jump),
        aligned=axis.aligned,
    )
    if axis.phases is None:
        return made
    return _by_phases(axis, made, window_reads(kernel_size, strides, before, dilation_rate), down=strides)


def transposed_axis(axis: Axis, kernel_size: int, strides: int, padding: AxisPadding, dilation_rate: int = 1) -> Axis:
    """The axis behind a transposed convolution: the jump shrinks by the stride, the size grows by it.

    An output unit reads at most `ceil(kernel / strides)` input units.

    >>> transposed_axis(Axis(16, rf=10, jump=2, start=Fraction(1, 2)), 2, 2, "same")[:6]
    (32, 10, 1, 1, 0, True)
    """
    kernel = effective_kernel(kernel_size, dilation_rate)
    full = axis.size * strides + max(kernel - strides, 0)
    before = transposed_axis_cut(kernel, strides, padding)
    if isinstance(padding, str):
        size = axis.size * strides if padding == "same" else full
    else:
        size = (axis.size - 1) * strides + kernel - padding[0] - padding[1]
    if size < 1:
        raise Impossible(f"a padding of {padding} leaves nothing of a map of {full}")
    grown = (-(-kernel // strides) - 1) * axis.jump
    jump = Fraction(axis.jump) / strides
    return Axis(
        size=size,
        rf=whole_if_exact(axis.rf + grown),
        rf_min=whole_if_exact(axis.rf_min + grown),
        jump=whole_if_exact(jump),
        start=whole_if_exact(axis.start + (before - Fraction(kernel - 1, 2)) * jump),
        aligned=axis.aligned,
    )


def transposed_axis_exactly(axis: Axis, kernel_size: int, strides: int, padding: AxisPadding, dilation_rate: int = 1) -> Axis:
    """The same with what every unit sees, which is followed from there on."""
    made = transposed_axis(axis, kernel_size, strides, padding, dilation_rate)
    before = transposed_axis_cut(effective_kernel(kernel_size, dilation_rate), strides, padding)
    return _by_phases(axis, made, transposed_reads(kernel_size, strides, before, dilation_rate), up=strides)


def upsampled_axis(axis: Axis, factor: int, interpolation: str = "nearest") -> Axis:
    """The axis behind a repetition (or bilinear interpolation) of every unit.

    >>> upsampled_axis(Axis(16, rf=10, jump=2, start=Fraction(1, 2)), 2)[:6]
    (32, 10, 1, 1, 0, True)
    """
    jump = Fraction(axis.jump) / factor
    grown = axis.jump if interpolation == "bilinear" and factor > 1 else 0
    return Axis(
        size=axis.size * factor,
        rf=whole_if_exact(axis.rf + grown),
        rf_min=whole_if_exact(axis.rf_min + grown),
        jump=whole_if_exact(jump),
        start=whole_if_exact(axis.start - Fraction(factor - 1, 2) * jump),
        aligned=axis.aligned,
    )


def upsampled_axis_exactly(axis: Axis, factor: int, interpolation: str = "nearest") -> Axis:
    """The same with what every unit sees, which is followed from there on.

    >>> window_axis(upsampled_axis(Axis(16, rf=10, jump=2, start=Fraction(1, 2)), 2), 2).rf
    11
    >>> window_axis(upsampled_axis_exactly(Axis(16, rf=10, jump=2, start=Fraction(1, 2)), 2), 2).rf
    12
    """
    made = upsampled_axis(axis, factor, interpolation)
    return _by_phases(axis, made, upsample_reads(factor, interpolation), up=factor)


def padded_axis(axis: Axis, before: int, after: int) -> Axis:
    """The axis with units added at its ends (zero padding), or cut off (cropping, by negative numbers).

    Raises:
        Impossible: Nothing of the map is left.
    """
    size = axis.size + before + after
    if size < 1:
        raise Impossible(f"nothing is left of a map of {axis.size} after cutting {-before} and {-after}")
    made = axis._replace(size=size, start=whole_if_exact(axis.start - before * axis.jump))
    return made if axis.phases is None else _by_phases(axis, made, shifted_reads(before))


def pooled_axis(axis: Axis) -> Axis:
    """The axis behind a global pool or a flatten: one unit that sees what all units together see."""
    spread = (axis.size - 1) * axis.jump
    rf, rf_min, start = axis.rf + spread, axis.rf_min + spread, axis.start + Fraction(spread) / 2
    if axis.phases is not None:
        (first, last), (from_, to) = (path.between(0, axis.size - 1) for path in axis.phases)
        rf, rf_min, start = last - first + 1, to - from_ + 1, Fraction(first + last, 2)
    return axis._replace(size=1, rf=whole_if_exact(rf), rf_min=whole_if_exact(rf_min), start=whole_if_exact(start), phases=None)


def merged_axis(axes: list[Axis]) -> Axis:
    """The axis behind an add or a concatenation: longest and shortest path, aligned if jump and start agree.

    >>> merged_axis([Axis(32, rf=7, rf_min=7), Axis(32, rf=3, rf_min=3)])[:6]
    (32, 7, 3, 1, 0, True)

    Raises:
        Impossible: The sizes differ.
    """
    if len({axis.size for axis in axes}) > 1:
        sizes = ", ".join(str(axis.size) for axis in axes)
        raise Impossible(f"maps of different sizes meet: {sizes}", "pad them and stride them alike")
    longest = max(axes, key=lambda axis: axis.rf)
    agree = all(axis.jump == longest.jump and axis.start == longest.start for axis in axes)
    shortest = min(axes, key=lambda axis: axis.rf_min)
    made = longest._replace(rf_min=shortest.rf_min, aligned=agree and all(axis.aligned for axis in axes))
    if all(axis.phases is None for axis in axes) or any(_is_average(axis) for axis in axes):
        return made._replace(phases=None)
    together = periods.merged_periods([_phases_of(axis)[0] for axis in axes])
    return _with_phases(made, together or _phases_of(longest)[0], _phases_of(shortest)[1])


def _by_phases(axis: Axis, made: Axis, reads: Reads, *, up: int = 1, down: int = 1) -> Axis:
    """The axis behind a layer, exact where there is an upsampling before it or in it."""
    if _is_average(axis):
        return made._replace(phases=None)
    longest, shortest = (periods.periods_behind(path, reads, up=up, down=down) for path in _phases_of(axis))
    return _with_phases(made, longest, shortest)


def _is_average(axis: Axis) -> bool:
    """Whether the units see different things and the period in which they do is too long to be known."""
    return axis.phases is None and isinstance(axis.jump, Fraction)


def _phases_of(axis: Axis) -> tuple[Phases, Phases]:
    """The exact form of an axis; where the shortest path was not followed by itself, it has the same centres."""
    if axis.phases is not None:
        return axis.phases
    return tuple(periods.regular_period(rf, axis.start, axis.jump) for rf in (axis.rf, axis.rf_min))  # type: ignore[return-value]


def _with_phases(made: Axis, longest: Phases | None, shortest: Phases | None) -> Axis:
    """An axis with what its phases say; they are dropped as soon as all units see alike again."""
    if longest is None or shortest is None:
        return made._replace(phases=None)
    made = made._replace(rf=longest.rf, rf_min=min(shortest.rf, longest.rf), phases=(longest, shortest))
    if len(longest.spans) > 1 or len(shortest.spans) > 1 or not longest.spans[0]:
        return made
    first, last = longest.spans[0]
    return made._replace(start=whole_if_exact(Fraction(first + last, 2)), phases=None)
