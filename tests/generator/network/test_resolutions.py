"""What changes with the image size: alignment of branches, convolutions that see nothing new, memory, targets."""

from __future__ import annotations

from typing import Any

import pytest

from generator.design.parse import parse_design
from generator.lint.checked_network import with_network
from generator.lint.finding import Checked
from generator.lint.options import CheckOptions
from generator.network.expand import expand
from generator.network.resolutions import Resolution, resolution
from generator.report.text import check_text

SHORTCUT = [
    {"kind": "conv", "filters": 4, "name": "stem"},
    {"kind": "conv", "filters": 4, "strides": 2, "name": "long"},
    {"kind": "conv", "filters": 4, "kernel_size": 1, "strides": 2, "inputs": ["stem"], "name": "short"},
    {"kind": "add", "inputs": ["long", "short"], "name": "meet"},
]


def at(plan: list[dict[str, Any]], size: int, **given: Any) -> Resolution:
    design = parse_design({"name": "x", "input": {"image_size": size}, "plan": plan, **given})
    return resolution(design, expand(design), (size, size))


def touched_centre(size: int, kernel: int, strides: int) -> float:
    """Centre of the pixels that the second unit of a "same" window touches, counted one by one."""
    outputs = -(-size // strides)
    before = max((outputs - 1) * strides + kernel - size, 0) // 2
    pixels = [strides - before + tap for tap in range(kernel)]
    return sum(pixels) / len(pixels)


@pytest.mark.parametrize("size", [31, 32, 33, 64])
def test_a_strided_shortcut_is_out_of_line_at_even_sizes_only(size: int) -> None:
    apart = abs(touched_centre(size, 3, 2) - touched_centre(size, 1, 2))
    found = at(SHORTCUT, size).misaligned
    assert bool(found) == bool(apart) == (size % 2 == 0)
    if found:
        (only,) = found
        assert (only.merge, only.offset) == ("meet", (apart, apart))
        assert set(only.branches) == {"long_relu_1", "short_relu_1"}
        assert only.pairing == 'padding 1 in place of "same" in "long_conv_1"'


def test_the_pairing_that_is_named_is_in_line() -> None:
    mended = [SHORTCUT[0], {**SHORTCUT[1], "padding": 1}, *SHORTCUT[2:]]
    assert at(mended, 32).misaligned == ()


def test_upsampled_branches_are_half_a_pixel_apart() -> None:
    plan = [
        {"kind": "conv", "filters": 4, "strides": 2, "name": "down"},
        {"kind": "upsample", "size": 2, "name": "up"},
        {"kind": "max_pool", "pool_size": 2, "inputs": ["input"], "name": "pool"},
        {"kind": "upsample", "size": 2, "name": "again"},
        {"kind": "concat", "inputs": ["up", "again"], "name": "meet"},
    ]
    (only,) = at(plan, 32).misaligned
    assert only.jumps is None
    assert float(only.offset[0]) == 0.5
    assert str(only).startswith('"again" and "up" look at places 0.5 px apart at "meet"')


def test_a_convolution_whose_input_sees_the_whole_image_sees_nothing_new() -> None:
    plan = [{"kind": "conv", "filters": 2, "name": f"c{number}"} for number in range(8)]
    plan.append({"kind": "conv", "filters": 2, "kernel_size": 1, "name": "c8"})
    blind = ("c4_conv_1", "c5_conv_1", "c6_conv_1", "c7_conv_1")
    assert at(plan, 9).blind == blind, "c3 gives 9 px; a 1x1 convolution is not meant to see more"
    assert at(plan, 64).blind == ()


def test_activations_are_counted_for_the_batch_and_precision_of_the_recipe() -> None:
    plan = [{"kind": "conv", "filters": 2, "name": "c"}, {"kind": "max_pool"}]
    phases = [{"image_size": 8, "epochs": 1, "batch_size": size} for size in (3, 5)]
    numbers = 8 * 8 * 3 + 2 * (8 * 8 * 2) + 4 * 4 * 2  # The picture, the convolution and its relu, the pool.
    assert at(plan, 8).activation_bytes == 4 * numbers
    assert at(plan, 8, train={"phases": phases}).activation_bytes == 4 * 5 * numbers
    assert at(plan, 8, train={"phases": phases, "precision": "bfloat16"}).activation_bytes == 2 * 5 * numbers


def checked(targets: dict[str, Any], image_size: tuple[int, int] | None = None) -> Checked:
    plan = [{"kind": "conv", "filters": 2, "name": "c"}]
    phases = [{"image_size": size, "epochs": 1, "batch_size": 1} for size in (8, 16)]
    design = parse_design(
        {"name": "x", "input": {"image_size": 8}, "plan": plan, "targets": targets, "train": {"phases": phases}}
    )
    return with_network(Checked(file="x.yaml", design=design, layers=1), design, CheckOptions(image_size=image_size))


def test_a_target_is_to_be_met_at_every_image_size_of_the_recipe() -> None:
    (missed,) = checked({"macs": {"max": 8 * 8 * 27 * 2}}).findings
    assert missed.message.endswith("is 13,824 at 16 x 16 px")
    assert checked({"macs": {"max": 8 * 8 * 27 * 2}}, image_size=(8, 8)).findings == ()
    assert checked({"macs": {"max": 13_824}}).findings == ()


def test_a_figure_that_is_the_same_everywhere_is_missed_once() -> None:
    assert [finding.code for finding in checked({"rf": {"value": 9}}).findings] == ["TG001"]


def test_memory_is_a_target_too() -> None:
    (missed,) = checked({"activation_bytes": {"max": 2000}}).findings
    assert (missed.code, missed.computed) == ("TG004", 4 * 16 * 16 * 7)


def test_the_text_says_what_the_size_changes() -> None:
    text = check_text_of(checked({}))
    assert "at 16 x 16 px: size 16, 13,824 macs, activations 0.00 GB a batch of 1 (float32)" in text


def check_text_of(found: Checked) -> str:
    from generator.lint.finding import CheckResult

    return check_text(CheckResult((found,)), CheckOptions())
