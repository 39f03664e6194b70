"""What a data set's zip must not be: names that leave it, links, bombs. Reads its directory only, no member."""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
import zipfile
from pathlib import Path

from generator.errors import InputError

MAX_DIRECTORY_BYTES = 32 * 2**20
"""Largest central directory. Tiny ImageNet with its 120,000 files needs 16 MB; Python holds it whole, at ten times the size."""

MAX_MEMBER_BYTES = 64 * 2**20
MAX_TOTAL_BYTES = 64 * 2**30
"""Most that one member, or all together, may unpack to."""

MAX_RATIO = 50
"""Largest quotient of unpacked and packed size, for members above `RATIO_FREE_BYTES` and for the whole. Pictures hardly
shrink, text to a fifth; a bomb of deflate reaches 1,032."""

RATIO_FREE_BYTES = 2**20

ENCRYPTED = 0x1

_END_RECORD = b"PK\x05\x06"
_END_RECORD_BYTES = 22
_END_LOCATOR_64 = b"PK\x06\x07"
_END_LOCATOR_64_BYTES = 20
_MAX_COMMENT_BYTES = 2**16

_MEND = "pack the data set again with an ordinary zip program"


def check_central_directory(path: Path) -> None:
    """Refuses a directory that would take gigabytes of memory to list, from the record at the end of the file.

    Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.14 to 4.3.16.

    Raises:
        InputError: It is too large, or the record is not there.
    """
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        start = max(size - _END_RECORD_BYTES - _MAX_COMMENT_BYTES - _END_LOCATOR_64_BYTES, 0)
        file.seek(start)
        tail = file.read()
        end = tail.rfind(_END_RECORD)
        if end < 0 or len(tail) - end < _END_RECORD_BYTES:
            raise InputError("the zip has no end record: it is cut off", place=str(path), help="fetch the file again")
        directory_bytes = struct.unpack_from("<I", tail, end + 12)[0]
        locator = end - _END_LOCATOR_64_BYTES
        if locator >= 0 and tail.startswith(_END_LOCATOR_64, locator):
            file.seek(min(struct.unpack_from("<Q", tail, locator + 8)[0], size))
            record_64 = file.read(56)
            directory_bytes = struct.unpack_from("<Q", record_64, 40)[0] if len(record_64) == 56 else size
    if directory_bytes > MAX_DIRECTORY_BYTES:
        raise InputError(
            "the zip lists too many files",
            place=str(path),
            received=f"{directory_bytes} bytes of directory",
            expected=f"at most {MAX_DIRECTORY_BYTES}",
            help=_MEND,
        )


def check_members(members: list[zipfile.ZipInfo], archive_bytes: int, place: str) -> None:
    """Refuses a zip one of whose members is not a plain file of modest size under a plain relative name.

    Raises:
        InputError: Of the first such member, or of all together.
    """
    seen: dict[str, str] = {}
    for member in members:
        fault = _fault(member) or _clash(member.filename, seen)
        if fault:
            raise InputError(f"the zip is not taken: {fault}", place=place, received=member.filename, help=_MEND)
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if packed > archive_bytes:
        raise InputError("the zip is not taken: its members overlap", place=place, help=_MEND)
    if unpacked > MAX_TOTAL_BYTES or unpacked > MAX_RATIO * archive_bytes + RATIO_FREE_BYTES:
        raise InputError(
            "the zip is not taken: it unpacks to too much",
            place=place,
            received=f"{unpacked} bytes from {archive_bytes}",
            expected=f"at most {MAX_RATIO} times its size, and {MAX_TOTAL_BYTES // 2**30} GiB",
            help=_MEND,
        )


def _fault(member: zipfile.ZipInfo) -> str | None:
    # zipfile cuts a name at NUL and, on Windows, turns backslashes: the name as it stands in the file is judged.
    name = member.orig_filename
    parts = name.removesuffix("/").split("/")
    if "\\" in name or "\0" in name:
        return "a backslash or a NUL in a name"
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "an absolute path"
    if any(part in ("", ".", "..") for part in parts):
        return 'a path with ".." or an empty part'
    if stat.S_ISLNK(member.external_attr >> 16):
        return "a symbolic link"
    if member.flag_bits & ENCRYPTED:
        return "an encrypted member"
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "a compression other than deflate"
    if member.file_size > MAX_MEMBER_BYTES:
        return f"a member of {member.file_size} bytes, more than {MAX_MEMBER_BYTES}"
    if member.file_size > RATIO_FREE_BYTES and member.file_size > MAX_RATIO * member.compress_size:
        return f"a member that unpacks to more than {MAX_RATIO} times its size"
    return None


def _clash(name: str, seen: dict[str, str]) -> str | None:
    folded = unicodedata.normalize("NFC", name).casefold()
    if folded in seen:
        return "two members of one name" if seen[folded] == name else f'a name that differs from "{seen[folded]}" by case only'
    seen[folded] = name
    return None
