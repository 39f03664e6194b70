"""A design's network beside one that was found in a model: the first layer that is another, and figures that differ.

Both are gone through from their output, so neither names nor the order in which branches were written count. An activation that
is an argument of a convolution is a layer of its own here, as in a design.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, NamedTuple

from generator.lint.finding import Finding
from generator.lint.levels import level_of
from generator.lint.rules.model import model_figures_differ, model_layers_differ, model_params_differ
from generator.network.as_plan.written_form import written_form
from generator.network.graph import Graph
from generator.network.sides import both_sides
from generator.network.trace import LayerRow, trace

FIGURES = {"size": "size", "channels": "channels", "rf": "rf_out", "jump": "jump", "start": None}
"""What is compared of a layer, and the field of a finding on it."""
WITHOUT_ORDER = ("add", "multiply", "average", "maximum", "minimum")
SILENT = ("linear",)
"""Activations that do nothing."""


class _Place(NamedTuple):
    """A layer on the way from the output.

    Attributes:
        inputs: Positions of the layers that it reads.
        activation: Of an activation layer.
    """

    row: LayerRow
    kind: str
    inputs: tuple[int, ...]
    activation: str | None = None

    def __str__(self) -> str:
        """The layer in words."""
        return f'{self.activation or self.kind} "{self.row.name}"'


def differences_from_model(design: Graph, model: Graph, image_size: tuple[int, int]) -> list[Finding]:
    """What differs between a design and a model.

    Args:
        design: Its expansion.
        model: What was found in it.
        image_size: (height, width), px, at which both are looked at.
    """
    own, other = (_places(written_form(graph), image_size) for graph in (design, model))
    found: list[Finding] = []
    unlike: set[int] = set()
    for index, (mine, theirs) in enumerate(zip_longest(own, other)):
        if mine is None or theirs is None or _is_another(mine, theirs):
            found.append(_other_layer(mine, theirs))
            break
        if unlike.isdisjoint(mine.inputs):
            differing = list(_figures(mine, theirs))
            if differing:
                unlike.add(index)
            found += differing
        else:
            unlike.add(index)
    totals = sum(place.row.cost.params for place in own), sum(place.row.cost.params for place in other)
    if totals[0] != totals[1]:
        found.append(_finding(model_params_differ, "params_total", *totals, ("the whole network", "it", *totals)))
    return found


def _is_another(mine: _Place, theirs: _Place) -> bool:
    return (mine.kind, mine.activation, mine.inputs) != (theirs.kind, theirs.activation, theirs.inputs)


def _other_layer(mine: _Place | None, theirs: _Place | None) -> Finding:
    why = ""
    if mine and theirs and (mine.kind, mine.activation) == (theirs.kind, theirs.activation):
        why = ", which reads other layers"
    said = (str(mine) if mine else None, str(theirs) if theirs else None, why)
    return _finding(model_layers_differ, None, said[0], said[1], said)


def _figures(mine: _Place, theirs: _Place) -> Iterator[Finding]:
    for name, field in FIGURES.items():
        own, other = (getattr(row, name) if name == "channels" else both_sides(row, name) for row in (mine.row, theirs.row))
        if own != other:
            said = (str(mine), f'"{theirs.row.name}"', name, _shown(own), _shown(other))
            yield _finding(model_figures_differ, field, own, other, said)
            return
    own, other = mine.row.cost.params, theirs.row.cost.params
    if own != other:
        yield _finding(model_params_differ, "params", own, other, (str(mine), f'"{theirs.row.name}"', own, other))


def _finding(rule: Any, field: str | None, claimed: Any, computed: Any, said: tuple[Any, ...]) -> Finding:
    help = "change the design, or the code of the model"
    message = rule.explain(*said)
    return Finding(
        rule.CODE, rule.NAME, level_of(rule.CODE), message, field=field, claimed=claimed, computed=computed, help=help
    )  # fmt: skip


def _shown(value: Any) -> str:
    return " x ".join(map(str, value)) if isinstance(value, list) else str(value)


def _places(graph: Graph, image_size: tuple[int, int]) -> list[_Place]:
    """The layers of a graph, each behind what it reads, in an order that names and writing do not change."""
    layers = {layer.name: layer for layer in graph.layers}
    rows = {row.name: row for row in trace(graph, image_size).rows}
    depths: dict[str, tuple[int, int]] = {}
    for layer in graph.layers:
        above = [depths[name] for name in layer.inputs]
        own = int(layer.arguments.get("activation") not in SILENT or layer.kind != "activation")
        own += int(layer.kind != "activation" and "activation" in layer.arguments)
        depths[layer.name] = own + max((depth for depth, _ in above), default=0), own + sum(count for _, count in above)
    places: list[_Place] = []
    positions: dict[str, int] = {}
    waiting = [graph.layers[-1].name]
    while waiting:
        layer = layers[waiting[-1]]
        inputs = sorted(layer.inputs, key=depths.__getitem__) if layer.kind in WITHOUT_ORDER else list(layer.inputs)
        missing = [name for name in inputs if name not in positions]
        if missing and waiting[-1] not in positions:
            waiting.append(missing[0])
            continue
        waiting.pop()
        if layer.name in positions:
            continue
        read = tuple(positions[name] for name in inputs)
        positions[layer.name] = _add(places, layer.kind, layer.arguments.get("activation"), rows[layer.name], read)
    return places


def _add(places: list[_Place], kind: str, activation: str | None, row: LayerRow, inputs: tuple[int, ...]) -> int:
    """Adds a layer, and its activation as another; gives the position of what others read."""
    if kind == "activation":
        if activation in SILENT:
            return inputs[0]
        places.append(_Place(row, kind, inputs, activation))
        return len(places) - 1
    places.append(_Place(row, kind, inputs))
    if activation is None or activation in SILENT:
        return len(places) - 1
    places.append(_Place(row._replace(cost=row.cost._replace(params=0)), "activation", (len(places) - 1,), activation))
    return len(places) - 1
