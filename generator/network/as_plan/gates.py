"""Squeeze-and-excitation gates in a graph, as the row `squeeze_excite` makes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from generator.network.graph import Graph, Layer, LayerKind
from generator.network.trace import trace


class Gate(NamedTuple):
    """A gate.

    Attributes:
        multiply: Name of the layer that scales the map.
        source: Name of the layer whose map is scaled.
        ratio: Channels of the map to those in the middle of the gate.
        inner: Names of the layers between the two.
    """

    multiply: str
    source: str
    ratio: int
    inner: tuple[str, ...]


_CHAIN: tuple[tuple[LayerKind, str | None], ...] = (
    ("reshape", None),
    ("activation", "sigmoid"),
    ("dense", None),
    ("activation", "relu"),
    ("dense", None),
    ("global_average_pool", None),
)
"""The layers of a gate from its end to its start, with their activation."""


def gates_of(graph: Graph) -> Iterator[Gate]:
    """The gates of a graph that a row can say."""
    if not any(layer.kind == "multiply" for layer in graph.layers):
        return
    layers = {layer.name: layer for layer in graph.layers}
    channels = {row.name: row.channels for row in trace(graph).rows}
    for layer in graph.layers:
        if layer.kind == "multiply" and len(layer.inputs) == 2:
            for source, end in (layer.inputs, layer.inputs[::-1]):
                inner = _inner(layers, end, source)
                if inner and (ratio := _ratio(channels[source], channels[inner[-2].name])):
                    yield Gate(layer.name, source, ratio, tuple(each.name for each in inner))


def _inner(layers: dict[str, Layer], end: str, source: str) -> list[Layer]:
    """The layers of a gate on a map, from its end; none if it is another kind of gate."""
    found, name = [], end
    for kind, activation in _CHAIN:
        layer = layers[name]
        if layer.kind != kind or layer.arguments.get("activation") != activation or len(layer.inputs) != 1:
            return []
        if layer.counted or layer.arguments.get("keepdims") or not layer.arguments.get("use_bias", True):
            return []
        found.append(layer)
        name = layer.inputs[0]
    read_elsewhere = any(
        set(layer.inputs) & {each.name for each in found[1:]} for layer in layers.values() if layer not in found
    )
    return found if name == source and not read_elsewhere else []


def _ratio(channels: int, squeezed: int) -> int | None:
    """The ratio that gives this many channels.

    >>> _ratio(64, 4), _ratio(6, 1), _ratio(8, 5)
    (16, 6, None)
    """
    ratio = channels // max(squeezed, 1)
    return ratio if ratio and max(1, channels // ratio) == squeezed else None
