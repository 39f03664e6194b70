"""The library that lets calls to the file system fail, and what is asked of it."""

from __future__ import annotations

import ctypes
import errno
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).with_name("shim.c")
KILL = 0
"""In the place of an error number: the process is killed."""


class Fault(NamedTuple):
    """What happens at a call.

    Attributes:
        call: Which one, from 1; 0 for none.
        number: The error number, or `KILL`.
        lasting: Whether later calls fail too: all of them after EIO, those that need room after ENOSPC.
        half: Whether a failing write writes half of it first.
    """

    call: int
    number: int = errno.ENOSPC
    lasting: bool = False
    half: bool = False

    def __str__(self) -> str:
        how = "kill" if self.number == KILL else errno.errorcode[self.number]
        return f"call {self.call}: {how}{', from then on' if self.lasting else ''}{', half written' if self.half else ''}"


class Call(NamedTuple):
    """A call that a process made: its number, its kind (write, fsync, rename, ...) and the path."""

    number: int
    kind: str
    path: str


def compiler() -> str | None:
    """The C compiler of this machine, None where there is none."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def compiled(folder: Path) -> Path:
    """Compiles the library into a folder; returns the file for LD_PRELOAD."""
    file, program = folder / "shim.so", compiler()
    assert program is not None
    words = [program, "-shared", "-fPIC", "-O2", "-Wno-format-truncation", "-o", file, SOURCE, "-ldl", "-lpthread"]
    subprocess.run(words, check=True, capture_output=True)
    return file


def arm(folders: list[Path], fault: Fault, journal: Path | None = None) -> None:
    """Lets a call of this process under some folders fail; it must have been started with the library."""
    library = ctypes.CDLL(None)
    library.faults_watch(":".join(map(str, folders)).encode(), str(journal).encode() if journal else None)
    library.faults_arm(ctypes.c_long(fault.call), fault.number, int(fault.lasting), int(fault.half))


def calls_in(journal: Path) -> list[Call]:
    """The calls that a process made, as it noted them."""
    lines = (line.split(" ", 2) for line in journal.read_text().splitlines())
    return [Call(int(number), kind, path) for number, kind, path in lines]
