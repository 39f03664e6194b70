"""Where a data set lies: a folder or a zip, as names with their bytes. Knows no labels and no pictures.

A zip is read in place; nothing of it is extracted.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol, TypeVar

from generator.errors import InputError
from tinymodel.data.zip_guard import check_central_directory, check_members

MAX_DEPTH = 5
"""Folders below the given one that are looked into; `tiny-imagenet-200/train/<class>/images/` is four."""

MAX_TEXT_BYTES = 64 * 2**20
"""Largest list of names or labels that is read; Tiny ImageNet's words.txt has 2.6 MB."""

MAX_FILE_BYTES = 64 * 2**20
"""Largest picture that is read."""

LAYOUTS = "a Tiny ImageNet zip, its unpacked folder, or a folder with one folder of pictures a class"


Item = TypeVar("Item")

Progress = Callable[[int, int], None]
"""Called with (pictures done, pictures in all)."""


class Unreadable(Exception):
    """One file that cannot be had, or one picture that cannot be decoded; the message is the reason."""


class Source(Protocol):
    """A data set's files, under names relative to its top folder, with / between the parts."""

    place: str
    names: tuple[str, ...]
    identity: str
    """SHA-256 of the listing: names and sizes, with the times of a folder's files and the checksums of a zip's."""

    def read(self, name: str) -> bytes:
        """The bytes of a file, or `Unreadable`. Several threads may read at once."""
        ...


def open_source(path: Path) -> Source:
    """Lists a data set.

    Raises:
        InputError: There is nothing at the path, or neither a folder nor a sound zip.
    """
    if path.is_dir():
        return FolderSource(path)
    if not path.exists():
        raise InputError("no such file or folder", place=str(path), expected=LAYOUTS, help="check the path of the data set")
    if not path.is_file() or not zipfile.is_zipfile(path):
        raise InputError("this file is not a zip", place=str(path), expected=LAYOUTS, help="unpack it, or pack it as a zip")
    return ZipSource(path)


def read_text(source: Source, name: str) -> list[str]:
    """The lines of a text file of the data set.

    Raises:
        InputError: It cannot be read, or it is not UTF-8.
    """
    try:
        return source.read(name).decode("utf-8").splitlines()
    except (Unreadable, UnicodeDecodeError) as error:
        raise InputError(
            f"cannot read {name}: {error}", place=source.place, help="restore the file from the data set"
        ) from None


class FolderSource:
    """A folder, to a fixed depth; links are followed, hidden files and folders passed over."""

    def __init__(self, path: Path) -> None:
        self.place = str(path)
        listing = hashlib.sha256()
        found: dict[str, str] = {}
        try:
            for name, status in sorted(_walk(str(path), "", MAX_DEPTH)):
                found[name] = os.path.join(path, name)
                listing.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode(errors="surrogateescape"))
        except OSError as error:
            raise InputError(
                f"cannot list the folder: {error.strerror}", place=error.filename or self.place, help="check its permissions"
            ) from None
        self.identity = listing.hexdigest()
        self._paths = _without_top_folder(found)
        self.names = tuple(self._paths)

    def read(self, name: str) -> bytes:
        """The bytes of a file."""
        try:
            with open(self._paths[name], "rb") as file:
                data = file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise Unreadable(error.strerror or "cannot be read") from None
        if len(data) > MAX_FILE_BYTES:
            raise Unreadable(f"larger than {MAX_FILE_BYTES // 2**20} MiB")
        return data


class ZipSource:
    """A zip whose directory has passed the guard."""

    def __init__(self, path: Path) -> None:
        self.place = str(path)
        check_central_directory(path)
        try:
            self._archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise InputError(f"the zip cannot be read: {error}", place=self.place, help="fetch or pack it again") from None
        check_members(self._archive.infolist(), path.stat().st_size, self.place)
        members = [member for member in self._archive.infolist() if not member.is_dir()]
        listing = hashlib.sha256()
        for member in sorted(members, key=lambda member: member.filename):
            listing.update(f"{member.filename}\0{member.file_size}\0{member.CRC}\n".encode(errors="surrogateescape"))
        self.identity = listing.hexdigest()
        kept = {member.filename: member for member in members if not _hidden(member.filename)}
        self._members = _without_top_folder(kept)
        self.names = tuple(self._members)

    def read(self, name: str) -> bytes:
        """The bytes of a member, checked against its size and CRC."""
        member = self._members[name]
        try:
            data = self._archive.read(member)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError) as error:
            raise Unreadable(f"damaged in the zip ({error})") from None
        if len(data) != member.file_size:
            raise Unreadable("damaged in the zip (shorter than its header says)")
        return data


def _walk(folder: str, prefix: str, depth: int) -> Iterable[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                if depth:
                    yield from _walk(entry.path, f"{prefix}{entry.name}/", depth - 1)
            elif entry.is_file():
                yield prefix + entry.name, entry.stat()


def _hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def _without_top_folder(found: dict[str, Item]) -> dict[str, Item]:
    """Drops the one folder that a zip of a folder has around everything, and sorts by name."""
    tops = {name.split("/", 1)[0] for name in found}
    around = len(tops) == 1 and not tops & {"train", "val"} and any(name.count("/") >= 2 for name in found)
    return dict(sorted((name.split("/", 1)[1] if around else name, item) for name, item in found.items()))
