"""The host's share of every step: gather the images, draw the augmentation, ahead of the device on a thread of its own.

What a step trains on is a function of (seed, step) alone, so a resumed training asks for its next step and has it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from generator.recipe import AugmentName, Recipe
from tinymodel import augment
from tinymodel.data import Split, order
from tinymodel.data.hashing import fold
from tinymodel.train.schedule import Schedule

AHEAD = 4
"""Batches prepared before they are needed."""

_POLL_SECONDS = 0.1


class Batch(NamedTuple):
    """One training step's input.

    Attributes:
        images: (batch, height, width, channels) uint8.
        labels: (batch,) int32.
        augment: What the device is to do to the images; "none" where imgaug has done it on the host.
        draws: How, image by image (`augment.Draws`).
    """

    images: np.ndarray
    labels: np.ndarray
    augment: AugmentName
    draws: Any


def batch_of(step: int, schedule: Schedule, split: Split, recipe: Recipe, permutation: np.ndarray) -> Batch:
    """The batch of a global step; `permutation` is the order of its epoch."""
    position = schedule.at(step)
    name = recipe.phases[position.phase].augment
    start = position.step_in_epoch * position.batch_size
    indices = permutation[start : start + position.batch_size]
    images, labels = split.images[indices], split.labels[indices]
    if recipe.augment_engine == "imgaug" and name != "none":
        images, name = augment.augment_on_host(name, images, int(fold(recipe.seed, step)[0])), "none"
    return Batch(images, labels, name, augment.draw(name, recipe.seed, position.epoch, indices, position.image_size))


class Feed:
    """The batches of consecutive steps, prepared ahead.

    Attributes:
        waited_seconds: Time that the caller has spent waiting for data.
    """

    def __init__(self, schedule: Schedule, split: Split, recipe: Recipe, first: int, last: int) -> None:
        self.waited_seconds = 0.0
        self._plan = (schedule, split, recipe, first, last)
        self._ready: queue.Queue[Batch | BaseException] = queue.Queue(AHEAD)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._prepare, name="batches", daemon=True)
        self._thread.start()

    def next(self) -> Batch:
        """The batch of the next step; what went wrong in preparing it is raised here."""
        started = time.perf_counter()
        batch = self._ready.get()
        self.waited_seconds += time.perf_counter() - started
        if isinstance(batch, BaseException):
            raise batch
        return batch

    def close(self) -> None:
        """Ends the thread."""
        self._closed.set()
        self._thread.join()

    def _prepare(self) -> None:
        try:
            for batch in self._batches():
                if not self._put(batch):
                    return
        except BaseException as error:  # Carried over to the thread that asks for the batch.
            self._put(error)

    def _batches(self) -> Iterator[Batch]:
        schedule, split, recipe, first, last = self._plan
        epoch, permutation = -1, np.empty(0, np.int64)
        for step in range(first, last):
            if schedule.at(step).epoch != epoch:
                epoch = schedule.at(step).epoch
                permutation = order(recipe.seed, epoch, len(split.labels))
            yield batch_of(step, schedule, split, recipe, permutation)

    def _put(self, item: Batch | BaseException) -> bool:
        while not self._closed.is_set():
            try:
                self._ready.put(item, timeout=_POLL_SECONDS)
            except queue.Full:
                continue
            return True
        return False


@contextmanager
def feeding(schedule: Schedule, split: Split, recipe: Recipe, first: int, last: int) -> Iterator[Feed]:
    """A `Feed` for the steps from `first` until before `last`, closed at the end."""
    feed = Feed(schedule, split, recipe, first, last)
    try:
        yield feed
    finally:
        feed.close()
