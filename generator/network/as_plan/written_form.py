"""A network that was found in a model, in the layers that rows of a plan have for the same: so it is written out, and compared.

An addition that multiplies a branch by a number is a rescaling and an addition. A pool whose means are made a map of one unit
again is one that keeps it. Numbers of a data set, which a model keeps among its weights and nobody trains, stand in the layer.
Trained factors of the channels are a depthwise convolution of 1x1.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from generator.network.graph import Graph, Layer
from generator.network.trace import trace

ONE_UNIT = {"kernel_size": (1, 1), "strides": (1, 1), "padding": "same", "dilation_rate": (1, 1), "use_bias": False}
TRAINED: dict[str, Any] = {"kind": "depthwise_conv", "arguments": ONE_UNIT}
GLOBAL_POOLS = ("global_average_pool", "global_max_pool")


def written_form(graph: Graph) -> Graph:
    """The same network; layers that are there for the form only are left out, those behind them read what they read."""
    shapes = {row.name: row.shape for row in trace(graph).rows}
    readers = Counter(source for layer in graph.layers for source in layer.inputs)
    found: dict[str, Layer] = {}
    instead: dict[str, str] = {}
    for layer in graph.layers:
        layer = replace(layer, inputs=tuple(instead.get(name, name) for name in layer.inputs))
        if layer.kind == "reshape":
            source = found[layer.inputs[0]]
            target = layer.arguments["target_shape"]
            if source.kind in GLOBAL_POOLS and readers[source.name] == 1 and target[:-1] == (1, 1):
                found[source.name] = replace(source, arguments={**source.arguments, "keepdims": True})
            elif target != shapes[source.name]:
                found[layer.name] = replace(layer, kind="flatten", arguments={}) if len(target) == 1 else layer
                continue
            instead[layer.name] = source.name
        elif layer.kind == "rescaling" and layer.counted:
            found[layer.name] = replace(layer, **(TRAINED if layer.counted[1] else {}), counted=None)
        elif scales := layer.arguments.get("scales"):
            names = [_scaled(found, layer, index, scale) for index, scale in enumerate(scales)]
            found[layer.name] = replace(layer, inputs=tuple(names), arguments=_without_scales(layer))
        else:
            found[layer.name] = layer
    return replace(graph, layers=tuple(found.values()))


def _scaled(found: dict[str, Layer], layer: Layer, index: int, scale: float) -> str:
    """The name of a branch that is multiplied by a number before a layer reads it."""
    source = layer.inputs[index]
    if scale == 1:
        return source
    name = f"{layer.name}_scale" if f"{layer.name}_scale" not in found else f"{layer.name}_scale_{index}"
    found[name] = Layer(name, "rescaling", (source,), layer.row, {"scale": scale, "offset": 0.0})
    return name


def _without_scales(layer: Layer) -> dict[str, Any]:
    return {key: value for key, value in layer.arguments.items() if key != "scales"}
