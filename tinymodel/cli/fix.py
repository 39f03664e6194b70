"""`check --fix OUT.xlsx`: the corrected copy of one workbook, and what is said of it on stderr."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from generator.errors import InputError, printable
from generator.lint.finding import Checked
from generator.lint.options import CheckOptions

if TYPE_CHECKING:
    from generator.fix.corrected_copy import Copied

SUFFIX = ".xlsx"


def require_fixable(references: Sequence[str], output: str) -> None:
    """Refuses, before anything is read, what no corrected copy can be made of or written to.

    Raises:
        InputError: Several files, another format, or an output that would cost somebody a file.
    """
    import os

    from generator.fix.corrected_copy import is_untouched_copy
    from tinymodel.cli.formats import format_of

    if len(references) > 1:
        raise InputError(f"mends one workbook at a time, not {len(references)}", place="--fix", help="name one .xlsx file")
    source, file = _file_of(references[0]), Path(output)
    if source.suffix.lower() != SUFFIX:
        raise InputError(
            "makes a corrected copy of an .xlsx workbook only",
            place="--fix",
            received=source.name,
            help="save it as .xlsx from a spreadsheet program",
        )
    format_of(output, None, "workbook")
    if file.exists() and source.exists() and os.path.samefile(file, source):
        raise InputError(
            "the corrected copy would take the place of the file that is read", place=output, help="name another file for --fix"
        )
    if file.is_file() and not is_untouched_copy(file):
        raise InputError(
            "is there already, and is no corrected copy as `--fix` left it",
            place=output,
            help="name another file for --fix, or remove this one",
        )


def fix(reference: str, output: str, designs: Sequence[Checked], asked: CheckOptions) -> None:
    """Writes the corrected copy and says what it lacks, how many cells changed, and what is left to do.

    Raises:
        InputError: The copy cannot be written.
    """
    from generator.fix.corrected_copy import corrected_copy
    from tinymodel.cli.output import write_output

    if not all(checked.readable for checked in designs):
        _say(f"no corrected copy: {reference} holds nothing that could be read")
        return
    source = _file_of(reference)
    copied = corrected_copy(source, designs, asked)
    write_output(output, copied.content, str(source))
    if copied.losses:
        _say(f"warning: the copy lacks what the library behind it cannot keep: {', '.join(copied.losses)}")
    _say(_outcome(copied, output))
    for sheet, finding in copied.remaining:
        _say(f"left to mend by hand: {sheet} {finding.cell or ''} {finding.code}: {finding.message}")


def _file_of(reference: str) -> Path:
    """The file of `book.xlsx#Sheet`; one whose own name has a # goes first, as in the check itself."""
    if not Path(reference).exists():
        file, separator, _ = reference.rpartition("#")
        return Path(file if separator and Path(file).suffix.lower() == SUFFIX else reference)
    return Path(reference)


def _outcome(copied: Copied, output: str) -> str:
    count = len(copied.changes)
    if count:
        words = "1 cell" if count == 1 else f"{count} cells"
        note = "with a note" if count == 1 else "each with a note"
        return f'{words} changed, {note}; the corrected copy is {output}, its sheet "{copied.report}" lists them'
    none = "no cell could be mended" if copied.remaining else "no cell had to change"
    if copied.computed:
        return f"{none}; {output} is a copy with the values of its formulas worked out anew"
    return f"{none}; {output} is an exact copy"


def _say(text: str) -> None:
    print(printable(text, limit=2000), file=sys.stderr)
