"""What is written while a training runs, in the order that makes a kill at any moment harmless. Knows nothing of steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import keras
import numpy as np

from tinymodel.train import checkpoint
from tinymodel.train.curves import draw_curves
from tinymodel.train.engine import MODEL as MODEL_VARIABLES
from tinymodel.train.engine import assign
from tinymodel.train.log import EpochRow, Log, Timing
from tinymodel.train.run_folder import CURVES, MODEL, RunFolder
from tinymodel.train.second_folder import SecondFolder
from tinymodel.train.state import Best, State
from tinymodel.train.tensorboard import EventFile


class Keeper(Protocol):
    """Who keeps a training."""

    @property
    def finished(self) -> bool:
        """Whether all that belongs to a whole training is there."""

    def environment(self, environment: dict[str, Any], step: int) -> list[str]:
        """Notes what the training runs on from a step on; returns what is another than before."""

    def begin(self, state: State, step: int) -> None:
        """Called before the first step of this process."""

    def save(self, state: State, variables: Mapping[str, np.ndarray], step: int) -> None:
        """Writes a checkpoint."""

    def best(self, best: Best) -> None:
        """Writes the weights of the best epoch so far."""

    def epoch(self, rows: Sequence[EpochRow], timing: Timing, step: int) -> None:
        """Called when the checkpoint behind an epoch is written."""

    def phase(self, rows: Sequence[EpochRow]) -> None:
        """Called at the end of a phase."""

    def finish(self, best: Best) -> None:
        """Writes the model."""


class NoKeeper:
    """Of several processes all but one keep nothing."""

    finished = True

    def environment(self, environment: dict[str, Any], step: int) -> list[str]:
        """Notes nothing."""
        return []

    def begin(self, state: State, step: int) -> None:
        """Writes nothing."""

    def save(self, state: State, variables: Mapping[str, np.ndarray], step: int) -> None:
        """Writes nothing."""

    def best(self, best: Best) -> None:
        """Writes nothing."""

    def epoch(self, rows: Sequence[EpochRow], timing: Timing, step: int) -> None:
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
        second: Where the copy is.
        log: Who is told when the copy fails.
    """

    def __init__(
        self, folder: RunFolder, model: keras.Model, identity: str, keep: int, second: SecondFolder | None, log: Log
    ) -> None:
        self.folder, self.model, self.identity, self.keep, self.second, self.log = folder, model, identity, keep, second, log

    @property
    def finished(self) -> bool:
        """Whether `model.keras` is there, which is written last."""
        return (self.folder / MODEL).exists()

    def environment(self, environment: dict[str, Any], step: int) -> list[str]:
        """Adds to `environment.json`."""
        return self.folder.note_environment(environment, step)

    def begin(self, state: State, step: int) -> None:
        """Brings the files to the state: a kill may have left them an epoch ahead of it."""
        self.events = EventFile(self.folder.tensorboard, step)
        if state.best:
            self.best(state.best)
        self.folder.write_log(state.rows)
        self._copy()

    def save(self, state: State, variables: Mapping[str, np.ndarray], step: int) -> None:
        """Writes a checkpoint, and the copy."""
        record = {"identity": self.identity, **state.record()}
        checkpoint.save(self.folder.checkpoints, len(state.rows), step, state.arrays(variables), record, self.keep)
        self._copy()

    def best(self, best: Best) -> None:
        """Writes `best.weights.h5`."""
        assign(MODEL_VARIABLES, self.model.variables, best.variables)
        self.folder.save_weights(self.model)

    def epoch(self, rows: Sequence[EpochRow], timing: Timing, step: int) -> None:
        """Writes `log.csv`, `timings.csv` and TensorBoard's points."""
        self.folder.write_log(rows)
        self.folder.add_timing(timing)
        self.events.scalars(step, _points(rows[-1], timing))
        self._copy()

    def phase(self, rows: Sequence[EpochRow]) -> None:
        """Draws `curves.png`."""
        draw_curves(rows, self.folder / CURVES)
        self._copy()

    def finish(self, best: Best) -> None:
        """Writes `model.keras`."""
        assign(MODEL_VARIABLES, self.model.variables, best.variables)
        self.folder.save_model(self.model)
        self._copy()

    def _copy(self) -> None:
        for message in self.second.update() if self.second else ():
            self.log.message(message)


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
