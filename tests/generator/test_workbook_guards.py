"""Broken and hostile workbooks: one message each, by check and by command; what is merely unusual is read."""

from __future__ import annotations

import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import openpyxl
import pytest
from openpyxl.formula.translate import Translator

from generator.check import CheckOptions, check_files
from generator.errors import InputError
from generator.lint.finding import Checked
from generator.read_sheet.shared_formula import SharedFormula
from generator.read_sheet.workbook import read_workbook

ROWS = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>k</t></is></c><c r="B1" t="inlineStr"><is><t>s</t></is></c>'
    '<c r="C1" t="inlineStr"><is><t>n_out</t></is></c><c r="D1" t="inlineStr"><is><t>r_out</t></is></c></row>'
    '<row r="2"><c r="A2"><v>3</v></c><c r="B2"><v>1</v></c><c r="C2"><v>30</v></c><c r="D2"><f>A2</f><v>3</v></c></row>'
    '<row r="3"><c r="A3"><v>3</v></c><c r="B3"><v>1</v></c><c r="C3"><v>28</v></c><c r="D3"><f>D2+2</f><v>5</v></c></row>'
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
SHEET, BOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"


def sheet(rows: str = ROWS, before: str = "", after: str = "", prolog: str = "") -> str:
    return f'{prolog}<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def parts(**changed: str) -> dict[str, str]:
    """The parts of a small workbook of one design; `sheet` and `strings` replace two of them."""
    return {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}">'
        f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="{BOOK}"/></Relationships>',
        BOOK: f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Plan" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
        f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        SHEET: changed.get("sheet", sheet()),
        "xl/sharedStrings.xml": changed.get("strings", f'<sst xmlns="{MAIN}"><si><t>one</t></si></sst>'),
    }


def pack(path: Path, members: dict[str, str] | None = None, extra: tuple[tuple[str, str], ...] = ()) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in [*(members or parts()).items(), *extra]:
            archive.writestr(name, text)
    return path


def check(path: Path) -> Checked:
    return check_files([str(path)], CheckOptions()).designs[0]


def test_the_small_workbook_is_read_when_nothing_is_wrong_with_it(tmp_path: Path) -> None:
    design = check(pack(tmp_path / "plan.xlsx"))
    assert (design.layers, design.final and design.final["rf"], design.readable) == (2, 5, True)


MERGES = "<mergeCells>{}</mergeCells>"
VALIDATION = '<dataValidation type="whole" sqref="A1"><formula1>1</formula1></dataValidation>'
FORMAT = '<conditionalFormatting sqref="A1"><cfRule type="duplicateValues" priority="1"/></conditionalFormatting>'
LAUGHS = '<!DOCTYPE lol [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE lol [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
LONG_SHARED = '<row r="1"><c r="A1"><f t="shared" ref="A1:A9" si="0">{}</f><v>1</v></c>{}</row>'
FOLLOWER = '<c><f t="shared" si="0"/><v>1</v></c>'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (sheet(after=MERGES.format('<mergeCell ref="A1:XFD1048576"/>')), "merges more than the limit of 4,194,304 cells"),
        (sheet(after=MERGES.format('<mergeCell ref="A1:B1"/>' * 60_000)), "more than the limit of 5,000 merged ranges"),
        (sheet(after=MERGES.format('<mergeCell ref="everything"/>')), "merges cells in a range that is none"),
        (sheet(after=f"<dataValidations>{VALIDATION * 100_000}</dataValidations>"), "limit of 5,000 data validations"),
        (sheet(after=FORMAT * 5_001), "limit of 5,000 conditional formats"),
        (sheet(ROWS + '<row r="4">' + "<c/>" * 400_001 + "</row>"), "limit of 400,000 cells"),
        (sheet(ROWS + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), 'in cell XFD1048576 of the sheet "Plan"'),
        (sheet(ROWS + '<row r="99999999999"/>'), "a row past the last one of a sheet, 1,048,576"),
        (sheet(ROWS + '<row r="4"><c r="A99999999999"><v>1</v></c></row>'), "a row past the last one of a sheet"),
        (sheet(ROWS + '<row r="4"><c r="ÄÖ"><v>1</v></c></row>'), "at an address that is none"),
        (sheet(ROWS + '<row r="4"><c r="A4" t="s"><v>7</v></c></row>'), "cell A4"),
        (sheet(ROWS + '<row r="4"><c r="A4"><v>three</v></c></row>'), "whose value cannot be read"),
        (sheet(ROWS + f'<row r="4"><c r="A4" t="str"><v>{"x" * 40_000}</v></c></row>'), "over the limit of 32,767 characters"),
        (sheet(LONG_SHARED.format("+".join(["A1"] * 2_000), FOLLOWER * 1_000)), "limit of 2,500,000 characters"),
        (sheet(prolog=LAUGHS), "declares a document type"),
        (sheet(prolog=OUTSIDE), "declares a document type"),
        (sheet(prolog='<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">'), "declares a document type"),
        (sheet(after="<a>" * 300_000 + "</a>" * 300_000), "deeper than the limit of 256"),
        (sheet(after="<extLst>" + "<a/>" * 800_001 + "</extLst>"), "limit of 800,000 XML elements"),
        (sheet("<row/>" * 400_001), "limit of 400,000 rows"),
        (sheet(before=f"<!--{' ' * 1_100_000}-->"), "a tag or comment over the limit of 1 MB"),
        (sheet(before=f'<a b="{"x" * 1_100_000}"/>'), "a tag or comment over the limit of 1 MB"),
        (sheet(after="<unclosed>"), f'its part "{SHEET}" is no XML at line 1: mismatched tag'),
        ("", "is no XML at line 1"),
    ],
)  # fmt: skip
def test_a_sheet_that_cannot_be_read_is_refused_with_its_reason(text: str, words: str, tmp_path: Path) -> None:
    path = pack(tmp_path / "bad.xlsx", parts(sheet=text))
    design = check(path)
    assert design.status == "unreadable"
    assert words in str(design.reason)
    assert str(design.reason).startswith(f"{path}: ")


def lying(path: Path, size: int) -> None:
    """The directory and the part's own header say another size of the sheet than it has."""
    pack(path)
    content = bytearray(path.read_bytes())
    for magic, name_at, size_at in ((b"PK\x01\x02", 46, 24), (b"PK\x03\x04", 30, 22)):
        start = next(
            index
            for index in range(len(content))
            if content.startswith(magic, index) and content.startswith(SHEET.encode(), index + name_at)
        )
        content[start + size_at : start + size_at + 4] = struct.pack("<I", size)
    path.write_bytes(bytes(content))


def many_sheets(path: Path) -> None:
    book = parts()[BOOK].replace("</sheets>", '<sheet name="x" sheetId="2" r:id="rId1"/>' * 5_000 + "</sheets>")
    pack(path, {**parts(), BOOK: book})


def pictures(count: int) -> tuple[tuple[str, str], ...]:
    return tuple((f"xl/media/{number}.png", "") for number in range(count))


OLE = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(500)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_bytes(b""), "is not an .xlsx workbook: it is empty"),
        (lambda path: path.write_text("k,s\n3,1\n"), "is not an .xlsx workbook: it is text"),
        (lambda path: path.write_bytes(bytes(range(256))), "is not an .xlsx workbook (it is no zip archive)"),
        (lambda path: path.write_bytes(OLE), "of the old binary kind (.xls)"),
        (lambda path: path.write_bytes(OLE + "EncryptedPackage".encode("utf-16-le")), "is encrypted"),
        (lambda path: path.write_bytes(pack(path).read_bytes()[:-100]), "is damaged or cut off"),
        (lambda path: path.write_bytes(pack(path).read_bytes()[:700]), "is damaged or cut off"),
        (lambda path: lying(path, 50), "cannot be unpacked"),
        (lambda path: lying(path, 2_000_000_000), "unpacks to 2,000 MB"),
        (lambda path: pack(path, extra=(("xl/worksheets/SHEET1.xml", sheet()),)), "holds two parts of one name"),
        (lambda path: pack(path, extra=((SHEET, sheet()),)), "holds two parts of one name"),
        (lambda path: pack(path, extra=(("../../evil.xml", "<a/>"),)), "leads out of the archive"),
        (lambda path: pack(path, extra=(("/etc/evil.xml", "<a/>"),)), "leads out of the archive"),
        (lambda path: pack(path, extra=(("xl\\evil.xml", "<a/>"),)), "leads out of the archive"),
        (lambda path: pack(path, extra=(("xl/vbaProject.bin", "Sub"),)), "holds macros (.xlsm)"),
        (lambda path: pack(path, extra=(("xl/workbook.bin", "x"),)), "a binary workbook (.xlsb)"),
        (lambda path: pack(path, {"content.xml": "<a/>", "mimetype": "x"}), "an OpenDocument file (.ods)"),
        (lambda path: pack(path, {"holiday.txt": "x"}), "a zip archive of something else"),
        (lambda path: pack(path, {**parts(), BOOK: "<workbook/>"}), "holds no design"),
        (lambda path: pack(path, {name: text for name, text in parts().items() if name != SHEET}), f'"{SHEET}" is missing'),
        (lambda path: pack(path, extra=pictures(1_200)), "over the limit of 50 MB in 1,000"),
        (lambda path: pack(path, extra=pictures(5_000)), "limit of 1,000 parts"),
        (many_sheets, "limit of 200 sheets"),
        (lambda path: pack(path, parts(strings="<sst><si><t>" + "x" * 60_000_000)), "unpacks to 60 MB"),
        (lambda path: pack(path, parts(strings=f"<sst><si><t>{'x' * 40_000}</t></si></sst>")), "a text over the limit"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_safe_workbook_is_refused_with_its_reason(
    make: Callable[[Path], object], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.xlsx"
    make(path)
    design = check(path)
    assert design.status == "unreadable"
    assert words in str(design.reason)
    assert str(design.reason).startswith(f"{path}: ")


def test_a_part_that_goes_on_after_its_limit_is_not_unpacked_to_its_end(tmp_path: Path) -> None:
    path = pack(tmp_path / "bad.xlsx", parts(sheet=sheet(after=" " * 49_000_000)))
    command = [
        sys.executable,
        "-c",
        "import sys; from tinymodel.cli import main; sys.exit(main(sys.argv[1:]))",
        "check",
        str(path),
    ]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert "rf" in found.stdout.lower(), "under the limit it is read"
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("docProps/more.xml", " " * 2_000_000)
    found = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (found.returncode, found.stdout) == (2, "")
    assert f"{path}: unpacks to 51 MB" in found.stderr
    assert "limit of 50 MB" in found.stderr
    assert "Traceback" not in found.stderr
    assert list(tmp_path.iterdir()) == [path], "nothing is left behind"


@pytest.mark.parametrize(
    "text",
    [
        sheet(before='<dimension ref="A1:XFD1048576"/>'),
        sheet(before='<cols><col min="1" max="16384" width="9"/></cols>', rows=ROWS + '<row r="1048576" ht="15"/>'),
        sheet(ROWS + '<row r="1048576"><c r="XFD1048576" s="0"/></row>'),
        sheet(after=MERGES.format('<mergeCell ref="F1:F1048576"/><mergeCell ref="G4:H1048576"/>')),
        sheet().replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x="),
        sheet(ROWS.replace(' r="1"', "").replace(' r="A2"', "").replace(' r="B2"', "")),
    ],
    ids=["lying dimension", "formats to the last row", "empty far cell", "merged columns", "prefixes", "no addresses"],
)
def test_what_real_files_hold_far_away_is_passed_over(text: str, tmp_path: Path) -> None:
    design = check(pack(tmp_path / "plan.xlsx", parts(sheet=text)))
    assert (design.layers, design.final and design.final["rf"], design.readable) == (2, 5, True)


def test_comments_pictures_and_other_programs_parts_are_no_reason_to_refuse(tmp_path: Path) -> None:
    extra = (
        ("xl/printerSettings/printerSettings1.bin", "\0\1"), ("xl/media/image1.png", "no picture"),
        ("xl/drawings/vmlDrawing1.vml", "<xml><br></xml>"), ("customXml/item1.xml", '<!DOCTYPE html><p>'),
        ("xl/externalLinks/externalLink1.xml", "<externalLink/>"), ("xl/embeddings/oleObject1.bin", "x"),
    )  # fmt: skip
    assert check(pack(tmp_path / "plan.xlsx", extra=extra)).layers == 2


def test_a_formula_on_another_workbook_keeps_the_stored_value(tmp_path: Path) -> None:
    rows = ROWS.replace("<f>A2</f>", "<f>[1]Other!$A$2</f>")
    path = pack(tmp_path / "plan.xlsx", parts(sheet=sheet(rows)))
    cell = read_workbook(path)["Plan"].cells[2, 4]
    assert (cell.value, cell.formula) == (3, "=[1]Other!$A$2")
    assert check(path).final == check(pack(tmp_path / "own.xlsx")).final


def test_values_of_every_type_are_read_as_openpyxl_reads_them(tmp_path: Path) -> None:
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="[$-407]d/m/yy"/></numFmts>'
        '<cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs>'
        '<cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="46"/></cellXfs></styleSheet>'
    )
    cells = (
        '<c r="A1" t="s"><v>0</v></c><c r="B1" t="b"><v>1</v></c><c r="C1" t="e"><v>#DIV/0!</v></c><c r="D1"><v>0.1</v></c>'
        '<c r="E1" s="1"><v>44256</v></c><c r="F1" s="2"><v>44256.5</v></c><c r="G1" s="3"><v>1.5</v></c>'
        '<c r="H1" t="str"><f>"a"</f><v>a</v></c><c r="I1"><f t="array" ref="I1:J1">A1:B1</f><v>2</v></c><c r="J1"><v>3</v></c>'
        '<c r="K1"><f t="shared" ref="K1:K2" si="0">$D1*SUM(D$1:D1)</f><v>4E+20</v></c><c r="L1" t="s"><v>1</v></c>'
        '<c r="M1"><f>1/0</f></c><c r="N1" s="1"><v>0.5</v></c><c r="O1"><v/></c><c r="P1"><v>9007199254740993</v></c>'
    )
    rows = f'<row r="1">{cells}</row><row r="2"><c r="K2"><f t="shared" si="0"/><v>1E5</v></c></row>'
    phonetic = "<rPh><t>no</t></rPh>"
    strings = (
        f'<sst xmlns="{MAIN}"><si><t>=A1</t></si><si><r><t>3</t></r><r><t xml:space="preserve"> x</t></r>{phonetic}</si></sst>'
    )
    members = parts(sheet=sheet(rows), strings=strings)
    members["xl/_rels/workbook.xml.rels"] = members["xl/_rels/workbook.xml.rels"].replace(
        "</R", f'<Relationship Id="rId3" Type="{OFFICE}/styles" Target="/xl/styles.xml"/></R'
    )
    read = read_workbook(pack(tmp_path / "types.xlsx", {**members, "xl/styles.xml": styles}))["Plan"]
    assert {position[1]: cell.value for position, cell in read.cells.items() if position[0] == 1} == {
        1: "=A1", 2: True, 3: "#DIV/0!", 4: 0.1, 5: "2021-03-01 00:00:00", 6: "2021-03-01 12:00:00", 7: "1 day, 12:00:00",
        8: "a", 9: 2, 10: 3, 11: 4e20, 12: "3 x", 13: None, 14: "12:00:00", 16: 9007199254740992.0,
    }  # fmt: skip
    formulas = {position: cell.formula for position, cell in read.cells.items() if cell.formula}
    assert formulas == {
        (1, 8): '="a"', (1, 9): "=A1:B1", (1, 11): "=$D1*SUM(D$1:D1)", (2, 11): "=$D2*SUM(D$1:D2)", (1, 13): "=1/0",
    }  # fmt: skip


def test_real_workbooks_are_read_as_openpyxl_reads_them(repository: Path, shared_dir: Path) -> None:
    files = [*(shared_dir / "sheets").glob("*.xlsx"), *(repository / "designs").glob("*.xlsx")]
    for file in files:
        books = [openpyxl.load_workbook(file, data_only=data_only) for data_only in (False, True)]
        for title, read in read_workbook(file).items():
            formulas, values = (book[title] for book in books)
            theirs = {
                (cell.row, cell.column): (getattr(cell.value, "text", cell.value), values.cell(cell.row, cell.column).value)
                for row in formulas.iter_rows()
                for cell in row
                if cell.value is not None
            }
            ours = {
                position: (cell.formula or cell.value, cell.value if cell.stored else None)
                for position, cell in read.cells.items()
            }
            assert ours == theirs, (file.name, title)


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


def test_no_mutation_of_the_xml_ends_in_a_traceback(repository: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(repository / "designs" / "demo.xlsx") as archive:
        good = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith((".xml", ".rels"))}
    random, path = Random(2), tmp_path / "mutated.xlsx"
    names = [name for name in good if "theme" not in name and "docProps" not in name]
    for _ in range(150):
        name = random.choice(names)
        text = good[name]
        at = random.randrange(len(text))
        change = random.choice(
            ["", "<", '"', "0", "-1", "999999999", "<f>1/0</f>", "<c/>", "</c>", "NaN", "\x00", 't="s"', "A1"]
        )
        pack(path, {**good, name: text[:at] + change + text[at + random.randint(0, 9) :]})
        try:
            assert check(path)
        except InputError as error:
            pytest.fail(f"not turned into a result: {error}")
