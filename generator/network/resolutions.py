"""A design at every image size that it is trained at: geometry, cost, memory, and what changes with the size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from generator.design.fields import one_or_both
from generator.design.record import Design
from generator.network.alignment import Misalignment, misalignments
from generator.network.graph import Graph
from generator.network.sides import both_sides
from generator.network.trace import LayerRow, Trace, trace

WINDOWS = ("conv", "separable_conv", "depthwise_conv")
BYTES = {"float32": 4, "bfloat16": 2}
"""Of a number."""


class Resolution(NamedTuple):
    """A network at one image size.

    Attributes:
        image_size: (height, width), px.
        batch_size: Of the recipe's phase with the most images of this size; 1 without a recipe.
        precision: What activations are kept in.
        activation_bytes: Outputs of all layers, kept for the backward pass, of a batch.
        blind: Convolutions that can see nothing new: every unit in the middle of their input sees the whole image already, by
            its shortest path.
        misaligned: Merges whose branches look at different places.
    """

    image_size: tuple[int, int]
    trace: Trace
    batch_size: int
    precision: str
    activation_bytes: int
    blind: tuple[str, ...]
    misaligned: tuple[Misalignment, ...]

    def figures(self) -> dict[str, Any]:
        """Size, rf, rf_min, jump of the last map; params, macs; activation_bytes."""
        last = self.trace.final
        geometry = {name: both_sides(last, name) for name in ("size", "rf", "rf_min", "jump")}
        cost = {"params": self.trace.params, "macs": self.trace.macs, "activation_bytes": self.activation_bytes}
        return {**geometry, **cost}

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "image_size": one_or_both(self.image_size),
            **self.figures(),
            "batch_size": self.batch_size,
            "precision": self.precision,
            "blind": list(self.blind),
            "misaligned": [str(found) for found in self.misaligned],
        }


def image_sizes(design: Design) -> list[tuple[int, int]]:
    """The design's own image size, then those of its recipe."""
    phases = design.train.phases if design.train else ()
    return list(dict.fromkeys([design.input.image_size, *(phase.input_size for phase in phases)]))


def resolution(design: Design, graph: Graph, image_size: tuple[int, int], traced: Trace | None = None) -> Resolution:
    """The network at an image size.

    Args:
        design: Its recipe says batch size and precision.
        graph: What it expands to.
        image_size: (height, width), px.
        traced: The walk at this size, where it is there already.

    Raises:
        InputError: The network cannot be at this size.
    """
    traced = traced or trace(graph, image_size)
    phases = design.train.phases if design.train else ()
    batches = [phase.batch_size for phase in phases if phase.input_size == image_size]
    precision = "bfloat16" if design.train and design.train.precision == "bfloat16" else "float32"
    batch_size = max(batches, default=1)
    kept = sum(row.elements for row in traced.rows) * BYTES[precision] * batch_size
    return Resolution(
        image_size,
        traced,
        batch_size,
        precision,
        kept,
        blind_at_resolution(traced.rows, image_size),
        tuple(misalignments(graph, traced)),
    )


def blind_at_resolution(rows: Sequence[LayerRow], image_size: tuple[int, int]) -> tuple[str, ...]:
    """Convolutions with a kernel above 1x1 whose input sees the whole image already.

    Source: Richter et al., "Should You Go Deeper? Optimizing ... Architectures without Training", 2021.
    """
    by_name = {row.name: row for row in rows}
    found = []
    for row in rows:
        if row.kind in WINDOWS and not row.unknown:
            before = by_name[row.inputs[0]]
            grows = row.height.rf_min > before.height.rf_min or row.width.rf_min > before.width.rf_min
            if grows and before.height.rf_min >= image_size[0] and before.width.rf_min >= image_size[1]:
                found.append(row.name)
    return tuple(found)
