"""The decoding itself: pictures in their order, by worker processes, the bad ones listed up to a limit."""

from __future__ import annotations

import contextlib
import os
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Queue

import numpy as np

from generator.errors import InputError
from tinymodel.data.images import side_of_image
from tinymodel.data.index import Picture, some_names
from tinymodel.data.source import Progress, Source, Unreadable
from tinymodel.data.worker import Decoded, Worker, decode_all

MAX_SKIPPED = 10
MAX_SKIPPED_PERCENT = 1
"""Bad pictures that are left out before the data set is refused: this many, or this share of it if that is more."""

VOTERS = 1_000
"""Training pictures, spread evenly, whose most common side is the image size where none is asked for."""

CHUNK = 64
"""Pictures that a worker is given at a time."""

MIN_FOR_WORKERS = 2_000
"""Pictures that are worth the start of other processes: fewer take under a quarter of a second anyway."""

MAX_WORKERS = 16

SHOWN_BAD = 3
"""Bad pictures that the refusal names."""


class Decoding:
    """Decodes the splits of one data set and keeps count over all of them.

    Attributes:
        skipped: Pictures left out so far, as "name: reason".
    """

    def __init__(self, files: Source, size: int, total: int, progress: Progress) -> None:
        self.size = size
        self.skipped: list[str] = []
        self._files = files
        self._total = total
        self._progress = progress
        self._done = 0

    def pixels(self, pictures: Sequence[Picture], kept: list[Picture]) -> Iterator[np.ndarray]:
        """Decodes pictures in their order.

        Args:
            pictures: What to decode.
            kept: Gets the pictures that the batches hold.

        Yields:
            (some, size, size, 3) uint8.

        Raises:
            InputError: Too many of them are bad.
        """
        for chunk, decoded in self._decoded(pictures):
            for picture, reason in zip(chunk, decoded.reasons, strict=True):
                if reason is None:
                    kept.append(picture)
                else:
                    self.skipped.append(f"{picture.name}: {reason}")
            self._check_skipped()
            self._done += len(chunk)
            self._progress(self._done, self._total)
            yield decoded.pixels

    def _decoded(self, pictures: Sequence[Picture]) -> Iterator[tuple[Sequence[Picture], Decoded]]:
        """Chunks in their order."""
        chunks = [pictures[start : start + CHUNK] for start in range(0, len(pictures), CHUNK)]
        if len(pictures) < MIN_FOR_WORKERS:
            for chunk in chunks:
                yield chunk, decode_all(self._read(chunk), self.size)
            return
        with contextlib.ExitStack() as stack:
            workers = [Worker() for _ in range(min(os.cpu_count() or 1, MAX_WORKERS))]
            for worker in workers:
                stack.callback(worker.close)
            yield from self._by_workers(chunks, workers)

    def _by_workers(
        self, chunks: list[Sequence[Picture]], workers: list[Worker]
    ) -> Iterator[tuple[Sequence[Picture], Decoded]]:
        """One thread a worker; never more than two chunks a worker ahead of the reader."""
        idle: Queue[Worker] = Queue()
        for worker in workers:
            idle.put(worker)

        def decode_chunk(chunk: Sequence[Picture]) -> Decoded:
            worker = idle.get()
            try:
                return worker.decode_all(self._read(chunk), self.size)
            finally:
                idle.put(worker)

        waiting: deque[tuple[Sequence[Picture], Future[Decoded]]] = deque()
        with ThreadPoolExecutor(len(workers)) as pool:
            try:
                for chunk in chunks:
                    waiting.append((chunk, pool.submit(decode_chunk, chunk)))
                    if len(waiting) > 2 * len(workers):
                        first, decoded = waiting.popleft()
                        yield first, decoded.result()
                for first, decoded in waiting:
                    yield first, decoded.result()
            finally:
                pool.shutdown(cancel_futures=True)

    def _read(self, chunk: Sequence[Picture]) -> list[bytes | Unreadable]:
        read: list[bytes | Unreadable] = []
        for picture in chunk:
            try:
                read.append(self._files.read(picture.name))
            except Unreadable as error:
                read.append(error)
        return read

    def _check_skipped(self) -> None:
        limit = max(MAX_SKIPPED, self._total * MAX_SKIPPED_PERCENT // 100)
        if len(self.skipped) > limit:
            raise InputError(
                f"more than {limit} of {self._total} pictures cannot be used, among them "
                + "; ".join(self.skipped[:SHOWN_BAD]),
                place=self._files.place,
                expected=f"at most {MAX_SKIPPED} bad ones, or {MAX_SKIPPED_PERCENT} %",
                help="mend or remove them",
            )


def usual_size(files: Source, pictures: Sequence[Picture]) -> int:
    """The shorter side that most pictures have, in px, by a vote of `VOTERS` of them.

    Raises:
        InputError: None of them can be read.
    """
    sides: Counter[int] = Counter()
    for picture in pictures[:: -(-len(pictures) // VOTERS)]:
        try:
            sides[side_of_image(files.read(picture.name))] += 1
        except Unreadable:
            continue  # the decoding will name it
    if not sides:
        names = some_names(picture.name for picture in pictures)
        raise InputError("none of the pictures can be read", place=files.place, received=names, help="check the files")
    return sides.most_common(1)[0][0]
