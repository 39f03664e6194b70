"""`effective-rf` and `predict`: commands that look into a network."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from generator.network.expand import expand
from generator.network.trace import trace
from tinymodel.cli.backend import start_keras
from tinymodel.cli.paper import read_design

if TYPE_CHECKING:
    import numpy as np

MAX_DRAWN = 40
"""Pictures of a drawing, which would become too high for any program."""


def effective_rf(options: Namespace) -> int:
    """Measures and prints the effective receptive field of a layer, and draws it."""
    from tinymodel.cli.output import suffix_of, write

    if options.output:
        suffix_of(options.output, (".png",))
    checked = read_design(options)
    assert checked.design is not None
    size = (options.image_size, options.image_size) if options.image_size else checked.design.input.image_size
    traced = trace(expand(checked.design), size)
    images = _images(options, size)
    if options.run:
        from tinymodel.evaluation.which_run import run_at

        run_at(options.run)
    start_keras()
    import keras

    from tinymodel.build import build_model
    from tinymodel.fields.effective import draw, effective_field

    keras.utils.set_random_seed(0)
    model = build_model(checked.design, allow_large=options.allow_large)
    if options.run:
        from tinymodel.training.run.folder import RunFolder
        from tinymodel.training.run.weights import load_run_weights

        for note in load_run_weights(model, RunFolder(Path(options.run)), "best").notes:
            print(f"note: {note}", file=sys.stderr)
    found = effective_field(model, traced, images, options.layer)
    if options.output:
        write(options.output, draw(found), checked.file)
    print(json.dumps(found.to_json(), indent=2) if options.format == "json" else found.to_text())
    return 0


def _images(options: Namespace, size: tuple[int, int]) -> np.ndarray:
    """Pictures in [0, 1]: of the data, evenly spread over it, or noise."""
    import numpy as np

    if not options.data:
        return np.random.default_rng(0).random((options.images, *size, 3), dtype=np.float32)
    from tinymodel.cli.data import open_data

    pictures = open_data(options.data).split("val", size[0]).images
    chosen = np.linspace(0, len(pictures) - 1, min(options.images, len(pictures))).astype(int)
    return np.asarray(pictures[chosen], np.float32) / np.float32(255)


def predict(options: Namespace) -> int:
    """Prints what a run's network takes pictures for, and draws where it looks."""
    from tinymodel.cli.output import protect, suffix_of, write
    from tinymodel.evaluation.which_run import backend_of, run_at

    run = run_at(options.run)
    if options.output:
        suffix_of(options.output, (".png",))
        protect(options.output, *options.image)
    start_keras(backend_of(run))
    from tinymodel.cli import UNUSABLE
    from tinymodel.evaluation.predict import draw, predict_pictures, read_pictures
    from tinymodel.evaluation.run_model import open_run

    opened = open_run(run, options.weights)
    pictures, refused = read_pictures([Path(image) for image in options.image], opened.recipe.phases[-1].image_size)
    for error in refused:
        print(error, file=sys.stderr)
    found = predict_pictures(opened, pictures, options.layer) if pictures else []
    if options.output and found:
        if len(found) > MAX_DRAWN:
            print(f"{options.output} shows the first {MAX_DRAWN} of {len(found)} pictures", file=sys.stderr)
        write(options.output, draw(found[:MAX_DRAWN]), *options.image)
    if options.format == "json":
        print(json.dumps([one.to_json() for one in found], indent=2))
    elif found:
        field = [found[0].field.to_text()] if found[0].field else []
        print("\n\n".join([*(one.to_text() for one in found), *field]))
    return UNUSABLE if refused else 0
