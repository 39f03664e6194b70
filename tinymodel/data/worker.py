"""A process that decodes pictures, spoken to through its pipes.

Of the 100 microseconds that a small JPEG takes, half are spent inside Python's lock, so threads gain nothing (measured: 1.1
times with two). A plain child process, unlike multiprocessing's, never runs the caller's own script again.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from typing import NamedTuple

import numpy as np

from generator.errors import InputError
from tinymodel.data.images import decode, quiet_decoding
from tinymodel.data.source import Unreadable


class Decoded(NamedTuple):
    """Pictures of one size.

    Attributes:
        pixels: (good ones, size, size, 3) uint8.
        reasons: What is wrong with each picture, None for the good ones.
    """

    pixels: np.ndarray
    reasons: list[str | None]


def decode_all(files: list[bytes | Unreadable], size: int) -> Decoded:
    """Decodes image files; one that could not even be read arrives as its reason."""
    pixels = np.empty((len(files), size, size, 3), np.uint8)
    reasons: list[str | None] = []
    good = 0
    for data in files:
        try:
            if isinstance(data, Unreadable):
                raise data
            pixels[good] = decode(data, size)
            good += 1
            reasons.append(None)
        except Unreadable as error:
            reasons.append(str(error))
    return Decoded(pixels[:good], reasons)


class Worker:
    """The other end of the pipes."""

    def __init__(self) -> None:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-c", f"from {__name__} import main; main()"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)

    def decode_all(self, files: list[bytes | Unreadable], size: int) -> Decoded:
        """`decode_all`, in the process.

        Raises:
            InputError: The process is gone.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            pickle.dump((files, size), self._process.stdin, pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()
            decoded: Decoded = pickle.load(self._process.stdout)
        except (OSError, EOFError):
            raise InputError(
                "a decoding process was stopped from outside", help="is there enough memory? start again"
            ) from None
        return decoded

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.communicate()


def main() -> None:
    """Answers until the input ends. Ctrl-C is the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with quiet_decoding():
        while True:
            try:
                files, size = pickle.load(sys.stdin.buffer)
            except EOFError:
                return
            pickle.dump(decode_all(files, size), sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
            sys.stdout.buffer.flush()
