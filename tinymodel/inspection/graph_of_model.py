"""Steps of a Keras model → layers of a Graph, each checked against what Keras says of it: shape and parameters.

A layer whose shape the calculator does not find is unknown, whatever it is called; parameters are Keras' in any case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import keras

from generator.design.fields import height_and_width
from generator.errors import InputError
from generator.geometry.axis import Impossible
from generator.network.graph import MERGES, Graph, Layer
from generator.network.trace import LayerRow, Trace, input_row, layer_row, unknown_row
from tinymodel.inspection.kinds import meaning_of
from tinymodel.inspection.operations import meaning_of_operation
from tinymodel.inspection.walk import Shape, Step, graph_of, walk_model

COUNTED_KINDS = ("conv", "separable_conv", "depthwise_conv", "transposed_conv", "dense", "batch_norm")
"""Kinds whose parameters the calculator counts."""


class Doubt(NamedTuple):
    """A figure that the calculator and Keras do not agree on; what is shown is Keras'."""

    layer: str
    what: str
    calculated: Any
    keras: Any


class Inspected(NamedTuple):
    """A model as a graph.

    Attributes:
        graph: Its image size is the one that was asked for, or the model's own.
        traced: The graph at that size.
        operations: The Keras layer or operation of each layer but the input, by name.
        shapes: The shape of each layer's output for one image, as Keras says.
        counted: Layers that have their parameters from Keras, because the calculator does not count their kind.
        doubts: Layers of known kind of which the calculator found something else than Keras.
    """

    name: str
    graph: Graph
    traced: Trace
    operations: Mapping[str, Any]
    shapes: Mapping[str, Shape | None]
    counted: tuple[str, ...]
    doubts: tuple[Doubt, ...]

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names of the layers of unknown kind."""
        return tuple(layer.name for layer in self.graph.layers if layer.kind == "unknown")


def inspect_model(model: keras.Model, image_size: int | tuple[int, int] | None = None) -> Inspected:
    """The graph of a model.

    Args:
        model: Functional or Sequential, built, with one image as its input and one output.
        image_size: px, or (height, width); the model's own where it is not given.

    Raises:
        InputError: A model whose graph cannot be known, or that does not read one image of a known size.
    """
    _check_model(model)
    size = _size(model, image_size)
    source = model.inputs[0]
    first = Layer(str(source._keras_history.operation.name), "input", (), str(source._keras_history.operation.name))
    layers, rows = [first], {first.name: input_row(first, int(source.shape[-1]), size)}
    steps, doubts = walk_model(model, size), list[Doubt]()
    _check_channels_last(steps)
    for step in steps:
        layer, doubt = _layer(step, rows, own_size=tuple(source.shape[1:3]) in (size, (None, None)))
        layers.append(layer)
        doubts += [doubt] if doubt else []
        rows[layer.name] = _row(layer, rows)
    graph = Graph(tuple(layers), int(source.shape[-1]), size)
    traced = Trace(tuple(rows.values()), size)
    params = sum(prod(weight.shape) for weight in model.weights)
    if traced.params != params:
        raise InputError(
            f'model "{model.name}" has {params:,} parameters and its layers {traced.params:,}: it uses some outside its graph',
            help="make a model of layers only",
        )
    return Inspected(
        model.name, graph, traced, {step.name: step.operation for step in steps}, {step.name: step.shape for step in steps},
        tuple(layer.name for layer in layers if layer.counted and layer.counted[0] and layer.kind not in COUNTED_KINDS),
        tuple(doubts),
    )  # fmt: skip


def _check_model(model: keras.Model) -> None:
    if isinstance(model, keras.Sequential) and not model.built:
        raise InputError(
            f'model "{model.name}" is not built: nothing says what it reads', help="give it an Input as its first layer"
        )
    if graph_of(model) is None:
        raise InputError(
            f'model "{model.name}" is a class with a `call` of its own, so only its code knows which layer reads which',
            help="make it a functional or Sequential model",
        )
    for tensors, what in ((model.inputs, "inputs"), (model.outputs, "outputs")):
        if len(tensors) > 1:
            names = ", ".join(str(tensor._keras_history.operation.name) for tensor in tensors)
            raise InputError(
                f'model "{model.name}" has {len(tensors)} {what} ({names}); one is read',
                help="give a function that makes a model of one of them: `keras.Model(model.inputs[0], model.outputs[0])`",
            )
    shape = tuple(model.inputs[0].shape)
    if len(shape) != 4 or shape[-1] is None:
        raise InputError(
            f'model "{model.name}" does not read images', received=shape, expected="(batch, height, width, channels)"
        )


def _check_channels_last(steps: Sequence[Step]) -> None:
    for step in steps:
        if getattr(step.operation, "data_format", None) == "channels_first":
            raise InputError(
                f'layer "{step.name}" has its channels first; maps are read with channels last',
                help='build the model with data_format="channels_last"',
            )


def _size(model: keras.Model, asked: int | tuple[int, int] | None) -> tuple[int, int]:
    own = tuple(model.inputs[0].shape[1:3])
    size = height_and_width(asked) if asked else own
    if None in size:
        raise InputError(f'model "{model.name}" takes images of any size', help="say which by --image-size")
    return int(size[0]), int(size[1])


def _layer(step: Step, rows: Mapping[str, LayerRow], *, own_size: bool) -> tuple[Layer, Doubt | None]:
    """The layer of a step: known if its kind is, and if the calculator finds the shape that Keras has."""
    counted = (0, 0) if step.repeated else _counted(step.operation)
    sources = [rows[name] for name in step.inputs]
    meaning, doubt = _meaning(step, sources), None
    if meaning is not None:
        layer = Layer(step.name, meaning[0], step.inputs, step.name, meaning[1])
        try:
            row = layer_row(layer, sources)
        except Impossible as impossible:
            # Of these Keras knows more forms (tokens, one row for all): they have no places that anybody knows.
            if layer.kind not in (*MERGES, "reshape"):
                doubt = Doubt(step.name, "shape", str(impossible), step.shape)
        else:
            if row.shape == step.shape or (row.unknown and row.height.size == 0):
                return _with_params(step, layer, row, counted, own_size=own_size)
            doubt = Doubt(step.name, "shape", row.shape, step.shape)
    known = [side for side in step.shape or (None,) if side is not None]
    shape = tuple(known) if len(known) == len(step.shape or (None,)) else None
    return Layer(step.name, "unknown", step.inputs, step.name, {"shape": shape}, counted), doubt


def _with_params(
    step: Step, layer: Layer, row: LayerRow, counted: tuple[int, int], *, own_size: bool
) -> tuple[Layer, Doubt | None]:
    if (row.cost.params, row.cost.trainable_params) == counted:
        return layer, None
    doubt = None
    if row.cost.params != counted[0] and layer.kind in COUNTED_KINDS and not step.repeated and not row.unknown:
        if not own_size and layer.kind == "dense":
            raise InputError(
                f'layer "{step.name}" has weights for the image size that the model is built for, and no other',
                help="leave --image-size out, or give a function that builds the model for that size",
            )
        doubt = Doubt(step.name, "params", row.cost.params, counted[0])
    return Layer(layer.name, layer.kind, layer.inputs, layer.row, layer.arguments, counted), doubt


def _meaning(step: Step, sources: list[LayerRow]) -> Any:
    if not sources or step.shape is None:
        return None
    shape = sources[0].shape
    if isinstance(step.operation, keras.Layer):
        meaning = meaning_of(step.operation, shape)
    else:
        meaning = meaning_of_operation(step.operation, len(sources), shape, step.arguments)
    # A layer that is called with more than it reads as a rule (a mask, a state) may do something else with it.
    return meaning if meaning and (len(sources) == 1 or meaning[0] in MERGES) else None


def _row(layer: Layer, rows: Mapping[str, LayerRow]) -> LayerRow:
    sources = [rows[name] for name in layer.inputs]
    return unknown_row(layer, sources) if layer.kind == "unknown" else layer_row(layer, sources)


def _counted(operation: Any) -> tuple[int, int]:
    """Parameters and trainable ones as Keras counts them."""
    if not isinstance(operation, keras.Layer):
        return 0, 0
    trainable = {id(weight) for weight in operation.trainable_weights}
    sizes = [(id(weight), prod(weight.shape)) for weight in operation.weights]
    return sum(size for _, size in sizes), sum(size for key, size in sizes if key in trainable)
