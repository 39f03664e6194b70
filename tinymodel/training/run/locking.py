"""A lock on a folder that one process at a time may write to."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

LOCK = ".lock"
_NO_LOCKS = frozenset({errno.ENOTSUP, errno.ENOSYS, errno.ENOLCK, errno.EINVAL})
"""The answers of a mounted folder that knows no locks."""


class Busy(Exception):
    """Another process holds the folder."""


@contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Makes the folder if need be and holds its lock; a folder in which nothing was made is removed again.

    Yields:
        Whether it is locked: some mounted folders know no locks.

    Raises:
        Busy: Another process holds it.
        OSError: The folder cannot be made or written to.
    """
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    stream, held = _take(folder / LOCK)
    with stream:
        try:
            yield held
        finally:
            if made:
                _remove_if_empty(folder, made)


def _take(file: Path) -> tuple[TextIO, bool]:
    while True:
        stream = file.open("a")
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.close()
            raise Busy from None
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return stream, False
            stream.close()
            raise
        with suppress(FileNotFoundError):
            if os.fstat(stream.fileno()).st_ino == file.stat().st_ino:
                return stream, True
        stream.close()  # Whoever held it has removed the folder that it had made: this is no longer the file of that name.


def _remove_if_empty(folder: Path, made: Iterable[Path]) -> None:
    with suppress(OSError):
        if [entry.name for entry in folder.iterdir()] == [LOCK]:
            (folder / LOCK).unlink()
            for place in made:
                place.rmdir()
