"""Checkpoints that survive a kill and a failing disk at any moment: a folder of arrays and a record, with checksums.

Written beside, read back, renamed. Holds plain `.npz` arrays and JSON, never code. Knows nothing of what is saved.

    epoch-0003-step-00000900/  arrays.npz  record.json  SHA256SUMS
"""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tinymodel import files

ARRAYS, RECORD, SUMS = "arrays.npz", "record.json", "SHA256SUMS"
_NAME = re.compile(r"epoch-\d{4,}-step-\d{8,}")


class Checkpoint(NamedTuple):
    """A saved state: arrays by name, and the text of a JSON record."""

    name: str
    arrays: dict[str, np.ndarray]
    record: bytes


class Unusable(Exception):
    """A checkpoint that cannot be used, with the reason."""


def save_checkpoint(
    folder: Path, epoch: int, step: int, arrays: Mapping[str, np.ndarray], record: Mapping[str, Any], keep: int
) -> Path:
    """Saves a checkpoint, and only when it was read back removes what is older than the last `keep`.

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
    target = folder / f"epoch-{epoch:04d}-step-{step:08d}"
    beside = files.unfinished_beside(target)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(beside, arrays, record)
        _move(beside, target)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    files.sync(folder)
    prune_checkpoints(folder, target.name, keep)
    return target


def prune_checkpoints(folder: Path, newest: str, keep: int) -> None:
    """Removes all but the last `keep` checkpoints up to the newest one that can be used; damaged ones may come behind it."""
    for old in [name for name in checkpoint_names(folder) if _position(name) <= _position(newest)][:-keep]:
        files.remove_folder(folder / old)


def tidy_checkpoints(folder: Path) -> None:
    """Takes up what a killed process left: a checkpoint that was whole already gets its name, all else is removed.

    Raises:
        OSError: Something cannot be removed or renamed.
    """
    for left in sorted(folder.glob(f"{files.UNFINISHED}*")):
        found = _NAME.search(left.name)
        target = folder / found[0] if found else None
        if target is not None and not target.exists() and checkpoint_damage(left) is None:
            left.rename(target)
        else:
            files.remove(left)


def checkpoint_names(folder: Path) -> list[str]:
    """Names of the checkpoints in a folder, the oldest first."""
    if not folder.is_dir():
        return []
    return sorted((entry.name for entry in folder.iterdir() if _NAME.fullmatch(entry.name)), key=_position)


def newest_checkpoint(
    folder: Path, passed_over: Callable[[str, str], None], check: Callable[[Checkpoint], object] = lambda found: None
) -> Checkpoint | None:
    """The newest checkpoint whose checksums are right, None if there is none.

    Args:
        folder: Where the checkpoints are.
        passed_over: Called with name and reason for each newer one that cannot be used.
        check: Raises `Unusable` where a checkpoint does not hold what it should.
    """
    for name in reversed(checkpoint_names(folder)):
        try:
            found = load_checkpoint(folder / name)
            check(found)
        except Unusable as reason:
            passed_over(name, str(reason))
        else:
            return found
    return None


def load_checkpoint(checkpoint: Path) -> Checkpoint:
    """Reads one checkpoint.

    Raises:
        Unusable: A file of it is missing, cut off or changed.
    """
    verify_checkpoint(checkpoint)
    try:
        with np.load(checkpoint / ARRAYS, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return Checkpoint(checkpoint.name, arrays, (checkpoint / RECORD).read_bytes())
    except Exception as error:  # Of a file from elsewhere with right checksums, NumPy raises nearly anything.
        raise Unusable(f"cannot be read: {error}") from None


def verify_checkpoint(checkpoint: Path) -> None:
    """Compares the files of a checkpoint with its checksums.

    Raises:
        Unusable: A file of it is missing, cut off or changed.
    """
    try:
        lines = (checkpoint / SUMS).read_text("ascii").splitlines()
        sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
        for name in (ARRAYS, RECORD):
            if files.sha256(checkpoint / name) != sums.get(name):
                raise Unusable(f"the checksum of {name} is wrong")
    except FileNotFoundError as error:
        raise Unusable(f"{Path(error.filename).name} is missing") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"cannot be read: {error}") from None


def checkpoint_damage(checkpoint: Path) -> str | None:
    """Why a checkpoint cannot be used, None where it can."""
    try:
        verify_checkpoint(checkpoint)
    except Unusable as reason:
        return str(reason)
    return None


def _write(folder: Path, arrays: Mapping[str, np.ndarray], record: Mapping[str, Any]) -> None:
    files.remove(folder)
    folder.mkdir()
    packed = io.BytesIO()
    np.savez(packed, **arrays)  # type: ignore[arg-type]
    contents = {ARRAYS: packed.getbuffer(), RECORD: json.dumps(record, indent=1).encode()}
    digests = {name: files.write(folder / name, content) for name, content in contents.items()}
    files.write(folder / SUMS, "".join(f"{digest}  {name}\n" for name, digest in digests.items()).encode())
    files.sync(folder)


def _move(beside: Path, target: Path) -> None:
    """Gives a whole checkpoint its name. One that has it already is left alone where it is the same, else replaced."""
    if not target.exists():
        beside.rename(target)
    elif checkpoint_damage(target) is None and (target / SUMS).read_bytes() == (beside / SUMS).read_bytes():
        shutil.rmtree(beside)  # The same state saved before: a training was stopped twice at one step.
    else:
        replace_folder(beside, target)


def replace_folder(beside: Path, target: Path) -> None:
    """Puts a folder in place of another one; an error leaves the old one where it was, a kill both to `tidy_checkpoints`."""
    aside = target.with_name(f"{files.UNFINISHED}-old-{target.name}")
    files.remove(aside)
    target.rename(aside)
    try:
        beside.rename(target)
    except OSError:
        with suppress(OSError):
            aside.rename(target)
        raise
    files.remove(aside)


def _position(name: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", name)]
