"""What a check says: findings, and the result for one design."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from generator.design.record import Design
from generator.network.resolutions import Resolution
from generator.network.trace import Trace
from generator.spreadsheet.reference import Reference

Level = Literal["error", "warning", "info"]
Status = Literal["clean", "findings", "unreadable"]


class Finding(NamedTuple):
    """A claim that is not so, or a target that is missed.

    Attributes:
        code: The rule's code.
        name: The rule's name, as words joined by `-`.
        cell: The wrong cell in its sheet.
        line: Line of the key in a YAML file, from 1.
        field: What the cell is about.
        claimed: What it says; numbers are numbers, [height, width] where the axes differ.
        computed: What is right.
        cause: The earliest wrong cell that it inherits from, with its sheet where that is another; None if wrong by itself.
        message: One sentence.
        help: One action that mends it.
    """

    code: str
    name: str
    level: Level
    message: str
    cell: Reference | None = None
    line: int | None = None
    column: int | None = None
    field: str | None = None
    claimed: Any = None
    computed: Any = None
    cause: Reference | None = None
    help: str | None = None


@dataclass(frozen=True)
class Checked:
    """One design of a file with what was found in it.

    Attributes:
        table: The rectangle of the table in its sheet, `A4:J33`.
        layers: Rows with a window; of a YAML plan, every row.
        reason: Why it is unreadable, or not buildable.
        understood: How the sheet was read (JSON data).
        claimed: What the sheet says at its end: size, rf, jump, params.
        design: The network drawn; None where it cannot be built.
        trace: Its layers at the image size that was asked for.
        final: Size, rf, rf_min, jump of the last map, params and macs of the whole plan.
    """

    file: str
    sheet: str | None = None
    table: str | None = None
    layers: int = 0
    reason: str | None = None
    buildable: bool = False
    readable: bool = True
    understood: dict[str, Any] | None = None
    final: dict[str, Any] | None = None
    claimed: dict[str, Any] | None = None
    findings: tuple[Finding, ...] = ()
    design: Design | None = None
    trace: Trace | None = None
    geometry: tuple[dict[str, Any], ...] = ()
    """Of a sheet that is readable and not buildable, its layers as `rows` of the JSON, each with its `block`."""
    resolutions: tuple[Resolution, ...] = ()
    """Of a network that can be built: at its own image size, then at the others of its recipe."""
    sheet_lines: tuple[int, ...] = ()
    """Of a sheet: the line of each row of the plan (0 for what no line draws), or of each row of `geometry`."""
    surroundings: dict[Reference, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    """For a wrong cell, the rows around it as they stand in the sheet."""

    @property
    def status(self) -> Status:
        """`findings` if there is one of level error or warning; notes of level info leave a design clean."""
        if not self.readable:
            return "unreadable"
        return "findings" if any(finding.level != "info" for finding in self.findings) else "clean"

    @property
    def has_errors(self) -> bool:
        """A finding of level error."""
        return any(finding.level == "error" for finding in self.findings)


class PassedOver(NamedTuple):
    """A sheet or table that was not read, and why."""

    file: str
    sheet: str | None
    table: str | None
    reason: str


class CheckResult(NamedTuple):
    """All designs of the files that were given."""

    designs: tuple[Checked, ...]
    passed_over: tuple[PassedOver, ...] = ()
