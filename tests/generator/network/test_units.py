"""What each unit sees at a given image size, worked out by hand: borders, padding, units that see nothing, gates left out."""

from __future__ import annotations

from typing import Any

from generator.design.parse import parse_design
from generator.network.expand import expand
from generator.network.graph import Graph
from generator.network.trace import trace
from generator.network.units import paths_to_map, reach_of_units, seen_by_units


def graph_of(*plan: dict[str, Any], size: Any = 6) -> Graph:
    return expand(parse_design({"name": "x", "input": {"image_size": size, "channels": 2}, "plan": list(plan)}))


def heights(graph: Graph) -> dict[str, tuple[Any, ...]]:
    return {name: sides[0] for name, sides in seen_by_units(graph, trace(graph)).items()}


def conv(**arguments: Any) -> dict[str, Any]:
    return {"kind": "conv", "filters": 2, "activation": None, **arguments}


def test_same_padding_puts_the_odd_pixel_at_the_end() -> None:
    assert heights(graph_of(conv(strides=2)))["conv_0_conv_1"] == ((0, 2), (2, 4), (4, 5))
    assert heights(graph_of(conv(strides=2), size=7))["conv_0_conv_1"] == ((0, 1), (1, 3), (3, 5), (5, 6))


def test_padding_in_the_middle_gives_units_that_see_less_or_nothing() -> None:
    found = heights(graph_of(conv(padding="valid"), {"kind": "zero_padding", "padding": 2}, conv()))
    assert found["zero_padding_0"] == (None, None, (0, 2), (1, 3), (2, 4), (3, 5), None, None)
    assert found["conv_1_conv_1"] == (None, (0, 2), (0, 3), (0, 4), (1, 5), (2, 5), (3, 5), None)


def test_a_crop_takes_pixels_away_from_the_border_for_good() -> None:
    found = heights(graph_of({"kind": "cropping", "cropping": [[2, 0], [0, 0]]}, conv()))
    assert found["conv_0_conv_1"] == ((2, 3), (2, 4), (3, 5), (4, 5))


def test_a_merge_sees_what_its_branches_see_together() -> None:
    found = heights(graph_of(conv(kernel_size=5, name="wide"), conv(inputs=["input"], name="narrow", kernel_size=1),
                             {"kind": "add", "inputs": ["wide", "narrow"], "name": "sum"}))  # fmt: skip
    assert found["sum"] == ((0, 2), (0, 3), (0, 4), (1, 5), (2, 5), (3, 5))


def test_a_gate_is_no_path() -> None:
    graph = graph_of(conv(), {"kind": "squeeze_excite", "ratio": 1})
    assert [layer.name for layer in paths_to_map(graph, "squeeze_excite_0_multiply").layers] == [
        "input", "conv_0_conv_1", "squeeze_excite_0_multiply",
    ]  # fmt: skip


def test_units_know_whether_borders_change_what_they_see() -> None:
    graph = graph_of(conv(), {"kind": "max_pool"}, conv(kernel_size=1), size=8)
    traced = trace(graph)
    assert [reach_of_units(graph, traced, 0, [unit]).untouched for unit in range(4)] == [False, True, True, False]
    narrow = graph_of(conv(kernel_size=[1, 4], dilation_rate=[1, 3], padding=[[0, 0], [5, 5]]), size=[6, 1])
    assert [reach_of_units(narrow, trace(narrow), 1, [unit]) for unit in (0, 1)] == [(False, False), (False, False)]
