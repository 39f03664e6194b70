"""Receptive fields against published values and a gradient-free oracle: the set of input pixels that a unit touches."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from generator.check.files import read_one
from generator.design.read_yaml import design_of_yaml
from generator.geometry.axis import Axis, Impossible
from generator.geometry.operations import window_axis
from generator.lint.options import CheckOptions


def touched(size: int, layers: list[tuple[int, int, int, str]]) -> list[set[int]]:
    """For each unit, the input pixels it reads: sets carried through the layers, nothing computed."""
    units = [{pixel} for pixel in range(size)]
    for kernel, stride, dilation, padding in layers:
        extent = dilation * (kernel - 1) + 1
        if padding == "same":
            count = -(-len(units) // stride)
            total = max((count - 1) * stride + extent - len(units), 0)
            before = total // 2
        else:
            count, before = (len(units) - extent) // stride + 1, 0
        read = []
        for unit in range(count):
            taps = [unit * stride - before + tap * dilation for tap in range(kernel)]
            read.append(set().union(*(units[tap] for tap in taps if 0 <= tap < len(units))))
        units = read
    return units


LAYER = st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(1, 2), st.sampled_from(["same", "valid"]))


@settings(max_examples=200, deadline=None)
@given(size=st.integers(24, 64), layers=st.lists(LAYER, min_size=1, max_size=5))
def test_size_extent_and_position_equal_the_pixels_that_are_touched(size: int, layers: list[tuple[int, int, int, str]]) -> None:
    axis = Axis(size)
    for number, (kernel, stride, dilation, padding) in enumerate(layers):
        try:
            axis = window_axis(axis, kernel, stride, padding, dilation)  # type: ignore[arg-type]
        except Impossible:
            assert padding == "valid"
            assert len(touched(size, layers[:number])) < dilation * (kernel - 1) + 1, "a window that fits is refused"
            layers = layers[:number]
            break
    units = touched(size, layers)
    assert len(units) == axis.size
    for index, pixels in enumerate(units):
        centre = axis.start + index * axis.jump
        first, last = centre - (axis.rf - 1) / 2, centre + (axis.rf - 1) / 2
        assert min(pixels, default=first) >= first
        assert max(pixels, default=last) <= last
        if first >= 0 and last <= size - 1:
            # Inside the image nothing is cut off: the outermost pixels are the ends of the receptive field.
            assert (min(pixels), max(pixels)) == (first, last)


def test_a_two_by_two_pool_adds_a_jump_and_doubles_it() -> None:
    before = Axis(32, rf=47, rf_min=3)
    after = window_axis(before, 2, 2)
    assert (after.size, after.rf, after.jump) == (16, 48, 2)


def test_vgg16_sees_212_pixels_as_published() -> None:
    blocks = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
    rows = "\n".join(
        "\n".join([f"  - {{kind: conv, filters: {filters}}}"] * count + ["  - {kind: max_pool}"]) for filters, count in blocks
    )
    design = design_of_yaml(f"name: vgg16\ninput: {{image_size: 224}}\nplan:\n{rows}\n", "vgg16.yaml")
    from generator.network.expand import expand
    from generator.network.trace import trace

    traced = trace(expand(design))
    final = traced.final.height
    assert (final.rf, final.jump, final.size) == (212, 32, 7)
    assert traced.params == 14_714_688
    assert traced.macs == 15_346_630_656


def test_the_trained_network_sees_80_pixels_at_any_size(repository: Path) -> None:
    for image_size in (32, 64):
        options = CheckOptions(image_size=(image_size, image_size))
        checked = read_one(str(repository / "designs" / "tiny-imagenet-v36.yaml"), options)
        assert checked.final is not None
        assert (checked.final["rf"], checked.final["size"]) == (80, image_size // 2)
