"""What `verify` shows of a network: the calculator's shapes and parameters are Keras', its receptive field the gradient's."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras

from generator.design.record import Design
from generator.network.expand import expand
from generator.network.trace import Trace, trace
from tinymodel.build import build_model
from tinymodel.inspection.graph_of_model import Inspected, inspect_model
from tinymodel.verification.gradient_proof import Difference, FieldProof, prove_field

MAX_SHOWN = 10
"""Differences of a proof that the text lists."""


class Proof(NamedTuple):
    """One equation.

    Attributes:
        name: `shape`, `params` or `field`.
        shown: What was compared, in words.
        differences: Where it does not hold.
        left_out: What could not be compared, and why.
    """

    name: str
    shown: str
    differences: tuple[Difference, ...] = ()
    left_out: tuple[str, ...] = ()


class Verified(NamedTuple):
    """All proofs of a network."""

    name: str
    image_size: tuple[int, int]
    proofs: tuple[Proof, ...]

    @property
    def agrees(self) -> bool:
        """Whether nothing that could be compared differs."""
        return not any(proof.differences for proof in self.proofs)

    def to_text(self) -> str:
        """Lines for people."""
        lines = ["{} at {} x {} px".format(self.name, *self.image_size)]
        for proof in self.proofs:
            lines.append(f"  {'differs' if proof.differences else 'agrees '}  {proof.shown}")
            lines += [f"    {difference}" for difference in proof.differences[:MAX_SHOWN]]
            if len(proof.differences) > MAX_SHOWN:
                lines.append(f"    and {len(proof.differences) - MAX_SHOWN} more")
            lines += [f"    not shown: {reason}" for reason in proof.left_out]
        return "\n".join(lines) + "\n"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        proofs = [
            {
                "name": proof.name,
                "shown": proof.shown,
                "agrees": not proof.differences,
                "differences": [difference._asdict() for difference in proof.differences],
                "left_out": list(proof.left_out),
            }
            for proof in self.proofs
        ]
        return {"schema": 1, "name": self.name, "image_size": list(self.image_size), "agrees": self.agrees, "proofs": proofs}


def verify_design(design: Design, image_size: tuple[int, int] | None = None, *, allow_large: bool = False) -> Verified:
    """Proofs of a design: the calculator walks its plan, Keras builds it.

    Raises:
        InputError: The design cannot be built at this size.
    """
    graph = expand(design)
    size = image_size or graph.image_size
    model = build_model(design, image_size=size, allow_large=allow_large)
    found, traced = inspect_model(model), trace(graph, size)
    built = {layer.name: layer for layer in model.layers}
    shapes = [
        Difference(row.name, "shape", _shape(row.shape), _shape(tuple(built[row.name].output.shape[1:])))
        for row in traced.rows
        if row.shape != tuple(built[row.name].output.shape[1:])
    ]
    params = [
        Difference(row.name, "params", row.cost.params, built[row.name].count_params())
        for row in traced.rows
        if row.cost.params != built[row.name].count_params()
    ]
    if traced.params != model.count_params():
        params.append(Difference(model.name, "params of all layers", traced.params, model.count_params()))
    proofs = (
        _shape_proof(traced, shapes),
        _params_proof(traced, params),
        _field(prove_field(graph, traced, found.operations), traced),
    )
    return Verified(design.name, size, proofs)


def verify_model(model: keras.Model, image_size: int | tuple[int, int] | None = None) -> Verified:
    """Proofs of a model: the calculator walks the graph that was found in it.

    Raises:
        InputError: The model's graph cannot be known (see `inspect_model`).
    """
    found = inspect_model(model, image_size)
    doubts = [Difference(*doubt) for doubt in found.doubts]
    shapes = [
        doubt._replace(calculated=_shape(doubt.calculated), found=_shape(doubt.found))
        for doubt in doubts
        if doubt.what == "shape"
    ]
    params = [doubt for doubt in doubts if doubt.what == "params"]
    field = _field(prove_field(found.graph, found.traced, found.operations), found.traced)
    proofs = (
        _shape_proof(found.traced, shapes, _unknown(found)), _params_proof(found.traced, params, _counted(found)), field
    )  # fmt: skip
    return Verified(found.name, found.graph.image_size, proofs)


def _unknown(found: Inspected) -> tuple[str, ...]:
    return tuple(f'layer "{name}" is of unknown kind; its shape is Keras\'' for name in found.unknown)


def _counted(found: Inspected) -> tuple[str, ...]:
    names = [layer.name for layer in found.graph.layers if layer.name in found.counted and layer.kind != "unknown"]
    return (f"the calculator does not count the parameters of {', '.join(names)}; they are Keras'",) if names else ()


def _shape_proof(traced: Trace, differences: list[Difference], left_out: tuple[str, ...] = ()) -> Proof:
    shown = f"calculator = Keras: the shapes of {len(traced.rows) - len(left_out)} layers"
    return Proof("shape", shown, tuple(differences), left_out)


def _params_proof(traced: Trace, differences: list[Difference], left_out: tuple[str, ...] = ()) -> Proof:
    shown = f"calculator = Keras: {traced.params:,} parameters, layer by layer"
    return Proof("params", shown, tuple(differences), left_out)


def _field(proof: FieldProof, traced: Trace) -> Proof:
    final = traced.final
    rf = f"{final.height.rf} x {final.width.rf}"
    shown = f'calculator = gradient: what {proof.probed} units of "{proof.layer}" see on each axis, rf {rf} px'
    if not proof.probed:
        shown = "calculator = gradient: nothing could be compared"
    return Proof("field", shown, proof.differences, proof.left_out)


def _shape(shape: Any) -> str:
    return " x ".join(map(str, shape)) if isinstance(shape, tuple) else str(shape)
