"""Design → keras.Model, by the functions of `blocks`, under the names of `generator.network.expand`."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from generator.design.fields import height_and_width
from generator.design.record import Design
from generator.network.buildable import check_buildable
from generator.network.calls import Call, UnitArguments, calls
from generator.network.expand import expand
from generator.network.graph import Graph
from generator.network.limits import check_limits
from generator.network.trace import trace
from generator.text import model_name
from tinymodel import blocks


def build_model(design: Design, *, image_size: int | tuple[int, int] | None = None, allow_large: bool = False) -> keras.Model:
    """The network of a design, with fresh weights.

    Args:
        design: The plan and its input.
        image_size: Side of the pictures in px, or (height, width). Without it the size is left open, so that one model
            serves all sizes; where the plan needs to know it (a flatten), it is the design's own.
        allow_large: Whether the limits of `generator.network.limits` are lifted.

    Raises:
        InputError: The design cannot be built, or is larger than the limits.
    """
    graph = expand(design)
    size = None if image_size is None else height_and_width(image_size)
    check_limits(trace(graph, size), allow_large)
    check_buildable(graph)
    height, width = size or open_size(graph)
    tensors = {"input": keras.Input((height, width, graph.channels), name="input")}
    for call in calls(design, graph):
        sources = [tensors[name] for name in call.inputs]
        tensors[call.layers[-1]] = _carry_out(call, sources if len(sources) > 1 else sources[0], design.classes)
    return keras.Model(tensors["input"], tensors[graph.layers[-1].name], name=model_name(design.name))


def open_size(graph: Graph) -> tuple[int | None, int | None]:
    """The size of the input as Keras takes it: open on both axes, unless the weights depend on it."""
    return graph.image_size if graph.needs_image_size else (None, None)


def _carry_out(call: Call, x: Any, classes: int | None) -> keras.KerasTensor:
    arguments = [_argument(value, classes) for value in call.arguments]
    if call.is_layer:
        return getattr(layers, call.function)(*arguments, **call.keywords, name=call.name)(x)
    return getattr(blocks, call.function)(x, *arguments, **call.keywords, name=call.name)


def _argument(value: Any, classes: int | None) -> Any:
    if isinstance(value, UnitArguments):
        return blocks.Unit(**{**value._asdict(), "conv": getattr(blocks, value.conv)})
    return classes if value == "classes" else value
