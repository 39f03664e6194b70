"""`check`: what is wrong in designs, cell by cell."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from generator.check.files import check_files
from generator.lint.finding import CheckResult
from generator.lint.options import CheckOptions
from tinymodel.cli.arguments import add_design, add_image_size, add_repeatable, add_targets
from tinymodel.cli.exit_codes import UNUSABLE
from tinymodel.cli.formats import format_names, format_of
from tinymodel.cli.terminal import terminal


def add_arguments(parser: ArgumentParser) -> None:
    """Declares what the command takes."""
    add_design(parser, several=True)
    add_repeatable(parser, "--sheet", "S", "read this sheet")
    parser.add_argument("--all-sheets", action="store_true", help="read hidden sheets too")
    add_targets(parser)
    add_image_size(parser, several=True)
    add_repeatable(parser, "--select", "CODE", "only findings of this code")
    add_repeatable(parser, "--ignore", "CODE", "no findings of this code")
    parser.add_argument("--format", choices=format_names("findings"), default="text")
    parser.add_argument("--against", metavar="MODEL", help="find where a .keras file or MODULE:FUNCTION is another network")
    parser.add_argument("--fix", metavar="OUT.xlsx", help="write a corrected copy of the one workbook there")


def run(options: Namespace) -> int:
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
    _print(result, asked, options.format)
    for line in left_out:
        print(line, file=sys.stderr)
    if options.fix is not None:
        from tinymodel.cli.fix import fix

        fix(options.design[0], options.fix, results[0].designs, asked)
    return UNUSABLE if left_out else exit_code(result)


def _print(result: CheckResult, asked: CheckOptions, format: str) -> None:
    """The findings on stdout; in a text the reasons of what could not be read are messages."""
    form = format_of(None, format, "findings")
    assert form.make is not None
    if form.name == "github" and (summary := os.environ.get("GITHUB_STEP_SUMMARY")):
        from generator.report.annotations import github_summary

        _append(summary, github_summary(result))
    sys.stdout.write(form.make(result, asked, terminal()))
    if form.name == "text":
        for checked in result.designs:
            if not checked.readable:
                print(checked.reason, file=sys.stderr)


def _append(file: str, text: str) -> None:
    try:
        with open(file, "a", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        # The annotations are the result; without a summary they still stand beside the file.
        print(f"warning: no summary written to {file}: {error.strerror or error}", file=sys.stderr)
