"""CSV, Markdown and pasted cells as sheets."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from generator.check.files import check_files
from generator.errors import InputError
from generator.lint.options import CheckOptions
from generator.spreadsheet.text_tables import MAX_TEXT_BYTES, read_text_table

ROWS = [
    ["Layer", "k", "s", "p", "n_in", "n_out", "RF"],
    ["conv", "3", "1", "1", "1,024", "1,024", "3"],
    ["pool", "2", "2", "0", "1,024", "512", "6"],
]


def as_csv(delimiter: str) -> str:
    return "\n".join(delimiter.join(f'"{cell}"' if "," in cell else cell for cell in row) for row in ROWS)


@pytest.mark.parametrize(
    "content",
    [
        as_csv(",").encode(),
        b"\xef\xbb\xbf" + as_csv(",").encode(),
        as_csv(";").encode(),
        as_csv("\t").replace('"', "").encode("utf-16"),
        as_csv(",").replace("\n", "\r\n").encode(),
        as_csv(",").replace("\n", "\r").encode(),
    ],
    ids=["plain", "byte-order mark", "semicolons", "tabs in UTF-16", "Windows", "old Mac"],
)
def test_a_text_is_read_whatever_program_wrote_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "design.csv"
    path.write_bytes(content)
    (design,) = check_files([str(path)], CheckOptions()).designs
    (finding,) = [finding for finding in design.findings if finding.level == "error"]
    assert (design.sheet, design.table, design.layers) == (None, "A1:G3", 2)
    assert (str(finding.cell), finding.line, finding.column, finding.claimed, finding.computed) == ("G3", 3, 7, 6, 4)
    assert design.claimed is not None
    assert design.claimed["size"] == 512


def test_pasted_cells_on_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pasted:
        buffer = io.BytesIO(as_csv("\t").replace('"', "").encode())

    monkeypatch.setattr("sys.stdin", Pasted())
    (design,) = check_files(["-"], CheckOptions()).designs
    assert (design.file, design.layers, design.table) == ("-", 2, "A1:G3")


def test_formulas_that_were_exported_as_text_are_evaluated() -> None:
    sheet = read_text_table(b"a,b\n2,=A2*3\n", "x.csv")
    assert (sheet.value(2, 2), sheet.cells[2, 2].formula) == (6, "=A2*3")


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("16,5;1.024;3", [16.5, 1024, 3]),
        ("1,024;2,048;3", [1024, 2048, 3]),
        ("1,024;16.5;3,3", [1024, 16.5, "3,3"]),
        ("0,5\t50%\t", [0.5, 0.5]),
        ('"1,024","3x3","1,2"', [1024, "3x3", "1,2"]),
        ("1e3,-2,1e999", [1000, -2, "1e999"]),
    ],
)
def test_numbers_are_read_as_the_whole_text_writes_them(line: str, values: list[object]) -> None:
    sheet = read_text_table(f"{line}\n{line}\n".encode(), "x.csv")
    assert [cell.value for _, cell in sheet.row(1)] == values


def test_a_long_line_of_blanks_is_looked_at_once() -> None:
    text = "|a|b|\n" + " " * 400_000 + "|-x\n| - | - |\n"
    assert read_text_table(text.encode(), "x.md", markdown=True).last_row <= 3


def test_markdown_tables_stand_at_their_lines() -> None:
    text = "# Title\n\nwords | not a table\n\n| k | **s** |\n|---|:-:|\n| `3x3` | 1<br>2 |\n3\\|4 | 5\n\nafter\n"
    sheet = read_text_table(text.encode(), "x.md", markdown=True)
    assert {position: cell.value for position, cell in sheet.cells.items()} == {
        (5, 1): "k", (5, 2): "s", (7, 1): "3x3", (7, 2): "1 2", (8, 1): "3|4", (8, 2): 5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04\0\0", "is not text"),
        (b"a,b\n" * MAX_TEXT_BYTES, "over the limit"),
        (b"3,1\n" * 100_001, "has more than 200,000 cells or 256 columns, at line 100001"),
        (b",".join([b"k"] * 300), "has more than 200,000 cells or 256 columns, at line 1"),
        (b"", "holds no design"),
        (b"name,age\nx,3\ny,4\n", "holds no design"),
        (b'k,s\n"' + b"x" * 40_000 + b'"', "design.csv:2: cannot be read as a table"),
        (b"k,s\n" + bytes([0, 1, 2, 0xFF]), "is not text"),
    ],
)
def test_what_is_no_table_of_layers_is_refused_in_one_message(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "design.csv"
    path.write_bytes(content)
    (design,) = check_files([str(path)], CheckOptions()).designs
    assert not design.readable
    assert words in str(design.reason)
    assert "design.csv" in str(design.reason)


def test_a_workbook_under_a_text_name_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not text"):
        read_text_table(b"PK\x03\x04" + b"\0" * 20, "x.csv")
