"""How a training ends before its end: a signal, a loss that is no number, a disk that fails."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(Exception):
    """The training was stopped by a signal and its state is saved; the program ends with `128 + signal`."""

    def __init__(self, number: int, step: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name} at step {step}, saved")
        self.signal = number
        self.exit_code = 128 + number


class Diverged(Exception):
    """The loss or a weight is no longer a finite number; the checkpoints before it are kept."""

    def __init__(self, what: str, step: int, epoch: int, batch: int) -> None:
        super().__init__(
            f"{what} is not a finite number at step {step} (epoch {epoch + 1}, batch {batch + 1})\n"
            "  help: lower the learning rate: --set optimizer.learning_rate=..., in a new run folder"
        )
        self.step = step


class NotWhole(Exception):
    """The run folder could not be read or written: it is not whole; the checkpoints before that are kept."""

    exit_code = 1

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(
            f"{place}: cannot be read or written: {reason}\n"
            "  help: what was saved before is kept: make that place writable again, then start the same command"
        )


class StopRequest:
    """Which signal asked for the end, None while none did."""

    signal: int | None = None


@contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """Notes the first SIGINT or SIGTERM; a second one ends the program at once, as it would without us."""
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request  # Python delivers signals to the main thread only.
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def note(number: int, frame: FrameType | None) -> None:
        request.signal = number
        restore()

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in SIGNALS:
        signal.signal(number, note)
    try:
        yield request
    finally:
        restore()


@contextmanager
def disk_errors(run: Path) -> Iterator[None]:
    """Turns a disk that is full, read-only or broken into `NotWhole`; what was saved before stays."""
    try:
        yield
    except OSError as error:
        raise NotWhole(str(error.filename or run), error.strerror or str(error)) from None
