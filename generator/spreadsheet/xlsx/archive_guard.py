"""File → its bytes → its zip archive, opened only if it can be a workbook of designs. Knows kinds of files and zip directories.

What the parts hold is for `xml_guard`. Nothing is written to disk, and nothing is unpacked before the directory is known
to be small and plain.
"""

from __future__ import annotations

import io
import posixpath
import stat
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

from generator.errors import InputError

MAX_FILE_BYTES = 50_000_000
"""Largest workbook file; the real ones seen take under 2 MB, pictures included."""
MAX_UNPACKED_BYTES = 50_000_000
"""Most that a workbook may unpack to; the real ones seen take under 3 MB."""
MAX_PARTS = 1_000
"""Most parts of a workbook; one with 5,000 sheets takes half a minute to open. The real ones seen have up to 60."""

_ZIP_MAGIC = b"PK\x03\x04"
_DIRECTORY_ENTRY = b"PK\x01\x02"
_OLE_MAGIC = bytes.fromhex("D0CF11E0A1B11AE1")
_ENCRYPTED_FLAG = 0x1
_SAVE_AS_XLSX = "open it in a spreadsheet program and save it as .xlsx"
_OTHER_KINDS = (
    ("xl/workbook.bin", "it is a binary workbook (.xlsb)"),
    ("content.xml", "it is an OpenDocument file (.ods)"),
    ("word/document.xml", "it is a text document (.docx)"),
    ("ppt/presentation.xml", "it is a presentation (.pptx)"),
    ("index/document.iwa", "it is a Numbers document"),
)
"""A part that tells another kind of zip file, and its name."""


def guarded_archive_bytes(file: Path) -> bytes:
    """The bytes of a workbook, read into memory once, so that what was checked is what is read.

    Raises:
        InputError: It is no regular file, or is too large.
        OSError: The file cannot be read.
    """
    if not stat.S_ISREG(file.stat().st_mode):
        raise InputError("is not a regular file", help="name a file on disk")
    with file.open("rb") as stream:
        content = stream.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise InputError(
            f"is larger than the limit of {MAX_FILE_BYTES / 1e6:,.0f} MB", help="keep the design's sheets alone in a workbook"
        )
    return content


def open_archive(content: bytes) -> zipfile.ZipFile:
    """The zip archive of a workbook.

    Raises:
        InputError: It is not a workbook, is damaged, or is over a limit.
    """
    _check_kind(content)
    entries = content.count(_DIRECTORY_ENTRY)  # Before zipfile makes an object of each, whatever the directory claims.
    if entries > 2 * MAX_PARTS:
        raise InputError(
            f"is packed in more than the limit of {MAX_PARTS:,} parts", help="keep the design's sheets alone in a workbook"
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, NotImplementedError, struct.error, ValueError, EOFError):
        # No directory, a version of zip that does not exist, a field cut off, a name that is no UTF-8.
        raise InputError(
            "is damaged or cut off: its zip archive has no readable directory at the end",
            help="copy or download it again",
        ) from None
    _check_directory(archive.infolist())
    return archive


def _check_kind(content: bytes) -> None:
    if content.startswith(_ZIP_MAGIC):
        return
    if content.startswith(_OLE_MAGIC):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise InputError("is encrypted", help="save a copy without a password")
        raise InputError("is not an .xlsx workbook: it is of the old binary kind (.xls)", help=_SAVE_AS_XLSX)
    if not content:
        raise InputError("is not an .xlsx workbook: it is empty", help="save it again from the spreadsheet program")
    if _is_text(content[:4096]):
        raise InputError(
            "is not an .xlsx workbook: it is text", help="name it .csv, .tsv or .md if it holds cells, or save it as .xlsx"
        )
    raise InputError("is not an .xlsx workbook (it is no zip archive)", help="save it as .xlsx from the spreadsheet program")


def _is_text(beginning: bytes) -> bool:
    return not any(byte < 9 or 13 < byte < 32 for byte in beginning)


def _check_directory(parts: Sequence[zipfile.ZipInfo]) -> None:
    # zipfile never gives more bytes of a part than its directory says, so these sums bound what really comes out.
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED_BYTES or len(parts) > MAX_PARTS:
        raise InputError(
            f"unpacks to {unpacked / 1e6:,.0f} MB in {len(parts):,} parts, over the limit of "
            f"{MAX_UNPACKED_BYTES / 1e6:,.0f} MB in {MAX_PARTS:,}",
            help="keep the design's sheets alone in a workbook",
        )
    names: set[str] = set()
    for part in parts:
        _check_part(part)
        name = part.filename.lower()  # Names of parts differ in more than case, says the packaging standard.
        if name in names:
            raise InputError("holds two parts of one name", received=part.filename, help=_SAVE_AS_XLSX)
        names.add(name)
    if any(posixpath.basename(name) == "vbaproject.bin" for name in names):
        raise InputError("holds macros (.xlsm)", help="save it as .xlsx, without macros")
    for mark, kind in _OTHER_KINDS:
        if mark in names:
            raise InputError(f"is not an .xlsx workbook: {kind}", help=_SAVE_AS_XLSX)
    if "[content_types].xml" not in names:
        raise InputError("is not an .xlsx workbook: it is a zip archive of something else", help=_SAVE_AS_XLSX)


def _check_part(part: zipfile.ZipInfo) -> None:
    name = part.orig_filename
    if name.startswith("/") or "\\" in name or "\0" in name or ".." in name.split("/"):
        raise InputError("holds a part whose name leads out of the archive", received=name, help=_SAVE_AS_XLSX)
    if part.flag_bits & _ENCRYPTED_FLAG:
        raise InputError("is encrypted", help="save a copy without a password")
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError("holds a part packed by a method that workbooks do not use", received=name, help=_SAVE_AS_XLSX)
