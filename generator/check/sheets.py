"""Sheets → checked designs: every table of a workbook or a text, judged together, each with its network if it can be built."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from generator.design.parse import DesignProblems, parse_design
from generator.design.record import Targets
from generator.errors import InputError, did_you_mean, show
from generator.lint.checked_network import with_network
from generator.lint.finding import Checked, Finding, PassedOver
from generator.lint.options import STANDARD_INPUT, CheckOptions, chosen_findings
from generator.lint.sheet_findings import refusal_findings, rows_around_findings, sheet_findings, workbook_findings
from generator.lint.targets import merged_targets, missed_targets
from generator.plan_sheet.check import check_own_plan
from generator.plan_sheet.layout import layout_of
from generator.sheet.assume import parse_assumptions
from generator.sheet.beside import Beside, read_beside
from generator.sheet.settings import is_settings, read_settings
from generator.sheet.to_design import design_data, sheet_lines_of_design
from generator.sheet.understand import read_tables
from generator.sheet.understanding import Understanding
from generator.sheet.understanding_data import chain_final, claimed_data, geometry_rows, understood_data
from generator.spreadsheet.cells import Sheet
from generator.spreadsheet.reference import Reference, column_number
from generator.spreadsheet.text_tables import read_text_table
from generator.spreadsheet.xlsx.read import read_workbook

NO_DESIGN = "holds no design: no table of layers with kernels, sizes or receptive fields"


def check_workbook(file: Path, part: str, options: CheckOptions) -> tuple[list[Checked], list[PassedOver]]:
    """The designs of a workbook, and the sheets that hold none.

    Args:
        file: The workbook.
        part: `Sheet`, or `Sheet!E12` for the table that holds a cell; empty for all that the options ask for.
        options: What was asked.

    Raises:
        InputError: It cannot be read, or holds no design where one is asked for.
    """
    beside = read_beside(file)
    sheets = read_workbook(file)
    options = _named(part, sheets, options) if part else options
    settings = read_settings([sheet for sheet in sheets.values() if is_settings(sheet)], str(file))
    asked = _chosen_sheets(file, sheets, options)
    tables: list[Understanding] = []
    own: list[Checked] = []
    passed: list[PassedOver] = []
    for sheet in sheets.values():
        if is_settings(sheet):
            continue
        if sheet.title not in asked:
            passed.append(PassedOver(str(file), sheet.title, None, "hidden" if sheet.hidden else "not asked for"))
            continue
        layout = layout_of(sheet)
        if layout is not None:
            targets = beside.targets_data(sheet.title)
            own.append(check_own_plan(file, sheet, layout, sheets, {**settings, **targets}, options))
            continue
        read = read_tables(sheet, beside.assumptions(sheet.title, options.assume))
        if not read:
            passed.append(PassedOver(str(file), sheet.title, None, NO_DESIGN.removeprefix("holds no design: ")))
        tables += read
    if not tables and not own:
        hidden = tuple(workbook_findings(sheets))
        if hidden:
            refusal = InputError(hidden[0].message, place=str(file), help=hidden[0].help)
            return [
                Checked(file=str(file), reason=str(refusal), readable=False, findings=chosen_findings(hidden, options))
            ], passed
        raise InputError(NO_DESIGN, place=str(file))
    _require_columns(tables, options, str(file))
    findings = sheet_findings(tables, sheets)
    found = [
        _check_table(file, table, of_table, {**settings, **beside.targets_data(table.sheet.title)}, options)
        for table, of_table in (_meant(tables, findings, options, str(file)) if tables else ())
    ]
    order = list(sheets)
    return sorted([*own, *found], key=lambda checked: order.index(str(checked.sheet))), passed


def _named(part: str, sheets: Mapping[str, Sheet], options: CheckOptions) -> CheckOptions:
    """The options for `Sheet` or `Sheet!E12`; a title that has a ! of its own goes first."""
    title, separator, cell = part.rpartition("!")
    if part in sheets or not separator:
        return options._replace(sheets=(part,))
    return options._replace(sheets=(title,), at=cell)


def _meant(
    tables: Sequence[Understanding], findings: Sequence[list[Finding]], options: CheckOptions, place: str
) -> list[tuple[Understanding, list[Finding]]]:
    """The tables with their findings; of several the one that holds the cell which was named."""
    pairs = list(zip(tables, findings, strict=True))
    if not options.at:
        return pairs
    cell = _typed_cell(options.at)
    held = [(table, found) for table, found in pairs if table.area.holds(cell)] if cell else []
    if not held:
        known = ", ".join(str(table.area) for table in tables)
        raise InputError(f"no table holds the cell {show(options.at)}", place=place, help=f"the tables are {known}")
    return held


def _typed_cell(text: str) -> Reference | None:
    """The cell that a person names behind a file, as `E12`."""
    match = re.fullmatch(r"([A-Za-z]{1,3})(\d{1,7})", text)
    return Reference(int(match[2]), column_number(match[1])) if match else None


def _require_columns(tables: Sequence[Understanding], options: CheckOptions, place: str) -> None:
    """Refuses what is assumed of a column that no table has: a slip would be passed over in silence."""
    known = {column.number for table in tables for column in table.frame.columns}
    for letters in parse_assumptions(options.assume).columns or {}:
        if column_number(letters) not in known:
            raise InputError(f"no table has a column {letters}", place=place, help="name a column of the table by its letters")


def check_text(name: str, content: bytes, options: CheckOptions) -> tuple[list[Checked], list[PassedOver]]:
    """The designs of a text: Markdown by its suffix, or by a rule of dashes under its first line of pipes."""
    place = "standard input" if name == STANDARD_INPUT else name
    beside = Beside() if name == STANDARD_INPUT else read_beside(Path(name))
    markdown = name.lower().endswith(".md") or (name == STANDARD_INPUT and b"|" in content and b"---" in content)
    sheet = read_text_table(content, place, markdown=markdown)
    targets, layout = beside.targets_data(sheet.title), layout_of(sheet)
    tables = read_tables(sheet, beside.assumptions(sheet.title, options.assume)) if layout is None else []
    if layout is not None:
        found = [check_own_plan(Path(name), sheet, layout, {sheet.title: sheet}, targets, options)]
    elif tables:
        _require_columns(tables, options, place)
        findings = sheet_findings(tables, {sheet.title: sheet})
        meant = _meant(tables, findings, options, place)
        found = [_check_table(Path(name), table, of_table, targets, options) for table, of_table in meant]
    else:
        raise InputError(NO_DESIGN, place=place)
    return [replace(checked, sheet=None, findings=tuple(map(_with_line, checked.findings))) for checked in found], []


def _with_line(finding: Finding) -> Finding:
    """A finding in a text, whose lines are the rows of its cells."""
    if finding.cell is None:
        return finding
    return finding._replace(line=finding.cell.row, column=finding.cell.column)


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
    checked = Checked(
        file=str(file),
        sheet=table.sheet.title,
        table=str(table.area),
        layers=table.layers,
        understood=understood_data(table),
        claimed=claimed_data(table),
        findings=chosen_findings(findings, options),
        surroundings=rows_around_findings(table, findings),
    )
    targets = {"rf": {"value": table.labels.target_rf}} if table.labels.target_rf else {}
    try:
        data = {**design_data(table, f"{file.stem} {table.sheet.title}".strip()), **({"targets": targets} if targets else {})}
        design = parse_design({**data, **settings})
        return with_network(replace(checked, sheet_lines=sheet_lines_of_design(table)), design, options)
    except (InputError, DesignProblems) as error:
        steps = table.steps_at(options.image_size) if options.image_size else table.steps
        final = chain_final(table, steps)
        reached = merged_targets(_readable_targets(settings.get("targets", targets)), options.target_rf, options.params_max)
        refused = refusal_findings(error) if isinstance(error, InputError) else ()
        missed = chosen_findings((*refused, *missed_targets(reached, final)), options)
        reason = "; ".join(filter(None, (error.fact, error.help))) if isinstance(error, InputError) else str(error)
        return replace(
            checked,
            final=final,
            reason=reason,
            findings=(*checked.findings, *missed),
            geometry=geometry_rows(table, steps),
            sheet_lines=tuple(row.row for row in table.rows),
        )


def _readable_targets(data: dict[str, Any]) -> Targets:
    """The targets of a design that is not buildable; none where they are what is wrong with it."""
    from pydantic import ValidationError

    try:
        return Targets.model_validate(data)
    except ValidationError:
        return Targets()
