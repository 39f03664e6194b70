"""Files → checked designs: the one entry that `check`, `table`, `render`, `build` and `train` read their designs through."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from generator.design.suffixes import TEXTS, WORKBOOKS, YAML
from generator.errors import InputError
from generator.lint.finding import Checked, CheckResult, PassedOver
from generator.lint.options import STANDARD_INPUT, CheckOptions

OTHER_WORKBOOKS = (".xls", ".xlsm", ".xlsb", ".ods", ".numbers")


def check_files(references: Sequence[str], options: CheckOptions) -> CheckResult:
    """Reads and checks every design of the files; what cannot be read comes as a `Checked` that is not readable.

    Args:
        references: Paths of .yaml, .xlsx, .csv or .md, or `-`; `book.xlsx#Sheet` names a sheet, `book.xlsx#Sheet!E12` the table
            on it that holds the cell, `table.md#A12` that of a text.
        options: See CheckOptions.

    Raises:
        InputError: `select` or `ignore` names no code.
    """
    if options.select or options.ignore:
        from generator.lint.codes import check_codes

        check_codes(options.select, "--select")
        check_codes(options.ignore, "--ignore")
    designs: list[Checked] = []
    passed_over: list[PassedOver] = []
    for reference in references:
        try:
            found, passed = _check_file(reference, options)
            designs += found
            passed_over += passed
        except InputError as error:
            designs.append(Checked(file=_split(reference)[0], reason=str(error.at(reference)), readable=False))
    return CheckResult(tuple(designs), tuple(passed_over))


def read_one(reference: str, options: CheckOptions) -> Checked:
    """The single buildable design that a reference means, for `render`, `build` and `train`.

    Raises:
        InputError: It cannot be read or built, or several designs are meant.
    """
    found = read_drawn(reference, options)
    if found.design is None:
        raise InputError(found.reason or "cannot be built", place=reference)
    return found


def read_drawn(reference: str, options: CheckOptions) -> Checked:
    """The single design that a reference means, for `table`: of a sheet with geometry only its geometry.

    Raises:
        InputError: It cannot be read, or several designs are meant.
    """
    found, _ = _check_file(reference, options)
    if len(found) > 1:
        names = [f"{item.sheet or ''}!{str(item.table).partition(':')[0]}".lstrip("!") for item in found]
        fact = f"holds {len(found)} designs: {', '.join(names)}"
        raise InputError(fact, place=reference, help=f'name one of them by a cell of it: "{found[0].file}#{names[-1]}"')
    return found[0]


def _split(reference: str) -> tuple[str, str]:
    """`book.xlsx#Sheet!A4` as file and what stands behind its #; a file whose own name has a # goes first."""
    if Path(reference).exists():
        return reference, ""
    file, separator, part = reference.rpartition("#")
    return (file, part) if separator and Path(file).suffix.lower() in (*WORKBOOKS, *TEXTS) else (reference, "")


def _check_file(reference: str, options: CheckOptions) -> tuple[list[Checked], list[PassedOver]]:
    if reference == STANDARD_INPUT:
        from generator.check.sheets import check_text

        return check_text(reference, _standard_input(), with_settings(options, reference))
    name, part = _split(reference)
    file, options = Path(name), with_settings(options, name)
    if not file.exists():
        raise InputError("there is no such file", place=name, help="check the path")
    if file.is_dir():
        raise InputError("is a folder, not a design", place=name, help="name a design in it: .yaml, .xlsx, .csv or .md")
    suffix = file.suffix.lower()
    if suffix in YAML:
        return [_check_yaml(file, options)], []
    if suffix in WORKBOOKS:
        from generator.check.sheets import check_workbook

        return check_workbook(file, part, options)
    if suffix in TEXTS:
        from generator.check.sheets import check_text

        return check_text(name, _content(file), options._replace(at=part))
    known = ", ".join((*YAML, *WORKBOOKS, *TEXTS))
    help = "open it in a spreadsheet program and save it as .xlsx" if suffix in OTHER_WORKBOOKS else None
    raise InputError(f'designs are not read from "{suffix}" files', place=name, expected=known, help=help)


def with_settings(options: CheckOptions, file: str) -> CheckOptions:
    """The options with what the project's settings say about a file; the command line's `--select` goes before theirs."""
    if options.config is None:
        return options
    ignored = options.config.ignored_in(file, options.select)
    return options._replace(select=options.select or options.config.settings.select, ignore=(*options.ignore, *ignored))


def _content(file: Path) -> bytes:
    from generator.spreadsheet.text_tables import MAX_TEXT_BYTES

    try:
        with file.open("rb") as stream:
            return stream.read(MAX_TEXT_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", place=str(file)) from None


def _standard_input() -> bytes:
    import sys

    from generator.spreadsheet.text_tables import MAX_TEXT_BYTES

    try:
        return sys.stdin.buffer.read(MAX_TEXT_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", place="standard input") from None


def _check_yaml(file: Path, options: CheckOptions) -> Checked:
    from generator.design.read_yaml import read_yaml, yaml_row_place
    from generator.lint.checked_network import with_network

    design = read_yaml(file)
    checked = Checked(file=str(file), layers=len(design.plan), design=design)
    return with_network(checked, design, options, partial(yaml_row_place, file))
