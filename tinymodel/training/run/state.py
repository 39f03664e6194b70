"""Everything that a training is at a step, and how it goes into a checkpoint and comes out again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from tinymodel.training.log.events import EpochRow
from tinymodel.training.run.checkpoint import ARRAYS, RECORD, Checkpoint, Unusable
from tinymodel.training.run.records import CHECKPOINT_RECORD, CheckpointRecord, parse_record
from tinymodel.training.schedule import Schedule

_BEST, _LOSSES, _CORRECT = "best/", "epoch/losses", "epoch/correct"


class Best(NamedTuple):
    """The epoch with the highest accuracy at the final image size, and its variables: the averages where there are any."""

    row: EpochRow
    variables: dict[str, np.ndarray]


@dataclass
class State:
    """Where a training is.

    Attributes:
        rows: The completed epochs.
        losses: The loss of every step of the present epoch; it may hold the whole epoch, not validated yet.
        correct: Right answers of every step of the present epoch.
        best: None before the first epoch at the final image size.
    """

    rows: list[EpochRow] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    correct: list[int] = field(default_factory=list)
    best: Best | None = None

    def step(self, schedule: Schedule) -> int:
        """Global steps done."""
        return schedule.first_step(len(self.rows)) + len(self.losses)

    def mean_loss(self) -> float:
        """Mean over the steps of the epoch; the sum is exact, whatever was interrupted where."""
        return math.fsum(self.losses) / len(self.losses)

    def finish_epoch(self, row: EpochRow) -> None:
        """Adds the row of the present epoch and begins the next one."""
        self.rows.append(row)
        self.losses, self.correct = [], []

    def arrays(self, engine: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The arrays of a checkpoint; `engine` are its variables."""
        best = {_BEST + name: array for name, array in self.best.variables.items()} if self.best else {}
        epoch = {_LOSSES: np.array(self.losses, np.float64), _CORRECT: np.array(self.correct, np.int64)}
        return {**engine, **best, **epoch}

    def record(self) -> dict[str, Any]:
        """The JSON part of a checkpoint."""
        return {"rows": [row._asdict() for row in self.rows], "best_epoch": self.best.row.epoch if self.best else None}


def state_of(checkpoint: Checkpoint) -> State:
    """The state that a checkpoint holds; the engine's variables stay in its arrays.

    Raises:
        Unusable: It does not hold what a training saves.
    """
    record = record_of(checkpoint)
    rows, epoch = list(record.rows), record.best_epoch
    if [row.epoch for row in rows] != list(range(1, len(rows) + 1)) or (epoch is not None and not 1 <= epoch <= len(rows)):
        raise Unusable(f"{RECORD} does not hold the epochs of a training")
    losses, correct = (checkpoint.arrays.get(name) for name in (_LOSSES, _CORRECT))
    if losses is None or correct is None or losses.ndim != 1 or losses.shape != correct.shape:
        raise Unusable(f"{ARRAYS} does not hold the steps of an epoch")
    best = {name.removeprefix(_BEST): array for name, array in checkpoint.arrays.items() if name.startswith(_BEST)}
    if (epoch is None) != (not best):
        raise Unusable(f"{ARRAYS} and {RECORD} do not agree on whether there is a best epoch")
    return State(rows, losses.tolist(), correct.tolist(), Best(rows[epoch - 1], best) if epoch else None)


def record_of(checkpoint: Checkpoint) -> CheckpointRecord:
    """The record of a checkpoint.

    Raises:
        Unusable: It is none.
    """
    try:
        return parse_record(checkpoint.record, CHECKPOINT_RECORD)
    except ValueError as error:
        raise Unusable(f"{RECORD} cannot be read: {error}") from None
