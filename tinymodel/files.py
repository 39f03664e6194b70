"""The one way in which the project puts a file in place: whole, on its disk and read back, or not at all.

A file is written beside its place, sent to its disk, closed, read back and held against what was written, and only then
renamed. A library that swallows errors of the disk (HDF5, zip archives, picture writers) gets memory to write to, and its bytes
come here. Knows nothing of what a file holds.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

UNFINISHED = ".unfinished"
"""What the names of files and folders begin with that are being written, or were when a process was killed."""
CHUNK_BYTES = 1 << 20
MAX_NAME_CHARACTERS = 60
"""Of a file's name that is kept while it is written, because names have an end: 255 bytes, of four for some letters."""
_NO_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.ENOSYS})
"""The answers of a mounted folder that knows no fsync; a full or broken disk answers otherwise."""


def put_file(file: Path, content: Any) -> str:
    """Puts a file in place of the one there, if any; a reader sees the old one or the new one, never a part.

    Args:
        file: Its folder must be there.
        content: Bytes, or anything that lends its bytes (`bytearray`, `memoryview`, a contiguous array).

    Returns:
        The SHA-256 of the content, in hexadecimal digits.

    Raises:
        OSError: It could not be written, or was read back otherwise; the old file stays, and nothing lies beside it where that
            can be removed.
    """
    return _replace(file, lambda part: write(part, content))


def put_chunks(file: Path, chunks: Iterable[Any]) -> str:
    """Puts a file in place that does not fit into memory, part by part; see `put_file`."""
    return _replace(file, lambda part: write_chunks(part, chunks))


def write(file: Path, content: Any) -> str:
    """Writes a new file, sends it to its disk and reads it back; for files of a folder that is renamed as a whole.

    Returns:
        The SHA-256 of the content.

    Raises:
        OSError: It could not be written, or was read back otherwise.
    """
    written = _send(file, [content])
    left = memoryview(content).cast("B")
    for chunk in chunks_of(file):
        if bytes(left[: len(chunk)]) != chunk:  # As bytes: views are compared letter by letter.
            raise _read_back_otherwise(file)
        left = left[len(chunk) :]
    if len(left):
        raise _read_back_otherwise(file)
    return written


def write_chunks(file: Path, chunks: Iterable[Any]) -> str:
    """Writes a new file part by part; see `write`."""
    written = _send(file, chunks)
    if sha256(file) != written:
        raise _read_back_otherwise(file)
    return written


def unfinished_beside(file: Path) -> Path:
    """Where a file or folder is written before it is renamed; another process writes it elsewhere."""
    return file.with_name(f"{UNFINISHED}-{os.getpid()}-{file.name[-MAX_NAME_CHARACTERS:]}")


def chunks_of(file: Path) -> Iterator[bytes]:
    """The content of a file, in parts of `CHUNK_BYTES`."""
    with open(file, "rb", buffering=0) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk


def digest(content: Any) -> str:
    """The SHA-256 of bytes, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def sha256(file: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal digits."""
    with open(file, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Sends a file or a folder to its disk, and a file out of the memory, so that reading it back asks the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        if hasattr(os, "posix_fadvise"):
            with suppress(OSError):
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def remove_folder(folder: Path) -> None:
    """Removes a folder with all that is in it; a kill leaves no half of it under its name."""
    aside = unfinished_beside(folder)
    remove(aside)
    folder.rename(aside)
    remove(aside)


def remove(path: Path) -> None:
    """Removes a file, or a folder with all that is in it; what is not there is no error."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def remove_unfinished(folder: Path) -> None:
    """Removes what killed processes left in a folder and below it; nobody else may be writing there.

    Raises:
        OSError: One of them cannot be removed.
    """
    for left in sorted(folder.rglob(f"{UNFINISHED}*")):
        remove(left)


def _replace(file: Path, write: Callable[[Path], str]) -> str:
    part = unfinished_beside(file)
    try:
        written = write(part)
        part.replace(file)
    except BaseException as error:
        with suppress(OSError):
            part.unlink()  # A full disk needs the room.
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(file)) from None
        raise
    with suppress(PermissionError):  # A folder that may be written to but not read.
        sync(file.parent)
    return written


def _send(file: Path, chunks: Iterable[Any]) -> str:
    written = hashlib.sha256()
    # Unbuffered, because a buffer that could not be written is tried again whenever Python drops it.
    with open(file, "wb", buffering=0) as stream:
        for chunk in chunks:
            view = memoryview(chunk).cast("B")
            written.update(view)
            while len(view):
                view = view[stream.write(view) :]
    sync(file)
    return written.hexdigest()


def _read_back_otherwise(file: Path) -> OSError:
    return OSError(errno.EIO, "what was read back is not what was written", str(file))
