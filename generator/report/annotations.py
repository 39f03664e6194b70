"""Findings for a GitHub workflow: annotations that it shows beside the file, and a summary of the run in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.errors import printable
from generator.lint.finding import Checked, CheckResult, Finding

MAX_SUMMARY_FINDINGS = 200
"""Findings of a design that a summary lists; GitHub cuts a summary of more than 1 MiB off."""
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
            where = "!".join(str(part) for part in (sheet, finding.cell) if part)
            cell = f"{where}: " if where else ""
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


def github_summary(result: CheckResult) -> str:
    """The same as a Markdown page: a table a design, of findings that are wrong by themselves and of notes."""
    return "\n".join(line for checked in result.designs for line in _summary(checked)) + "\n"


def _summary(checked: Checked) -> Iterator[str]:
    name = f"{checked.file}#{checked.sheet}" if checked.sheet else checked.file
    area = f" ({checked.table})" if checked.table else ""
    yield f"### {_markdown(name)}{_markdown(area)}"
    yield ""
    if not checked.readable:
        yield _markdown(checked.reason or "cannot be read")
        yield ""
        return
    roots = [finding for finding in checked.findings if finding.cause is None]
    inherited = len(checked.findings) - len(roots)
    if not roots:
        yield "No findings."
        yield ""
        return
    yield "| level | code | cell | what | help |"
    yield "|---|---|---|---|---|"
    for finding in roots[:MAX_SUMMARY_FINDINGS]:
        cells = (finding.level, finding.code, str(finding.cell or ""), finding.message, finding.help or "")
        yield f"| {' | '.join(_markdown(cell) for cell in cells)} |"
    yield ""
    left = len(roots) - MAX_SUMMARY_FINDINGS
    rest = [f"{left} more findings."] if left > 0 else []
    rest += [f"{inherited} more cells inherit from these."] if inherited else []
    if rest:
        yield " ".join(rest)
        yield ""


def _markdown(text: str) -> str:
    r"""Text that stays text in Markdown, on one line.

    >>> _markdown("a|b <img src=x>\n# [x](http://y)")
    'a\\|b \\<img src\\=x\\>\\\\n\\# \\[x\\]\\(http\\:\\/\\/y\\)'
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", printable(text, limit=1000))
