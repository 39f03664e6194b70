"""Files → checked designs: the one entry that `check`, `table`, `render`, `build` and `train` read their designs through."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.buildable import check_buildable
from generator.design import Design, Targets
from generator.errors import InputError, did_you_mean
from generator.expand import expand
from generator.limits import check_limits
from generator.lint.finding import Checked, CheckResult, Finding, PassedOver
from generator.lint.targets import merged_targets, missed_targets
from generator.trace import LayerRow, Trace, exact, trace

if TYPE_CHECKING:
    from generator.lint.config import Config
    from generator.read_sheet.understanding import Understanding
    from generator.read_sheet.workbook import Sheet

YAML_SUFFIXES = (".yaml", ".yml")
SHEET_SUFFIXES = (".xlsx",)
TEXT_SUFFIXES = (".csv", ".tsv", ".md")
STANDARD_INPUT = "-"
"""The reference that means cells pasted from a spreadsheet, or a text of any of these kinds, on standard input."""


class CheckOptions(NamedTuple):
    """What the command line says about a check.

    Attributes:
        sheets: Titles of the sheets to read; empty for the visible ones.
        image_size: px; None for the design's own.
        assume: `--assume KEY=VALUE`, as given.
        target_rf: `--rf`.
        params_max: `--params-max`.
        select: Codes (or their beginnings) to show; empty for all.
        ignore: Codes (or their beginnings) to leave out.
        config: What the project's settings add to these two.
    """

    sheets: tuple[str, ...] = ()
    all_sheets: bool = False
    image_size: int | None = None
    assume: tuple[str, ...] = ()
    target_rf: float | None = None
    params_max: float | None = None
    allow_large: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    config: Config | None = None


def check_files(references: Sequence[str], options: CheckOptions) -> CheckResult:
    """Reads and checks every design of the files; what cannot be read comes as a `Checked` that is not readable.

    Args:
        references: Paths of .yaml, .xlsx, .csv or .md, or `-`; `book.xlsx#Sheet` names a sheet.
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
        names = ", ".join(f"{item.sheet} ({item.table})" for item in found)
        raise InputError(f"holds {len(found)} designs: {names}", place=reference, help="name one: FILE.xlsx#SHEET")
    return found[0]


def _split(reference: str) -> tuple[str, str | None]:
    """`book.xlsx#Sheet` as file and sheet; a file whose own name has a # goes first."""
    if Path(reference).exists():
        return reference, None
    file, separator, sheet = reference.rpartition("#")
    return (file, sheet) if separator and Path(file).suffix.lower() in SHEET_SUFFIXES else (reference, None)


def _check_file(reference: str, options: CheckOptions) -> tuple[list[Checked], list[PassedOver]]:
    if reference == STANDARD_INPUT:
        return _check_text(reference, _standard_input(), _with_settings(options, reference))
    name, sheet = _split(reference)
    file, options = Path(name), _with_settings(options, name)
    if not file.exists():
        raise InputError("there is no such file", place=name, help="check the path")
    if file.is_dir():
        raise InputError("is a folder, not a design", place=name, help="name a design in it: .yaml, .xlsx, .csv or .md")
    suffix = file.suffix.lower()
    if suffix in YAML_SUFFIXES:
        return [_check_yaml(file, options)], []
    if suffix in SHEET_SUFFIXES:
        return _check_workbook(file, options._replace(sheets=(sheet,)) if sheet else options)
    if suffix in TEXT_SUFFIXES:
        return _check_text(name, _content(file), options)
    known = ", ".join((*YAML_SUFFIXES, *SHEET_SUFFIXES, *TEXT_SUFFIXES))
    raise InputError(f'designs are not read from "{suffix}" files', place=name, expected=known)


def _with_settings(options: CheckOptions, file: str) -> CheckOptions:
    """The options with what the project's settings say about a file; the command line's `--select` goes before theirs."""
    if options.config is None:
        return options
    ignored = options.config.ignored_in(file, options.select)
    return options._replace(select=options.select or options.config.settings.select, ignore=(*options.ignore, *ignored))


def _check_yaml(file: Path, options: CheckOptions) -> Checked:
    from generator.read_yaml import read_yaml

    design = read_yaml(file)
    return _with_network(Checked(file=str(file), layers=len(design.plan), design=design), design, options)


def _with_network(checked: Checked, design: Design, options: CheckOptions) -> Checked:
    """The result with the network's trace, figures and targets.

    Raises:
        InputError: The network cannot be, or is larger than the limits.
    """
    from dataclasses import replace

    size = (options.image_size, options.image_size) if options.image_size else None
    try:
        graph = expand(design)
        check_buildable(graph)
        traced = trace(graph, size)
        check_limits(traced, options.allow_large)
    except InputError as error:
        raise error.at(checked.file) from None
    final = _final(traced)
    targets = merged_targets(design.targets, options.target_rf, options.params_max)
    findings = _chosen((*checked.findings, *missed_targets(targets, final)), options)
    return replace(checked, design=design, trace=traced, final=final, findings=findings, buildable=True)


def _final(traced: Trace) -> dict[str, Any]:
    last: LayerRow = traced.final
    figures = {name: _both(getattr(last.height, name), getattr(last.width, name)) for name in ("size", "rf", "rf_min", "jump")}
    return {**figures, "params": traced.params, "macs": traced.macs}


def _both(height: Any, width: Any) -> Any:
    return exact(height) if height == width else [exact(height), exact(width)]


def _chosen(findings: Sequence[Finding], options: CheckOptions) -> tuple[Finding, ...]:
    def wanted(finding: Finding) -> bool:
        selected = not options.select or finding.code.startswith(options.select)
        return selected and not (options.ignore and finding.code.startswith(options.ignore))

    return tuple(finding for finding in findings if wanted(finding))


def _check_workbook(file: Path, options: CheckOptions) -> tuple[list[Checked], list[PassedOver]]:
    from generator.lint.sheet_findings import sheet_findings, workbook_findings
    from generator.read_sheet.beside import read_beside
    from generator.read_sheet.settings import is_settings, read_settings
    from generator.read_sheet.understand import read_tables
    from generator.read_sheet.workbook import read_workbook

    beside = read_beside(file)
    sheets = read_workbook(file)
    settings = read_settings([sheet for sheet in sheets.values() if is_settings(sheet)], str(file))
    chosen = _chosen_sheets(file, sheets, options)
    tables: list[Understanding] = []
    passed: list[PassedOver] = []
    for sheet in sheets.values():
        if is_settings(sheet):
            continue
        if sheet.title not in chosen:
            passed.append(PassedOver(str(file), sheet.title, None, "hidden" if sheet.hidden else "not asked for"))
            continue
        read = read_tables(sheet, beside.assumptions(sheet.title, options.assume))
        if not read:
            passed.append(
                PassedOver(str(file), sheet.title, None, "no table of layers with kernels, sizes or receptive fields")
            )
        tables += read
    if not tables:
        hidden = tuple(workbook_findings(sheets))
        if hidden:
            refusal = InputError(hidden[0].message, place=str(file), help=hidden[0].help)
            return [Checked(file=str(file), reason=str(refusal), readable=False, findings=_chosen(hidden, options))], passed
        raise InputError("holds no design: no table of layers with kernels, sizes or receptive fields", place=str(file))
    findings = sheet_findings(tables, sheets)
    found = [
        _check_table(file, table, of_table, {**settings, **beside.targets_data(table.sheet.title)}, options)
        for table, of_table in zip(tables, findings, strict=True)
    ]
    return found, passed


def _content(file: Path) -> bytes:
    from generator.read_sheet.text_tables import MAX_TEXT_BYTES

    try:
        with file.open("rb") as stream:
            return stream.read(MAX_TEXT_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", place=str(file)) from None


def _standard_input() -> bytes:
    import sys

    from generator.read_sheet.text_tables import MAX_TEXT_BYTES

    return sys.stdin.buffer.read(MAX_TEXT_BYTES + 1)


def _check_text(name: str, content: bytes, options: CheckOptions) -> tuple[list[Checked], list[PassedOver]]:
    """The designs of a text: Markdown by its suffix, or by a rule of dashes under its first line of pipes."""
    from dataclasses import replace

    from generator.lint.sheet_findings import sheet_findings
    from generator.read_sheet.beside import Beside, read_beside
    from generator.read_sheet.text_tables import read_text_table
    from generator.read_sheet.understand import read_tables

    beside = Beside() if name == STANDARD_INPUT else read_beside(Path(name))
    markdown = name.lower().endswith(".md") or (name == STANDARD_INPUT and b"|" in content and b"---" in content)
    sheet = read_text_table(content, name, markdown=markdown)
    tables = read_tables(sheet, beside.assumptions(sheet.title, options.assume))
    if not tables:
        raise InputError("holds no design: no table of layers with kernels, sizes or receptive fields", place=name)
    findings = sheet_findings(tables, {sheet.title: sheet})
    found = [
        _check_table(Path(name), table, of_table, beside.targets_data(sheet.title), options)
        for table, of_table in zip(tables, findings, strict=True)
    ]
    return [replace(checked, sheet=None, findings=tuple(map(_with_line, checked.findings))) for checked in found], []


def _with_line(finding: Finding) -> Finding:
    """A finding in a text, whose lines are the rows of its cells."""
    if finding.cell is None:
        return finding
    from generator.read_sheet.formula import column_number

    letters = finding.cell.rstrip("0123456789")
    return finding._replace(line=int(finding.cell[len(letters) :]), column=column_number(letters))


def _chosen_sheets(file: Path, sheets: dict[str, Sheet], options: CheckOptions) -> set[str]:
    for title in options.sheets:
        if title not in sheets:
            raise InputError(f'there is no sheet "{title}"', place=str(file), help=did_you_mean(title, sheets))
    if options.sheets:
        return set(options.sheets)
    return {title for title, sheet in sheets.items() if options.all_sheets or not sheet.hidden}


def _check_table(
    file: Path,
    table: Understanding,
    findings: list[Finding],
    settings: dict[str, Any],
    options: CheckOptions,
) -> Checked:
    from dataclasses import replace

    from generator.lint.sheet_findings import refusal_findings, surroundings
    from generator.parse import DesignProblems, parse_design
    from generator.read_sheet.to_design import design_data
    from generator.read_sheet.understanding_data import chain_final, claimed_data, geometry_rows, understood_data

    checked = Checked(
        file=str(file),
        sheet=table.sheet.title,
        table=table.area,
        layers=table.layers,
        understood=understood_data(table),
        claimed=claimed_data(table),
        findings=_chosen(findings, options),
        surroundings=surroundings(table, findings),
    )
    targets = {"rf": {"value": table.labels.target_rf}} if table.labels.target_rf else {}
    try:
        data = {**design_data(table, f"{file.stem} {table.sheet.title}".strip()), **({"targets": targets} if targets else {})}
        design = parse_design({**data, **settings})
        return _with_network(checked, design, options)
    except (InputError, DesignProblems) as error:
        size = options.image_size
        steps = table.steps_at((size, size)) if size else table.steps
        final = chain_final(table, steps)
        reached = merged_targets(_readable_targets(settings.get("targets", targets)), options.target_rf, options.params_max)
        refused = refusal_findings(error) if isinstance(error, InputError) else ()
        missed = _chosen((*refused, *missed_targets(reached, final)), options)
        reason = "; ".join(filter(None, (error.fact, error.help))) if isinstance(error, InputError) else str(error)
        geometry = geometry_rows(table, steps)
        return replace(checked, final=final, reason=reason, findings=(*checked.findings, *missed), geometry=geometry)


def _readable_targets(data: dict[str, Any]) -> Targets:
    """The targets of a design that is not buildable; none where they are what is wrong with it."""
    from pydantic import ValidationError

    try:
        return Targets.model_validate(data)
    except ValidationError:
        return Targets()
