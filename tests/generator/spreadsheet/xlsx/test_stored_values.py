"""Values beside formulas: what another program finds in a workbook that was never opened in a spreadsheet."""

from __future__ import annotations

import datetime
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from generator.errors import InputError
from generator.spreadsheet.xlsx.read import read_workbook
from generator.spreadsheet.xlsx.stored_values import bytes_without_stored_values, with_computed_values

FIRST_SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    first, second = book.worksheets[0], book.create_sheet("Second")
    first.append([3, "=A1*2", '=IF(A1=3,"three & more","other")', "=A1>2", "=A1/2"])
    second.append(["=Sheet!B1+1", "=VLOOKUP(1,A1:A9,1)"])
    (tmp_path / "book.xlsx").write_bytes(bytes_without_stored_values(book))
    return tmp_path / "book.xlsx"


def store_values(path: Path, **options: Any) -> None:
    path.write_bytes(with_computed_values(path.read_bytes(), **options))


def stored(path: Path, title: str) -> list[object]:
    return [cell.value for cell in next(openpyxl.load_workbook(path, data_only=True)[title].iter_rows())]


def test_numbers_texts_and_truths_are_stored_across_sheets(workbook: Path) -> None:
    assert stored(workbook, "Sheet") == [3, None, None, None, None]
    store_values(workbook)
    assert stored(workbook, "Sheet") == [3, 6, "three & more", True, 1.5]
    assert stored(workbook, "Second")[0] == 7


def test_formulas_stay_and_one_that_is_not_computed_here_has_no_value(workbook: Path) -> None:
    store_values(workbook)
    cells = next(openpyxl.load_workbook(workbook)["Second"].iter_rows())
    assert [cell.value for cell in cells] == ["=Sheet!B1+1", "=VLOOKUP(1,A1:A9,1)"]
    assert stored(workbook, "Second")[1] is None


def test_a_stored_error_is_kept_as_one(workbook: Path) -> None:
    error = b'<c r="B1" t="e"><f>A1*2</f><v>#DIV/0!</v></c>'
    with zipfile.ZipFile(workbook) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[FIRST_SHEET] = re.sub(rb'<c r="B1"[^>]*>.*?</c>', error, parts[FIRST_SHEET])
    with zipfile.ZipFile(workbook, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    store_values(workbook)
    with zipfile.ZipFile(workbook) as archive:
        assert error in archive.read(FIRST_SHEET)


def test_the_sheets_keep_the_plain_namespace_that_simple_readers_look_for(workbook: Path) -> None:
    store_values(workbook)
    with zipfile.ZipFile(workbook) as archive:
        text = archive.read(FIRST_SHEET).decode()
    assert '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' in text
    assert "<f>A1*2</f><v>6</v>" in text


def test_the_time_of_change_is_the_given_one(workbook: Path) -> None:
    store_values(workbook, modified=datetime.datetime(2020, 2, 3, 4, 5, 6))
    assert openpyxl.load_workbook(workbook).properties.modified == datetime.datetime(2020, 2, 3, 4, 5, 6)


def test_every_other_part_of_the_file_is_untouched(workbook: Path) -> None:
    with zipfile.ZipFile(workbook) as archive:
        before = {name: archive.read(name) for name in archive.namelist() if "worksheets" not in name}
    store_values(workbook)
    with zipfile.ZipFile(workbook) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in before} == before
    assert list(read_workbook(workbook)) == ["Sheet", "Second"]


def test_what_is_no_workbook_is_refused() -> None:
    with pytest.raises(InputError, match=r"^is not an \.xlsx workbook: it is text"):
        with_computed_values(b"not a zip")
