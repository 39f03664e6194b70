"""`verify`: calculator = Keras = gradient, for a design or a model."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from generator.errors import InputError
from tinymodel.cli.arguments import add_model, add_reading
from tinymodel.cli.backend import quiet, start_keras
from tinymodel.cli.exit_codes import CLEAN, FOUND
from tinymodel.cli.formats import format_names
from tinymodel.cli.inputs import read_design

if TYPE_CHECKING:
    from tinymodel.verification.proofs import Verified


def add_arguments(parser: ArgumentParser) -> None:
    """Declares what the command takes."""
    add_model(parser, "design", "DESIGN|MODEL")
    add_reading(parser)
    parser.add_argument("--format", choices=format_names("figures"), default="text")


def run(options: Namespace) -> int:
    """Prints the proofs of a network."""
    start_keras()
    try:
        with quiet():
            found = _verified(options)
    except InputError as error:
        raise error.at(options.design) from None
    sys.stdout.write(json.dumps(found.to_json(), indent=2) + "\n" if options.format == "json" else found.to_text())
    return CLEAN if found.agrees else FOUND


def _verified(options: Namespace) -> Verified:
    from tinymodel.inspection.load import is_model_reference, load_model
    from tinymodel.verification.proofs import verify_design, verify_model

    if is_model_reference(options.design):
        return verify_model(
            load_model(options.design, top=not options.no_top, image_size=options.image_size), options.image_size
        )
    if options.no_top:
        raise InputError("a design is verified as it is", help="leave --no-top out")
    design, _ = read_design(options)
    return verify_design(design, options.image_size, allow_large=options.allow_large)
