"""The examples on the pages of the rules: docstring → workbook, by the form that `examples_of` reads."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import openpyxl

_SHEET = re.compile(r"Sheet ([^,:]+)(, hidden)?:")


class ExampleSheet(NamedTuple):
    """A sheet of an example: its title, and its cells by address as they stand on the page."""

    title: str
    hidden: bool
    cells: dict[str, str]


class Example(NamedTuple):
    """An example: code and cell of what is found in it, and its sheets."""

    found: tuple[tuple[str, str | None], ...]
    sheets: tuple[ExampleSheet, ...]


def examples_of(rule: ModuleType) -> dict[str, Example]:
    """The examples of a page, `Fails` and `Passes`."""
    found = {}
    for part in re.split(r"\n(?=Fails|Passes)", str(rule.__doc__))[1:]:
        heading, _, body = part.partition("\n")
        word, _, cells = heading.rstrip(":").partition(" at ")
        cell, _, beside = cells.partition(", beside ")
        others = [tuple(other.split(" at ")) for other in beside.split(", ") if other]
        expected = [(rule.CODE, cell or None), *others] if word == "Fails" else []
        found[word] = Example(tuple(expected), tuple(_sheets(body)))
    return found


def _sheets(body: str) -> list[ExampleSheet]:
    sheets: list[ExampleSheet] = []
    columns: list[str] = []
    title, hidden = "Sheet1", False
    for line in (line.strip() for line in body.splitlines()):
        match = _SHEET.fullmatch(line)
        if match:
            title, hidden = match[1], bool(match[2])
        if not line.startswith("|"):
            columns = []
            continue
        number, *texts = (text.strip() for text in line.strip("|").split("|"))
        if not columns:
            columns = texts
            sheets.append(ExampleSheet(title, hidden, {}))
        else:
            sheets[-1].cells.update({f"{column}{number}": text for column, text in zip(columns, texts, strict=True) if text})
    return sheets


def write_example(example: Example, path: Path) -> Path:
    """The workbook of an example; `=E2+2 -> 9` is a formula with the stored value 9."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    stored: dict[tuple[int, str], str] = {}
    for number, sheet in enumerate(example.sheets, start=1):
        written = book.create_sheet(sheet.title)
        written.sheet_state = "hidden" if sheet.hidden else "visible"
        for address, text in sheet.cells.items():
            formula, arrow, value = text.partition(" -> ")
            written[address] = _typed(formula)
            if arrow:
                stored[number, address] = value
    book.save(path)
    _store(path, stored)
    return path


def _typed(text: str) -> object:
    if re.fullmatch(r"\d+", text):
        return int(text)
    return text[1:-1] if text.startswith("'") else text


def _store(path: Path, stored: dict[tuple[int, str], str]) -> None:
    """Writes stored values beside the formulas, which openpyxl cannot."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for (number, address), value in stored.items():
        name = f"xl/worksheets/sheet{number}.xml"
        kind = ' t="e"' if value.startswith("#") else ""
        text = members[name].decode()
        text, found = re.subn(
            rf'<c r="{address}"([^>]*?)><f>(.*?)</f><v\s*/?>(</v>)?</c>',
            rf'<c r="{address}"\1{kind}><f>\2</f><v>{value}</v></c>',
            text,
        )
        assert found == 1, (address, text)
        members[name] = text.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
