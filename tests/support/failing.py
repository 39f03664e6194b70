"""Calls of the operating system that fail as on a full disk, inside this process."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Failed:
    """Whether the call that was to fail was reached."""

    reached = False


@contextmanager
def failing(name: str, call: int, number: int = errno.ENOSPC) -> Iterator[Failed]:
    """Lets one call (from 1) of a function of `os` fail with an error number."""
    original, calls, failed = getattr(os, name), 0, Failed()

    def fail(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call:
            failed.reached = True
            raise OSError(number, os.strerror(number), arguments[0] if isinstance(arguments[0], str | os.PathLike) else None)
        return original(*arguments, **options)

    setattr(os, name, fail)
    try:
        yield failed
    finally:
        setattr(os, name, original)
