"""What a check is asked, and which of its findings that lets through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from generator.lint.finding import Finding

if TYPE_CHECKING:
    from generator.design.fields import Pair
    from generator.lint.config import Config

STANDARD_INPUT = "-"
"""The reference that means cells pasted from a spreadsheet, or a text of any kind that is read, on standard input."""


class CheckOptions(NamedTuple):
    """What the command line says about a check.

    Attributes:
        sheets: Titles of the sheets to read; empty for the visible ones.
        at: A cell of the one table that is meant; empty for all.
        image_size: (height, width), px; None for the design's own.
        assume: `--assume KEY=VALUE`, as given.
        target_rf: `--rf`.
        params_max: `--params-max`.
        select: Codes (or their beginnings) to show; empty for all.
        ignore: Codes (or their beginnings) to leave out.
        config: What the project's settings add to these two.
    """

    sheets: tuple[str, ...] = ()
    all_sheets: bool = False
    at: str = ""
    image_size: Pair | None = None
    assume: tuple[str, ...] = ()
    target_rf: float | None = None
    params_max: float | None = None
    allow_large: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    config: Config | None = None


def chosen_findings(findings: Iterable[Finding], options: CheckOptions) -> tuple[Finding, ...]:
    """The findings that `select` and `ignore` leave."""

    def wanted(finding: Finding) -> bool:
        selected = not options.select or finding.code.startswith(options.select)
        return selected and not (options.ignore and finding.code.startswith(options.ignore))

    return tuple(finding for finding in findings if wanted(finding))
