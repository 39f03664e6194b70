"""The cache folder's files: written whole or not at all, checked when opened. Knows no pictures and no layouts.

A folder holds `manifest.json`, written last, and `<split>.index.json` and `<split>.<size>.u8` (raw pixels, mapped into memory).
Everything is hashed when a data set is opened: a second for the whole of Tiny ImageNet, and no state that could be stale.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from generator.errors import InputError
from tinymodel import files

FORMAT = 1
"""Version of the layout and of the decoding rules; a cache of another version is made anew."""

MANIFEST = "manifest.json"

ELSEWHERE = "free some space, or name another cache folder (cache=..., or the variable XDG_CACHE_HOME)"


def default_root() -> Path:
    """Where caches lie unless the caller says otherwise."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tinymodel"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the folder's lock: of two processes that prepare the same data set one works and the other waits.

    Raises:
        InputError: The folder above cannot be written.
    """
    with store_refused(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = open(folder.with_name(folder.name + ".lock"), "w")  # noqa: SIM115, closed below
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def store_refused(folder: Path) -> Iterator[None]:
    """Turns a full or read-only disk into one message."""
    try:
        yield
    except OSError as error:
        raise InputError(f"cannot write the cache: {error.strerror or error}", place=str(folder), help=ELSEWHERE) from None


@contextlib.contextmanager
def building_store(folder: Path) -> Iterator[Path]:
    """A folder to fill; it takes the place of `folder` when the block ends well, and vanishes when it does not.

    The caller holds the lock, so what an interrupted run left behind belongs to nobody.
    """
    draft = folder.with_name(folder.name + ".building")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir()
        yield draft
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
        files.sync(folder.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write_pixels(path: Path, batches: Iterable[np.ndarray]) -> str:
    """Writes uint8 batches one behind the other.

    Returns:
        The SHA-256 of the file.
    """
    return files.put_chunks(path, (np.ravel(batch) for batch in batches))


def write_json(path: Path, value: Any) -> str:
    """Writes a value; returns the SHA-256 of the file."""
    return files.put_file(path, json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode())


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Writes the manifest, signed with its own checksum."""
    write_json(folder / MANIFEST, {**manifest, "sha256": _signature(manifest)})


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest, or None where there is none that is whole and of this version."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        signature = manifest.pop("sha256")
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None
    return manifest if signature == _signature(manifest) and manifest.get("format") == FORMAT else None


def is_whole(path: Path, sha256: str) -> bool:
    """Whether a file is there, byte for byte."""
    try:
        return files.sha256(path) == sha256
    except OSError:
        return False


def map_pixels(path: Path, count: int, size: int) -> np.ndarray:
    """The pixels of a split, mapped read-only.

    Returns:
        (count, size, size, 3) uint8, C-contiguous.
    """
    return np.memmap(path, np.uint8, "r", shape=(count, size, size, 3))


def _signature(manifest: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(manifest, ensure_ascii=True, sort_keys=True).encode()).hexdigest()
