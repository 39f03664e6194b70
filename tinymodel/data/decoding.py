"""The decoding itself: pictures in their order, by threads, the bad ones listed up to a limit."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from generator.errors import InputError
from tinymodel.data.images import decode, side_of
from tinymodel.data.index import Picture, some
from tinymodel.data.source import Progress, Source, Unreadable

MAX_SKIPPED = 10
MAX_SKIPPED_PERCENT = 1
"""Bad pictures that are left out before the data set is refused: this many, or this share of it if that is more."""

VOTERS = 1_000
"""Training pictures, spread evenly, whose most common side is the image size where none is asked for."""

CHUNK = 64
"""Pictures a task; Pillow decodes outside Python's lock."""

MAX_THREADS = 16

SHOWN_BAD = 3
"""Bad pictures that the refusal names."""


class _Chunk(NamedTuple):
    pixels: np.ndarray
    kept: list[Picture]
    skipped: list[str]


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
        for chunk in self._chunks(pictures):
            kept.extend(chunk.kept)
            self.skipped.extend(chunk.skipped)
            self._check_skipped()
            self._done += len(chunk.kept) + len(chunk.skipped)
            self._progress(self._done, self._total)
            yield chunk.pixels

    def _chunks(self, pictures: Sequence[Picture]) -> Iterator[_Chunk]:
        """Chunks in order, decoded by threads that are never far ahead of the reader."""
        threads = min(os.cpu_count() or 1, MAX_THREADS)
        waiting: deque[Future[_Chunk]] = deque()
        with ThreadPoolExecutor(threads) as pool:
            try:
                for start in range(0, len(pictures), CHUNK):
                    waiting.append(pool.submit(_decode_chunk, self._files, pictures[start : start + CHUNK], self.size))
                    if len(waiting) > 2 * threads:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                pool.shutdown(cancel_futures=True)

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


def _decode_chunk(files: Source, pictures: Sequence[Picture], size: int) -> _Chunk:
    pixels = np.empty((len(pictures), size, size, 3), np.uint8)
    kept: list[Picture] = []
    skipped: list[str] = []
    for picture in pictures:
        try:
            pixels[len(kept)] = decode(files.read(picture.name), size)
            kept.append(picture)
        except Unreadable as error:
            skipped.append(f"{picture.name}: {error}")
    return _Chunk(pixels[: len(kept)], kept, skipped)


def usual_size(files: Source, pictures: Sequence[Picture]) -> int:
    """The shorter side that most pictures have, in px, by a vote of `VOTERS` of them.

    Raises:
        InputError: None of them can be read.
    """
    sides: Counter[int] = Counter()
    for picture in pictures[:: -(-len(pictures) // VOTERS)]:
        try:
            sides[side_of(files.read(picture.name))] += 1
        except Unreadable:
            continue  # the decoding will name it
    if not sides:
        names = some(picture.name for picture in pictures)
        raise InputError("none of the pictures can be read", place=files.place, received=names, help="check the files")
    return sides.most_common(1)[0][0]
