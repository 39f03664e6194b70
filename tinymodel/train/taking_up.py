"""Opening a run folder: a new training begun in it, or the state of the one that it holds; and that state in the engine."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import keras
import numpy as np

from generator.design import Design
from generator.errors import InputError
from tinymodel.data import DataSet
from tinymodel.train import checkpoint, processes
from tinymodel.train.checkpoint import Checkpoint
from tinymodel.train.engine import Engine
from tinymodel.train.log import Log
from tinymodel.train.run_folder import BEST_WEIGHTS, LOG, RunFolder, identity_digest
from tinymodel.train.second_folder import SecondFolder

Resume = Literal["auto", "never", "must"]


def check_resume(folder: RunFolder, second: SecondFolder | None, resume: Resume) -> None:
    """Refuses before anything is made in the folder.

    Raises:
        InputError: "never" and there is a run, or "must" and there is none.
    """
    place = str(folder.path)
    begun = folder.begun or bool(second and second.begun)
    if begun and resume == "never":
        raise InputError(
            "the folder holds a run already", place=place, help="--resume auto goes on with it; or give --run another"
        )
    if not begun and resume == "must":
        raise InputError("there is no run to go on with", place=place, help="--resume auto begins one")


def open_run(
    folder: RunFolder,
    second: SecondFolder | None,
    resume: Resume,
    design: Design,
    data: DataSet,
    sources: Mapping[str, str | bytes],
    log: Log,
) -> Checkpoint | None:
    """Begins a run in the folder, which is locked, or finds the newest good checkpoint of the one that is there.

    Raises:
        InputError: The run was begun with something else, or has no checkpoint that can be used.
    """
    if second and second.restore():
        log.message(f"the run is taken from {second.target}")
        for damage in second.left_out:
            log.message(damage)
    if not folder.begun:
        folder.begin(design, data, sources)
        saved = None
    else:
        folder.check(design, data)
        saved = _newest_checkpoint(folder, resume, log)
        if saved and saved.record["identity"] != identity_digest(design, data):
            raise InputError(
                f"checkpoint {saved.name} is of another design, recipe or data set than the run folder says",
                place=str(folder.path),
                help="give --run another folder",
            )
    if second:
        second.check()
    return saved


def _newest_checkpoint(folder: RunFolder, resume: Resume, log: Log) -> Checkpoint | None:
    passed_over: list[str] = []
    place = str(folder.path)

    def note(name: str, reason: str) -> None:
        passed_over.append(name)
        log.message(f"checkpoint {name} is passed over: {reason}")

    saved = checkpoint.newest(folder.checkpoints, note)
    if saved is None and passed_over:
        raise InputError("no checkpoint of this run can be read", place=place, help="train anew in another --run folder")
    if saved is None and (epochs := folder.epochs_logged()):
        raise InputError(
            f"{LOG} holds {epochs} epochs, but there is no checkpoint of them any more",
            place=place,
            help="put the folder `checkpoints` back, or train anew in another --run folder",
        )
    if saved is None and resume == "must":
        raise InputError("there is no checkpoint to go on from", place=place, help="--resume auto begins from the start")
    return saved


def told_to_all(saved: Checkpoint | None) -> Checkpoint | None:
    """The chief's checkpoint in every process."""
    if processes.count() == 1:
        return saved
    stream = io.BytesIO()
    if saved:
        np.savez(stream, **saved.arrays)  # type: ignore[arg-type]
    arrays = processes.from_chief(stream.getvalue())
    record = processes.from_chief(json.dumps(saved._asdict() | {"arrays": None}).encode() if saved else b"")
    if not record:
        return None
    with np.load(io.BytesIO(arrays), allow_pickle=False) as stored:
        return Checkpoint(**json.loads(record) | {"arrays": {name: stored[name] for name in stored.files}})


def load(engine: Engine, saved: Checkpoint, run: Path) -> None:
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


def load_best(model: keras.Model, run: Path) -> None:
    """Begins with the best weights of another run of the same network.

    Raises:
        InputError: It has none yet, or is of another network.
    """
    file = run / BEST_WEIGHTS
    if not file.is_file():
        raise InputError(f"there is no {BEST_WEIGHTS} to begin with", place=str(run), help="name a run with a finished epoch")
    try:
        model.load_weights(file)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"does not fit this network: {str(error).splitlines()[0]}", place=str(file), help="name a run of the same plan"
        ) from None


@contextmanager
def disk_errors(run: Path) -> Iterator[None]:
    """Turns a disk that is full or read-only into an `InputError`; what was saved before stays."""
    try:
        yield
    except OSError as error:
        place = str(error.filename or run)
        raise InputError(
            f"cannot be read or written: {error.strerror or error}",
            place=place,
            help="the last checkpoint stays: mend it, then start the same command again",
        ) from None
