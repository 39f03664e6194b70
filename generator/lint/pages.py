"""Rules as people read them: the list of all, the page of one, and what one finds in a design."""

from __future__ import annotations

from generator.errors import printable
from generator.lint.codes import rule_of
from generator.lint.finding import Checked
from generator.lint.levels import level_of
from generator.lint.rules import ALL


def list_of_rules() -> str:
    """A line a rule: code, name, what it is about."""
    names = max(len(rule.NAME) for rule in ALL)
    return "".join(f"{rule.CODE}  {rule.NAME:<{names}}  {_title(str(rule.__doc__))}\n" for rule in ALL)


def page_of(code: str) -> str:
    """The page of a rule: what it finds, why that is wrong, how people come to it, an example of each kind.

    Raises:
        InputError: There is no such code.
    """
    rule = rule_of(code)
    title, body = _title(str(rule.__doc__)), str(rule.__doc__).partition("\n")[2].strip()
    return f"{rule.CODE} {rule.NAME} ({level_of(rule.CODE)})\n\n{title[0].upper()}{title[1:]}\n\n{body}\n"


def findings_of(code: str, design: Checked) -> str:
    """What a rule finds in a design, with the sums in its own numbers.

    Raises:
        InputError: There is no such code.
    """
    rule = rule_of(code)
    name = f"{design.file}#{design.sheet}" if design.sheet else design.file
    found = [finding for finding in design.findings if finding.code == rule.CODE]
    if not found:
        return f"In {printable(name)}: nothing.\n"
    lines = [f"In {printable(name)}:"]
    for finding in found:
        lines.append(f"  {f'{finding.cell}: ' if finding.cell else ''}{printable(finding.message, limit=2000)}")
        if finding.help:
            lines.append(f"    help: {printable(finding.help, limit=2000)}")
    return "\n".join(lines) + "\n"


def _title(docstring: str) -> str:
    return docstring.partition("\n")[0].partition(": ")[2]
