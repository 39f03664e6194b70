"""The training itself: phases, epochs, steps; validation, saving and stopping between them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from generator.design.recipe import Recipe
from tinymodel.data.dataset import Split
from tinymodel.training import validate
from tinymodel.training.engines.engine import Engine, answering_variables
from tinymodel.training.feed.batches import Feed, Source, feeding_batches
from tinymodel.training.feed.training_data import TrainingData
from tinymodel.training.log.events import EpochRow, Log, Timing
from tinymodel.training.log.meter import Meter
from tinymodel.training.machine import processes
from tinymodel.training.machine.devices import Machine
from tinymodel.training.run.keeper import Keeper
from tinymodel.training.run.state import Best, State
from tinymodel.training.schedule import Schedule
from tinymodel.training.stopping import Diverged, Stopped, StopRequest, stop_on_signals

CALLS_BETWEEN_AGREEMENTS = 16
"""Several processes ask each other this often whether one was told to stop: an exchange costs about a millisecond."""


@dataclass
class Loop:
    """The loop over phases, epochs and steps. It changes `state`, the engine's variables and what the keeper keeps."""

    recipe: Recipe
    schedule: Schedule
    data: TrainingData
    machine: Machine
    engine: Engine
    state: State
    keeper: Keeper
    log: Log

    def __post_init__(self) -> None:
        self.under_way: list[tuple[Any, Any]] = []
        self.save_seconds = 0.0
        self.stop = StopRequest()
        self.alone = processes.count_processes() == 1

    def run(self) -> None:
        """Trains from the state's step to the end."""
        first = self.state.step(self.schedule)
        self.meter = Meter(self.schedule, first)
        self.saved_at, self.saved_step = time.monotonic(), first
        self.keeper.begin(first)
        with stop_on_signals() as self.stop:
            while len(self.state.rows) < self.schedule.epochs:
                self._phase(self.schedule.phase_of(len(self.state.rows)))

    # ------------------------------------------------------------------------------------------ a phase, an epoch, a step

    def _phase(self, phase: int) -> None:
        size, epoch = self.recipe.phases[phase].image_size, len(self.state.rows)
        train, compared = self.data.train(size), self.data.compared(size)
        source = Source(self.schedule, self.recipe, self.data, train, self.machine.resident, self.machine.augmented_by)
        self.engine.hold(train.images if self.machine.resident else None)
        first, last = self.state.step(self.schedule), self.schedule.end_of_phase(epoch)
        with feeding_batches(source, first, last, self.machine.steps_per_call) as feed:
            while epoch < self.schedule.epochs and self.schedule.phase_of(epoch) == phase:
                self.meter.begin_epoch(feed.waited_seconds)
                self._steps(epoch, feed)
                self._finish_epoch(epoch, compared)
                epoch += 1
        self.keeper.phase(self.state.rows)

    def _steps(self, epoch: int, feed: Feed) -> None:
        step, last, calls = self.state.step(self.schedule), self.schedule.first_step(epoch + 1), 0
        while step < last:
            steps = feed.next()
            self.under_way.append(self.engine.train_steps(steps))
            self._collect(leave=1)
            step, calls = step + steps.step_count, calls + 1
            self.meter.count(steps.image_count, feed.waited_seconds)
            self.log.progress(self.meter.progress(epoch, step))
            if self.alone or calls % CALLS_BETWEEN_AGREEMENTS == 0:
                self._stop_if_asked()
            if self._checkpoint_is_due(step):
                self._save()
        self._collect(leave=0)

    def _collect(self, leave: int) -> None:
        """Takes the results of the steps under way, all but `leave` calls: asking for the latest would stop the device."""
        while len(self.under_way) > leave:
            for loss, correct in zip(*(np.asarray(result) for result in self.under_way.pop(0)), strict=True):
                if not np.isfinite(loss):
                    raise self._diverged("the loss")
                self.state.losses.append(float(loss))
                self.state.correct.append(int(correct))

    # --------------------------------------------------------------------------------------------- the end of an epoch

    def _finish_epoch(self, epoch: int, compared: Split) -> None:
        at, end = self.schedule.at(self.schedule.first_step(epoch)), self.schedule.first_step(epoch + 1)
        steps, images = len(self.state.losses), len(self.state.losses) * at.batch_size
        speed, seconds, waited = self.meter.images_per_second, self.meter.epoch_seconds, self.meter.epoch_waited_seconds
        progress = self.meter.progress(epoch, end)
        self._stop_if_asked()
        probabilities = validate.predict(self.engine, compared, between=self._stop_if_asked if self.alone else lambda: None)
        if not np.isfinite(probabilities).all():
            raise self._diverged("a prediction")
        row = EpochRow(
            epoch + 1, at.phase + 1, at.image_size, steps, at.learning_rate,
            self.state.mean_loss(), sum(self.state.correct) / images,
            validate.cross_entropy(probabilities, compared.labels), validate.top_k(probabilities, compared.labels, 1),
            self.data.compared_on,
        )  # fmt: skip
        val_seconds = self.meter.epoch_seconds - seconds
        self.state.finish_epoch(row)
        best = self._note_best(row)
        self._save()
        timing = Timing(row.epoch, seconds, val_seconds, waited, speed, self.save_seconds)
        self.keeper.epoch(self.state, timing, end)
        self.log.epoch(row, timing, progress, best)
        self.save_seconds = 0.0

    def _note_best(self, row: EpochRow) -> bool:
        """Notes the variables if this epoch is the best one at the final image size; of equal ones, the first stays."""
        best = self.state.best
        if row.image_size != self.schedule.final_image_size or (best and row.val_accuracy <= best.row.val_accuracy):
            return False
        self.state.best = Best(row, answering_variables(self.engine.state()))
        return True

    # ------------------------------------------------------------------------------------------------ saving, stopping

    def _checkpoint_is_due(self, step: int) -> bool:
        every = self.recipe.checkpoint_steps
        steps_are_over = every is not None and step // every > self.saved_step // every
        return steps_are_over or time.monotonic() - self.saved_at > 60 * self.recipe.checkpoint_minutes

    def _save(self) -> None:
        started = time.monotonic()
        self._collect(leave=0)
        variables = self.engine.state()
        if not all(np.isfinite(array).all() for array in variables.values()):
            raise self._diverged("a weight")
        self.saved_step = self.state.step(self.schedule)
        self.keeper.save(self.state, variables, self.saved_step)
        self.saved_at = time.monotonic()
        self.save_seconds += self.saved_at - started

    def _stop_if_asked(self) -> None:
        number = processes.any_of_processes(self.stop.signal or 0)
        if number:
            self._save()
            raise Stopped(number, self.state.step(self.schedule))

    def _diverged(self, what: str) -> Diverged:
        return Diverged(what, self.state.step(self.schedule), len(self.state.rows), len(self.state.losses))
