"""Small workbooks written part by part, good ones and such as no library writes."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

ROWS = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>k</t></is></c><c r="B1" t="inlineStr"><is><t>s</t></is></c>'
    '<c r="C1" t="inlineStr"><is><t>n_out</t></is></c><c r="D1" t="inlineStr"><is><t>r_out</t></is></c></row>'
    '<row r="2"><c r="A2"><v>3</v></c><c r="B2"><v>1</v></c><c r="C2"><v>30</v></c><c r="D2"><f>A2</f><v>3</v></c></row>'
    '<row r="3"><c r="A3"><v>3</v></c><c r="B3"><v>1</v></c><c r="C3"><v>28</v></c><c r="D3"><f>D2+2</f><v>5</v></c></row>'
)
"""A header and two layers; the last receptive field is 5."""
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
SHEET, BOOK, STRINGS = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml"
LINKS = "xl/_rels/workbook.xml.rels"


def sheet(rows: str = ROWS, before: str = "", after: str = "", prolog: str = "") -> str:
    return f'{prolog}<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def styles(codes: str, *cell_formats: int) -> str:
    formats = "".join(f'<xf numFmtId="{number}"/>' for number in cell_formats)
    return f'<styleSheet xmlns="{MAIN}"><numFmts>{codes}</numFmts><cellXfs>{formats}</cellXfs></styleSheet>'


def relation(identifier: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{identifier}" Type="{OFFICE}/{kind}" Target="{target}"/>'


def parts(changed: Mapping[str, str] | None = None) -> dict[str, str]:
    """The parts of a small workbook of one design, some of them replaced or added."""
    return {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}">{relation("rId1", "officeDocument", BOOK)}</Relationships>',
        BOOK: book('<sheet name="Plan" sheetId="1" r:id="rId1"/>'),
        LINKS: links(relation("rId1", "worksheet", "worksheets/sheet1.xml")),
        SHEET: sheet(),
        STRINGS: f'<sst xmlns="{MAIN}"><si><t>one</t></si></sst>',
        "xl/styles.xml": styles("", 0),
        **(changed or {}),
    }


def book(sheets: str, before: str = "") -> str:
    return f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{before}<sheets>{sheets}</sheets></workbook>'


def links(more: str, strings: str = "sharedStrings.xml") -> str:
    of_all = relation("rId2", "sharedStrings", strings) + relation("rId3", "styles", "/xl/styles.xml")
    return f'<Relationships xmlns="{PACKAGE}">{of_all}{more}</Relationships>'


def pack(path: Path, changed: Mapping[str, str] | None = None, extra: tuple[tuple[str, str], ...] = ()) -> Path:
    """A workbook of these parts; `extra` may hold a name twice."""
    return pack_alone(path, parts(changed), extra)


def pack_alone(path: Path, members: Mapping[str, str], extra: tuple[tuple[str, str], ...] = ()) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in [*members.items(), *extra]:
            archive.writestr(name, text)
    return path


def lie(path: Path, name: str, size: int) -> Path:
    """The directory and the part's own header say another size of a part than it has."""
    content = bytearray(path.read_bytes())
    for magic, name_at, size_at in ((b"PK\x01\x02", 46, 24), (b"PK\x03\x04", 30, 22)):
        start = content.find(magic)
        while not content.startswith(name.encode(), start + name_at):
            start = content.index(magic, start + 1)
        content[start + size_at : start + size_at + 4] = struct.pack("<I", size)
    path.write_bytes(bytes(content))
    return path
