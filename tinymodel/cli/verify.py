"""`verify`: calculator = Keras = gradient, for a design or a model."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from generator.errors import InputError
from tinymodel.cli.backend import quiet, start_keras

if TYPE_CHECKING:
    from tinymodel.verification import Verified

DISAGREES = 1
"""Exit code."""


def verify(options: Namespace) -> int:
    """Prints the proofs of a network."""
    start_keras()
    try:
        with quiet():
            found = _verified(options)
    except InputError as error:
        raise error.at(options.design) from None
    sys.stdout.write(json.dumps(found.to_json(), indent=2) + "\n" if options.format == "json" else found.to_text())
    return 0 if found.agrees else DISAGREES


def _verified(options: Namespace) -> Verified:
    from tinymodel.inspection.load import is_model_reference, load_model
    from tinymodel.verification import verify_design, verify_model

    if is_model_reference(options.design):
        return verify_model(
            load_model(options.design, top=not options.no_top, image_size=options.image_size), options.image_size
        )
    from tinymodel.cli.paper import read_design

    if options.no_top:
        raise InputError("a design is verified as it is", help="leave --no-top out")
    design = read_design(options).design
    assert design is not None
    size = (options.image_size,) * 2 if options.image_size else None
    return verify_design(design, size, allow_large=options.allow_large)
