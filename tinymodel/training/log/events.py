"""What a training tells while it runs: records, the face of a log, and the log for people at a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, Protocol, TextIO

REDRAW_SECONDS = 0.2
BAR_CELLS = 20


class EpochRow(NamedTuple):
    """A row of `log.csv`: only what is a function of the training. Epochs and phases count from 1.

    `loss` holds label smoothing, class weights and penalties, as it is minimised; `val_loss` is the plain cross-entropy. What
    `val_loss` and `val_accuracy` are measured on stands in `compared_on`: val, or the holdout of a recipe that has one.
    """

    epoch: int
    phase: int
    image_size: int
    steps: int
    learning_rate: float
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    compared_on: str

    @property
    def compared_name(self) -> str:
        """What `val_accuracy` is measured on, in a word: "validation" or "holdout"."""
        return "validation" if self.compared_on == "val" else self.compared_on


class Timing(NamedTuple):
    """A row of `timings.csv`: how long an epoch took here. An epoch that was interrupted counts from where it went on."""

    epoch: int
    train_seconds: float
    val_seconds: float
    data_wait_seconds: float
    images_per_second: float
    save_seconds: float


class Progress(NamedTuple):
    """Where a training is inside an epoch."""

    epoch: int
    epochs: int
    phase: int
    phases: int
    image_size: int
    step: int
    steps: int
    images_per_second: float
    data_wait_share: float
    seconds_left: float | None


class Log(Protocol):
    """Who is told."""

    def message(self, text: str) -> None:
        """Something that the person should know."""

    def progress(self, progress: Progress) -> None:
        """Called after every step."""

    def epoch(self, row: EpochRow, timing: Timing, progress: Progress, best: bool) -> None:
        """Called after every epoch; `best` where it is the best so far."""


class SilentLog:
    """Nobody is told."""

    def message(self, text: str) -> None:
        """Says nothing."""

    def progress(self, progress: Progress) -> None:
        """Says nothing."""

    def epoch(self, row: EpochRow, timing: Timing, progress: Progress, best: bool) -> None:
        """Says nothing."""


class TerminalLog:
    """One line an epoch, and a live bar where the stream is a terminal.

    What the stream does not take is lost, because its disk is full, its reader has gone or it is closed: no training ends for
    that.

    Args:
        stream: Where it is written; `sys.stderr` is None in a process that was started without one.
        clock: Seconds.
    """

    def __init__(self, stream: TextIO | None, clock: Callable[[], float] = time.monotonic) -> None:
        self.stream = stream
        self.clock = clock
        self.live = stream is not None and not stream.closed and stream.isatty()
        self._drawn_at = float("-inf")

    def message(self, text: str) -> None:
        """Writes a line."""
        self._line(text)

    def progress(self, progress: Progress) -> None:
        """Redraws the bar, a few times a second."""
        if not self.live or self.clock() - self._drawn_at < REDRAW_SECONDS:
            return
        self._drawn_at = self.clock()
        self._write("\r" + bar(progress) + "\x1b[K")

    def epoch(self, row: EpochRow, timing: Timing, progress: Progress, best: bool) -> None:
        """Writes the line of an epoch."""
        self._line(epoch_line(row, timing, progress, best))

    def _line(self, text: str) -> None:
        self._write(("\r\x1b[K" if self.live else "") + text + "\n")

    def _write(self, text: str) -> None:
        if self.stream is None or self.stream.closed:
            return
        with suppress(OSError):
            self.stream.write(text)
            self.stream.flush()


def bar(progress: Progress) -> str:
    """The live line of an epoch under way."""
    filled = BAR_CELLS * progress.step // progress.steps
    return (
        f"epoch {progress.epoch}/{progress.epochs} [{'#' * filled}{'.' * (BAR_CELLS - filled)}] "
        f"{progress.step}/{progress.steps}  {progress.image_size} px  {_speed(progress)}"
    )


def epoch_line(row: EpochRow, timing: Timing, progress: Progress, best: bool) -> str:
    """The line that stays of an epoch."""
    width = len(str(progress.epochs))
    return (
        f"epoch {row.epoch:{width}}/{progress.epochs}  phase {row.phase}/{progress.phases}  {row.image_size} px  "
        f"loss {row.loss:.4f}  accuracy {row.accuracy:6.2%}  {row.compared_on} loss {row.val_loss:.4f}  "
        f"{row.compared_on} accuracy {row.val_accuracy:6.2%}{' *' if best else '  '}  "
        f"{duration(timing.train_seconds + timing.val_seconds)}  {_speed(progress)}"
    )


def _speed(progress: Progress) -> str:
    left = "" if progress.seconds_left is None else f"  {duration(progress.seconds_left)} left"
    return f"{progress.images_per_second:,.0f} images/s  data wait {progress.data_wait_share:.0%}{left}"


def duration(seconds: float) -> str:
    """Seconds as people say them.

    >>> duration(4.25), duration(75), duration(7260), duration(400_000)
    ('4.2 s', '1 min 15 s', '2 h 01 min', '4 d 15 h')
    """
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes // 1440} d {minutes % 1440 // 60:02d} h"
