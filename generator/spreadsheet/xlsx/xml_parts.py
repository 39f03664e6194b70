"""One XML part of an archive → calls of its handlers. No entity, no document type, no deep nesting gets through."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Callable
from typing import NamedTuple, NoReturn
from xml.parsers import expat

from generator.errors import InputError, printable
from generator.spreadsheet.cells import SAVE_AGAIN

CHUNK_BYTES = 65_536
MAX_TOKEN_BYTES = 1_000_000
"""Largest tag or comment. Older expats scan an unfinished one anew with every chunk, and hold its attributes in memory."""

_CHECKED_SUFFIXES = (".xml", ".rels")
_NOT_READ = "customxml/"
"""A folder of other programs' own data, which nothing here and no spreadsheet library parses."""
_ENCODINGS = ("utf-8", "utf-16", "us-ascii", "iso-8859-1")
"""Those that expat decodes itself; workbooks are written in the first two (ECMA-376 part 2, 8.1.4)."""

Attributes = dict[str, str]
Start = Callable[[str, Attributes], None]


def is_checked(name: str) -> bool:
    """Whether a part of this name is XML that `xml_guard` counts; no other part is parsed.

    >>> is_checked("xl/worksheets/sheet1.xml"), is_checked("xl/media/image1.png")
    (True, False)
    """
    return name.lower().endswith(_CHECKED_SUFFIXES) and not name.lower().startswith(_NOT_READ)


def parse_part(
    archive: zipfile.ZipFile,
    name: str,
    start: Start,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
    root: str | None = None,
) -> None:
    """Parses a part as a stream; names of elements reach the handlers as they stand, with their prefix.

    `root` is the name of the outermost element: what `xml_guard` counts goes by it, so readers must insist on it.

    Raises:
        InputError: The part is missing, damaged, no XML, of another root, or declares a document type.
    """
    if not is_checked(name):
        raise InputError(f'keeps cells in a part "{printable(name)}", where no spreadsheet program does', help=SAVE_AGAIN)
    parser = expat.ParserCreate()

    def first(tag: str, attributes: Attributes) -> None:
        if root is not None and local_xml_name(tag) != root:
            raise InputError(f'is damaged: its part "{printable(name)}" holds no {root}', received=tag, help=SAVE_AGAIN)
        parser.StartElementHandler = start
        start(tag, attributes)

    parser.buffer_text = True
    parser.StartElementHandler = first
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.XmlDeclHandler = _check_encoding
    if end is not None:
        parser.EndElementHandler = end
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        with archive.open(name) as stream:
            fed = 0
            while chunk := stream.read(CHUNK_BYTES):
                parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - parser.CurrentByteIndex > MAX_TOKEN_BYTES:
                    raise InputError(
                        f'holds a tag or comment over the limit of {MAX_TOKEN_BYTES / 1e6:,.0f} MB in its part "{name}"',
                        help=SAVE_AGAIN,
                    )
        parser.Parse(b"", True)
    except InputError:
        raise
    except KeyError:
        raise InputError(f'is damaged: its part "{name}" is missing', help="copy or download it again") from None
    except expat.ExpatError as error:
        raise InputError(
            f'is damaged: its part "{name}" is no XML at line {error.lineno}: {expat.ErrorString(error.code)}',
            help=SAVE_AGAIN,
        ) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError):
        # Wrong checksum, wrong local header, broken deflate stream.
        raise InputError(f'is damaged: its part "{name}" cannot be unpacked', help="copy or download it again") from None


def _refuse_doctype(*_: object) -> NoReturn:
    raise InputError(
        "declares a document type (DOCTYPE), which no spreadsheet program writes and which can hide entities",
        help=SAVE_AGAIN,
    )


def _check_encoding(_: str, encoding: str | None, __: int) -> None:
    if encoding is not None and encoding.lower() not in _ENCODINGS:  # expat would ask Python, which knows a hundred.
        raise InputError("is written in an encoding that workbooks do not use", received=encoding, help=SAVE_AGAIN)


def local_xml_name(name: str) -> str:
    """A name without its prefix.

    >>> local_xml_name("x:row"), local_xml_name("row")
    ('row', 'row')
    """
    return name.rpartition(":")[2]


class Relation(NamedTuple):
    """What one part says of another: the last word of the relation's kind, and the part's name."""

    kind: str
    part: str


def relations_of_xml_part(archive: zipfile.ZipFile, part: str) -> dict[str, Relation]:
    """The relations of a part to others inside the archive, by their identifier; empty where it has none."""
    folder, base = posixpath.split(part)
    name = posixpath.join(folder, "_rels", f"{base}.rels")
    found: dict[str, Relation] = {}

    def start(tag: str, attributes: Attributes) -> None:
        if local_xml_name(tag) == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", ""))).lstrip("/")
            found[attributes.get("Id", "")] = Relation(posixpath.basename(attributes.get("Type", "")), target)

    if name in archive.namelist():
        parse_part(archive, name, start, root="Relationships")
    return found
