"""The corrected copy of a workbook: the user's own file with the cells that had to change, a note on each, and a report.

The original is only read, and the copy is handed back as bytes. Where no cell has to change it is the same bytes; else openpyxl
writes it, and a second pass puts the values beside the formulas.
"""

from __future__ import annotations

import datetime
import io
import re
import warnings
import zipfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from generator.errors import InputError, printable
from generator.fix.changes import Change, Mended, mend
from generator.fix.losses import losses
from generator.fix.plan_sheet import plan_sheet_changes
from generator.fix.report_sheet import Line, write_report
from generator.lint.finding import Checked, Finding
from generator.lint.options import CheckOptions
from generator.sheet.amounts import Amount, both_axes
from generator.sheet.beside import read_beside
from generator.spreadsheet.cells import Cell, Sheet
from generator.spreadsheet.formula import Value
from generator.spreadsheet.recalculate import Key
from generator.spreadsheet.reference import reference_address
from generator.spreadsheet.xlsx.read import read_workbook
from generator.spreadsheet.xlsx.stored_values import bytes_without_stored_values, with_known_values

AUTHOR = "tinymodel"
MARK = "tinymodel corrected copy"
"""A property of the file that holds the time of saving: a program that saves the file again leaves another time beside it."""
MAX_SHOWN = 200
"""Characters of a formula that a note repeats."""
NOTE_WIDTH, NOTE_LINE_HEIGHT, NOTE_LINE_LENGTH = 380, 20, 55
"""px, px and characters of a note's box."""
MAX_PROPERTIES = 1_000_000
"""Bytes of a file's properties that are looked at."""
TIME = "%Y-%m-%dT%H:%M:%SZ"


class Copied(NamedTuple):
    """What became of a workbook in its corrected copy.

    Attributes:
        content: The copy, as an .xlsx file.
        changes: The cells that changed.
        computed: How many formulas have a value that was worked out here.
        losses: What the copy lacks of the original, in words.
        report: Title of the sheet with the report; None where nothing was found.
        remaining: Findings of a check of the copy, each with the title of its sheet.
    """

    content: bytes
    changes: dict[Key, Change]
    computed: int
    losses: list[str]
    report: str | None
    remaining: tuple[tuple[str, Finding], ...]


def corrected_copy(source: Path, designs: Collection[Checked], options: CheckOptions) -> Copied:
    """The copy of a workbook, and what is to be said of it.

    Args:
        source: The workbook that was checked.
        designs: What the check found in it.
        options: What the check was asked.

    Raises:
        InputError: The source cannot be read, or is nothing that openpyxl can write again.
    """
    try:
        return _corrected(source, designs, options)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", place=str(source)) from None
    except Exception as error:  # openpyxl has no family of errors of its own, and reads less than other programs write.
        raise InputError(
            f"cannot be copied with its corrections: {error}", place=str(source), help="open it, save it again as .xlsx, retry"
        ) from None


def _corrected(source: Path, designs: Collection[Checked], options: CheckOptions) -> Copied:
    sheets, original = read_workbook(source), source.read_bytes()
    book = _open(original)
    own = plan_sheet_changes(sheets, designs)
    mended = mend(sheets, designs, options, read_beside(source), _in_array_formulas(book), own)
    computed = sum(_is_computed(cell) for sheet in mended.sheets.values() for cell in sheet.cells.values())
    if not mended.changes and not computed:
        return Copied(original, {}, 0, [], None, mended.remaining)
    named = {key: finding for checked in designs for finding in checked.findings if (key := _key(checked, finding, sheets))}
    for key, change in mended.changes.items():
        cell = book[key.sheet].cell(*key.position)
        cell.value = change.new
        cell.comment = _note(cell.comment, change, named.get(key, change.finding))
    lines = list(_lines(designs, mended))
    report = write_report(book, lines) if lines else None
    now = datetime.datetime.now(datetime.UTC)
    _mark(book, now)
    book.calculation.fullCalcOnLoad = True
    copy = with_known_values(bytes_without_stored_values(book), _values(book, mended.sheets, original), modified=now)
    return Copied(copy, mended.changes, computed, losses(original, copy), report, mended.remaining)


def _is_computed(cell: Cell) -> bool:
    return cell.formula is not None and not cell.stored and cell.value is not None


def is_untouched_copy(file: Path) -> bool:
    """Whether a file is a corrected copy that no other program has saved since."""
    try:
        with zipfile.ZipFile(file) as archive:
            custom, core = (archive.open(f"docProps/{name}.xml").read(MAX_PROPERTIES).decode() for name in ("custom", "core"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return False
    mark = re.search(rf'name="{MARK}"[^>]*>\s*<[^>]*>([^<]*)<', custom)
    modified = re.search(r"<dcterms:modified[^>]*>([^<]*)<", core)
    return mark is not None and modified is not None and mark[1] == modified[1]


def _open(workbook: bytes, *, data_only: bool = False) -> Any:
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # What is lost is said once, in our own words.
        return openpyxl.load_workbook(io.BytesIO(workbook), data_only=data_only, rich_text=True)


def _in_array_formulas(book: Any) -> set[Key]:
    """Cells of array formulas that fill several cells: a spreadsheet program lets nobody change one of them."""
    from openpyxl.worksheet.formula import ArrayFormula

    found: set[Key] = set()
    for sheet in book.worksheets:
        areas = [cell.value.ref for row in sheet.iter_rows() for cell in row if isinstance(cell.value, ArrayFormula)]
        for area in areas:
            if ":" in area:
                found |= {Key(sheet.title, (cell.row, cell.column)) for row in sheet[area] for cell in row}
    return found


def _mark(book: Any, now: datetime.datetime) -> None:
    from openpyxl.packaging.custom import StringProperty

    if MARK in book.custom_doc_props.names:
        del book.custom_doc_props[MARK]
    book.custom_doc_props.append(StringProperty(name=MARK, value=now.strftime(TIME)))


def _note(existing: Any, change: Change, finding: Finding) -> Any:
    """The cell's note with ours below it."""
    from openpyxl.comments import Comment

    was = f"{_content(change.old)} ({_content(change.old_value)})" if change.old != change.old_value else _content(change.old)
    now = f"{_content(change.new)} ({_amount(change.right)})" if _is_formula(change.new) else _content(change.new)
    text = f"{AUTHOR}: was {was}, now {now}\n{finding.code}: {printable(finding.message)}"
    author = AUTHOR
    if existing is not None:
        text, author = f"{existing.text}\n\n{text}", existing.author
    lines = sum(1 + len(line) // NOTE_LINE_LENGTH for line in text.splitlines())
    return Comment(text, author, height=NOTE_LINE_HEIGHT * (lines + 1), width=NOTE_WIDTH)


def _is_formula(content: Value) -> bool:
    return isinstance(content, str) and content.startswith("=")


def _content(content: Value) -> str:
    return "blank" if content is None else printable(str(content), limit=MAX_SHOWN)


def _amount(amount: Amount) -> str:
    axes = both_axes(amount) if isinstance(amount, tuple) else (amount,)
    return " x ".join(f"{float(axis):.10g}" for axis in axes)


def _lines(designs: Collection[Checked], mended: Mended) -> Iterator[Line]:
    """A line for every finding of the check, then for the cells that the check did not name."""
    still = {(sheet, finding.cell) for sheet, finding in mended.remaining}
    listed: set[Key] = set()
    for checked in designs:
        for finding in checked.findings:
            key = _key(checked, finding, mended.sheets)
            change = mended.changes.get(key) if key else None
            if key:
                listed.add(key)
            yield _line(str(checked.sheet), finding, change, key is not None and (key.sheet, finding.cell) not in still)
    for key, change in mended.changes.items():
        if key not in listed:
            yield _line(key.sheet, change.finding, change, True)


def _key(checked: Checked, finding: Finding, sheets: Mapping[str, Sheet]) -> Key | None:
    if finding.cell is None or checked.sheet not in sheets:
        return None
    return Key(str(checked.sheet), finding.cell.position)


def _line(sheet: str, finding: Finding, change: Change | None, right_now: bool) -> Line:
    if change is not None:
        done = "changed"
    elif right_now and finding.level != "info":
        done = "not changed: right by itself, now that the others are"
    else:
        done = "not changed" + (f": {finding.help}" if finding.help else "")
    claimed, right = _one_value(finding.claimed), _one_value(finding.computed)
    old, new = (change.old, change.new) if change else (None, None)
    cell, why = str(finding.cell) if finding.cell else None, printable(finding.message, limit=2000)
    return Line(sheet, cell, finding.code, finding.level, claimed, right, why, old, new, done)


def _one_value(value: Any) -> Value:
    if isinstance(value, list):
        return " x ".join(str(axis) for axis in value)
    one: Value = value
    return one


def _values(book: Any, sheets: Mapping[str, Sheet], original: bytes) -> list[dict[str, Value]]:
    """For each sheet of the copy in its order, the values beside its formulas: worked out, or as the original has them."""
    from openpyxl.utils.datetime import to_excel

    stored = _open(original, data_only=True)
    found: list[dict[str, Value]] = []
    for sheet in book.worksheets:
        values: dict[str, Value] = {}
        for position, cell in sheets[sheet.title].cells.items() if sheet.title in sheets else ():
            if cell.formula is None:
                continue
            value = stored[sheet.title].cell(*position).value if cell.stored else cell.value
            if isinstance(value, datetime.datetime | datetime.date | datetime.time | datetime.timedelta):
                value = to_excel(value, stored.epoch)
            values[reference_address(*position)] = (
                value if isinstance(value, int | float | str | bool) or value is None else str(value)
            )
        found.append(values)
    return found
