"""`build`: the Keras model of a design, saved."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from tinymodel.cli.arguments import add_design
from tinymodel.cli.backend import start_keras
from tinymodel.cli.exit_codes import CLEAN
from tinymodel.cli.formats import format_of
from tinymodel.cli.inputs import read_design, warn_of_findings
from tinymodel.cli.output import protect_inputs_from_output, write_output


def add_arguments(parser: ArgumentParser) -> None:
    """Declares what the command takes."""
    add_design(parser)
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help="model.keras")


def run(options: Namespace) -> int:
    """Builds the model and saves it. Keras is imported last: a mistake of the user's is said before its start."""
    format_of(options.output, None, "model")
    design, checked = read_design(options)
    protect_inputs_from_output(options.output, checked.file)
    start_keras()
    from tinymodel.build import build_model
    from tinymodel.training.run.weights_files import model_bytes

    model = build_model(design, allow_large=options.allow_large)
    warn_of_findings(checked, options.design)
    write_output(options.output, bytes(model_bytes(model)), checked.file)
    print(f"{options.output}: {model.name}, {model.count_params():,} parameters")
    return CLEAN
