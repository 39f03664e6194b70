"""The weights of a run, put into a model of its design: only as the run wrote them."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Literal, NamedTuple

import keras
import numpy as np

from generator.errors import InputError
from tinymodel.training.checks import checked_recipe_of
from tinymodel.training.engines.engine import MODEL, answering_variables, assign_variables, variable_names
from tinymodel.training.log.events import EpochRow
from tinymodel.training.log.history import best_of
from tinymodel.training.run import checkpoint, records
from tinymodel.training.run.checkpoint import Checkpoint
from tinymodel.training.run.folder import RunFolder
from tinymodel.training.run.names import BEST_WEIGHTS, DESIGN, LOG
from tinymodel.training.run.records import OF_ANOTHER_RUN, RESTORE
from tinymodel.training.run.state import State, record_of, state_of
from tinymodel.training.run.weights_files import load_weights as load_file
from tinymodel.training.run.written import MADE_AGAIN

Weights = Literal["best", "last"]


class Loaded(NamedTuple):
    """Which weights these are, the completed epoch that they are of, and what the reader of their figures should know."""

    weights: Weights
    epoch: int
    notes: tuple[str, ...]


def load_run_weights(model: keras.Model, folder: RunFolder, weights: Weights) -> Loaded:
    """Puts a run's weights into the model of its design.

    Raises:
        InputError: There are none yet, or the file is not as the run wrote it.
    """
    if weights == "best" and (folder / BEST_WEIGHTS).exists():
        return _load_best(model, folder)
    saved, state, notes = _newest(folder)
    if saved is None:
        if folder.written.recorded().get(BEST_WEIGHTS):
            raise InputError("is missing", place=str(folder / BEST_WEIGHTS), help=folder.written.remedy())
        raise InputError("there are no weights yet", place=str(folder.path), help="train until the first checkpoint is saved")
    best = state.best if weights == "best" else None
    try:
        assign_variables(MODEL, model.variables, best.variables if best else answering_variables(saved.arrays))
    except (ValueError, KeyError):
        raise _other_network(folder.checkpoints / saved.name) from None
    if best:
        note = f"{BEST_WEIGHTS} is missing: these are the best weights of checkpoint {saved.name}"
        return Loaded("best", best.row.epoch, (*notes, note))
    note = "no epoch at the final image size is done yet: these are the last weights"
    return Loaded("last", len(state.rows), (*notes, note) if weights == "best" else notes)


def _load_best(model: keras.Model, folder: RunFolder) -> Loaded:
    content, epoch = folder.written.read(BEST_WEIGHTS)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "Skipping nested container")  # Else layers would stay as they were drawn.
            load_file(model, content)
    except (ValueError, UserWarning):
        raise _other_network(folder / BEST_WEIGHTS) from None
    except (OSError, KeyError, RuntimeError):
        fact = "cannot be read: it is cut off or changed"
        raise InputError(fact, place=str(folder / BEST_WEIGHTS), help=folder.written.remedy()) from None
    return _unrecorded(model, folder) if epoch is None else Loaded("best", epoch, _notes_of_a_later_best(folder, epoch))


def _notes_of_a_later_best(folder: RunFolder, epoch: int) -> tuple[str, ...]:
    """What there is to say where the newest checkpoint names another best epoch, as a kill between the two leaves it."""
    names = checkpoint.checkpoint_names(folder.checkpoints)
    try:
        record = records.read_record(folder.checkpoints / names[-1] / checkpoint.RECORD, records.CHECKPOINT_RECORD)
    except (IndexError, InputError):
        return ()
    if record.best_epoch in (None, epoch):
        return ()
    return (f"the best epoch is {record.best_epoch} by now: {MADE_AGAIN}",)


def _unrecorded(model: keras.Model, folder: RunFolder) -> Loaded:
    """Best weights of which the run recorded nothing, as release 0.1.0 did not: the checkpoint says whether they are right."""
    saved, state, _ = _newest(folder)
    if saved is None or state.best is None:
        note = "the run recorded nothing that these weights could be held against, and has no checkpoint of them"
        return Loaded("best", _best_epoch(folder), (note,))
    named = zip(variable_names(MODEL, model.variables), model.variables, strict=True)
    # Seeds of dropout are no weights: Keras leaves them out.
    weights = {name: np.asarray(variable) for name, variable in named if keras.backend.is_float_dtype(variable.dtype)}
    known = state.best.variables
    if any(name not in known or not np.array_equal(known[name], array) for name, array in weights.items()):
        fact = f"does not hold the best weights of epoch {state.best.row.epoch}, which checkpoint {saved.name} has"
        raise InputError(fact, place=str(folder / BEST_WEIGHTS), help=folder.written.remedy())
    return Loaded("best", state.best.row.epoch, ())


def _newest(folder: RunFolder) -> tuple[Checkpoint | None, State, tuple[str, ...]]:
    """The newest checkpoint that can be used, and what to know of those that cannot.

    Raises:
        InputError: It is of another run than the folder says.
    """
    notes: list[str] = []
    saved = checkpoint.newest_checkpoint(
        folder.checkpoints, lambda name, reason: notes.append(f"checkpoint {name} is passed over: {reason}"), state_of
    )
    if saved is None:
        return None, State(), ()
    record = record_of(saved)
    if record.format and record.identity != folder.identity():
        raise InputError(OF_ANOTHER_RUN, place=str(folder.checkpoints / saved.name), help=RESTORE)
    return saved, state_of(saved), tuple(notes)


def _best_epoch(folder: RunFolder) -> int:
    """The first epoch with the highest accuracy among those at the final image size, by `log.csv`."""
    size = checked_recipe_of(folder.design()).phases[-1].image_size
    final = [row for row in folder.written.rows(LOG, EpochRow) if row.image_size == size]
    if not final:
        raise InputError(f"has no epoch at {size} px", place=str(folder / LOG), help=folder.written.remedy())
    return best_of(final).epoch


def _other_network(file: Path) -> InputError:
    return InputError(
        f"holds the weights of another network than {DESIGN} says", place=str(file), help=f"restore the {DESIGN} of the run"
    )
