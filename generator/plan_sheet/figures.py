"""The true numbers of every line of a sheet of ours, from the trace of its network."""

from __future__ import annotations

from generator.design.rows import NORM_KINDS
from generator.network.graph import Graph
from generator.network.trace import LayerRow, Trace, exact_number
from generator.plan_sheet.layout import WIDTH

WEIGHTED = ("conv", "separable_conv", "depthwise_conv", "transposed_conv", "dense")
"""Layers with kernels, one bias an output channel."""

Figures = dict[str, int | float]


def figures_of(graph: Graph, traced: Trace) -> dict[str, Figures]:
    """By the name of a row of the plan (`input` for the image), what its columns of numbers should hold."""
    found: dict[str, Figures] = {}
    for layer, row in zip(graph.layers, traced.rows, strict=True):
        figures = found.setdefault(row.row, dict.fromkeys(("params", "macs", "weights", "outputs"), 0))
        figures |= geometry_figures(row)
        figures["params"] += row.cost.params
        figures["macs"] += row.cost.macs
        if row.kind in WEIGHTED:
            figures["outputs"] += row.channels
            figures["weights"] += row.cost.params - (row.channels if layer.arguments.get("use_bias", True) else 0)
        elif row.kind in NORM_KINDS and row.name == row.row:  # One by itself; within a unit it is counted with the kernels.
            figures["outputs"] += row.channels
    return found


def geometry_figures(row: LayerRow) -> Figures:
    """Size, rf and jump of each axis behind a layer, and its channels."""
    figures: Figures = {"channels": row.channels}
    for name in ("size", "rf", "jump"):
        figures[name], figures[name + WIDTH] = (exact_number(getattr(axis, name)) for axis in (row.height, row.width))
    return figures


def final_figures(traced: Trace) -> Figures:
    """The figures of the whole: geometry and channels of the last map, params and macs of all layers."""
    return {**geometry_figures(traced.final), "params": traced.params, "macs": traced.macs}
