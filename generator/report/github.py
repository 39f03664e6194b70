"""Findings as annotations that a GitHub workflow shows beside the file."""

from __future__ import annotations

from collections.abc import Iterator

from generator.errors import printable
from generator.lint.finding import CheckResult, Finding

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def github_annotations(result: CheckResult) -> str:
    """A workflow command a finding; no text of a file can start one of its own."""
    return "".join(f"{line}\n" for line in _lines(result))


def _lines(result: CheckResult) -> Iterator[str]:
    for checked in result.designs:
        if not checked.readable:
            yield f"::error file={_property(checked.file)}::{_data(checked.reason or 'cannot be read')}"
        for finding in checked.findings:
            sheet = f"#{checked.sheet}" if checked.sheet else ""
            cell = f"{sheet}!{finding.cell}: " if finding.cell else f"{sheet}: " if sheet else ""
            text = f"{cell}{finding.message}" + (f"\nhelp: {finding.help}" if finding.help else "")
            yield f"::{_COMMANDS[finding.level]} {_place(checked.file, finding)}::{_data(text)}"


def _place(file: str, finding: Finding) -> str:
    facts = {"file": file, "line": finding.line, "col": finding.column, "title": f"{finding.code} {finding.name}"}
    return ",".join(f"{key}={_property(str(value))}" for key, value in facts.items() if value is not None)


def _data(text: str) -> str:
    r"""Text behind the `::`; a percent sign and a line end have a meaning there.

    >>> _data("100 %\n::error::x")
    '100 %25%0A::error::x'
    """
    return printable(text.replace("\r", ""), limit=4000, keep_newlines=True).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
