"""Checkpoints that survive a kill at any moment: a folder of arrays and a record, with checksums.

Written beside, fsynced, renamed, read back. Holds plain `.npz` arrays and JSON, never code. Knows nothing of what is saved.

    epoch-0003-step-00000900/  arrays.npz  record.json  SHA256SUMS
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ARRAYS, RECORD, SUMS = "arrays.npz", "record.json", "SHA256SUMS"
_NAME = re.compile(r"epoch-\d{4,}-step-\d{8,}")
_UNFINISHED = ".unfinished-"


class Checkpoint(NamedTuple):
    """A saved state: arrays by name, and a record of plain JSON data."""

    name: str
    arrays: dict[str, np.ndarray]
    record: dict[str, Any]


class Unusable(Exception):
    """A checkpoint that cannot be used, with the reason."""


def save(folder: Path, epoch: int, step: int, arrays: Mapping[str, np.ndarray], record: Mapping[str, Any], keep: int) -> Path:
    """Saves a checkpoint, reads it back, and only then removes all but the last `keep`.

    Args:
        folder: Where the checkpoints are.
        epoch: Epochs completed; with the step it names the checkpoint.
        step: Global steps done.
        arrays: What is saved, by name.
        record: What is saved beside it, as JSON data.
        keep: How many checkpoints stay, at least 1.

    Raises:
        OSError: It cannot be written; the earlier ones stay as they are.
    """
    name = f"epoch-{epoch:04d}-step-{step:08d}"
    target, beside = folder / name, folder / (_UNFINISHED + name)
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(_UNFINISHED + "*"):
        shutil.rmtree(left)
    try:
        _write(beside, arrays, record)
        verify(beside)
        if target.exists():
            shutil.rmtree(target)  # The same state saved before: a resumed run reached it again.
        beside.rename(target)
    except (OSError, Unusable) as error:
        shutil.rmtree(beside, ignore_errors=True)
        raise OSError(f"{name}: {error}") from error
    _sync(folder)
    for old in names(folder)[:-keep]:
        shutil.rmtree(folder / old)
    return target


def names(folder: Path) -> list[str]:
    """Names of the checkpoints in a folder, the oldest first."""
    if not folder.is_dir():
        return []
    found = [entry.name for entry in folder.iterdir() if _NAME.fullmatch(entry.name)]
    return sorted(found, key=lambda name: [int(number) for number in re.findall(r"\d+", name)])


def newest(folder: Path, passed_over: Callable[[str, str], None]) -> Checkpoint | None:
    """The newest checkpoint whose checksums are right, None if there is none.

    Args:
        folder: Where the checkpoints are.
        passed_over: Called with name and reason for each newer one that cannot be used.
    """
    for name in reversed(names(folder)):
        try:
            return load(folder / name)
        except Unusable as reason:
            passed_over(name, str(reason))
    return None


def load(checkpoint: Path) -> Checkpoint:
    """Reads one checkpoint.

    Raises:
        Unusable: A file of it is missing, cut off or changed.
    """
    verify(checkpoint)
    try:
        with np.load(checkpoint / ARRAYS, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        record = json.loads((checkpoint / RECORD).read_text("utf-8"))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise Unusable(f"cannot be read: {error}") from None
    return Checkpoint(checkpoint.name, arrays, record)


def verify(checkpoint: Path) -> None:
    """Compares the files of a checkpoint with its checksums.

    Raises:
        Unusable: A file of it is missing, cut off or changed.
    """
    try:
        lines = (checkpoint / SUMS).read_text("ascii").splitlines()
        sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
        for name in (ARRAYS, RECORD):
            if _digest(checkpoint / name) != sums.get(name):
                raise Unusable(f"the checksum of {name} is wrong")
    except FileNotFoundError as error:
        raise Unusable(f"{Path(error.filename).name} is missing") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"cannot be read: {error}") from None


def _write(folder: Path, arrays: Mapping[str, np.ndarray], record: Mapping[str, Any]) -> None:
    folder.mkdir()
    with (folder / ARRAYS).open("wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]
    (folder / RECORD).write_text(json.dumps(record, indent=1), "utf-8")
    sums = "".join(f"{_digest(folder / name)}  {name}\n" for name in (ARRAYS, RECORD))
    (folder / SUMS).write_text(sums, "ascii")
    for name in (ARRAYS, RECORD, SUMS):
        _sync(folder / name)
    _sync(folder)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
