"""What the network of a process begins with: the variables of a checkpoint, or the best weights of another run."""

from __future__ import annotations

from pathlib import Path

import keras

from generator.errors import InputError
from tinymodel import files
from tinymodel.build import build_model
from tinymodel.training.engines.engine import Engine
from tinymodel.training.run.checkpoint import Checkpoint
from tinymodel.training.run.folder import RunFolder
from tinymodel.training.run.names import BEST_WEIGHTS
from tinymodel.training.run.weights import load_run_weights


def load_checkpoint(engine: Engine, saved: Checkpoint, run: Path) -> None:
    """Puts a checkpoint's variables into the engine.

    Raises:
        InputError: They do not fit the network.
    """
    try:
        engine.load(saved.arrays)
    except (KeyError, ValueError) as error:
        raise InputError(
            f"checkpoint {saved.name} does not fit the network as this version builds it: {error}",
            place=str(run),
            help="go on with the versions that environment.json names, or train anew in another --run folder",
        ) from None


def best_weights_digest(run: Path) -> str:
    """The SHA-256 of the best weights of a run.

    Raises:
        InputError: It has none yet, or they are not as the run wrote them.
    """
    folder = RunFolder(run)
    if not (folder / BEST_WEIGHTS).exists():
        raise InputError(f"there is no {BEST_WEIGHTS} to begin with", place=str(run), help="name a run with a finished epoch")
    return files.digest(folder.written.read(BEST_WEIGHTS)[0])


def load_best_of_run(model: keras.Model, run: Path) -> None:
    """Begins with the best weights of another run of the same network, whatever its rows are called.

    Raises:
        InputError: They are not as the run wrote them, or it is of another network.
    """
    folder = RunFolder(run)
    theirs = build_model(folder.design(), allow_large=True)
    load_run_weights(theirs, folder, "best")
    try:
        model.set_weights(theirs.get_weights())
    except ValueError as error:
        raise InputError(
            f"does not fit this network: {str(error).splitlines()[0]}",
            place=str(folder / BEST_WEIGHTS),
            help="name a run of the same plan",
        ) from None
