"""One small design a kind: expansion and trace, the direct build and the rendered script are the same network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from generator.design.parse import parse_design
from generator.design.rows import ROWS
from generator.network.buildable import check_buildable
from generator.network.calls import BLOCK_FUNCTIONS, LAYER_CLASSES
from generator.network.expand import expand
from generator.network.graph import Graph, Layer
from generator.network.trace import trace
from generator.render.script import render_script

keras = pytest.importorskip("keras")

from tinymodel import blocks  # noqa: E402
from tinymodel.build import build_model  # noqa: E402

BLOCKS_SOURCE = Path(blocks.__file__).read_text()

UNIT: dict[str, Any] = {"batch_norm": True, "kernel_initializer": "he_normal", "l2": 1e-4}
STEM: dict[str, Any] = {"kind": "conv", "filters": 6, "name": "stem"}

# By kind, then variant: the rows of the plan. Every plan stands behind an input of 12x10 px with 4 channels.
PLANS: dict[str, dict[str, list[dict[str, Any]]]] = {
    "conv": {
        "standard": [{"kind": "conv", "filters": 6}],
        "unit": [{"kind": "conv", "filters": 6, **UNIT}],
        "epsilon": [{"kind": "conv", "filters": 6, **UNIT, "epsilon": 1e-5}],
        "bare": [{"kind": "conv", "filters": 6, "activation": None, "use_bias": False}],
        "separable": [{"kind": "conv", "conv": "separable", "filters": 6, **UNIT}],
        "depthwise": [{"kind": "conv", "conv": "depthwise", **UNIT, "activation": "relu6"}],
        "grouped": [{"kind": "conv", "filters": 6, "groups": 2, "activation": "leaky_relu"}],
        "dilated": [{"kind": "conv", "filters": 6, "dilation_rate": [2, 1], "padding": "valid"}],
        "strided": [{"kind": "conv", "filters": 6, "strides": 2}],
        "non_square": [{"kind": "conv", "filters": 6, "kernel_size": [1, 5], "strides": [2, 1]}],
        "transposed": [{"kind": "conv", "conv": "transposed", "filters": 6, "kernel_size": 2, "strides": 2, **UNIT}],
        "transposed_valid": [{"kind": "conv", "conv": "transposed", "filters": 6, "strides": 2, "padding": "valid"}],
        "padded": [{"kind": "conv", "filters": 6, "padding": [[0, 1], [2, 3]], "strides": 2}],
        "padded_depthwise": [{"kind": "conv", "conv": "depthwise", "padding": 1}],
        "separable_strided": [{"kind": "conv", "conv": "separable", "filters": 6, "strides": 2, "kernel_size": 5}],
    },
    "dense_block": {
        "standard": [{"kind": "dense_block", "filters": 6}],
        "separable": [{"kind": "dense_block", "filters": 6, "conv": "separable", "convolutions": 3, **UNIT}],
        "dilated": [{"kind": "dense_block", "filters": 6, "convolutions": 1, "dilation_rate": 2, "kernel_size": [3, 1]}],
    },
    "residual_block": {
        "projected": [{"kind": "residual_block", "filters": 6, "strides": 2, **UNIT, "epsilon": 1.001e-5}],
        "projected_channels": [{"kind": "residual_block", "filters": 6, "conv": "separable"}],
        "identity": [{"kind": "residual_block", "filters": 4, "convolutions": 3, **UNIT}],
        "always": [{"kind": "residual_block", "filters": 4, "projection": "always", "activation": None}],
        "never": [{"kind": "residual_block", "filters": 4, "projection": "never", "convolutions": 1}],
    },
    "bottleneck": {
        "plain": [{"kind": "bottleneck", "filters": "classes"}],
        "unit": [{"kind": "bottleneck", "filters": 5, **UNIT}],
    },
    "inverted_residual": {
        "added": [{"kind": "inverted_residual", "filters": 4}],
        "strided": [{"kind": "inverted_residual", "filters": 4, "strides": 2, "l2": 1e-4, "epsilon": 0.5}],
        "narrow": [{"kind": "inverted_residual", "filters": 6, "expansion": 1, "batch_norm": False, "use_bias": True}],
    },
    "squeeze_excite": {"plain": [{"kind": "squeeze_excite"}], "ratio": [{"kind": "squeeze_excite", "ratio": 2}]},
    "concat": {"input": [STEM, {"kind": "concat", "inputs": ["input", "stem"]}]},
    "add": {
        "plain": [{**STEM, "filters": 4}, {"kind": "add", "inputs": ["stem", "input"]}],
        "activated": [{**STEM, "filters": 4}, {"kind": "add", "inputs": ["stem", "input"], "activation": "silu"}],
    },
    "multiply": {
        "maps": [{**STEM, "filters": 4}, {"kind": "multiply", "inputs": ["stem", "input"]}],
        "channel_gate": [
            {"kind": "global_average_pool", "keepdims": True}, {"kind": "bottleneck", "filters": 4, "name": "gate"},
            {"kind": "multiply", "inputs": ["gate", "input"]},
        ],
        "pixel_gate": [{"kind": "bottleneck", "filters": 1, "name": "gate"}, {"kind": "multiply", "inputs": ["gate", "input"]}],
    },
    "max_pool": {
        "valid": [{"kind": "max_pool"}],
        "overlapping": [{"kind": "max_pool", "pool_size": 3, "strides": 2, "padding": "same"}],
        "padded": [{"kind": "max_pool", "pool_size": [3, 2], "strides": 2, "padding": 1}],
    },
    "average_pool": {
        "valid": [{"kind": "average_pool", "pool_size": [2, 1]}],
        "same": [{"kind": "average_pool", "padding": "same"}],
    },
    "global_average_pool": {
        "plain": [{"kind": "global_average_pool"}],
        "kept": [{"kind": "global_average_pool", "keepdims": True}, {"kind": "bottleneck", "filters": 5}, {"kind": "flatten"}],
    },
    "global_max_pool": {
        "plain": [{"kind": "global_max_pool"}],
        "kept": [{"kind": "global_max_pool", "keepdims": True}, {"kind": "conv", "filters": 5, "conv": "separable", **UNIT}],
    },
    "upsample": {
        "nearest": [{"kind": "upsample"}],
        "bilinear": [{"kind": "upsample", "size": [2, 3], "interpolation": "bilinear"}],
    },
    "zero_padding": {"even": [{"kind": "zero_padding"}], "odd": [{"kind": "zero_padding", "padding": [[0, 1], [2, 0]]}]},
    "cropping": {
        "odd": [{"kind": "cropping", "cropping": [[0, 1], [2, 0]]}],
        "axes": [{"kind": "cropping", "cropping": [1, 2]}],
    },
    "batch_norm": {
        "plain": [{"kind": "batch_norm"}],
        "unscaled": [{"kind": "batch_norm", "scale": False}],
        "bare": [{"kind": "batch_norm", "scale": False, "center": False, "epsilon": 1e-6}],
    },
    "layer_norm": {
        "plain": [{"kind": "layer_norm"}],
        "unscaled": [{"kind": "layer_norm", "scale": False, "epsilon": 1e-6}],
        "vector": [{"kind": "global_average_pool"}, {"kind": "layer_norm", "center": False}],
    },
    "rescaling": {
        "plain": [{"kind": "rescaling", "scale": 2}],
        "channels": [{"kind": "rescaling", "scale": [1, 0.5, 2, 3], "offset": [0.1, 0, 0, -1]}],
        "shifted": [{"kind": "rescaling", "scale": -2, "offset": [3, 3, 0, 3]}],
    },
    "activation": {
        name: [{"kind": "activation", "activation": name}]
        for name in (
            "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "hard_swish", "hard_sigmoid",
            "sigmoid", "tanh", "linear",
        )
    },
    "dropout": {"plain": [{"kind": "dropout", "rate": 0.5}]},
    "flatten": {"head": [{"kind": "flatten"}, {"kind": "dense", "units": "classes", "activation": "softmax"}]},
    "dense": {
        "vector": [{"kind": "global_average_pool"}, {"kind": "dense", "units": 5, "l2": 1e-3, "use_bias": False}],
        "map": [{"kind": "dense", "units": 5, "activation": "relu", "kernel_initializer": "he_normal"}],
    },
    "softmax": {"map": [{"kind": "softmax"}]},
}  # fmt: skip

VARIANTS = [(kind, variant) for kind, variants in PLANS.items() for variant in variants]

KERAS_CLASSES = {
    "input": "InputLayer",
    "conv": "Conv2D",
    "separable_conv": "SeparableConv2D",
    "depthwise_conv": "DepthwiseConv2D",
    "transposed_conv": "Conv2DTranspose",
    "max_pool": "MaxPooling2D",
    "average_pool": "AveragePooling2D",
    "global_average_pool": "GlobalAveragePooling2D",
    "global_max_pool": "GlobalMaxPooling2D",
    "upsample": "UpSampling2D",
    "zero_padding": "ZeroPadding2D",
    "cropping": "Cropping2D",
    "batch_norm": "BatchNormalization",
    "layer_norm": "LayerNormalization",
    "rescaling": "Rescaling",
    "activation": "Activation",
    "dropout": "Dropout",
    "concat": "Concatenate",
    "add": "Add",
    "multiply": "Multiply",
    "dense": "Dense",
    "flatten": "Flatten",
    "reshape": "Reshape",
}

KERNELS = ("kernel", "depthwise", "pointwise")


def _design(kind: str, variant: str) -> Any:
    plan = PLANS[kind][variant]
    return parse_design(
        {"name": f"{kind} {variant}", "input": {"image_size": [12, 10], "channels": 4}, "classes": 3, "plan": plan}
    )


def test_every_kind_is_everywhere() -> None:
    missing = []
    for kind, record in ROWS.items():
        if kind not in PLANS:
            missing.append(f"{kind}: a plan in tests/test_kinds.py")
            continue
        try:
            graph = expand(_design(kind, next(iter(PLANS[kind]))))
        except KeyError:
            missing.append(f"{kind}: its expansion in generator/network/expand.py")
            continue
        function = BLOCK_FUNCTIONS.get(record)
        if function and not hasattr(blocks, function):
            missing.append(f"{kind}: the function {function} in tinymodel/blocks.py")
        written = {layer.kind for layer in graph.layers if layer.row == f"{kind}_0"} <= LAYER_CLASSES.keys()
        if not function and not written:
            missing.append(f"{kind}: its function or layer class in generator/network/calls.py")
    assert not missing, "missing: " + "; ".join(missing)


@pytest.mark.parametrize(("kind", "variant"), VARIANTS)
def test_calculator_build_and_script_are_one_network(kind: str, variant: str) -> None:
    design = _design(kind, variant)
    graph = expand(design)
    check_buildable(graph)
    built = build_model(design, image_size=(12, 10))
    namespace: dict[str, Any] = {"__name__": "rendered"}
    exec(compile(render_script(design, BLOCKS_SOURCE), "rendered.py", "exec"), namespace)
    scripted = namespace["build_model"](image_size=(12, 10))

    expected = {row.name: (KERAS_CLASSES[row.kind], row.shape, row.cost.params) for row in trace(graph).rows}
    assert _facts(built) == expected
    assert [layer.name for layer in scripted.layers] == [layer.name for layer in built.layers]
    assert _facts(scripted) == expected
    _assert_order(built, graph)
    assert built.name == scripted.name
    assert [weight.path for weight in built.weights] == [weight.path for weight in scripted.weights]
    assert [layer.get_config() for layer in built.layers] == [layer.get_config() for layer in scripted.layers]
    for layer in graph.layers:
        _assert_arguments(built.get_layer(layer.name), layer)

    generator = np.random.default_rng(1)
    weights = [generator.uniform(0.1, 1.0, weight.shape) for weight in built.weights]
    images = generator.uniform(-1.0, 1.0, (2, 12, 10, 4)).astype("float32")
    built.set_weights(weights)
    scripted.set_weights(weights)
    outputs = np.asarray(built(images))
    assert np.isfinite(outputs).all()
    np.testing.assert_array_equal(outputs, np.asarray(scripted(images)))


def _facts(model: Any) -> dict[str, tuple[str, tuple[int, ...], int]]:
    return {layer.name: (type(layer).__name__, tuple(layer.output.shape[1:]), layer.count_params()) for layer in model.layers}


def _assert_arguments(made: Any, layer: Layer) -> None:
    """The Keras layer has the arguments of the graph's; initialiser and penalty hold for all kernels that it has."""
    arguments = dict(layer.arguments)
    if layer.kind == "depthwise_conv":
        assert arguments.pop("filters") is None
    if layer.kind in ("separable_conv", "depthwise_conv", "transposed_conv"):
        assert arguments.pop("groups") == 1
    if "l2" in arguments:
        penalty, initializer = arguments.pop("l2"), keras.initializers.get(arguments.pop("kernel_initializer"))
        kernels = [kernel for kernel in KERNELS if hasattr(made, f"{kernel}_initializer")]
        assert kernels
        assert {type(getattr(made, f"{kernel}_initializer")) for kernel in kernels} == {type(initializer)}
        penalties = [getattr(made, f"{kernel}_regularizer") for kernel in kernels]
        assert [float(found.l2) if found else 0.0 for found in penalties] == [pytest.approx(penalty)] * len(kernels)
    if "activation" in arguments:
        assert made.activation is keras.activations.get(arguments.pop("activation"))
    for key, expected in arguments.items():
        found = getattr(made, key)
        assert (tuple(found) if isinstance(expected, tuple) and key != "padding" else found) == expected, key


def _assert_order(model: Any, graph: Graph) -> None:
    """Keras lists layers by their distance from the output; without branches that is the order of the expansion."""
    distance = {graph.layers[-1].name: 0}
    for layer in reversed(graph.layers):
        for source in layer.inputs:
            distance[source] = max(distance.get(source, 0), distance[layer.name] + 1)
    names = [layer.name for layer in model.layers]
    distances = [distance[name] for name in names]
    assert distances == sorted(distances, reverse=True)
    if len(set(distances)) == len(distances):
        assert names == [layer.name for layer in graph.layers]
