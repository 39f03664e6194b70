"""openpyxl's workbook → the bytes of its file, with the value of every formula beside it, as a spreadsheet program stores it.

openpyxl writes a formula or a value, never both. Without stored values a viewer, a script or a diff sees empty cells until a
spreadsheet program has opened the file and saved it. Nothing is written to a path: whoever wants a file puts the bytes there.
"""

from __future__ import annotations

import datetime
import io
import re
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from generator.errors import InputError
from generator.spreadsheet.cells import ERROR_VALUES, Sheet
from generator.spreadsheet.formula import Value
from generator.spreadsheet.reference import reference_address
from generator.spreadsheet.xlsx.read import sheets_of

if TYPE_CHECKING:
    from openpyxl import Workbook

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
PROPERTIES = "docProps/core.xml"
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest date of the format, for every member: equal workbooks are equal bytes."""


def bytes_without_stored_values(book: Workbook) -> bytes:
    """The file of an openpyxl workbook; its formulas have no values yet.

    Raises:
        InputError: The folder of temporary files, where openpyxl writes each sheet first, is full or cannot be written.
    """
    content = io.BytesIO()
    try:
        book.save(content)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", place=tempfile.gettempdir()) from None
    return content.getvalue()


def with_computed_values(workbook: bytes, *, modified: datetime.datetime | None = None) -> bytes:
    """A saved workbook with the value of every formula that had none, as far as it can be worked out here.

    A formula that is not computed here stays without a value; the spreadsheet program fills it in.

    Args:
        workbook: As openpyxl saves it. openpyxl names the part of the nth worksheet `sheet<n>.xml`.
        modified: When the file says that it was changed, in UTC; openpyxl's own time of saving where it is not given.

    Raises:
        InputError: The bytes cannot be read as a workbook.
    """
    return with_known_values(workbook, [_formula_values(sheet) for sheet in sheets_of(workbook).values()], modified=modified)


def with_known_values(
    workbook: bytes, values: Sequence[Mapping[str, Value]], *, modified: datetime.datetime | None = None
) -> bytes:
    """A saved workbook with known values beside its formulas.

    Args:
        workbook: See `with_computed_values`.
        values: For each worksheet in its order, the values by the addresses of their formulas; None leaves one without.
        modified: See `with_computed_values`.
    """
    parts = {f"xl/worksheets/sheet{number}.xml": of_sheet for number, of_sheet in enumerate(values, start=1)}
    filled = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(filled, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name in parts:
                content = _with_values(content, parts[name])
            elif name == PROPERTIES and modified is not None:
                content = _with_modified(content, modified)
            new.writestr(zipfile.ZipInfo(name, ZIP_DATE), content, zipfile.ZIP_DEFLATED)
    return filled.getvalue()


def _formula_values(sheet: Sheet) -> dict[str, Value]:
    return {reference_address(*position): cell.value for position, cell in sheet.cells.items() if cell.formula is not None}


def _with_values(content: bytes, values: Mapping[str, Value]) -> bytes:
    root = ElementTree.fromstring(content)
    for element in root.iter(f"{MAIN}c"):
        value = values.get(element.get("r", ""))
        if value is not None and element.find(f"{MAIN}f") is not None:
            _store(element, value)
    return _as_default_namespace(root)


def _store(element: ElementTree.Element, value: Value) -> None:
    """Fills a formula's empty `<v>`; `t` says how its text is meant, and a number needs none."""
    stored = element.find(f"{MAIN}v")
    if stored is None:
        stored = ElementTree.SubElement(element, f"{MAIN}v")
    if stored.text:
        return
    if isinstance(value, bool):
        element.set("t", "b")
        stored.text = str(int(value))
    else:
        if isinstance(value, str):
            element.set("t", "e" if value in ERROR_VALUES else "str")
        stored.text = str(value)


def _as_default_namespace(root: ElementTree.Element) -> bytes:
    """The part with the main namespace unprefixed, as every spreadsheet program writes it; ElementTree would prefix it."""
    for element in root.iter():
        element.tag = element.tag.removeprefix(MAIN)
    root.set("xmlns", MAIN.strip("{}"))
    content: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content


def _with_modified(content: bytes, modified: datetime.datetime) -> bytes:
    date = modified.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + date, content)
