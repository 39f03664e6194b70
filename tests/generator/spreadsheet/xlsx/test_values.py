"""What stands in a workbook's cells: values, formulas, merges and sheets as the file has them, and as openpyxl reads them."""

from __future__ import annotations

import datetime
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest
from openpyxl.formula.translate import Translator
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from generator.spreadsheet.cells import Sheet
from generator.spreadsheet.xlsx.read import read_workbook
from generator.spreadsheet.xlsx.shared_formula import SharedFormula
from tests.support.workbook_files import LINKS, MAIN, SHEET, STRINGS, book, links, pack, relation, sheet, styles

DATES = (datetime.datetime, datetime.date, datetime.time, datetime.timedelta)


def cell_of(path: Path, content: str, strings: str = "", formats: str = "", *cell_formats: int) -> Any:
    """The one cell A1 of a sheet, as it is read."""
    changed = {
        SHEET: sheet(f'<row r="1">{content}</row>'),
        STRINGS: f'<sst xmlns="{MAIN}">{strings}</sst>',
        "xl/styles.xml": styles(formats, *cell_formats),
    }
    return read_workbook(pack(path / "one.xlsx", changed))["Plan"].cells.get((1, 1))


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("<c><v>3</v></c>", 3),
        ("<c><v>3.0</v></c>", 3),
        ("<c><v>0.1</v></c>", 0.1),
        ("<c><v>4E+20</v></c>", 4e20),
        ("<c><v>9007199254740993</v></c>", 9007199254740992.0),
        ('<c t="n"><v>-1.5e-3</v></c>', -0.0015),
        ('<c t="b"><v>1</v></c>', True),
        ('<c t="b"><v>0</v></c>', False),
        ('<c t="b"><v>true</v></c>', True),
        ('<c t="e"><v>#DIV/0!</v></c>', "#DIV/0!"),
        ('<c t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!"),
        ('<c t="str"><v>3x3</v></c>', "3x3"),
        ('<c t="str"><f>"a"</f><v>a</v></c>', "a"),
        ('<c t="inlineStr"><is><t>Conv &amp; pool</t></is></c>', "Conv & pool"),
        ('<c t="inlineStr"><is><r><rPr><b/></rPr><t>3</t></r><r><t xml:space="preserve"> x 3</t></r></is></c>', "3 x 3"),
        ('<c t="inlineStr"><is><t>&#26684;</t><rPh sb="0" eb="1"><t>no</t></rPh></is></c>', "格"),
        ('<c t="inlineStr"><is><t><![CDATA[a<b]]></t></is></c>', "a<b"),
        ('<c t="inlineStr"><is><t>a_x000A_b</t></is></c>', "a\nb"),
        ('<c t="inlineStr"><is><t>a_x005F_x000A_b</t></is></c>', "a_x000A_b"),
        ('<c t="inlineStr"><is><t>max_x0000_pool</t></is></c>', "max_x0000_pool"),
        ('<c t="inlineStr"><is><t>k_xd800_</t></is></c>', "k_xd800_"),
        ('<c t="d"><v>2021-03-01T12:00:00</v></c>', "2021-03-01 12:00:00"),
        ("<c><v>1<!-- a comment -->2</v></c>", 12),
        ("<c><v>1e999</v></c>", "#NUM!"),
        ("<c><v>NaN</v></c>", "#NUM!"),
    ],
)
def test_a_value_is_read_by_its_type(content: str, value: object, tmp_path: Path) -> None:
    read = cell_of(tmp_path, content).value
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize("content", ["<c/>", '<c s="0"/>', "<c><v/></c>", '<c t="inlineStr"><is><t/></is></c>', ""])
def test_an_empty_cell_is_absent(content: str, tmp_path: Path) -> None:
    assert cell_of(tmp_path, content) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<t>k</t>", "k"),
        ("<t>=A1</t>", "=A1"),
        ('<r><t>3</t></r><r><rPr><i/></rPr><t xml:space="preserve"> x</t></r><rPh><t>no</t></rPh>', "3 x"),
        ("<r><t>r</t></r><phoneticPr fontId='1'/>", "r"),
        ("<t>a_x000D_</t>", "a\r"),
    ],
)
def test_a_shared_text_is_read_whole_and_is_no_formula(text: str, value: str, tmp_path: Path) -> None:
    cell = cell_of(tmp_path, '<c t="s"><v>1</v></c>', f"<si><t>zero</t></si><si>{text}</si>")
    assert (cell.value, cell.formula) == (value, None)


DATE_CODES = {
    "yyyy-mm-dd": True, "[$-407]d/m/yy": True, "h:mm": True, "[h]:mm:ss": True, "mmm": True, "0.00": False, "General": False,
    '0.0" days"': False, "[Red]0.00": False, "0\\d": False, "#,##0_m": False, "[>=100]0;0.0": False, "0;dd": False,
}  # fmt: skip


@pytest.mark.parametrize(("code", "is_date"), DATE_CODES.items())
@pytest.mark.parametrize("epoch", [WINDOWS_EPOCH, MAC_EPOCH], ids=["from 1900", "from 1904"])
def test_a_number_is_a_date_by_its_format(code: str, is_date: bool, epoch: datetime.datetime, tmp_path: Path) -> None:
    book, path = openpyxl.Workbook(), tmp_path / "dates.xlsx"
    book.epoch = epoch
    book["Sheet"].append([44256.5, 0.25])
    for cell in book["Sheet"][1]:
        cell.number_format = code
    book.save(path)
    ours = [cell.value for cell in read_workbook(path)["Sheet"].cells.values()]
    theirs = [cell.value for cell in openpyxl.load_workbook(path)["Sheet"][1]]
    assert ours == ([str(value) for value in theirs] if is_date else [44256.5, 0.25])


@pytest.mark.parametrize(
    ("number", "built_in", "value"),
    [
        (44256, 14, "2021-03-01 00:00:00"),
        (0.5, 20, "12:00:00"),
        (1.5, 46, "1 day, 12:00:00"),
        (3, 1, 3),
        (3, 49, 3),
        (1e300, 14, "#VALUE!"),
        (-5, 14, "1899-12-25 00:00:00"),
    ],
)
def test_formats_that_no_file_lists_are_known(number: float, built_in: int, value: object, tmp_path: Path) -> None:
    assert cell_of(tmp_path, f'<c s="1"><v>{number}</v></c>', "", "", 0, built_in).value == value


def test_formats_of_named_styles_are_not_the_cells_own(tmp_path: Path) -> None:
    text = f'<styleSheet xmlns="{MAIN}"><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/></cellXfs>'
    path = pack(tmp_path / "a.xlsx", {SHEET: sheet("<row><c><v>3</v></c></row>"), "xl/styles.xml": f"{text}</styleSheet>"})
    assert read_workbook(path)["Plan"].cells[1, 1].value == 3


# ------------------------------------------------------------------------------------------------------- formulas


def read(tmp_path: Path, rows: str, after: str = "") -> Sheet:
    return read_workbook(pack(tmp_path / "plan.xlsx", {SHEET: sheet(rows, after=after)}))["Plan"]


def test_formulas_keep_what_was_stored_and_are_worked_out_where_nothing_was(tmp_path: Path) -> None:
    cells = "<c><f>1+1</f><v>7</v></c><c><f>1+1</f></c><c><f>1/0</f></c><c><f>1+1</f><v></v></c>"
    found = read(tmp_path, f'<row r="1">{cells}</row>').cells
    assert [(cell.formula, cell.value, cell.stored) for cell in found.values()] == [
        ("=1+1", 7, True),
        ("=1+1", 2, False),
        ("=1/0", None, False),
        ("=1+1", 2, False),
    ]


def test_shared_formulas_are_written_out_for_each_cell(tmp_path: Path) -> None:
    first = '<row r="1"><c r="D1"><v>2</v></c><c r="K1"><f t="shared" ref="K1:L3" si="0">$D1*SUM(D$1:D1)</f><v>4</v></c></row>'
    more = (
        '<row r="2"><c r="K2"><f t="shared" si="0"/><v>1</v></c><c r="L2"><f t="shared" si="0"/><v>1</v></c></row>'
        '<row r="3"><c r="K3"><f t="shared" ref="K3:K9" si="1">K2</f><v>1</v></c>'
        '<c r="L3"><f t="shared" si="7"/><v>1</v></c></row>'
        '<row r="4"><c r="K4"><f t="shared" si="1"/><v>1</v></c><c r="K5"><f>K4</f><v>1</v></c></row>'
    )
    found = read(tmp_path, first + more).cells
    assert {position: cell.formula for position, cell in found.items()} == {
        (1, 4): None, (1, 11): "=$D1*SUM(D$1:D1)", (2, 11): "=$D2*SUM(D$1:D2)", (2, 12): "=$D2*SUM(E$1:E2)",
        (3, 11): "=K2", (3, 12): None, (4, 11): "=K3", (5, 11): "=K4",
    }  # fmt: skip


def test_an_array_formula_stands_in_its_first_cell(tmp_path: Path) -> None:
    found = read(tmp_path, '<row r="1"><c><f t="array" ref="A1:B1">D1:E1*2</f><v>2</v></c><c><v>3</v></c></row>').cells
    assert [(cell.formula, cell.value) for cell in found.values()] == [("=D1:E1*2", 2), (None, 3)]


def test_a_data_table_is_values(tmp_path: Path) -> None:
    found = read(tmp_path, '<row r="1"><c><f t="dataTable" ref="A1:A1" dt2D="1" r1="B1" r2="C1"/><v>2</v></c></row>').cells
    assert [(cell.formula, cell.value) for cell in found.values()] == [(None, 2)]


@pytest.mark.parametrize("seed", range(3))
def test_shared_formulas_move_as_openpyxl_moves_them(seed: int) -> None:
    random = Random(seed)
    pieces = [
        "H27", "$C28", "J$1", "$J$1", "A:B", "$A:C", "2:$9", "'My A1 sheet'!B2", "Plan!C3", '"A1 ""B2"""', "LOG10(A9)", "1E5",
    ]  # fmt: skip
    for _ in range(200):
        formula = "=" + "+".join(random.choices(pieces, k=4))
        row, column = random.randint(28, 60), random.randint(6, 40)
        address = f"{openpyxl.utils.get_column_letter(column)}{row}"
        moved = SharedFormula(formula, 28, 6).at(row, column)
        assert moved == Translator(formula, "F28").translate_formula(address), (formula, address)


# ------------------------------------------------------------------------------------------------ places and sheets


def test_cells_without_an_address_follow_the_one_before(tmp_path: Path) -> None:
    rows = (
        '<row><c><v>1</v></c><c/><c><v>3</v></c></row><row r="5"><c r="C5"><v>53</v></c><c><v>54</v></c></row>'
        "<row><c><v>61</v></c></row>"
    )
    found = {position: cell.value for position, cell in read(tmp_path, rows).cells.items()}
    assert found == {(1, 1): 1, (1, 3): 3, (5, 3): 53, (5, 4): 54, (6, 1): 61}


def test_merged_ranges_end_with_the_last_filled_row(tmp_path: Path) -> None:
    merges = '<mergeCells><mergeCell ref="A1:B1"/><mergeCell ref="C1:C1048576"/><mergeCell ref="A90:B91"/></mergeCells>'
    found = read(tmp_path, '<row r="1"><c><v>1</v></c></row><row r="2"><c><v>1</v></c></row>', merges)
    assert found.merged == ((1, 1, 1, 2), (1, 3, 2, 3))


def test_sheets_come_in_the_workbooks_order_whatever_their_parts_are_called(tmp_path: Path) -> None:
    titles = (
        '<sheet name="Second" sheetId="9" r:id="b"/><sheet name="A chart" sheetId="3" r:id="c"/>'
        '<sheet name="First &amp; last" sheetId="1" r:id="a" state="veryHidden"/>'
    )
    related = (
        relation("a", "worksheet", "worksheets/sheet1.xml")
        + relation("b", "worksheet", "/xl/worksheets/Sheet 7.xml")
        + relation("c", "chartsheet", "chartsheets/sheet1.xml")
    )
    changed = {
        "xl/workbook.xml": book(titles),
        LINKS: links(related),
        SHEET: sheet('<row r="1"><c><v>1</v></c></row>'),
        "xl/worksheets/Sheet 7.xml": sheet('<row r="1"><c><v>7</v></c></row>'),
        "xl/chartsheets/sheet1.xml": "<chartsheet/>",
    }
    found = read_workbook(pack(tmp_path / "plan.xlsx", changed))
    assert [(title, read.cells[1, 1].value, read.hidden) for title, read in found.items()] == [
        ("Second", 7, False),
        ("First & last", 1, True),
    ]


def plain(value: Any) -> Any:
    """A value of openpyxl as this project has it: an array formula by its text, a date as text."""
    value = getattr(value, "text", value)
    return str(value) if isinstance(value, DATES) else value


def test_real_workbooks_are_read_as_openpyxl_reads_them(repository: Path, shared_dir: Path) -> None:
    files = [*(shared_dir / "sheets").glob("*.xlsx"), *(repository / "designs").glob("*.xlsx")]
    assert len(files) > 8
    for file in files:
        books = [openpyxl.load_workbook(file, data_only=data_only) for data_only in (False, True)]
        found = read_workbook(file)
        assert list(found) == [theirs.title for theirs in books[0].worksheets], file.name
        for title, ours in found.items():
            formulas, values = (opened[title] for opened in books)
            theirs = {
                (cell.row, cell.column): (plain(cell.value), plain(values.cell(cell.row, cell.column).value))
                for cells in formulas.iter_rows()
                for cell in cells
                if cell.value is not None
            }
            assert theirs == {
                position: (cell.formula or cell.value, cell.value if cell.stored else None)
                for position, cell in ours.cells.items()
            }, (file.name, title)
            assert ours.hidden == (formulas.sheet_state != "visible"), (file.name, title)
            assert sorted(ours.merged) == sorted(
                (area.min_row, area.min_col, min(area.max_row, ours.last_row), area.max_col)
                for area in formulas.merged_cells.ranges
                if area.min_row <= ours.last_row
            ), (file.name, title)
