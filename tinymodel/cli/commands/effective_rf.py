"""`effective-rf`: what a unit looks at, beside what it could see."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from generator.network.expand import expand
from generator.network.trace import trace
from tinymodel.cli.arguments import add_design, add_image_size, count
from tinymodel.cli.backend import start_keras
from tinymodel.cli.exit_codes import CLEAN
from tinymodel.cli.formats import format_names, format_of
from tinymodel.cli.inputs import open_data, read_design
from tinymodel.cli.output import write_output

if TYPE_CHECKING:
    import numpy as np


def add_arguments(parser: ArgumentParser) -> None:
    """Declares what the command takes."""
    add_design(parser)
    parser.add_argument("--run", metavar="RUN", help="with the best weights of this run; without it, untrained")
    parser.add_argument("--layer", metavar="NAME", help="as `table` names it (the last map)")
    add_image_size(parser)
    parser.add_argument("--data", metavar="PATH", help="average over its pictures; without it, over noise")
    parser.add_argument("--images", metavar="N", type=count, default=32, help="pictures to average over (32)")
    parser.add_argument("--format", choices=format_names("figures"), default="text")
    parser.add_argument("-o", "--output", metavar="FILE.png", help="draw it there")


def run(options: Namespace) -> int:
    """Measures and prints the effective receptive field of a layer, and draws it."""
    if options.output:
        format_of(options.output, None, "picture")
    design, checked = read_design(options)
    size = options.image_size or design.input.image_size
    traced = trace(expand(design), size)
    images = _images(options, size)
    if options.run:
        from tinymodel.evaluation.which_run import run_at

        run_at(options.run)
    start_keras()
    import keras

    from tinymodel.build import build_model
    from tinymodel.fields.effective import draw, effective_field

    keras.utils.set_random_seed(0)
    model = build_model(design, allow_large=options.allow_large)
    if options.run:
        from tinymodel.training.run.folder import RunFolder
        from tinymodel.training.run.weights import load_run_weights

        for note in load_run_weights(model, RunFolder(Path(options.run)), "best").notes:
            print(f"note: {note}", file=sys.stderr)
    found = effective_field(model, traced, images, options.layer)
    if options.output:
        write_output(options.output, draw(found), checked.file)
    print(json.dumps(found.to_json(), indent=2) if options.format == "json" else found.to_text())
    return CLEAN


def _images(options: Namespace, size: tuple[int, int]) -> np.ndarray:
    """Pictures in [0, 1]: of the data, evenly spread over it, or noise."""
    import numpy as np

    if not options.data:
        return np.random.default_rng(0).random((options.images, *size, 3), dtype=np.float32)
    pictures = open_data(options.data).split("val", size[0]).images
    chosen = np.linspace(0, len(pictures) - 1, min(options.images, len(pictures))).astype(int)
    return np.asarray(pictures[chosen], np.float32) / np.float32(255)
