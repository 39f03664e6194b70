"""The one table of what the commands print and write: its name for `--format`, its suffixes for `-o`, and what makes it.

A new form of a table is a line here and the function that makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from generator.design import suffixes
from generator.errors import InputError

if TYPE_CHECKING:
    from generator.design.record import Design
    from generator.lint.finding import Checked, CheckResult
    from generator.lint.options import CheckOptions
    from generator.report.table import NetworkTable
    from tinymodel.cli.terminal import Terminal

Subject = Literal["findings", "table", "page", "picture", "design", "workbook", "code", "model", "figures", "weights"]


class Format(NamedTuple):
    """A form of what a command makes.

    Attributes:
        of: What it is a form of.
        name: For `--format`.
        suffixes: For `-o`.
        make: What makes it of what the command has found; None where the one command that has it makes it itself.
    """

    of: Subject
    name: str
    suffixes: tuple[str, ...] = ()
    make: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Network:
    """What the forms of a network are made of.

    Attributes:
        checked: The network, with what was found.
        image_size: px, that a workbook is written at; else the design's own.
        terminal: What a text is laid out for.
        walked: The table of a network that is no design; else it is that of `checked`.
    """

    checked: Checked
    image_size: tuple[int, int] | None = None
    terminal: Terminal | None = None
    walked: NetworkTable | None = None

    @property
    def table(self) -> NetworkTable:
        """The table that people read."""
        from generator.report.table import checked_table

        return self.walked or checked_table(self.checked)

    @property
    def design(self) -> Design:
        """The design that is written.

        Raises:
            InputError: The network cannot be built.
        """
        if self.checked.design is None:
            raise InputError(
                "only a network that can be built is written as a workbook",
                place=self.checked.file,
                received=self.checked.reason,
                help="--format csv gives the geometry alone",
            )
        return self.checked.design


def _findings_text(result: CheckResult, asked: CheckOptions, terminal: Terminal) -> str:
    from generator.report.text import check_text

    return check_text(result, asked, colour=terminal.colour)


def _findings_json(result: CheckResult, *_: object) -> str:
    from generator.report.json_report import json_report

    return json_report(result)


def _findings_github(result: CheckResult, *_: object) -> str:
    from generator.report.annotations import github_annotations

    return github_annotations(result)


def _table_text(network: Network) -> str:
    from generator.report.table_text import table_text

    width, colour = network.terminal or (None, False)
    return table_text(network.table, width=width, colour=colour)


def _table_markdown(network: Network) -> str:
    from generator.report.table import table_markdown

    return table_markdown(network.table)


def _table_csv(network: Network) -> str:
    from generator.report.table import table_csv

    return table_csv(network.table)


def _table_json(network: Network) -> str:
    from generator.lint.finding import CheckResult
    from generator.report.json_report import json_report

    return json_report(CheckResult((network.checked,)), rows=True)


def _page(network: Network) -> str:
    from generator.report.design_page.page import design_page

    return design_page(network.checked)


def _picture(network: Network) -> bytes:
    from tinymodel.table_picture import table_picture

    return table_picture(network.checked, network.table)


def _workbook(network: Network) -> bytes:
    from generator.plan_sheet.write import design_workbook

    return design_workbook(network.design, network.image_size)


def _yaml(network: Network) -> str:
    """With the comments of the file that the design comes from where that is YAML too."""
    from generator.design.write_yaml import design_to_yaml

    source = Path(network.checked.file)
    before = source.read_text("utf-8-sig") if suffixes.is_yaml(source) else None
    return design_to_yaml(network.design, before)


def _script(network: Network) -> str:
    from tinymodel.scripts import script_of

    return script_of(network.design)


def _notebook(network: Network) -> str:
    from tinymodel.scripts import notebook_of

    return notebook_of(network.design)


FORMATS = (
    Format("findings", "text", (), _findings_text),
    Format("findings", "json", (), _findings_json),
    Format("findings", "github", (), _findings_github),
    Format("table", "text", (".txt",), _table_text),
    Format("table", "markdown", (".md",), _table_markdown),
    Format("table", "csv", (".csv",), _table_csv),
    Format("table", "json", (".json",), _table_json),
    Format("page", "html", (".html",), _page),
    Format("picture", "png", (".png",), _picture),
    Format("code", "script", (".py",), _script),
    Format("code", "notebook", (".ipynb",), _notebook),
    Format("design", "yaml", suffixes.YAML, _yaml),
    Format("workbook", "xlsx", (".xlsx",), _workbook),
    Format("model", "keras", (".keras",)),
    Format("weights", "yaml", suffixes.YAML),
    Format("figures", "text"),
    Format("figures", "json"),
)
"""All of them, in the order in which `--help` lists them."""


def format_names(*subjects: Subject) -> tuple[str, ...]:
    """What `--format` takes for these subjects."""
    return tuple(each.name for each in _forms(subjects))


def suffixes_of(*subjects: Subject) -> tuple[str, ...]:
    """What the name of a file behind `-o` may end in for these subjects."""
    return tuple(suffix for each in _forms(subjects) for suffix in each.suffixes)


def format_of(output: str | None, format: str | None, *subjects: Subject) -> Format:
    """The form that a command was asked for: by `--format`, else by the suffix of its output, else text where it has a text.

    Args:
        output: The file behind `-o`; None for what is printed.
        format: What `--format` says.
        subjects: What the command makes.

    Raises:
        InputError: The suffix is that of no form.
    """
    forms = _forms(subjects)
    if format is not None:
        return next(each for each in forms if each.name == format)
    suffix = Path(output or "").suffix.lower()
    found = next((each for each in forms if (suffix in each.suffixes if suffix else each.name == "text")), None)
    if found is None:
        raise InputError("the suffix does not say what to write", place=output, expected=" or ".join(suffixes_of(*subjects)))
    return found


def _forms(subjects: Sequence[Subject]) -> list[Format]:
    return [each for each in FORMATS if each.of in subjects]
