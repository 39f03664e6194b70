"""The training of a design, from the top to the bottom: one model, phase after phase, through any interruption."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

import keras

from generator.design import Design
from generator.errors import InputError
from tinymodel.build import build_model
from tinymodel.data import DataSet
from tinymodel.train import checkpoint
from tinymodel.train.checks import check_classes, check_model, recipe_of
from tinymodel.train.engine import MODEL as MODEL_VARIABLES
from tinymodel.train.engine import Engine, assign, make_engine
from tinymodel.train.environment import environment
from tinymodel.train.log import EpochRow, Log, SilentLog
from tinymodel.train.loop import Loop
from tinymodel.train.run_folder import MODEL, RunFolder, identity_digest
from tinymodel.train.schedule import Schedule
from tinymodel.train.state import State, state_of

KEEP = 3
"""Checkpoints that stay."""

Resume = Literal["auto", "never", "must"]


class Result(NamedTuple):
    """What came of a training.

    Attributes:
        run: Its folder.
        steps: Global steps, all of them.
        last: The last epoch.
        best: The epoch whose weights `best.weights.h5` and `model.keras` hold.
        trained: False where the run was finished before and nothing was left to do.
    """

    run: Path
    steps: int
    last: EpochRow
    best: EpochRow
    trained: bool


def train(
    design: Design,
    data: DataSet,
    run: Path,
    *,
    resume: Resume = "auto",
    log: Log | None = None,
    sources: Mapping[str, str | bytes] | None = None,
    keep: int = KEEP,
) -> Result:
    """Trains a design on a data set in a run folder, or goes on with the training that the folder holds.

    Args:
        design: With its recipe in `train`.
        data: Its splits are asked for at the image sizes of the recipe.
        run: The run folder; made if need be.
        resume: "auto" goes on where there is something to go on from; "never" asks for a new folder; "must" for a checkpoint.
        log: Who is told.
        sources: Files to keep in a new run folder, by name: `design.yaml`, the sheet, `model.py`, `table.md`.
        keep: How many checkpoints stay.

    Raises:
        InputError: The design has no recipe or does not fit the data, the run was begun with something else, or the folder
            cannot be used.
        Stopped: SIGINT or SIGTERM; the state is saved.
        Diverged: The loss is no longer a finite number.
    """
    log = log or SilentLog()
    recipe = recipe_of(design)
    check_classes(design, data)
    schedule = Schedule(recipe, data.counts["train"])
    identity = identity_digest(design, data)

    # --------------------------------------------------------------------------------------------------- the model
    keras.utils.set_random_seed(recipe.seed)  # Keras draws initial weights and the seeds of its dropout from here.
    model = build_model(design)
    check_model(model, recipe, data)
    engine = make_engine(model, recipe)

    folder = RunFolder(run)
    _check_resume(folder, resume)
    with folder.locked(), _disk_errors(run):
        # ------------------------------------------------------------------------------------------ the run folder
        if folder.begun:
            folder.check(design, data)
            saved = _newest_checkpoint(folder, resume, log)
        else:
            folder.begin(design, data, sources or {})
            saved = None
        state = state_of(saved) if saved else State()
        if saved:
            _restore(engine, model, folder, saved, state, identity)

        # -------------------------------------------------------------------------------------------- the training
        first = state.step(schedule)
        for change in folder.note_environment(environment(), first):
            log.message(f"from here on, numbers may differ from an uninterrupted training: {change}")
        loop = Loop(recipe, schedule, data, folder, model, engine, state, log, identity, keep)
        unfinished = len(state.rows) < schedule.epochs
        if unfinished:
            log.message(f"goes on at step {first:,} of {schedule.steps:,} in {run}" if saved else f"begins in {run}")
            loop.run()

        # ------------------------------------------------------------------------------------------------- the end
        assert state.best is not None  # The last epoch has the final image size.
        if unfinished or not (folder / MODEL).exists():
            assign(MODEL_VARIABLES, model.variables, state.best.variables)
            folder.save_model(model)
        best = state.best.row
        log.message(
            f"{'finished' if unfinished else 'was finished before'}: {schedule.epochs} epochs, best validation accuracy "
            f"{best.val_accuracy:.2%} in epoch {best.epoch}"
        )
        return Result(run, schedule.steps, state.rows[-1], best, unfinished)


# --------------------------------------------------------------------------------------------------- taking up a saved state


def _check_resume(folder: RunFolder, resume: Resume) -> None:
    """Refuses before anything is made in the folder."""
    place = str(folder.path)
    if folder.begun and resume == "never":
        raise InputError(
            "the folder holds a run already", place=place, help="--resume auto goes on with it; or give --run another"
        )
    if not folder.begun and resume == "must":
        raise InputError("there is no run to go on with", place=place, help="--resume auto begins one")


def _newest_checkpoint(folder: RunFolder, resume: Resume, log: Log) -> checkpoint.Checkpoint | None:
    passed_over: list[str] = []
    place = str(folder.path)

    def note(name: str, reason: str) -> None:
        passed_over.append(name)
        log.message(f"checkpoint {name} is passed over: {reason}")

    saved = checkpoint.newest(folder.checkpoints, note)
    if saved is None and passed_over:
        raise InputError("no checkpoint of this run can be read", place=place, help="train anew in another --run folder")
    if saved is None and resume == "must":
        raise InputError("there is no checkpoint to go on from", place=place, help="--resume auto begins from the start")
    return saved


def _restore(
    engine: Engine, model: keras.Model, folder: RunFolder, saved: checkpoint.Checkpoint, state: State, identity: str
) -> None:
    if saved.record["identity"] != identity:
        raise InputError(
            f"checkpoint {saved.name} is of another design, recipe or data set than the run folder says",
            place=str(folder.path),
            help="give --run another folder",
        )
    try:
        if state.best:  # The file may be of an epoch that this checkpoint does not know yet.
            assign(MODEL_VARIABLES, model.variables, state.best.variables)
            folder.save_weights(model)
        engine.load(saved.arrays)
    except (KeyError, ValueError) as error:
        raise InputError(
            f"checkpoint {saved.name} does not fit the network as this version builds it: {error}",
            place=str(folder.path),
            help="go on with the versions that environment.json names, or train anew in another --run folder",
        ) from None


@contextmanager
def _disk_errors(run: Path) -> Iterator[None]:
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
