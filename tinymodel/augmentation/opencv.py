"""OpenCV, which two engines work by: its import, and its own threads held back."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Iterator
from types import ModuleType

from generator.errors import InputError
from tinymodel.extras import MissingExtra


@functools.cache
def load_cv2() -> ModuleType:
    """Imports OpenCV.

    Raises:
        MissingExtra: It is not installed.
        InputError: It is, but one of the machine's libraries is not there: most often libGL, which servers lack.
    """
    try:
        import cv2
    except ModuleNotFoundError:
        raise MissingExtra("opencv-python-headless", "train") from None
    except ImportError as broken:
        raise InputError(
            "OpenCV is installed but cannot be loaded, and augmentation on the host needs it",
            received=str(broken),
            help="pip uninstall opencv-python, then pip install --force-reinstall opencv-python-headless",
        ) from None
    return cv2


def available() -> bool:
    """Whether OpenCV can be imported."""
    try:
        load_cv2()
    except InputError:
        return False
    return True


class _Held:
    """How many callers hold OpenCV's threads back, and how many threads it had before the first of them."""

    lock = threading.Lock()
    callers = 0
    threads_before = 0


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """OpenCV works on the caller's thread alone meanwhile: on small images its own threads only wait, at full load.

    The setting is the process's. It comes back when the last of the callers leaves, so that they may overlap.
    """
    cv2 = load_cv2()
    with _Held.lock:
        if _Held.callers == 0:
            _Held.threads_before = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _Held.callers += 1
    try:
        yield
    finally:
        with _Held.lock:
            _Held.callers -= 1
            if _Held.callers == 0:
                cv2.setNumThreads(_Held.threads_before)
