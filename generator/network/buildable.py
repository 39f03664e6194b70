"""What Keras cannot build, found before anything is built or written: a pure question about a graph."""

from __future__ import annotations

from generator.errors import InputError
from generator.network.graph import Graph


def check_buildable(graph: Graph) -> None:
    """Passes a graph that becomes one Keras model.

    Raises:
        InputError: A row that nothing reads (Keras would leave it out), strides and dilation in one convolution.
    """
    read = {name for layer in graph.layers for name in layer.inputs}
    for layer in graph.layers[:-1]:
        if layer.name not in read:
            what = "the input" if layer.kind == "input" else f'row "{layer.row}"'
            raise InputError(
                f"nothing reads {what}", help="name it in the `inputs:` of a later row, or leave the row out"
            ).of_row(layer.row)
    for layer in graph.layers:
        strides, dilation = (layer.arguments.get(key, (1, 1)) for key in ("strides", "dilation_rate"))
        if max(strides) > 1 and max(dilation) > 1:
            raise InputError(
                f'row "{layer.row}" has strides of {strides} and a dilation_rate of {dilation}, which Keras does not combine',
                help="give one of them to a row of its own",
            ).of_row(layer.row)
