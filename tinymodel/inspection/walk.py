"""A Keras model as a list of steps: every call of a layer or operation, each behind what it reads, models in it opened.

Knows how Keras keeps its graphs, and nothing of what layers mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import keras

from generator.errors import InputError

Shape = tuple[int | None, ...]


class Step(NamedTuple):
    """One call.

    Attributes:
        name: Of the layer; of one in a model in the model, `model/layer`; a second call adds `_call_2`.
        operation: The layer, or the operation of `keras.ops`.
        inputs: Names of the steps whose outputs it reads.
        arguments: What it was called with, tensors included.
        shape: Of its output for one image; None where it has several outputs.
        repeated: Whether its weights were counted before.
    """

    name: str
    operation: Any
    inputs: tuple[str, ...]
    arguments: tuple[tuple[Any, ...], Mapping[str, Any]]
    shape: Shape | None
    repeated: bool


class _Value(NamedTuple):
    """What stands for a tensor of the model on the way: the step that made it, and its form at the image size of the walk."""

    step: str
    tensor: Any


def walk_model(model: keras.Model, image_size: tuple[int, int]) -> list[Step]:
    """The steps of a model with one input, from the one behind the input to the output.

    Args:
        model: Functional or Sequential, and built.
        image_size: (height, width), px, that shapes are worked out for.

    Raises:
        InputError: A layer does not take an image of this size, or reads the output.
    """
    source = model.inputs[0]
    image = keras.KerasTensor((source.shape[0], *image_size, source.shape[-1]), dtype=source.dtype)
    walker = _Walker(image_size)
    (end,) = walker.run(graph_of(model), [_Value(model.inputs[0]._keras_history.operation.name, image)], "")
    return _ending_with(end.step, walker.steps)


def _ending_with(output: str, steps: list[Step]) -> list[Step]:
    """The steps with that of the output last; outputs of models in the model that nobody reads may stand behind it."""
    for step in steps:
        if output in step.inputs:
            raise InputError(
                f'layer "{step.name}" reads the output, layer "{output}", and leads to none',
                help="leave out what the output does not need: `keras.Model(model.inputs, model.outputs)` of the inner model",
            )
    return sorted(steps, key=lambda step: step.name == output)


def graph_of(operation: Any) -> Any:
    """The functional model behind a model whose graph is all that it does, else None.

    A class derived from it may compute something else as soon as it has a `call` of its own.
    """
    if not isinstance(operation, keras.Model):
        return None
    owner = next(each for each in type(operation).__mro__ if "call" in vars(each))
    if not owner.__module__.startswith("keras.src.models."):
        return None
    graph = operation._functional if isinstance(operation, keras.Sequential) else operation
    return graph if hasattr(graph, "_nodes_by_depth") else None


class _Walker:
    """Collects steps; names and weights are those of the whole model."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.steps: list[Step] = []
        self.size = size
        self.names: dict[str, int] = {}
        self.counted: set[int] = set()

    def run(self, graph: Any, inputs: Sequence[_Value], prefix: str) -> list[_Value]:
        """Walks one functional model; gives what stands for its outputs."""
        values = {id(tensor): value for tensor, value in zip(graph.inputs, inputs, strict=True)}
        for depth in sorted(graph._nodes_by_depth, reverse=True):
            for node in graph._nodes_by_depth[depth]:
                if node.operation and not node.is_input:
                    made = self._node(node, values, prefix)
                    values.update({id(tensor): value for tensor, value in zip(node.outputs, made, strict=True)})
        return [values[id(tensor)] for tensor in graph.outputs]

    def _node(self, node: Any, values: Mapping[int, _Value], prefix: str) -> list[_Value]:
        operation, sources = node.operation, [values[id(tensor)] for tensor in node.input_tensors]
        inner = graph_of(operation)
        if inner is not None and len(inner.inputs) == len(sources):
            return self.run(inner, sources, f"{prefix}{operation.name}/")
        args, kwargs = node.arguments.fill_in({id(tensor): values[id(tensor)].tensor for tensor in node.input_tensors})
        name = self._name(f"{prefix}{operation.name}")
        outputs = self._outputs(node, name, args, kwargs)
        shape = tuple(outputs[0].shape[1:]) if len(outputs) == 1 else None
        inputs = tuple(value.step for value in sources)
        self.steps.append(Step(name, operation, inputs, (args, kwargs), shape, id(operation) in self.counted))
        self.counted.add(id(operation))
        return [_Value(name, output) for output in outputs]

    def _outputs(self, node: Any, name: str, args: Any, kwargs: Any) -> list[Any]:
        given = keras.tree.flatten((args, kwargs))
        shapes = [value.shape for value in given if isinstance(value, keras.KerasTensor)]
        if shapes == [tensor.shape for tensor in node.input_tensors]:
            return list(node.outputs)
        try:
            return list(keras.tree.flatten(node.operation.compute_output_spec(*args, **kwargs)))
        except Exception as error:
            # Whatever a layer raises here means the same: it does not take maps of this size.
            height, width = self.size
            raise InputError(
                f'layer "{name}" does not take an image of {height}x{width} px: {str(error).splitlines()[0]}',
                help="give another --image-size",
            ) from None

    def _name(self, name: str) -> str:
        count = self.names[name] = self.names.get(name, 0) + 1
        return name if count == 1 else f"{name}_call_{count}"
