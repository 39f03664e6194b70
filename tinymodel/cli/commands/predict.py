"""`predict`: what a run's network takes pictures for, and where it looks."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from tinymodel.cli.arguments import add_weights
from tinymodel.cli.backend import start_keras
from tinymodel.cli.exit_codes import CLEAN, UNUSABLE
from tinymodel.cli.formats import format_names, format_of
from tinymodel.cli.output import protect_inputs_from_output, write_output

MAX_DRAWN = 40
"""Pictures of a drawing, which would become too high for any program."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declares what the command takes."""
    parser.add_argument("run", metavar="RUN", help="a run folder")
    parser.add_argument("image", metavar="IMAGE", nargs="+", help="picture files, of any size")
    add_weights(parser)
    parser.add_argument("--layer", metavar="NAME", help="whose maps the heat is of (the last one with maps)")
    parser.add_argument("--format", choices=format_names("figures"), default="text")
    parser.add_argument("-o", "--output", metavar="FILE.png", help="draw pictures and heat there")


def run(options: Namespace) -> int:
    """Prints what is predicted, and draws it."""
    from tinymodel.evaluation.which_run import backend_of, run_at

    folder = run_at(options.run)
    if options.output:
        format_of(options.output, None, "picture")
        protect_inputs_from_output(options.output, *options.image)
    start_keras(backend_of(folder))
    from tinymodel.evaluation.predict import draw, predict_pictures, read_pictures
    from tinymodel.evaluation.run_model import open_run

    opened = open_run(folder, options.weights)
    pictures, refused = read_pictures([Path(image) for image in options.image], opened.recipe.phases[-1].image_size)
    for error in refused:
        print(error, file=sys.stderr)
    found = predict_pictures(opened, pictures, options.layer) if pictures else []
    if options.output and found:
        if len(found) > MAX_DRAWN:
            print(f"{options.output} shows the first {MAX_DRAWN} of {len(found)} pictures", file=sys.stderr)
        write_output(options.output, draw(found[:MAX_DRAWN]), *options.image)
    if options.format == "json":
        print(json.dumps([one.to_json() for one in found], indent=2))
    elif found:
        field = [found[0].field.to_text()] if found[0].field else []
        print("\n\n".join([*(one.to_text() for one in found), *field]))
    return UNUSABLE if refused else CLEAN
