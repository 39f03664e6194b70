"""Design → the calls that make its network: what a rendered script prints and what `tinymodel.build` carries out.

One list for both, so that they cannot differ. A call is a block function (`tinymodel/blocks.py`) for the kinds that are
blocks, and a class of `keras.layers` for each layer of every other kind. Knows the functions' names and arguments only.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Literal, NamedTuple

from generator.design import rows
from generator.design.record import Design
from generator.design.rows import EPSILON
from generator.network.expand import row_names
from generator.network.graph import Graph, Layer, LayerKind


class UnitArguments(NamedTuple):
    """Arguments of the blocks' `Unit`; `conv` is the name of a function."""

    conv: str
    groups: int
    use_bias: bool
    batch_norm: bool
    epsilon: float
    activation: str | None
    kernel_initializer: str
    l2: float


class Call(NamedTuple):
    """One call of the plan.

    Attributes:
        function: Name of a block function, or of a class of `keras.layers`.
        is_layer: True for such a class; it is made with the arguments, then called on the inputs.
        row: The plan's row that it belongs to, by name.
        inputs: Names of the graph's layers that it reads.
        layers: Names of the graph's layers that it makes; the last one is its output.
        arguments: By position, after the input of a block: literals, a `UnitArguments`, or the word "classes".
        keywords: By name, without `name`. Windows are short: 2 for (2, 2).
    """

    function: str
    is_layer: bool
    row: str
    inputs: tuple[str, ...]
    layers: tuple[str, ...]
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The `name` argument: a block names its layers after its row."""
        return self.layers[0] if self.is_layer else self.row


class _LayerClass(NamedTuple):
    """How a layer of a kind is written: its class, the arguments by position, and defaults of Keras that are left out."""

    name: str
    by_position: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = {}


LAYER_CLASSES: dict[LayerKind, _LayerClass] = {
    "max_pool": _LayerClass("MaxPooling2D", ("pool_size",), {"padding": "valid"}),
    "average_pool": _LayerClass("AveragePooling2D", ("pool_size",), {"padding": "valid"}),
    "global_average_pool": _LayerClass("GlobalAveragePooling2D"),
    "global_max_pool": _LayerClass("GlobalMaxPooling2D"),
    "upsample": _LayerClass("UpSampling2D", ("size",), {"interpolation": "nearest"}),
    "zero_padding": _LayerClass("ZeroPadding2D", ("padding",)),
    "cropping": _LayerClass("Cropping2D", ("cropping",)),
    "batch_norm": _LayerClass("BatchNormalization", (), {"epsilon": EPSILON, "scale": True, "center": True}),
    "layer_norm": _LayerClass("LayerNormalization", (), {"epsilon": EPSILON, "scale": True, "center": True}),
    "rescaling": _LayerClass("Rescaling", ("scale",), {"offset": 0.0}),
    "activation": _LayerClass("Activation", ("activation",)),
    "dropout": _LayerClass("Dropout", ("rate",)),
    "concat": _LayerClass("Concatenate"),
    "add": _LayerClass("Add"),
    "multiply": _LayerClass("Multiply"),
    "flatten": _LayerClass("Flatten"),
}

BLOCK_FUNCTIONS: dict[type[rows.Row], str] = {
    rows.Conv: "conv_unit",
    rows.Bottleneck: "bottleneck",
    rows.DenseBlock: "dense_block",
    rows.ResidualBlock: "residual_block",
    rows.InvertedResidual: "inverted_residual",
    rows.SqueezeExcite: "squeeze_excite",
    rows.Dense: "dense",
}

_UNIT_FIELDS = frozenset({"conv", *UnitArguments._fields})


def calls(design: Design, graph: Graph) -> tuple[Call, ...]:
    """The calls of a plan, in its order; `graph` is the design's own expansion."""
    by_name = dict(zip(row_names(design), design.plan, strict=True))
    found: list[Call] = []
    for name, group in groupby(graph.layers[1:], key=lambda layer: layer.row):
        layers, row = tuple(group), by_name[name]
        function = BLOCK_FUNCTIONS.get(type(row))
        found += [_block_call(function, row, layers)] if function else [_layer_call(layer) for layer in layers]
    return tuple(found)


def _block_call(function: str, row: rows.Row, layers: tuple[Layer, ...]) -> Call:
    said = {key: value for key, value in row if key not in rows.Row.model_fields and key != "inputs"}
    positional: list[Any] = [said.pop(key) for key in ("filters", "units") if key in said]
    if isinstance(row, rows.Unit | rows.InvertedResidual):
        positional.append(_unit(row))
        said = {key: value for key, value in said.items() if key not in _UNIT_FIELDS}
    keywords = {key: short_window(value) for key, value in said.items()}
    names = tuple(layer.name for layer in layers)
    return Call(function, False, layers[0].row, layers[0].inputs, names, tuple(positional), keywords)


def _unit(row: rows.Unit | rows.InvertedResidual) -> UnitArguments:
    conv: Literal["standard", "separable", "depthwise", "transposed"] = getattr(row, "conv", "standard")
    groups: int = getattr(row, "groups", 1)
    return UnitArguments(
        f"{conv}_conv", groups, row.use_bias, row.batch_norm, row.epsilon, row.activation, row.kernel_initializer, row.l2
    )  # fmt: skip


def _layer_call(layer: Layer) -> Call:
    written = LAYER_CLASSES[layer.kind]
    arguments = dict(layer.arguments)
    if arguments.get("strides") == arguments.get("pool_size"):
        arguments.pop("strides", None)
    positional = tuple(short_window(arguments.pop(key)) for key in written.by_position)
    keywords = {key: short_window(value) for key, value in arguments.items() if written.defaults.get(key) != value}
    return Call(written.name, True, layer.row, layer.inputs, (layer.name,), positional, keywords)


def short_window(value: Any) -> Any:
    """A window with equal axes as one number, and margins with equal sides as one number an axis, as people write them.

    >>> short_window((3, 3)), short_window((1, 3)), short_window(((1, 1), (1, 1))), short_window(((0, 1), (0, 1)))
    (3, (1, 3), 1, ((0, 1), (0, 1)))
    """
    if not isinstance(value, tuple):
        return value
    inner = tuple(short_window(part) for part in value)
    if any(isinstance(part, tuple) for part in inner):
        return value
    return inner[0] if len(set(inner)) == 1 else inner
