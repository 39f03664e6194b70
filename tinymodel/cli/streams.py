"""The standard streams of a command: one that fails ends in one message or in silence, never in a traceback or in a file.

Every command is run inside `guarded_streams`. What standard error cannot take is lost, whoever writes it, and the command goes
on. The first failure of standard output is an `Unwritable`, which no reader of files takes for one of its own; what is still in
buffers then, or is written later, is lost, so that Python has nothing to complain about when it ends. Knows no command.
"""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

OUTPUT, ERROR = 1, 2
"""Numbers of the streams, everywhere."""


class Unwritable(Exception):
    """Standard output cannot be written.

    Attributes:
        reader_gone: It is a pipe whose reader has seen enough, which is nobody's mistake.
    """

    def __init__(self, error: OSError) -> None:
        super().__init__(f"standard output cannot be written: {error.strerror or error}")
        self.reader_gone = isinstance(error, BrokenPipeError)


@contextmanager
def guarded_streams() -> Iterator[None]:
    """Runs a command with guarded streams; afterwards they are those from before.

    A stream that is none of the process's own, as in a notebook or a test, is left alone: its owner knows what to do with a
    failure. Only letters that it does not know become escapes there too.
    """
    for number in range(ERROR + 1):
        _fill(number)
    before = sys.stdin, sys.stdout, sys.stderr
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115, not ours to close
    output, error = _guard(sys.stdout, OUTPUT, _Output), _guard(sys.stderr, ERROR, _Error)
    sys.stdout, sys.stderr = output, error
    try:
        yield
    finally:
        for stream in (output, error):
            with suppress(Unwritable, OSError):
                stream.flush()
        sys.stdin, sys.stdout, sys.stderr = before


@contextmanager
def courtesy_stream() -> Iterator[None]:
    """Lets standard output fail, for a command whose result lies in files: it goes on, and a failure is one line at its end."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    if not isinstance(raw, _Output):
        yield
        return
    raw.optional = True
    try:
        yield
        sys.stdout.flush()
        if raw.failure is not None and not raw.failure.reader_gone:
            print(raw.failure, file=sys.stderr)
    finally:
        raw.optional = False


class _Stream(io.FileIO):
    """A standard stream without a buffer.

    Args:
        number: Of its descriptor, which stays open.
        missing: Whether it was closed when Python started; whatever has that number now, nothing is written there.
    """

    def __init__(self, number: int, missing: bool) -> None:
        super().__init__(number, "w", closefd=False)
        self.missing = missing

    def write(self, content: Any, /) -> int:
        try:
            if self.missing:
                raise OSError(errno.EBADF, "it is closed")
            while (written := super().write(content)) is None:
                select.select([], [self], [])  # Somebody who shares it has made it one that does not wait.
            return written
        except OSError as error:
            self.fail(error)
            return len(content)

    def fail(self, error: OSError) -> None:
        """Told of every failure."""
        raise NotImplementedError


class _Output(_Stream):
    """Standard output."""

    failure: Unwritable | None = None
    optional = False

    def write(self, content: Any, /) -> int:
        return super().write(content) if self.failure is None else len(content)

    def fail(self, error: OSError) -> None:
        """Raises the failure, unless the output is a courtesy."""
        self.failure = Unwritable(error)
        if not self.optional:
            raise self.failure


class _Error(_Stream):
    """Standard error."""

    def fail(self, error: OSError) -> None:
        """There is nobody to tell."""


def _fill(number: int) -> None:
    """Opens a descriptor on nothing where it is closed: else the next file gets its number, and what native code prints."""
    try:
        os.fstat(number)
    except OSError:
        os.open(os.devnull, os.O_RDWR)  # It takes the lowest number that is free.
        os.set_inheritable(number, True)


def _guard(stream: TextIO | None, number: int, kind: type[_Stream]) -> TextIO:
    if stream is not None and not _is_own(stream, number):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
        return stream
    encoding, by_line = "utf-8", number == ERROR
    if isinstance(stream, io.TextIOWrapper):
        with suppress(OSError):
            stream.flush()
        encoding, by_line = stream.encoding, stream.line_buffering or stream.write_through
    raw = io.BufferedWriter(kind(number, stream is None))
    # A terminal may not know every letter of a sheet.
    return io.TextIOWrapper(raw, encoding, "backslashreplace", line_buffering=by_line)


def _is_own(stream: TextIO, number: int) -> bool:
    """Whether a stream is the process's own one of this number, as Python made it."""
    try:
        return isinstance(stream, io.TextIOWrapper) and stream.fileno() == number
    except (OSError, ValueError):
        return False
