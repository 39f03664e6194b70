"""Graph → Design: a network that was found in a model, as a plan of rows that makes the same layers again.

Convolution, batch normalisation and activation behind one another become one row. What a plan cannot say is refused by name.
"""

from __future__ import annotations

import keyword
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from generator.design.parse import DesignProblems, parse_design
from generator.design.record import Design
from generator.design.rows import EPSILON, MERGE_KINDS, ROWS, ActivationName, Initializer
from generator.errors import InputError
from generator.network.as_plan.gates import Gate, gates_of
from generator.network.as_plan.written_form import written_form
from generator.network.expand import CONV_KINDS, expand
from generator.network.graph import Graph, Layer, LayerKind
from generator.network.trace import trace

ROW_KINDS: dict[LayerKind, tuple[str, ...]] = {
    "max_pool": ("pool_size", "strides", "padding"),
    "average_pool": ("pool_size", "strides", "padding"),
    "global_average_pool": ("keepdims",),
    "global_max_pool": ("keepdims",),
    "upsample": ("size", "interpolation"),
    "zero_padding": ("padding",),
    "cropping": ("cropping",),
    "batch_norm": ("epsilon", "scale", "center"),
    "layer_norm": ("epsilon", "scale", "center"),
    "rescaling": ("scale", "offset"),
    "activation": ("activation",),
    "dropout": ("rate",),
    "concat": (),
    "add": (),
    "multiply": (),
    "flatten": (),
}
"""Layers that are a row of the same name, and which of their arguments it says."""

SHARED_DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "conv": ("use_bias", "batch_norm", "epsilon", "activation", "kernel_initializer"),
    "batch_norm": ("epsilon",),
    "layer_norm": ("epsilon",),
}
"""Keys by kind that stand once, in `defaults`, where most rows agree."""

CONVOLUTIONS = {kind: name for name, kind in CONV_KINDS.items()}
KEPT_NAME = 40
"""Characters of a layer's name that its row keeps; the names of its parts must fit too."""


def to_design(graph: Graph, name: str, source: str | None = None) -> Design:
    """The design of a network.

    Args:
        graph: The network at its image size.
        name: Of the design.
        source: Where it comes from.

    Raises:
        InputError: A layer that no row can say.
    """
    graph = written_form(graph)
    plan = _Plan(graph)
    raw: dict[str, Any] = {
        "name": name,
        **({"source": source} if source else {}),
        "input": {"image_size": list(graph.image_size), "channels": graph.channels},
    }
    rows = plan.rows()
    traced = trace(graph)
    if not traced.rows[-1].spatial:
        raw["classes"] = traced.rows[-1].channels
        _put_classes(rows, traced.rows[-1].channels)
    defaults = _defaults(rows)
    try:
        design = parse_design({**raw, "defaults": defaults, "plan": [_without(row, defaults) for row in rows]})
    except DesignProblems as problems:
        raise InputError(f"cannot be written as a plan: {problems}") from None
    _check_same(graph, design)
    return design


class _Plan:
    """Goes through the layers; remembers which row gives what each layer gave."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.layers = {layer.name: layer for layer in graph.layers}
        self.readers: dict[str, list[Layer]] = defaultdict(list)
        for layer in graph.layers:
            for source in layer.inputs:
                self.readers[source].append(layer)
        self.gates: Mapping[str, Gate] = {gate.multiply: gate for gate in gates_of(graph)}
        self.done = {name for gate in self.gates.values() for name in gate.inner}
        self.row_of = {graph.layers[0].name: "input"}
        self.names = {"input"}
        self.last = "input"

    def rows(self) -> list[dict[str, Any]]:
        """The plan as plain data."""
        found = []
        for layer in self.graph.layers[1:]:
            if layer.name not in self.done:
                found.append(self._row(layer))
        return found

    def _row(self, layer: Layer) -> dict[str, Any]:
        row, inputs, absorbed = self._content(layer)
        name = self._name(layer.name)
        sources = [self.row_of[source] for source in inputs]
        if row["kind"] in MERGE_KINDS or sources != [self.last]:
            row["inputs"] = sources
        self.last = self.row_of[absorbed[-1]] = name
        self.done |= set(absorbed)
        return {**row, "name": name}

    def _content(self, layer: Layer) -> tuple[dict[str, Any], tuple[str, ...], list[str]]:
        """What the row says, the layers it reads, and the layers that it stands for."""
        if layer.counted and layer.kind in (*CONVOLUTIONS, "dense", "batch_norm", "layer_norm") and layer.counted[0] == 0:
            raise _refusal(layer, "shares its weights with another layer")
        if layer.kind in CONVOLUTIONS:
            return self._unit(layer)
        if layer.name in self.gates:
            gate = self.gates[layer.name]
            return {"kind": "squeeze_excite", "ratio": gate.ratio}, (gate.source,), [layer.name]
        if layer.kind == "dense":
            activation, absorbed = self._activation_behind(layer)
            said = {"units": layer.arguments["units"], "activation": activation, **_weights(layer)}
            return {"kind": "dense", **said}, layer.inputs, absorbed
        if layer.kind not in ROW_KINDS:
            raise _refusal(layer, "is of unknown kind" if layer.kind == "unknown" else f"is a {layer.kind} layer")
        _check_said(layer)
        if layer.kind == "activation" and layer.arguments["activation"] == "softmax" and layer is self.graph.layers[-1]:
            return {"kind": "softmax"}, layer.inputs, [layer.name]
        if layer.kind == "add":
            activation, absorbed = self._activation_behind(layer)
            return {"kind": "add", **({"activation": activation} if activation else {})}, layer.inputs, absorbed
        said = {key: layer.arguments[key] for key in ROW_KINDS[layer.kind] if key in layer.arguments}
        return {"kind": layer.kind, **said}, layer.inputs, [layer.name]

    def _unit(self, layer: Layer) -> tuple[dict[str, Any], tuple[str, ...], list[str]]:
        arguments = layer.arguments
        if arguments.get("depth_multiplier", 1) != 1:
            raise _refusal(layer, f"has a depth_multiplier of {arguments['depth_multiplier']}")
        if not isinstance(arguments["padding"], str):
            raise _refusal(layer, "has an output_padding")
        normalised = None if "activation" in arguments else self._only_reader(layer, "batch_norm")
        if normalised is not None and not _is_plain_norm(normalised):
            normalised = None
        last = normalised or layer
        activation, absorbed = self._activation_behind(last)
        said = {
            "conv": CONVOLUTIONS[layer.kind],
            **({"filters": arguments["filters"]} if layer.kind != "depthwise_conv" else {}),
            **{key: arguments[key] for key in ("kernel_size", "strides", "padding")},
            "dilation_rate": arguments.get("dilation_rate", (1, 1)),
            # A 1x1 kernel is never padded; rows leave the word out.
            **({"padding": "same"} if arguments["kernel_size"] == (1, 1) and layer.kind != "transposed_conv" else {}),
            "groups": arguments.get("groups", 1),
            "batch_norm": normalised is not None,
            "activation": activation,
            **_weights(layer),
        }
        if normalised is not None:
            said["epsilon"] = normalised.arguments.get("epsilon", EPSILON)
        names = [layer.name, *absorbed] if normalised is not None else absorbed
        return {"kind": "conv", **said}, layer.inputs, names

    def _activation_behind(self, layer: Layer) -> tuple[str | None, list[str]]:
        """The activation that belongs to a layer's row, and the layers from it on that the row stands for."""
        own = layer.arguments.get("activation")
        if own is not None:
            if own not in get_args(ActivationName):
                raise _refusal(layer, f"has the activation {own}")
            return own, [layer.name]
        behind = self._only_reader(layer, "activation")
        if behind is None or behind.arguments["activation"] not in get_args(ActivationName) or behind.counted:
            return None, [layer.name]
        if behind is self.graph.layers[-1] and behind.arguments["activation"] == "softmax":
            return None, [layer.name]
        return behind.arguments["activation"], [layer.name, behind.name]

    def _only_reader(self, layer: Layer, kind: LayerKind) -> Layer | None:
        readers = self.readers[layer.name]
        return readers[0] if len(readers) == 1 and readers[0].kind == kind and readers[0].name not in self.done else None

    def _name(self, name: str) -> str:
        """A name for a row, from the layer's; unlike all others, and like no part of another row."""
        plain = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_").removesuffix("_conv_1")[-KEPT_NAME:].lstrip("_0123456789")
        plain = plain if plain and not keyword.iskeyword(plain) else "layer"
        found, number = plain, 1
        while found in self.names or any(f"{found}_{part}" in self.names for part in _PARTS):
            number += 1
            found = f"{plain}_v{number}"
        self.names |= {found, *(f"{found}_{part}" for part in _PARTS)}
        return found


_PARTS = ("conv_1", "bn_1", "pool", "dense_1", "dense_2", "relu_1", "sigmoid_1", "reshape", "multiply", *(
    f"{activation}_1" for activation in get_args(ActivationName)
))  # fmt: skip
"""Parts that rows of these kinds are made of, by which their layers are named."""


def _weights(layer: Layer) -> dict[str, Any]:
    """Bias, initialiser and penalty, where a row can say them; how weights begin is no part of what a network is."""
    arguments = layer.arguments
    initializer = arguments.get("kernel_initializer")
    return {
        "use_bias": arguments.get("use_bias", True),
        **({"kernel_initializer": initializer} if initializer in get_args(Initializer) else {}),
        **({"l2": arguments["l2"]} if arguments.get("l2") else {}),
    }


def _is_plain_norm(layer: Layer) -> bool:
    return bool(layer.arguments.get("scale", True)) and bool(layer.arguments.get("center", True))


def _check_said(layer: Layer) -> None:
    if layer.kind == "activation" and (layer.arguments["activation"] not in get_args(ActivationName) or layer.counted):
        raise _refusal(layer, f"is the activation {layer.arguments['activation']}")
    if layer.kind == "layer_norm" and "whole_map" in layer.arguments:
        raise _refusal(layer, "normalises over more than the channels of a unit")
    if layer.kind == "rescaling" and "scale" not in layer.arguments:
        raise _refusal(layer, "computes from a constant something")


def _refusal(layer: Layer, what: str) -> InputError:
    return InputError(
        f'layer "{layer.name}" {what}, which no row of a plan can say',
        help="the table can be had without -o, or in another form: -o table.csv",
    )


def _put_classes(rows: list[dict[str, Any]], classes: int) -> None:
    """The word `classes` in the last row with weights, so that the design can be given another number of them."""
    for row in reversed(rows):
        key = next((key for key in ("units", "filters") if key in row), None)
        if key is not None:
            if row[key] == classes:
                row[key] = "classes"
            return


def _defaults(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for kind, keys in SHARED_DEFAULTS.items():
        of_kind = [row for row in rows if row["kind"] == kind]
        shared: dict[str, Any] = {}
        for key in keys:
            said = [row[key] for row in of_kind if key in row]
            # A row without batch normalisation says no epsilon, and any is right for it.
            if said and (len(said) == len(of_kind) or key == "epsilon"):
                shared[key] = Counter(said).most_common(1)[0][0]
        unlike = {key: value for key, value in shared.items() if value != ROWS[kind].model_fields[key].get_default()}
        found |= {kind: unlike} if unlike else {}
    return found


def _without(row: Mapping[str, Any], defaults: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    own = defaults.get(row["kind"], {})
    return {key: value for key, value in row.items() if key not in own or own[key] != value}


def _check_same(graph: Graph, design: Design) -> None:
    """The figures of the plan are those of the network, or it is not written."""
    written, found = trace(expand(design)), trace(graph)
    figures = [(walked.params, walked.macs, walked.rows[-1].shape, walked.final.height) for walked in (written, found)]
    if figures[0] != figures[1]:
        raise AssertionError(f"the plan of {design.name} has the figures {figures[0]}, the network {figures[1]}")
