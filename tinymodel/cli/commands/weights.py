"""`weights`: class weights for the next training, from the holdout of a run."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace

from tinymodel.cli.arguments import add_run
from tinymodel.cli.exit_codes import CLEAN
from tinymodel.cli.formats import format_of
from tinymodel.cli.inputs import open_run
from tinymodel.cli.output import write_output


def add_arguments(parser: ArgumentParser) -> None:
    """Declares what the command takes."""
    add_run(parser, "a run folder whose recipe has a holdout")
    parser.add_argument("-o", "--output", metavar="FILE.yaml", help="write them there, for --set class_weight=@FILE.yaml")


def run(options: Namespace) -> int:
    """Prints the weights, or writes them."""
    if options.output:
        format_of(options.output, None, "weights")
    folder, data = open_run(options)
    from tinymodel.evaluation.class_weights import class_weights
    from tinymodel.evaluation.evaluate import evaluate

    found = evaluate(folder, data, on="holdout")
    lines = [f"{json.dumps(name)}: {weight:g}" for name, weight in class_weights(found.classes).items()]
    text = f"# Class weights from the holdout of {folder.name}, epoch {found.epoch}.\n" + "\n".join(lines) + "\n"
    if options.output is None:
        sys.stdout.write(text)
        return CLEAN
    write_output(options.output, text, *(str(file) for file in folder.iterdir()))
    print(f"{options.output}: train with --set class_weight=@{options.output}")
    return CLEAN
