"""What is written while a training runs: the checkpoint first, and then all that follows from it. Knows nothing of steps."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import keras
import numpy as np

from tinymodel import files
from tinymodel.training.engines.engine import MODEL as MODEL_VARIABLES
from tinymodel.training.engines.engine import assign_variables
from tinymodel.training.log.curves import curves_png
from tinymodel.training.log.events import EpochRow, Log, Timing
from tinymodel.training.log.tensorboard import EventFile
from tinymodel.training.run import checkpoint
from tinymodel.training.run.copier import Copier
from tinymodel.training.run.folder import RunFolder
from tinymodel.training.run.identity import FORMAT
from tinymodel.training.run.names import BEST_WEIGHTS, CURVES, FILES, LOG, MODEL
from tinymodel.training.run.state import Best, State
from tinymodel.training.run.weights_files import model_bytes, weights_bytes
from tinymodel.training.run.written import Follows, log_bytes


class Keeper(Protocol):
    """Who keeps a training."""

    unkept: Sequence[str]
    """What could not be kept so far, a sentence each; the last try counts."""

    def environment(self, environment: dict[str, Any], step: int) -> list[str]:
        """Notes what the training runs on from a step on; returns what is another than before."""

    def take_up(self, state: State, drawn: int, done: bool) -> None:
        """Brings all files to the state that the newest checkpoint holds.

        Args:
            state: That state.
            drawn: Epochs that `curves.png` shows: those of completed phases.
            done: Whether it is the state of a whole training.
        """

    def begin(self, step: int) -> None:
        """Called before the first step of this process."""

    def save(self, state: State, variables: Mapping[str, np.ndarray], step: int) -> None:
        """Writes a checkpoint."""

    def epoch(self, state: State, timing: Timing, step: int) -> None:
        """Called when the checkpoint behind an epoch is written."""

    def phase(self, rows: Sequence[EpochRow]) -> None:
        """Called at the end of a phase."""

    def finish(self, best: Best) -> None:
        """Writes the model."""


class NoKeeper:
    """Of several processes all but one keep nothing."""

    unkept: Sequence[str] = ()

    def environment(self, environment: dict[str, Any], step: int) -> list[str]:
        """Notes nothing."""
        return []

    def take_up(self, state: State, drawn: int, done: bool) -> None:
        """Writes nothing."""

    def begin(self, step: int) -> None:
        """Writes nothing."""

    def save(self, state: State, variables: Mapping[str, np.ndarray], step: int) -> None:
        """Writes nothing."""

    def epoch(self, state: State, timing: Timing, step: int) -> None:
        """Writes nothing."""

    def phase(self, rows: Sequence[EpochRow]) -> None:
        """Writes nothing."""

    def finish(self, best: Best) -> None:
        """Writes nothing."""


class FolderKeeper:
    """Keeps a training in its run folder, and a copy in a second one if there is one.

    Args:
        folder: The run folder, locked.
        model: The network in float32, for the files of weights; its own weights do not matter.
        identity: Digest of design, recipe and data, for the checkpoints.
        keep: How many checkpoints stay.
        copier: Who keeps the copy.
        log: Who is told when the copy fails.
    """

    def __init__(
        self, folder: RunFolder, model: keras.Model, identity: str, keep: int, copier: Copier | None, log: Log
    ) -> None:
        self.folder, self.model, self.identity, self.keep, self.copier, self.log = folder, model, identity, keep, copier, log
        self.unkept: Sequence[str] = ()

    def environment(self, environment: dict[str, Any], step: int) -> list[str]:
        """Adds to `environment.json`."""
        return self.folder.note_environment(environment, step)

    def take_up(self, state: State, drawn: int, done: bool) -> None:
        """Makes again what a kill or a failing disk left missing, stale or torn, and completes the copy."""
        wanted = {LOG: _of_rows(state.rows)}
        wanted |= {CURVES: _of_rows(state.rows[:drawn])} if drawn else {}
        wanted |= {BEST_WEIGHTS: _of_weights(state.best)} if state.best else {}
        wanted |= {MODEL: _of_weights(state.best)} if state.best and done else {}
        for name in (CURVES, BEST_WEIGHTS, MODEL):
            if name not in wanted and (self.folder / name).exists():
                (self.folder / name).unlink()
                self.log.message(f"{name} is removed: no checkpoint holds the state that it is of")
        amiss = [name for name, follows in wanted.items() if self.folder.written.follows(name) != follows]
        if amiss and state.rows:
            why = "" if (self.folder / FILES).exists() else ", as nothing was recorded of them"
            self.log.message(f"made again from the checkpoint{why}: {', '.join(amiss)}")
        if amiss:
            self.folder.written.put({name: self._content(name, state, drawn) for name in amiss}, wanted)
        self.folder.written.settle()
        self._copy()

    def begin(self, step: int) -> None:
        """Opens TensorBoard's file."""
        self.events = EventFile(self.folder.tensorboard, step)

    def save(self, state: State, variables: Mapping[str, np.ndarray], step: int) -> None:
        """Writes a checkpoint, and the copy."""
        record = {"format": FORMAT, "identity": self.identity, **state.record()}
        checkpoint.save_checkpoint(self.folder.checkpoints, len(state.rows), step, state.arrays(variables), record, self.keep)
        self._copy()

    def epoch(self, state: State, timing: Timing, step: int) -> None:
        """Writes the best weights if they are of this epoch, `log.csv`, `timings.csv` and TensorBoard's points."""
        row = state.rows[-1]
        best = state.best is not None and state.best.row.epoch == row.epoch
        follows = {LOG: _of_rows(state.rows)}
        follows |= {BEST_WEIGHTS: _of_weights(state.best)} if state.best and best else {}
        self.folder.written.put({name: self._content(name, state) for name in follows}, follows)
        self.folder.written.add_timing(timing)
        self.events.scalars(step, _points(row, timing))
        self._copy()

    def phase(self, rows: Sequence[EpochRow]) -> None:
        """Draws `curves.png`."""
        self.folder.written.put({CURVES: curves_png(rows)}, {CURVES: _of_rows(rows)})
        self._copy()

    def finish(self, best: Best) -> None:
        """Writes `model.keras`."""
        assign_variables(MODEL_VARIABLES, self.model.variables, best.variables)
        self.folder.written.put({MODEL: model_bytes(self.model)}, {MODEL: _of_weights(best)})
        self.folder.written.settle()
        self._copy()

    def _content(self, name: str, state: State, drawn: int = 0) -> Any:
        """What a file should hold: all of them follow from the state."""
        if name == LOG:
            return log_bytes(state.rows)
        if name == CURVES:
            return curves_png(state.rows[:drawn])
        assert state.best is not None
        assign_variables(MODEL_VARIABLES, self.model.variables, state.best.variables)
        return weights_bytes(self.model) if name == BEST_WEIGHTS else model_bytes(self.model)

    def _copy(self) -> None:
        self.unkept = self.copier.update() if self.copier else ()
        for message in self.unkept:
            self.log.message(message)


def _of_rows(rows: Sequence[EpochRow]) -> Follows:
    return Follows(len(rows), files.digest(log_bytes(rows)))


def _of_weights(best: Best) -> Follows:
    digest = hashlib.sha256()
    for name, array in sorted(best.variables.items()):
        digest.update(f"{name} {array.dtype} {array.shape}\0".encode())
        digest.update(np.ascontiguousarray(array).data)
    return Follows(best.row.epoch, digest.hexdigest())


def _points(row: EpochRow, timing: Timing) -> dict[str, float]:
    return {
        "loss/train": row.loss,
        f"loss/{row.compared_on}": row.val_loss,
        "accuracy/train": row.accuracy,
        f"accuracy/{row.compared_on}": row.val_accuracy,
        "recipe/learning_rate": row.learning_rate,
        "recipe/image_size": row.image_size,
        "speed/images_per_second": timing.images_per_second,
    }
