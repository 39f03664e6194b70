"""`inspect`: a Keras model as the table of a design, or written out as a design."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from generator.errors import InputError
from generator.lint.finding import Checked
from tinymodel.cli.arguments import add_model
from tinymodel.cli.backend import quiet, start_keras
from tinymodel.cli.exit_codes import CLEAN
from tinymodel.cli.formats import Network, Subject, format_names, format_of
from tinymodel.cli.output import protect_inputs_from_output, write_output

if TYPE_CHECKING:
    from generator.design.record import Design
    from tinymodel.inspection.graph_of_model import Inspected

DESIGNS: tuple[Subject, ...] = ("design", "workbook")
MODEL_SUFFIX = ".keras"
WINDOWS = ("kernel_size", "pool_size")
"""A layer with one of these arguments counts as a row with a window."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declares what the command takes."""
    add_model(parser, "model", "MODEL")
    parser.add_argument("--format", choices=format_names("table"), help="else by the suffix of FILE, else text")
    parser.add_argument("-o", "--output", metavar="FILE", help="write it there; .yaml and .xlsx are the model as a design")


def run(options: Namespace) -> int:
    """Prints the table of a model, or writes it or the model's design to a file."""
    form = format_of(options.output, None, "table", *DESIGNS)
    if options.output is not None:
        protect_inputs_from_output(options.output, options.model)
    if options.format is not None:
        if form.of in DESIGNS:
            why = f"--format is the form of a table, and {Path(options.output).suffix} is a design"
            raise InputError(why, place="-o", help="leave one of them out")
        form = format_of(options.output, options.format, "table")
    assert form.make is not None
    found = inspected(options.model, options.image_size, top=not options.no_top)
    if form.of in DESIGNS:
        checked = Checked(file=options.model, design=design_of(found, options.model))
        write_output(options.output, form.make(Network(checked)), options.model)
        for line in not_written(found):
            print(f"{options.output}: {line}", file=sys.stderr)
        return CLEAN
    content = form.make(_network(options.model, found))
    if options.output is None:
        sys.stdout.write(content)
    else:
        write_output(options.output, content, options.model)
    return CLEAN


def inspected(reference: str, image_size: tuple[int, int] | None, *, top: bool = True) -> Inspected:
    """The model that a reference names, as a graph.

    Raises:
        InputError: See `tinymodel.inspection`.
    """
    start_keras()
    with quiet():
        from tinymodel.inspection.graph_of_model import inspect_model
        from tinymodel.inspection.load import load_model

        model = load_model(reference, top=top, image_size=image_size)
        try:
            return inspect_model(model, image_size)
        except InputError as error:
            raise error.at(reference) from None


def design_of(found: Inspected, reference: str) -> Design:
    """The design of a model.

    Raises:
        InputError: A layer that no plan can say.
    """
    from generator.network.as_plan.to_design import to_design

    name = Path(reference).stem if Path(reference).suffix.lower() == MODEL_SUFFIX else reference.rpartition(":")[2]
    try:
        return to_design(found.graph, name.lower(), f"written out of the Keras model {reference}")
    except InputError as error:
        raise error.at(reference) from None


def not_written(found: Inspected) -> Iterator[str]:
    """What a design has no word for, and what a network built from it has in its place."""
    import keras

    usual = keras.layers.BatchNormalization().momentum
    norms = [each for each in found.operations.values() if isinstance(each, keras.layers.BatchNormalization)]
    unlike = {norm.name: float(norm.momentum) for norm in norms if norm.momentum != usual}
    if unlike:
        several = f"{len(unlike)} batch normalisations have" if len(unlike) > 1 else "a batch normalisation has"
        values = ", ".join(f"{value:g}" for value in sorted(set(unlike.values())))
        yield f"{several} the momentum {values}; in a design it is {usual:g}, which makes a difference in training only"
    drops = [found.operations[layer.name] for layer in found.graph.layers if layer.kind == "dropout"]
    others = [each for each in drops if type(each) is not keras.layers.Dropout or each.noise_shape is not None]
    if others:
        names = ", ".join(sorted({type(each).__name__ for each in others}))
        several = f"{len(others)} layers that act" if len(others) > 1 else "a layer that acts"
        yield f"{several} in training only ({names}): in a design, a dropout of single units"
    constants = [layer for layer in found.graph.layers if layer.kind == "rescaling" and layer.counted]
    if trained := [layer for layer in constants if layer.counted and layer.counted[1]]:
        several = f"{len(trained)} layers of trained factors are" if len(trained) > 1 else "a layer of trained factors is"
        yield f'{several} in a design depthwise convolutions of 1x1, whose macs count (first "{trained[0].name}")'
    for layer in constants:
        if layer.counted and layer not in trained:
            kept = layer.counted[0]
            yield f'the {kept} numbers of layer "{layer.name}" stand in its row, so the design has {kept} parameters less'


def _network(reference: str, found: Inspected) -> Network:
    """The model as the forms of a table take it."""
    from generator.lint.checked_network import FINAL
    from generator.network.alignment import misalignments
    from generator.network.resolutions import BYTES, Resolution, blind_at_resolution
    from generator.report.table import trace_table

    traced, size = found.traced, found.graph.image_size
    kept = sum(row.elements for row in traced.rows) * BYTES["float32"]
    at = Resolution(
        size, traced, 1, "float32", kept, blind_at_resolution(traced.rows, size), tuple(misalignments(found.graph, traced))
    )
    try:
        design, reason = design_of(found, reference), None
    except InputError as error:
        design, reason = None, error.fact
    checked = Checked(
        file=reference,
        layers=sum(any(window in layer.arguments for window in WINDOWS) for layer in found.graph.layers),
        reason=reason,
        buildable=design is not None,
        design=design,
        trace=traced,
        final={name: figure for name, figure in at.figures().items() if name in FINAL},
        resolutions=(at,),
    )
    return Network(checked, walked=trace_table(found.name, traced, (at,)))
