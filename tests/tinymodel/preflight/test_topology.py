"""Names of chips and slices."""

from __future__ import annotations

import pytest

from generator.errors import InputError
from tinymodel.preflight.chips import CHIPS
from tinymodel.preflight.topology import EXAMPLES, topology_of


@pytest.mark.parametrize(
    ("text", "chips", "devices", "host"),
    [
        ("v5e:1x1", 1, 1, (1, 1, 1)),
        ("v5e:2x4", 8, 8, None),
        ("V5E:16x16", 256, 256, None),
        ("v5e:1x8", 8, 8, (1, 8, 1)),
        ("v2:2x2", 4, 8, None),
        ("v4:2x2", 4, 4, None),
        ("h100", 1, 1, (1, 1, 1)),
        ("h100:8", 8, 8, None),
    ],
)
def test_a_name_says_chips_devices_and_host(text, chips, devices, host):
    found = topology_of(text)
    assert (found.chips, found.devices) == (chips, devices)
    if found.chip.kind == "tpu":
        assert found.chips_per_host == host


def test_a_chip_with_three_axes_is_named_with_three():
    assert topology_of("v4:2x2").name == "v4:2x2x1"


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_slices_that_messages_name_exist(name):
    assert topology_of(name).name == name


@pytest.mark.parametrize(
    ("text", "fact", "help"),
    [
        ("v5f:2x4", "there is no such chip", 'did you mean "v5e:2x4"?'),
        ("h10", "there is no such chip", 'did you mean "h100"?'),
        ("v2-8", "there is no such chip", 'as a slice that machine is "v2:2x2"'),
        ("v5litepod-8", "there is no such chip", 'as a slice that machine is "v5e:2x4"'),
        ("v5e", "this does not say which slice of a pod", None),
        ("v5e:8", "this does not say which slice of a pod", None),
        ("v5e:0x4", "this does not say which slice of a pod", None),
        ("v5e:2x2x2", "the chips of a v5e lie on 2 axes", None),
        ("v5e:32x32", "a pod of v5e has no more than 256 chips", None),
        ("v5e:3x5", "several hosts have 2 x 2 chips each, so the first two axes are even", None),
        ("t4:9", "this is no number of GPUs", None),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(text, fact, help):
    with pytest.raises(InputError) as caught:
        topology_of(text)
    assert (caught.value.fact, caught.value.help) == (fact, help)
    if fact == "there is no such chip":
        assert all(name in caught.value.expected for name in CHIPS)


def test_peaks_are_those_that_the_vendors_print():
    assert CHIPS["v5e"].peak_flops("bfloat16") == 197e12
    assert CHIPS["a100"].peak_flops("float32") == 156e12
    assert (CHIPS["t4"].precision, CHIPS["t4"].peak_flops("bfloat16")) == ("float32", 8.1e12)
