"""Broken and hostile workbooks: one message each, by check and by command; what is merely unusual is read."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from generator.check.files import check_files
from generator.lint.finding import Checked
from generator.lint.options import CheckOptions
from tests.support.workbook_files import (
    BOOK,
    LINKS,
    MAIN,
    ROWS,
    SHEET,
    STRINGS,
    book,
    lie,
    links,
    pack,
    pack_alone,
    parts,
    relation,
    sheet,
    styles,
)
from tinymodel.cli import main

COMMAND = (sys.executable, "-c", "import sys; from tinymodel.cli import main; sys.exit(main())", "check")
ADDRESS_SPACE_BYTES = 600_000_000
LONGEST_SECONDS = 30
"""No check of these files takes a second; a hang would take minutes."""


def check(path: Path) -> Checked:
    designs = check_files([str(path)], CheckOptions()).designs
    assert len(designs) == 1
    return designs[0]


def assert_refused(path: Path, words: str) -> None:
    design = check(path)
    assert design.status == "unreadable"
    assert words in str(design.reason)
    assert str(design.reason).startswith(f"{path}: ")


def test_the_small_workbook_is_read_when_nothing_is_wrong_with_it(tmp_path: Path) -> None:
    design = check(pack(tmp_path / "plan.xlsx"))
    assert (design.layers, design.final and design.final["rf"], design.readable) == (2, 5, True)


# ------------------------------------------------------------------------------------------------- too much of one thing

MERGES = "<mergeCells>{}</mergeCells>"
VALIDATION = '<dataValidation type="whole" sqref="A1"><formula1>1</formula1></dataValidation>'
FORMAT = '<conditionalFormatting sqref="A1"><cfRule type="duplicateValues" priority="1"/></conditionalFormatting>'
LONG_SHARED = '<row r="1"><c r="A1"><f t="shared" ref="A1:A9" si="0">{}</f><v>1</v></c>{}</row>'
DOUBLED = "<f>F{0}&amp;F{0}</f>"
FOLLOWER = '<c><f t="shared" si="0"/><v>1</v></c>'


def row(number: int, content: str) -> str:
    return f'<row r="{number}"><c r="F{number}">{content}</c></row>'


def rows(last: int, content: str) -> str:
    return ROWS + "".join(row(number, content.format(above=f"F{number - 1}")) for number in range(4, last))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (sheet(after=MERGES.format('<mergeCell ref="A1:XFD1048576"/>')), "merges more than the limit of 4,194,304 cells"),
        (sheet(after=MERGES.format('<mergeCell ref="A1:B1"/>' * 60_000)), "more than the limit of 5,000 merged ranges"),
        (sheet(after=MERGES.format('<mergeCell ref="everything"/>')), "merges cells in a range that is none"),
        (sheet(after=f"<dataValidations>{VALIDATION * 100_000}</dataValidations>"), "limit of 5,000 data validations"),
        (sheet(after=FORMAT * 5_001), "limit of 5,000 conditional formats"),
        (sheet(ROWS + '<row r="4">' + "<c/>" * 5_000_000 + "</row>"), "limit of 400,000 cells"),
        (sheet(ROWS + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), 'in cell XFD1048576 of the sheet "Plan"'),
        (sheet(ROWS + '<row r="99999999999"/>'), "a row past the last one of a sheet, 1,048,576"),
        (sheet(ROWS + '<row r="4"><c r="A99999999999"><v>1</v></c></row>'), "a row past the last one of a sheet"),
        (sheet(ROWS + '<row r="4"><c r="ÄÖ"><v>1</v></c></row>'), "at an address that is none"),
        (sheet(ROWS + '<row r="4"><c r="A4" t="s"><v>7</v></c></row>'), "cell A4"),
        (sheet(ROWS + '<row r="4"><c r="A4"><v>three</v></c></row>'), "whose value cannot be read"),
        (sheet(ROWS + f'<row r="4"><c r="A4" t="str"><v>{"x" * 40_000}</v></c></row>'), "over the limit of 32,767 characters"),
        (sheet(ROWS + row(4, f"<f>1{'+1' * 20_000}</f>")), "over the limit of 32,767 characters"),
        (sheet(LONG_SHARED.format("+".join(["A1"] * 2_000), FOLLOWER * 1_000)), "limit of 2,500,000 characters"),
        (sheet(rows(500, "<f>SUM('S'!A1:A20000)</f>")), "look at more than the limit of 1,000,000 cells"),
        (sheet(rows(500, f'<f>LEN("{"x" * 8_000}")</f>')), "look at more than the limit of 1,000,000 cells"),
        (sheet(after="<a>" * 300_000 + "</a>" * 300_000), "deeper than the limit of 256"),
        (sheet(after="<extLst>" + "<a/>" * 800_001 + "</extLst>"), "limit of 800,000 XML elements"),
        (sheet("<row/>" * 400_001), "limit of 400,000 rows"),
        (sheet(before=f"<!--{' ' * 1_100_000}-->"), "a tag or comment over the limit of 1 MB"),
        (sheet(before=f'<a b="{"x" * 1_100_000}"/>'), "a tag or comment over the limit of 1 MB"),
        (sheet(after="<unclosed>"), f'its part "{SHEET}" is no XML at line 1: mismatched tag'),
        (sheet(prolog='<?xml version="1.0" encoding="utf-7"?>'), "an encoding that workbooks do not use"),
        (sheet().replace("worksheet", "work"), f'its part "{SHEET}" holds no worksheet'),
        ("", "is no XML at line 1"),
    ],
)  # fmt: skip
def test_a_sheet_that_cannot_be_read_is_refused_with_its_reason(text: str, words: str, tmp_path: Path) -> None:
    assert_refused(pack(tmp_path / "bad.xlsx", {SHEET: text}), words)


DOCTYPES = {
    "billion laughs": '<!ENTITY a0 "lol">'
    + "".join(f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 10))
    + '<!ENTITY last "&a9;">',
    "blow-up under the parser's own limit": f'<!ENTITY last "{"x" * 50_000}">',
    "file from outside": '<!ENTITY last SYSTEM "file:///etc/passwd">',
    "parameter entity": '<!ENTITY % load SYSTEM "http://127.0.0.1:9/x.dtd">%load;<!ENTITY last "x">',
}


@pytest.mark.parametrize("part", [SHEET, BOOK, STRINGS, LINKS, "xl/styles.xml", "_rels/.rels", "xl/drawings/drawing1.xml"])
@pytest.mark.parametrize("entities", DOCTYPES.values(), ids=DOCTYPES)
def test_no_part_may_declare_entities(part: str, entities: str, tmp_path: Path) -> None:
    plain = {**parts(), "xl/drawings/drawing1.xml": "<a></a>"}[part]
    text = f"<!DOCTYPE x [{entities}]>" + plain.replace("</", "&last;" * 200 + "</", 1)
    assert_refused(pack(tmp_path / "bad.xlsx", {part: text}), "declares a document type (DOCTYPE)")


@pytest.mark.parametrize("prolog", ['<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">', '<!DOCTYPE x PUBLIC "-//x" "x.dtd">'])
def test_no_document_type_is_fetched(prolog: str, tmp_path: Path) -> None:
    assert_refused(pack(tmp_path / "bad.xlsx", {SHEET: sheet(prolog=prolog)}), "declares a document type (DOCTYPE)")


# ------------------------------------------------------------------------------------------------- the file and its parts


def many_sheets(path: Path) -> None:
    pack(path, {BOOK: book("".join(f'<sheet name="x{number}" sheetId="{number}" r:id="rId1"/>' for number in range(5_000)))})


def two_sheets_in_one_part(path: Path) -> None:
    pack(path, {BOOK: book('<sheet name="a" sheetId="1" r:id="rId1"/><sheet name="b" sheetId="2" r:id="rId1"/>')})


def strings_in(path: Path, name: str) -> None:
    """The shared texts where nobody counts them: millions of empty ones would unpack from a few kilobytes."""
    pack(path, {LINKS: links(relation("rId1", "worksheet", "worksheets/sheet1.xml"), f"/{name}"), name: "<sst><si/></sst>"})


def with_password(path: Path) -> None:
    content = bytearray(pack(path).read_bytes())
    for magic, flags_at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        content[content.index(magic) + flags_at] |= 1
    path.write_bytes(bytes(content))


def pictures(count: int) -> tuple[tuple[str, str], ...]:
    return tuple((f"xl/media/{number}.png", "") for number in range(count))


OLE = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(500)
LONG_TEXT = f"<sst><si><t>{'x' * 36_000_000}</t></si></sst>"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_bytes(b""), "is not an .xlsx workbook: it is empty"),
        (lambda path: path.write_text("k,s\n3,1\n"), "is not an .xlsx workbook: it is text"),
        (lambda path: path.write_bytes(bytes(range(256))), "is not an .xlsx workbook (it is no zip archive)"),
        (lambda path: path.write_bytes(OLE), "of the old binary kind (.xls)"),
        (lambda path: path.write_bytes(OLE + "EncryptedPackage".encode("utf-16-le")), "is encrypted"),
        (with_password, "is encrypted"),
        (lambda path: path.write_bytes(pack(path).read_bytes()[:-100]), "is damaged or cut off"),
        (lambda path: path.write_bytes(pack(path).read_bytes()[:700]), "is damaged or cut off"),
        (lambda path: lie(pack(path), SHEET, 50), "cannot be unpacked"),
        (lambda path: lie(pack(path), SHEET, 2_000_000_000), "unpacks to 2,000 MB"),
        (lambda path: lie(pack(path), STRINGS, 1_000_000_000), "unpacks to 1,000 MB"),
        (lambda path: lie(pack(path, {SHEET: sheet(after=" " * 60_000_000)}), SHEET, 2_000), "cannot be unpacked"),
        (lambda path: pack(path, {SHEET: sheet(after=" " * 60_000_000)}), "unpacks to 60 MB"),
        (lambda path: pack(path, {STRINGS: LONG_TEXT}), "a text over the limit of 32,767 characters"),
        (lambda path: pack(path, extra=(("xl/worksheets/SHEET1.xml", sheet()),)), "holds two parts of one name"),
        (lambda path: pack(path, extra=((SHEET, sheet()),)), "holds two parts of one name"),
        (lambda path: pack(path, extra=(("../../evil.xml", "<a/>"),)), "leads out of the archive"),
        (lambda path: pack(path, extra=(("/etc/evil.xml", "<a/>"),)), "leads out of the archive"),
        (lambda path: pack(path, extra=(("xl\\evil.xml", "<a/>"),)), "leads out of the archive"),
        (lambda path: pack(path, extra=(("xl/vbaProject.bin", "Sub"),)), "holds macros (.xlsm)"),
        (lambda path: pack(path, extra=(("xl/workbook.bin", "x"),)), "a binary workbook (.xlsb)"),
        (lambda path: pack_alone(path, {"content.xml": "<a/>", "mimetype": "x"}), "an OpenDocument file (.ods)"),
        (lambda path: pack_alone(path, {"holiday.txt": "x"}), "a zip archive of something else"),
        (lambda path: pack(path, {BOOK: book("")}), "holds no design"),
        (lambda path: pack(path, {BOOK: "<wb/>"}), 'its part "xl/workbook.xml" holds no workbook'),
        (lambda path: pack_alone(path, {name: text for name, text in parts().items() if name != SHEET}), "is missing"),
        (lambda path: pack(path, extra=pictures(1_200)), "over the limit of 50 MB in 1,000"),
        (lambda path: pack(path, extra=pictures(5_000)), "limit of 1,000 parts"),
        (many_sheets, "limit of 200 sheets"),
        (two_sheets_in_one_part, "holds two sheets in one part"),
        (lambda path: strings_in(path, "xl/media/texts.bin"), "where no spreadsheet program does"),
        (lambda path: strings_in(path, "customXml/texts.xml"), "where no spreadsheet program does"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_safe_workbook_is_refused_with_its_reason(
    make: Callable[[Path], object], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.xlsx"
    make(path)
    assert_refused(path, words)


@pytest.mark.parametrize(("name", "content"), [("old.xls", OLE), ("macros.xlsm", b"PK\x03\x04"), ("plain.ods", b"PK\x03\x04")])
def test_files_of_other_suffixes_are_not_opened(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert_refused(path, f'designs are not read from "{path.suffix}" files\n  expected: ')


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: pack(path, {SHEET: sheet(after=MERGES.format('<mergeCell ref="A1:XFD1048576"/>'))}), "4,194,304 cells"),
        (lambda path: pack(path, {SHEET: sheet(ROWS + "<row>" + "<c/>" * 5_000_000 + "</row>")}), "400,000 cells"),
        (lambda path: pack(path, {SHEET: sheet(after=" " * 60_000_000)}), "limit of 50 MB"),
        (lambda path: lie(pack(path, {SHEET: sheet(after=" " * 60_000_000)}), SHEET, 2_000), "cannot be unpacked"),
        (lambda path: pack(path, {STRINGS: LONG_TEXT}), "32,767 characters"),
        (lambda path: pack(path, {STRINGS: LONG_TEXT.replace("x" * 9, "x" * 8 + "\U0001f600")}), "32,767 characters"),
        (lambda path: pack(path, {SHEET: sheet(after="<a>" * 300_000)}), "limit of 256"),
        (lambda path: pack(path, {SHEET: sheet(prolog=f"<!DOCTYPE x [{DOCTYPES['billion laughs']}]>")}), "DOCTYPE"),
        (lambda path: pack(path, {SHEET: sheet(rows(500, "<f>SUM(Plan!A1:A20000)</f>"))}), "1,000,000 cells"),
    ],
    ids=["merge", "cells", "spaces", "lying header", "long text", "long wide text", "deep", "laughs", "sums"],
)  # fmt: skip
def test_the_command_ends_with_2_in_little_memory(make: Callable[[Path], Path], words: str, tmp_path: Path) -> None:
    path = make(tmp_path / "bad.xlsx")
    limit = (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES)
    done = subprocess.run(
        [*COMMAND, str(path)],
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, limit),
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{path}: ")
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == [path], "nothing is left behind"


# ------------------------------------------------------------------------------------------------- unusual, but readable


@pytest.mark.parametrize(
    "text",
    [
        sheet(before='<dimension ref="A1:XFD1048576"/>'),
        sheet(before='<cols><col min="1" max="16384" width="9"/></cols>', rows=ROWS + '<row r="1048576" ht="15"/>'),
        sheet(ROWS + '<row r="1048576"><c r="XFD1048576" s="0"/></row>'),
        sheet(after=MERGES.format('<mergeCell ref="F1:F1048576"/><mergeCell ref="G4:H1048576"/>')),
        sheet().replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x="),
        sheet(ROWS.replace(' r="1"', "").replace(' r="A2"', "").replace(' r="B2"', "")),
        sheet(after=" " * 49_000_000),
        sheet(rows(5, '<f>"abc"</f>') + "".join(row(number, DOUBLED.format(number - 1)) for number in range(5, 45))),
        sheet(rows(20_000, "<f>{above}+NOWHERE(1)</f>")),
        sheet(rows(5, "<f>1" + "+1" * 4_000 + "</f>")),
    ],
    ids=[
        "lying dimension", "formats to the last row", "empty far cell", "merged columns", "prefixes", "no addresses",
        "49 MB of spaces", "a text doubled 40 times", "20,000 cells that fail", "4,000 operators in a formula",
    ],
)  # fmt: skip
def test_what_only_looks_like_much_is_passed_over(text: str, tmp_path: Path) -> None:
    with deadline():
        design = check(pack(tmp_path / "plan.xlsx", {SHEET: text}))
    assert (design.layers, design.final and design.final["rf"], design.readable) == (2, 5, True)


@pytest.mark.parametrize("code", ["[" * 900_000, "0" * 900_000, "&quot;" * 150_001], ids=["brackets", "digits", "quotes"])
def test_a_long_number_format_is_read_once(code: str, tmp_path: Path) -> None:
    many = ROWS.replace("<c r", '<c s="1" r') + '<row r="9">' + '<c s="1"><v>1</v></c>' * 1_000 + "</row>"
    formats = styles(f'<numFmt numFmtId="164" formatCode="{code}"/>', 0, 164)
    with deadline():
        design = check(pack(tmp_path / "plan.xlsx", {SHEET: sheet(many), "xl/styles.xml": formats}))
    assert (design.layers, design.readable) == (2, True)


def test_comments_pictures_and_other_programs_parts_are_no_reason_to_refuse(tmp_path: Path) -> None:
    extra = (
        ("xl/printerSettings/printerSettings1.bin", "\0\1"), ("xl/media/image1.png", "no picture"),
        ("xl/drawings/vmlDrawing1.vml", "<xml><br></xml>"), ("customXml/item1.xml", "<!DOCTYPE html><p>"),
        ("xl/embeddings/oleObject1.bin", "x"),
    )  # fmt: skip
    assert check(pack(tmp_path / "plan.xlsx", extra=extra)).layers == 2


def test_a_link_to_another_workbook_is_named_and_not_opened(tmp_path: Path) -> None:
    (tmp_path / "other.xlsx").write_bytes(b"no workbook")
    outside = f'<Relationship Id="rId1" Type="x" TargetMode="External" Target="{tmp_path}/other.xlsx"/>'
    link = relation("rId9", "externalLink", "externalLinks/externalLink1.xml")
    path = pack(
        tmp_path / "plan.xlsx",
        {
            SHEET: sheet(ROWS.replace("<f>A2</f>", "<f>[1]Other!$A$2</f>")),
            LINKS: links(relation("rId1", "worksheet", "worksheets/sheet1.xml") + link),
            "xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{MAIN}"/>',
            "xl/externalLinks/_rels/externalLink1.xml.rels": f"<Relationships>{outside}</Relationships>",
        },
    )
    design = check(path)
    assert design.final == check(pack(tmp_path / "own.xlsx")).final
    found = {finding.code: finding.message for finding in design.findings}
    assert found["FI006"] == "the formula =[1]Other!$A$2 reads another file, which is not opened: the stored value counts"


# ------------------------------------------------------------------------------------------------- random damage


@contextmanager
def deadline() -> Iterator[None]:
    """Ends what hangs, with the traceback of where it hung."""

    def late(*_: object) -> None:
        raise TimeoutError(f"over {LONGEST_SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(LONGEST_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def mutated(content: bytes, random: Random) -> bytes:
    """The file with a few bytes changed, lost, doubled or moved, as a bad copy has it."""
    changed = bytearray(content)
    for _ in range(random.choice([1, 1, 3, 20])):
        at, length = random.randrange(len(changed)), random.choice([1, 1, 4, 40])
        match random.randrange(4):
            case 0:
                changed[at] ^= 1 << random.randrange(8)
            case 1:
                changed[at : at + length] = random.randbytes(length)
            case 2:
                del changed[at : at + length]
            case _:
                changed[at:at] = changed[random.randrange(len(changed)) :][:length]
    return bytes(changed)


CHANGES = (
    "", "<", '"', "0", "-1", "999999999", "1e999", "<f>1/0</f>", "<f>A1</f>", "<c/>", "</c>", "NaN", "\x00", 't="s"', "A1",
    "&amp;", "<v>3</v>", 't="shared" si="0"', 's="7"', "\ud7ff", "_x0000_", "=", ":", "XFD1048576", "<!--", "&#0;",
    '<mergeCell ref="B2:A1"/>',
)  # fmt: skip
"""What gets into the XML in place of a few characters."""


def mutated_xml(good: Path, random: Random) -> dict[str, str]:
    with zipfile.ZipFile(good) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith((".xml", ".rels"))}
    name = random.choice([name for name in members if "theme" not in name and "docProps" not in name])
    text, at = members[name], random.randrange(len(members[name]))
    return {**members, name: text[:at] + random.choice(CHANGES) + text[at + random.randint(0, 9) :]}


@pytest.mark.parametrize(
    ("first", "last"), [(0, 200), pytest.param(200, 700, marks=pytest.mark.slow)], ids=["200 seeds", "500 more"]
)
def test_no_mutation_of_a_good_workbook_ends_in_a_traceback_or_a_hang(
    first: int, last: int, repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [repository / "designs" / name for name in ("Model Design.xlsx", "demo.xlsx")]
    path, codes = tmp_path / "mutated.xlsx", set()
    for seed in range(first, last):
        random = Random(seed)
        good = random.choice(files)
        if seed % 2:
            path.write_bytes(mutated(good.read_bytes(), random))
        else:
            pack_alone(path, mutated_xml(good, random))
        with deadline():
            code = main(["check", str(path)])
        out, err = capsys.readouterr()
        assert code in (0, 1, 2), seed
        assert (code == 2) == (str(path) in err), (seed, err)
        assert (code == 2) or out, seed
        codes.add(code)
    assert codes == {0, 1, 2}, "some were harmless, some were refused"
