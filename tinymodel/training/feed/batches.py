"""The host's share of every step: gather the images, draw the augmentation, ahead of the device on a thread of its own.

What a step trains on is a function of (seed, step) alone, so a resumed training asks for its next step and has it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import numpy as np

from generator.design.recipe import AugmentName, Recipe
from tinymodel import augmentation
from tinymodel.augmentation import cutmix
from tinymodel.data.dataset import Split
from tinymodel.data.hashing import fold_hash
from tinymodel.data.order import Visits
from tinymodel.training.feed.training_data import TrainingData
from tinymodel.training.schedule import Schedule

AHEAD = 4
"""Calls prepared before they are needed."""

AugmentedBy = Literal["device", "opencv", "imgaug"]
"""Where the augmentation is applied: by the backend on the device, or on the host by one of two libraries."""

_POLL_SECONDS = 0.1


class StepArrays(NamedTuple):
    """The input of one step; with a leading axis, of several.

    Attributes:
        inputs: (batch, size, size, 3) uint8 images, or (batch,) int32 positions among images that lie on the device.
        labels: (batch,) int32.
        draws: How the device is to augment, image by image (`augmentation.Draws`).
        boxes: (batch, 4) int32, the rectangles of CutMix; None where the phase has none.
        learning_rate: () float32.
        ema_momentum: () float32, 0 where weights are not averaged.
    """

    inputs: Any
    labels: Any
    draws: Any
    boxes: Any
    learning_rate: Any
    ema_momentum: Any


class Steps(NamedTuple):
    """Consecutive steps that go to the device in one call.

    Attributes:
        augment: What the device is to do to the images; "none" where the host has done it.
        arrays: With a leading axis of `step_count`.
        step_count: How many steps.
        image_count: In all of them.
    """

    augment: AugmentName
    arrays: StepArrays
    step_count: int
    image_count: int


class Source(NamedTuple):
    """Where the batches of a phase come from.

    Attributes:
        split: All training images at the phase's size.
        resident: Whether they lie on the device, so that positions are enough.
        augmented_by: Who augments.
    """

    schedule: Schedule
    recipe: Recipe
    data: TrainingData
    split: Split
    resident: bool
    augmented_by: AugmentedBy


def batches_of_steps(source: Source, first: int, count: int, visited: Visits) -> Steps:
    """The input of `count` steps of one epoch, from the global step `first`; `visited` is what the epoch visits."""
    batches = [_batch(source, step, visited) for step in range(first, first + count)]
    (name, *_), arrays = zip(*batches, strict=True)
    return Steps(name, stacked_batches(arrays), count, count * len(arrays[0].labels))


def stacked_batches(arrays: tuple[StepArrays, ...]) -> StepArrays:
    """The arrays of steps with an axis of the steps in front; views where it is one step."""
    if len(arrays) == 1:
        one = arrays[0]
        draws, boxes = tuple(drawn[None] for drawn in one.draws), None if one.boxes is None else one.boxes[None]
        return StepArrays(one.inputs[None], one.labels[None], draws, boxes, one.learning_rate[None], one.ema_momentum[None])
    inputs, labels, draws, boxes, rates, momenta = zip(*arrays, strict=True)
    return StepArrays(
        np.stack(inputs),
        np.stack(labels),
        tuple(np.stack(drawn) for drawn in zip(*draws, strict=True)),
        None if boxes[0] is None else np.stack(boxes),
        np.stack(rates),
        np.stack(momenta),
    )


def _batch(source: Source, step: int, visited: Visits) -> tuple[AugmentName, StepArrays]:
    position, recipe = source.schedule.at(step), source.recipe
    phase, size = recipe.phases[position.phase], position.image_size
    place = slice(position.step_in_epoch * position.batch_size, (position.step_in_epoch + 1) * position.batch_size)
    indices, keys = visited.positions[place], visited.keys[place]
    draws = augmentation.draw(phase.augment, recipe.seed, position.epoch, keys, size)
    name: AugmentName = phase.augment
    inputs: np.ndarray = indices.astype(np.int32)
    if not source.resident:
        inputs = source.split.images[indices]
        if source.augmented_by == "imgaug" and name != "none":
            inputs, name, draws = augmentation.augment_on_host(name, inputs, int(fold_hash(recipe.seed, step)[0])), "none", ()
        elif source.augmented_by == "opencv" and name != "none":
            inputs, name, draws = augmentation.apply_on_host(name, inputs, draws), "none", ()
    boxes = cutmix.cutmix_boxes(phase.cutmix, recipe.seed, position.epoch, keys, size) if phase.cutmix else None
    rate, momentum = np.asarray(position.learning_rate, np.float32), np.asarray(source.schedule.ema_momentum(step), np.float32)
    return name, StepArrays(inputs, source.split.labels[indices], draws, boxes, rate, momentum)


class Feed:
    """The steps of a phase, call by call, prepared ahead.

    Attributes:
        waited_seconds: Time that the caller has spent waiting for data.
    """

    def __init__(self, source: Source, first: int, last: int, steps_per_call: int) -> None:
        self.waited_seconds = 0.0
        self._plan = (source, first, last, steps_per_call)
        self._ready: queue.Queue[Steps | BaseException] = queue.Queue(AHEAD)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._prepare, name="batches", daemon=True)
        self._thread.start()

    def next(self) -> Steps:
        """The next call; what went wrong in preparing it is raised here."""
        started = time.perf_counter()
        steps = self._ready.get()
        self.waited_seconds += time.perf_counter() - started
        if isinstance(steps, BaseException):
            raise steps
        return steps

    def close(self) -> None:
        """Ends the thread."""
        self._closed.set()
        self._thread.join()

    def _prepare(self) -> None:
        try:
            for steps in self._calls():
                if not self._put(steps):
                    return
        except BaseException as error:  # Carried over to the thread that asks for the steps.
            self._put(error)

    def _calls(self) -> Iterator[Steps]:
        source, step, last, steps_per_call = self._plan
        epoch, visited = -1, None
        while step < last:
            if source.schedule.at(step).epoch != epoch or visited is None:
                epoch = source.schedule.at(step).epoch
                visited = source.data.visits(epoch)
            count = source.schedule.steps_in_call(step, steps_per_call)
            yield batches_of_steps(source, step, count, visited)
            step += count

    def _put(self, item: Steps | BaseException) -> bool:
        while not self._closed.is_set():
            try:
                self._ready.put(item, timeout=_POLL_SECONDS)
            except queue.Full:
                continue
            return True
        return False


@contextmanager
def feeding_batches(source: Source, first: int, last: int, steps_per_call: int) -> Iterator[Feed]:
    """A `Feed` for the steps from `first` until before `last`, closed at the end."""
    feed = Feed(source, first, last, steps_per_call)
    try:
        yield feed
    finally:
        feed.close()
