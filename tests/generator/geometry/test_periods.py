"""Behind upsamplings, the calculator against sets of pixels that are carried through the layers unit by unit."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from generator.geometry import operations
from generator.geometry.axis import Axis, Impossible

Units = list[set[int]]
SIZE = 200


def windowed(units: Units, kernel: int, stride: int) -> Units:
    return [set().union(*units[at : at + kernel]) for at in range(0, len(units) - kernel + 1, stride)]


def repeated(units: Units, factor: int) -> Units:
    return [unit for unit in units for _ in range(factor)]


def interpolated(units: Units, factor: int) -> Units:
    made = []
    for index in range(len(units) * factor):
        centre = (index + 0.5) / factor - 0.5
        near = [at for at in range(len(units)) if abs(at - centre) < 1.0 - 1e-9]
        made.append(set().union(*(units[at] for at in near)))
    return made


def spread(units: Units, kernel: int, stride: int) -> Units:
    made: Units = [set() for _ in range((len(units) - 1) * stride + max(kernel, stride))]
    for index, unit in enumerate(units):
        for tap in range(kernel):
            made[index * stride + tap] |= unit
    return made


STEP = st.one_of(
    st.tuples(st.just("window"), st.integers(1, 4), st.integers(1, 3)),
    st.tuples(st.just("nearest"), st.integers(2, 3), st.just(0)),
    st.tuples(st.just("bilinear"), st.integers(2, 3), st.just(0)),
    st.tuples(st.just("transposed"), st.integers(2, 4), st.integers(1, 2)),
    st.tuples(st.just("beside"), st.integers(1, 5), st.just(0)),
)


def step(kind: str, first: int, second: int, units: Units, axis: Axis) -> tuple[Units, Axis]:
    if kind == "window":
        return windowed(units, first, second), operations.window_axis(axis, first, second)
    if kind == "nearest":
        return repeated(units, first), operations.upsampled_axis_exactly(axis, first)
    if kind == "bilinear":
        return interpolated(units, first), operations.upsampled_axis_exactly(axis, first, "bilinear")
    if kind == "transposed":
        return spread(units, first, second), operations.transposed_axis_exactly(axis, first, second, "valid")
    # A convolution of `first` that keeps the size, and the map itself, added.
    before = (first - 1) // 2
    padded = [set(), *units, set(), set(), set(), set()] if before == 1 else [set()] * before + units + [set()] * 4
    branch = windowed(padded, first, 1)[: len(units)]
    beside = operations.window_axis(axis, first, 1, (before, first - 1 - before))
    return [a | b for a, b in zip(units, branch, strict=True)], operations.merged_axis([axis, beside])


@settings(max_examples=80, deadline=None)
@given(steps=st.lists(STEP, min_size=1, max_size=5))
def test_extent_and_position_equal_the_pixels_that_are_touched(steps: list[tuple[str, int, int]]) -> None:
    units, axis = [{pixel} for pixel in range(SIZE)], Axis(SIZE)
    for kind, first, second in steps:
        try:
            units, axis = step(kind, first, second, units, axis)
        except Impossible:
            return
        if len(units) > 3000:
            return
        assert len(units) == axis.size
    inside = [index for index, unit in enumerate(units) if not unit or (min(unit) > 50 and max(unit) < SIZE - 51)]
    seen = {index: (min(units[index]), max(units[index])) for index in inside if units[index]}
    if len(seen) < 20:
        return
    if axis.aligned:
        assert axis.rf == max(last - first + 1 for first, last in seen.values())
    if axis.phases:
        assert {index: axis.phases[0].span(index) for index in seen} == seen
    elif axis.aligned:
        centres = {index: (first + last) / 2 for index, (first, last) in seen.items()}
        assert centres == {index: axis.start + index * axis.jump for index in seen}


def test_units_behind_a_repetition_see_differently_many_pixels_until_a_stride_makes_them_alike() -> None:
    twice = operations.upsampled_axis_exactly(operations.window_axis(Axis(32), 3), 2)
    assert (twice.rf, twice.jump, twice.size) == (3, 0.5, 60)
    after = operations.window_axis(twice, 2)
    assert after.rf == 4
    assert after.phases is not None
    assert [after.phases[0].span(unit) for unit in range(3)] == [(0, 2), (0, 3), (1, 3)]
    pooled = operations.window_axis(twice, 2, 2)
    assert (pooled.rf, pooled.jump, pooled.start, pooled.phases) == (3, 1, 1, None)


def test_reckoned_on_an_even_grid_a_decoder_has_the_fields_that_people_write() -> None:
    axis = operations.window_axis(operations.window_axis(Axis(32), 3, 2, "same"), 3, 2, "same")
    exact = axis
    fields = [axis.rf]
    for _ in range(2):
        axis = operations.window_axis(operations.upsampled_axis(axis, 2), 3, 1, "same")
        exact = operations.window_axis(operations.upsampled_axis_exactly(exact, 2), 3, 1, "same")
        fields.append(axis.rf)
    assert fields == [7, 11, 13]
    # By turns, units see 11 and 15 pixels.
    assert (axis.phases, exact.rf) == (None, 15)
