"""`check`, `rules`, `table` and `render`: the commands that need no framework."""

from __future__ import annotations

import os
import shutil
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from generator.check.files import check_files, read_drawn, read_one
from generator.errors import InputError
from generator.lint.finding import Checked, CheckResult
from generator.lint.options import CheckOptions
from tinymodel.cli import UNUSABLE

if TYPE_CHECKING:
    from generator.design.record import Design

TABLE_SUFFIXES = {".xlsx": "xlsx", ".md": "markdown", ".csv": "csv", ".json": "json", ".html": "html", ".png": "png"}


def check(options: Namespace) -> int:
    """Prints the findings of all designs, at each image size that was asked for."""
    from generator.lint.config import find_config
    from generator.report.verdict import exit_code

    asked = CheckOptions(
        sheets=tuple(options.sheet),
        all_sheets=options.all_sheets,
        assume=tuple(options.assume),
        target_rf=options.rf,
        params_max=options.params_max,
        allow_large=options.allow_large,
        select=tuple(options.select),
        ignore=tuple(options.ignore),
        config=find_config(Path.cwd()),
    )
    if options.fix is not None:
        from tinymodel.cli.fix import require_fixable

        require_fixable(options.design, options.fix)
    results = [check_files(options.design, asked._replace(image_size=size)) for size in options.image_size or [None]]
    result = CheckResult(tuple(checked for each in results for checked in each.designs), results[0].passed_over)
    left_out: list[str] = []
    if options.against is not None:
        from tinymodel.cli.against import against

        result, left_out = against(result, options.against, asked)
    sys.stdout.write(_formatted(result, asked, options.format))
    for line in left_out:
        print(line, file=sys.stderr)
    if options.format == "text":
        for checked in result.designs:
            if not checked.readable:
                print(checked.reason, file=sys.stderr)
    if options.fix is not None:
        from tinymodel.cli.fix import fix

        fix(options.design[0], options.fix, results[0].designs, asked)
    return UNUSABLE if left_out else exit_code(result)


def _formatted(result: CheckResult, asked: CheckOptions, format: str) -> str:
    if format == "json":
        from generator.report.json_report import json_report

        return json_report(result)
    if format == "github":
        from generator.report.annotations import github_annotations, github_summary

        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if summary:
            _append(summary, github_summary(result))
        return github_annotations(result)
    from generator.report.text import check_text

    return check_text(result, asked, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ)


def _append(file: str, text: str) -> None:
    try:
        with open(file, "a", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        # The annotations are the result; without a summary they still stand beside the file.
        print(f"warning: no summary written to {file}: {error.strerror or error}", file=sys.stderr)


def rules(options: Namespace) -> int:
    """Prints the list of rules, or the page of one and what it finds in a design."""
    from generator.lint.pages import findings_of, list_of_rules, page_of

    if options.code is None:
        sys.stdout.write(list_of_rules())
        return 0
    sys.stdout.write(page_of(options.code))
    if options.design is None:
        return 0
    for checked in check_files([options.design], CheckOptions()).designs:
        if not checked.readable:
            print(checked.reason, file=sys.stderr)
            return UNUSABLE
        sys.stdout.write("\n" + findings_of(options.code, checked))
    return 0


def table(options: Namespace) -> int:
    """Prints the table of a design, or writes it to a file."""
    asked = CheckOptions(image_size=options.image_size, assume=tuple(options.assume), allow_large=options.allow_large)
    checked = read_drawn(options.design, asked)
    format = options.format or TABLE_SUFFIXES.get(Path(options.output or "").suffix.lower(), "text")
    if format == "xlsx":
        from tinymodel.cli.workbook import write_workbook

        write_workbook(checked, options.output, options.image_size)
        return 0
    if options.output is None:
        if format == "png":
            raise InputError("a picture is not printed", help="name a file for it: -o table.png")
        sys.stdout.write(_table(checked, format, options))
        return 0
    from tinymodel.cli.output import write

    if format == "png":
        from generator.report.table import checked_table
        from tinymodel.table_picture import table_picture

        write(options.output, table_picture(checked, checked_table(checked)), checked.file)
    else:
        write(options.output, _table(checked, format, options), checked.file)
    return 0


def _table(checked: Checked, format: str, options: Namespace) -> str:
    if format == "json":
        from generator.report.json_report import json_report

        return json_report(CheckResult((checked,)), rows=True)
    if format == "html":
        from generator.report.design_page.page import design_page

        return design_page(checked)
    from generator.report.table import checked_table, table_csv, table_markdown

    shown = checked_table(checked)
    if format == "text":
        from generator.report.table_text import table_text

        printed = options.output is None and sys.stdout.isatty()
        width = shutil.get_terminal_size().columns if printed else None
        return table_text(shown, width=width, colour=printed and "NO_COLOR" not in os.environ)
    return {"markdown": table_markdown, "csv": table_csv}[format](shown)


def render(options: Namespace) -> int:
    """Writes a design as a Keras script, a notebook, YAML or a workbook."""
    from tinymodel.cli.output import suffix_of, write

    suffix = suffix_of(options.output, (".py", ".ipynb", ".yaml", ".yml", ".xlsx"))
    checked = read_design(options)
    assert checked.design is not None
    if suffix == ".xlsx":
        from tinymodel.cli.workbook import write_workbook

        warn_of_findings(checked, options.design)
        write_workbook(checked, options.output)
        return 0
    if suffix == ".py":
        text = script_of(checked.design)
    elif suffix == ".ipynb":
        from generator.render.notebook import render_notebook

        text = render_notebook(checked.design, blocks_source())
    else:
        text = yaml_of(checked.design, checked.file)
    warn_of_findings(checked, options.design)
    write(options.output, text, checked.file)
    return 0


def script_of(design: Design) -> str:
    """The Keras script of a design; the blocks are read as text, never imported."""
    from generator.render import render_script

    return render_script(design, blocks_source())


def yaml_of(design: Design, source: str) -> str:
    """A design as YAML, with the comments of the file that it comes from where that is YAML too."""
    from generator.design.write_yaml import design_to_yaml

    before = Path(source).read_text("utf-8-sig") if Path(source).suffix.lower() in (".yaml", ".yml") else None
    return design_to_yaml(design, before)


def blocks_source() -> str:
    """The text of `tinymodel/blocks.py`."""
    from importlib.resources import files

    return (files("tinymodel") / "blocks.py").read_text(encoding="utf-8")


def read_design(options: Namespace) -> Checked:
    """The single buildable design that a command is about.

    Raises:
        InputError: See `generator.check.read_one`.
    """
    asked = CheckOptions(assume=tuple(options.assume), allow_large=options.allow_large)
    return read_one(options.design, asked)


def warn_of_findings(checked: Checked, reference: str) -> None:
    """Says how many findings a design has, on stderr."""
    found = sum(finding.level != "info" for finding in checked.findings)
    if found:
        words = "1 finding" if found == 1 else f"{found} findings"
        print(f'warning: the design has {words}; `tinymodel check "{reference}"` shows them', file=sys.stderr)
