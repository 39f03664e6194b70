"""The training itself: phases, epochs, steps; validation, saving and stopping between them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from generator.recipe import Recipe
from tinymodel.data import DataSet, Split
from tinymodel.train import checkpoint, validate
from tinymodel.train.batches import Feed, feeding
from tinymodel.train.engine import Engine
from tinymodel.train.log import EpochRow, Log, Timing
from tinymodel.train.meter import Meter
from tinymodel.train.run_folder import RunFolder
from tinymodel.train.schedule import Schedule
from tinymodel.train.state import Best, State, model_variables
from tinymodel.train.stopping import Diverged, Stopped, StopRequest, stop_on_signals
from tinymodel.train.tensorboard import EventFile


@dataclass
class Loop:
    """The loop over phases, epochs and steps. All that it changes is `state`, the engine's variables and the run folder.

    Attributes:
        identity: Digest of design, recipe and data, for the checkpoints.
        keep: How many checkpoints stay.
    """

    recipe: Recipe
    schedule: Schedule
    data: DataSet
    folder: RunFolder
    model: keras.Model
    engine: Engine
    state: State
    log: Log
    identity: str
    keep: int

    def __post_init__(self) -> None:
        self.under_way: list[tuple[Any, Any]] = []
        self.save_seconds = 0.0
        self.saved_at = time.monotonic()
        self.stop = StopRequest()

    def run(self) -> None:
        """Trains from the state's step to the end."""
        first = self.state.step(self.schedule)
        self.meter = Meter(self.schedule, first)
        self.events = EventFile(self.folder.tensorboard, first)
        self.folder.write_log(self.state.rows)
        with stop_on_signals() as self.stop:
            while len(self.state.rows) < self.schedule.epochs:
                self._phase(self.schedule.phase_of(len(self.state.rows)))

    # ------------------------------------------------------------------------------------------ a phase, an epoch, a step

    def _phase(self, phase: int) -> None:
        size = self.recipe.phases[phase].image_size
        train, val = self.data.split("train", size), self.data.split("val", size)
        epoch = len(self.state.rows)
        with feeding(
            self.schedule, train, self.recipe, self.state.step(self.schedule), self.schedule.end_of_phase(epoch)
        ) as feed:
            while epoch < self.schedule.epochs and self.schedule.phase_of(epoch) == phase:
                self.meter.begin_epoch(feed.waited_seconds)
                self._steps(epoch, feed)
                self._finish_epoch(epoch, val)
                epoch += 1

    def _steps(self, epoch: int, feed: Feed) -> None:
        rate = self.schedule.learning_rate(self.schedule.phase_of(epoch))
        for step in range(self.state.step(self.schedule), self.schedule.first_step(epoch + 1)):
            batch = feed.next()
            self.under_way.append(self.engine.train_step(batch, rate))
            self._collect(leave=1)
            self.meter.count(len(batch.labels), feed.waited_seconds)
            self.log.progress(self.meter.progress(epoch, step + 1))
            self._stop_if_asked()
            if time.monotonic() - self.saved_at > 60 * self.recipe.checkpoint_minutes:
                self._save()
        self._collect(leave=0)

    def _collect(self, leave: int) -> None:
        """Takes the results of the steps under way, all but `leave` of them: asking for the latest would stop the device."""
        while len(self.under_way) > leave:
            loss, correct = self.under_way.pop(0)
            if not np.isfinite(float(loss)):
                raise self._diverged("the loss")
            self.state.losses.append(float(loss))
            self.state.correct.append(int(correct))

    # --------------------------------------------------------------------------------------------- the end of an epoch

    def _finish_epoch(self, epoch: int, val: Split) -> None:
        at = self.schedule.at(self.schedule.first_step(epoch))
        steps, images = len(self.state.losses), len(self.state.losses) * at.batch_size
        speed, seconds, waited = self.meter.images_per_second, self.meter.epoch_seconds, self.meter.epoch_waited_seconds
        progress = self.meter.progress(epoch, self.schedule.first_step(epoch + 1))
        probabilities = validate.predict(self.engine, val, between=self._stop_if_asked)
        if not np.isfinite(probabilities).all():
            raise self._diverged("a prediction")
        row = EpochRow(
            epoch + 1, at.phase + 1, at.image_size, steps, at.learning_rate,
            self.state.mean_loss(), sum(self.state.correct) / images,
            validate.cross_entropy(probabilities, val.labels), validate.top_k(probabilities, val.labels, 1),
        )  # fmt: skip
        val_seconds = self.meter.epoch_seconds - seconds
        self.state.finish_epoch(row)
        best = self._note_best(row)
        self._save()
        self.folder.write_log(self.state.rows)
        timing = Timing(row.epoch, seconds, val_seconds, waited, speed, self.save_seconds)
        self.folder.add_timing(timing)
        self.events.scalars(self.schedule.first_step(epoch + 1), _curves(row, timing))
        self.log.epoch(row, timing, progress, best)
        self.save_seconds = 0.0

    def _note_best(self, row: EpochRow) -> bool:
        """Keeps the model's variables if this epoch is the best one at the final image size; of equal ones, the first stays."""
        best = self.state.best
        if row.image_size != self.schedule.final_image_size or (best and row.val_accuracy <= best.row.val_accuracy):
            return False
        self.state.best = Best(row, model_variables(self.engine.state()))
        self.engine.synchronise()
        self.folder.save_weights(self.model)
        return True

    # ------------------------------------------------------------------------------------------------ saving, stopping

    def _save(self) -> None:
        started = time.monotonic()
        self._collect(leave=0)
        variables = self.engine.state()
        if not all(np.isfinite(array).all() for array in variables.values()):
            raise self._diverged("a weight")
        step = self.state.step(self.schedule)
        record = {"identity": self.identity, **self.state.record()}
        checkpoint.save(self.folder.checkpoints, len(self.state.rows), step, self.state.arrays(variables), record, self.keep)
        self.saved_at = time.monotonic()
        self.save_seconds += self.saved_at - started

    def _stop_if_asked(self) -> None:
        if self.stop.signal is not None:
            self._save()
            raise Stopped(self.stop.signal, self.folder.path, self.state.step(self.schedule))

    def _diverged(self, what: str) -> Diverged:
        return Diverged(what, self.state.step(self.schedule), len(self.state.rows), len(self.state.losses))


def _curves(row: EpochRow, timing: Timing) -> dict[str, float]:
    return {
        "loss/train": row.loss,
        "loss/val": row.val_loss,
        "accuracy/train": row.accuracy,
        "accuracy/val": row.val_accuracy,
        "recipe/learning_rate": row.learning_rate,
        "recipe/image_size": row.image_size,
        "speed/images_per_second": timing.images_per_second,
    }
