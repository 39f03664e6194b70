"""check, table, render: the commands of the paper side. No framework is imported here."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from importlib import resources
from pathlib import Path

from generator.check import CheckOptions, check_files, read_one
from generator.errors import InputError
from generator.lint.finding import Checked, CheckResult
from generator.report.verdict import exit_code


def check(options: argparse.Namespace) -> int:
    """`tinymodel check`."""
    checking = CheckOptions(
        sheets=tuple(options.sheet),
        all_sheets=options.all_sheets,
        image_size=options.image_size,
        assume=tuple(options.assume),
        target_rf=options.rf,
        params_max=options.params_max,
        allow_large=options.allow_large,
        select=tuple(options.select),
        ignore=tuple(options.ignore),
    )
    result = check_files(options.design, checking)
    print(_formatted(result, options.format, checking))
    return exit_code(result)


def _formatted(result: CheckResult, style: str, options: CheckOptions) -> str:
    if style == "json":
        from generator.report.json_report import json_report

        return json_report(result)
    if style == "github":
        from generator.report.github import github_annotations

        return github_annotations(result)
    from generator.report.text import check_text

    return check_text(result, options, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ)


def table(options: argparse.Namespace) -> int:
    """`tinymodel table`."""
    from generator.report.table import table_csv, table_markdown, table_text

    checked = read_one(options.design, design_options(options, image_size=options.image_size))
    warn(checked)
    if options.format == "json":
        from generator.report.json_report import json_report

        text = json_report(CheckResult((checked,)), rows=True)
    else:
        assert checked.design is not None
        assert checked.trace is not None
        text = {"text": table_text, "markdown": table_markdown, "csv": table_csv}[options.format](checked.design, checked.trace)
    text = text.rstrip("\n")
    if options.output:
        write_output(options.output, (text + "\n").encode(), checked.file)
    else:
        print(text)
    return 0


def render(options: argparse.Namespace) -> int:
    """`tinymodel render`."""
    suffix = Path(options.output).suffix.lower()
    if suffix not in (".py", ".yaml", ".yml"):
        raise InputError(f'a design is not rendered as "{suffix}"', place=options.output, expected=".py or .yaml")
    checked = read_one(options.design, design_options(options))
    warn(checked)
    write_output(options.output, (script_of(checked) if suffix == ".py" else yaml_of(checked)).encode(), checked.file)
    print(options.output)
    return 0


def design_options(options: argparse.Namespace, *, image_size: int | None = None) -> CheckOptions:
    """How a command that reads one design reads it."""
    return CheckOptions(image_size=image_size, assume=tuple(options.assume), allow_large=options.allow_large)


def script_of(checked: Checked) -> str:
    """The Keras script of a design."""
    from generator.render import render_script

    assert checked.design is not None
    return render_script(checked.design, resources.files("tinymodel").joinpath("blocks.py").read_text("utf-8"))


def yaml_of(checked: Checked) -> str:
    """The YAML of a design."""
    from generator.render.yaml import design_to_yaml

    assert checked.design is not None
    return design_to_yaml(checked.design)


def warn(checked: Checked) -> None:
    """One line on stderr where a design has findings; the work goes on."""
    errors = sum(finding.level == "error" for finding in checked.findings)
    if errors:
        print(f"warning: {errors} finding{'s' * (errors > 1)} in this design; see `tinymodel check`", file=sys.stderr)


def write_output(name: str, content: bytes, source: str) -> None:
    """Writes a file whole or not at all, and never over the design that it comes from.

    Raises:
        InputError: It is the input, or cannot be written.
    """
    path = Path(name)
    if path.exists() and Path(source).exists() and path.samefile(source):
        raise InputError("is the design itself, which is not written over", place=name, help="name another file")
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as stream:
            stream.write(content)
        os.chmod(stream.name, 0o644)
        os.replace(stream.name, path)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", place=name, help="name another place") from None
