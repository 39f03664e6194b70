"""`evaluate`: top-1, top-5 and every class of a run."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace

from tinymodel.cli.arguments import add_run, add_weights, count
from tinymodel.cli.exit_codes import CLEAN
from tinymodel.cli.formats import format_names
from tinymodel.cli.inputs import open_run


def add_arguments(parser: ArgumentParser) -> None:
    """Declares what the command takes."""
    add_run(parser)
    add_weights(parser)
    parser.add_argument("--on", choices=("val", "holdout"), default="val", help="or what the recipe held out of train")
    parser.add_argument("--image-size", metavar="N", type=count, action="append", help="px (repeatable; else the last one)")
    parser.add_argument("--format", choices=format_names("figures"), default="text")


def run(options: Namespace) -> int:
    """Prints the figures at each image size that was asked for."""
    folder, data = open_run(options)
    import keras

    from tinymodel.evaluation.evaluate import evaluate

    found = []
    for index, size in enumerate(dict.fromkeys(options.image_size or [None])):
        if index:
            keras.backend.clear_session()
        found.append(evaluate(folder, data, weights=options.weights, on=options.on, image_size=size))
    if options.format == "json":
        plain = [one.to_json() for one in found]
        print(json.dumps(plain if len(plain) > 1 else plain[0], indent=2))
    else:
        print("\n\n".join(one.to_text() for one in found))
    return CLEAN
