"""Graph → Design: the plan makes the same layers again, or the layer that it cannot say is named."""

from __future__ import annotations

from typing import Any

import pytest

from generator.design.parse import parse_design
from generator.design.read_yaml import design_of_yaml
from generator.design.write_yaml import design_to_yaml
from generator.errors import InputError
from generator.lint.against import differences_from_model
from generator.network.as_plan.to_design import to_design
from generator.network.expand import expand
from generator.network.graph import Graph, Layer
from generator.network.trace import Trace, trace
from tests.support.plans_of_all_kinds import random_design


def facts(traced: Trace) -> list[tuple[Any, ...]]:
    """What a layer is, whatever it is called and wherever between its neighbours it was written."""
    return sorted((row.kind, row.shape, row.height, row.width, row.cost) for row in traced.rows)


@pytest.mark.parametrize("seed", range(60))
def test_a_plan_written_out_of_a_graph_has_the_same_layers(seed: int) -> None:
    design = random_design(seed)
    graph = expand(design)
    written = to_design(graph, "again", "a test")
    assert facts(trace(expand(written))) == facts(trace(graph))
    assert design_of_yaml(design_to_yaml(written), "again.yaml") == written


def test_rows_are_those_that_a_person_would_write() -> None:
    design = parse_design(
        {
            "name": "x",
            "input": {"image_size": 32},
            "classes": 10,
            "defaults": {"all": {"batch_norm": True}},
            "plan": [
                {"kind": "conv", "filters": 8, "name": "stem"},
                {"kind": "residual_block", "filters": 8, "name": "block"},
                {"kind": "squeeze_excite", "ratio": 4, "name": "gate"},
                {"kind": "bottleneck", "filters": "classes", "name": "narrow"},
                {"kind": "global_average_pool"},
                {"kind": "softmax"},
            ],
        }
    )
    text = design_to_yaml(to_design(expand(design), "x"))
    assert text.partition("plan:\n")[2].splitlines() == [
        "  - {kind: conv, filters: 8, name: stem}",
        "  - {kind: conv, filters: 8, name: block}",
        "  - {kind: conv, filters: 8, activation: null, name: block_conv_2}",
        "  - {kind: add, inputs: [stem, block_conv_2], activation: relu, name: block_add}",
        "  - {kind: squeeze_excite, ratio: 4, name: gate_multiply}",
        "  - {kind: conv, filters: classes, kernel_size: 1, name: narrow}",
        "  - {kind: global_average_pool, name: global_average_pool_0}",
        "  - {kind: softmax, name: softmax_0}",
    ]
    assert "classes: 10" in text
    assert "conv: {batch_norm: true}" in text


WINDOW = {"kernel_size": (3, 3), "strides": (1, 1), "padding": "same", "dilation_rate": (1, 1)}


def graph_with(kind: Any, arguments: dict[str, Any], *, counted: tuple[int, int] | None = None, inputs: int = 1) -> Graph:
    layers = (
        Layer("image", "input", (), "image"),
        Layer("first", "conv", ("image",), "first", {"filters": 4, **WINDOW}),
        Layer("odd one", kind, ("first", "first")[:inputs], "odd one", arguments, counted),
    )
    return Graph(layers, 3, (8, 8))


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        (graph_with("unknown", {"shape": (8, 8, 4)}), "is of unknown kind"),
        (graph_with("group_norm", {}, counted=(8, 8)), "is a group_norm layer"),
        (graph_with("maximum", {}, inputs=2), "is a maximum layer"),
        (graph_with("subtract", {}, inputs=2), "is a subtract layer"),
        (graph_with("layer_norm", {"whole_map": True}, counted=(512, 512)), "normalises over more than the channels of a unit"),
        (graph_with("rescaling", {}), "computes from a constant something"),
        (graph_with("activation", {"activation": "leaky_relu(0.3)"}), "is the activation leaky_relu(0.3)"),
        (graph_with("activation", {"activation": "prelu"}, counted=(4, 4)), "is the activation prelu"),
        (graph_with("conv", {"filters": 4, **WINDOW}, counted=(0, 0)), "shares its weights with another layer"),
        (graph_with("depthwise_conv", {**WINDOW, "depth_multiplier": 2}), "has a depth_multiplier of 2"),
        (graph_with("conv", {"filters": 4, **WINDOW, "activation": "mish"}), "has the activation mish"),
    ],
)
def test_a_layer_that_no_row_can_say_is_named(graph: Graph, words: str) -> None:
    with pytest.raises(InputError) as refused:
        to_design(graph, "x")
    assert str(refused.value).startswith(f'layer "odd one" {words}, which no row of a plan can say\n  help: ')


def test_names_that_no_row_may_have_become_ones_that_it_may() -> None:
    layers = [Layer("image", "input", (), "image")]
    for name in ("block/conv", "block_conv", "1x1", "if", "a" * 90, "a" * 91, "relu", "relu_conv_1"):
        layers.append(Layer(name, "conv", (layers[-1].name,), name, {"filters": 4, **WINDOW}))
    design = to_design(Graph(tuple(layers), 3, (8, 8)), "x")
    names = [row.name for row in design.plan]
    assert len(set(names)) == 8
    assert names[:4] == ["block_conv", "block_conv_v2", "x1", "layer"]
    assert len(expand(design).layers) == 9


def test_a_head_of_convolutions_on_a_pooled_map_is_written() -> None:
    """As MobileNet ends: the pool keeps a map of one unit, a 1x1 convolution and a reshape make the classes of it."""
    layers = (
        Layer("image", "input", (), "image"),
        Layer("pool", "global_average_pool", ("image",), "pool", {"keepdims": True}),
        Layer("norm", "batch_norm", ("pool",), "norm", {"scale": False, "center": True}),
        Layer("preds", "conv", ("norm",), "preds", {"filters": 4, **WINDOW, "kernel_size": (1, 1)}),
        Layer("vector", "reshape", ("preds",), "vector", {"target_shape": (4,)}),
        Layer("answer", "activation", ("vector",), "answer", {"activation": "softmax"}),
    )
    design = to_design(Graph(layers, 3, (8, 8)), "x")
    assert design_to_yaml(design).partition("plan:\n")[2].splitlines() == [
        "  - {kind: global_average_pool, keepdims: true, name: pool}",
        "  - {kind: batch_norm, scale: false, name: norm}",
        "  - {kind: conv, filters: classes, kernel_size: 1, name: preds}",
        "  - {kind: flatten, name: vector}",
        "  - {kind: softmax, name: answer}",
    ]


def test_layers_that_a_plan_has_another_form_for() -> None:
    """A gate by a reshape, a branch that the addition itself scales, numbers of a data set among the weights."""
    norm = {"scale": (1.0, 0.5, 0.25), "offset": -1.0}
    layers = (
        Layer("image", "input", (), "image"),
        Layer("norm", "rescaling", ("image",), "norm", norm, counted=(7, 0)),
        Layer("pool", "global_max_pool", ("norm",), "pool"),
        Layer("form", "reshape", ("pool",), "form", {"target_shape": (1, 1, 3)}),
        Layer("gate", "conv", ("form",), "gate", {"filters": 3, **WINDOW, "kernel_size": (1, 1), "activation": "sigmoid"}),
        Layer("gated", "multiply", ("gate", "norm"), "gated"),
        Layer("sum", "add", ("norm", "gated"), "sum", {"scales": (1.0, 0.25)}),
        Layer("same", "reshape", ("sum",), "same", {"target_shape": (8, 8, 3)}),
    )
    graph = Graph(layers, 3, (8, 8))
    design = to_design(graph, "x")
    assert design_to_yaml(design).partition("plan:\n")[2].splitlines() == [
        "  - {kind: rescaling, scale: [1, 0.5, 0.25], offset: -1, name: norm}",
        "  - {kind: global_max_pool, keepdims: true, name: pool}",
        "  - {kind: conv, filters: 3, kernel_size: 1, name: gate}",
        "  - {kind: multiply, inputs: [gate, norm], name: gated}",
        "  - {kind: rescaling, scale: 0.25, name: sum_scale}",
        "  - {kind: add, inputs: [norm, sum_scale], name: sum}",
    ]
    assert trace(graph).params == trace(expand(design)).params + 7 == 12 + 7
    assert differences_from_model(expand(design), graph, (8, 8)) == []


def test_trained_factors_are_a_depthwise_convolution() -> None:
    design = to_design(graph_with("rescaling", {}, counted=(4, 4)), "x")
    row = "  - {kind: conv, conv: depthwise, kernel_size: 1, use_bias: false, name: odd_one}"
    assert row in design_to_yaml(design).splitlines()
    assert trace(expand(design)).params == 4 * 3 * 9 + 4 + 4
