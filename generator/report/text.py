"""A check as text for people: each design with its findings, each finding with the rows around it and what to do."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from generator.design.record import Targets
from generator.errors import printable
from generator.lint.finding import Checked, CheckResult, Finding, Level, PassedOver
from generator.lint.options import STANDARD_INPUT, CheckOptions
from generator.lint.targets import merged_targets, missed_targets, target_in_words
from generator.network.resolutions import Resolution
from generator.report.paint import Paint
from generator.spreadsheet.reference import Reference, column_letters

TEXT_WIDTH = 120
"""Characters of a line of prose."""
MAX_FOLLOWERS = 12
"""Most cells that are listed under the one that they inherit from; the JSON has them all."""
MAX_MISALIGNED = 1
"""Most merges out of line that are described at one image size; the JSON has them all."""
CELL_WIDTH = 12
"""Most characters of a sheet's cell in the rows around a finding."""


def check_text(result: CheckResult, options: CheckOptions, *, colour: bool = False) -> str:
    """All designs of a check that could be read, a paragraph each, and what was passed over.

    The reasons of the others are messages, not results.

    Args:
        result: What the check found.
        options: What it was asked; its targets go before those of the designs.
        colour: Whether escape codes for a terminal are used.
    """
    paint = Paint(colour)
    parts = ["\n".join(_design(checked, options, paint)) for checked in result.designs if checked.readable]
    if result.passed_over:
        parts.append("\n".join(_passed_over(result.passed_over)))
    return "\n\n".join(parts) + ("\n" if parts else "")


def _design(checked: Checked, options: CheckOptions, paint: Paint) -> Iterator[str]:
    yield paint.bold(_title(checked))
    yield from _wrapped(_figures(checked), "  ")
    for sentence in resolution_sentences(checked.resolutions):
        yield from _wrapped(sentence, "  ")
    if checked.understood:
        yield from _wrapped(_understood(checked.understood), "  ")
    if not checked.buildable and checked.reason:
        yield from _wrapped(f"not buildable: {printable(checked.reason)}", "  ")
    shown = {finding.cell for finding in checked.findings if finding.cell and finding.cause is None}
    for finding in checked.findings:
        if finding.cause is None:
            yield ""
            yield from _finding(finding, checked, paint)
    for cause in dict.fromkeys(finding.cause for finding in checked.findings if finding.cause and finding.cause not in shown):
        yield ""
        yield from _from_elsewhere(cause, checked, paint)
    yield ""
    yield from _wrapped(f"{_counts(checked.findings)}; {_targets(checked, options)}", "  ")


def _title(checked: Checked) -> str:
    sheet = f"#{checked.sheet}" if checked.sheet else ""
    file = "standard input" if checked.file == STANDARD_INPUT else checked.file
    return printable(f"{file}{sheet}") + (f" ({checked.table})" if checked.table else "")


def _figures(checked: Checked) -> str:
    """The headline: what the network is at its end, beside what the sheet says of it."""
    final, claimed = checked.final or {}, checked.claimed or {}
    parts = [f"{checked.layers} {'layers' if checked.understood else 'rows'}"]
    if checked.trace:
        parts[0] += " at {} x {} px".format(*checked.trace.image_size)
    for name, words in (("size", "size {}"), ("rf", "rf {}"), ("jump", "jump {}"), ("params", "{} parameters")):
        if final.get(name) is not None:
            said = claimed.get(name)
            aside = f" (the sheet says {amount_text(said)})" if said is not None and said != final[name] else ""
            parts.append(words.format(amount_text(final[name])) + aside)
    if final.get("macs") is not None:
        parts.append(f"{amount_text(final['macs'])} macs")
    return ", ".join(parts)


def resolution_sentences(resolutions: Sequence[Resolution]) -> Iterator[str]:
    """What the image size changes: memory, work, and where branches or kernels lose their meaning."""
    for number, found in enumerate(resolutions):
        where = "at {} x {} px".format(*found.image_size)
        figures = found.figures()
        parts = [] if number == 0 else [f"size {amount_text(figures['size'])}", f"{amount_text(figures['macs'])} macs"]
        if number and figures["rf"] != resolutions[0].figures()["rf"]:
            parts.insert(1, f"rf {amount_text(figures['rf'])}")
        if found.batch_size > 1 or number:
            parts.append(
                f"activations {found.activation_bytes / 1e9:,.2f} GB a batch of {found.batch_size} ({found.precision})"
            )
        if parts:
            yield f"{where}: {', '.join(parts)}"
        if found.blind:
            yield f"{where}: {_some(found.blind)} can see nothing new: the input sees the whole image"
        if number and found.misaligned == resolutions[0].misaligned:
            continue
        for misaligned in found.misaligned[:MAX_MISALIGNED]:
            yield f"{where}: {misaligned}"
        if len(found.misaligned) > MAX_MISALIGNED:
            yield f"{where}: {len(found.misaligned) - MAX_MISALIGNED} more merges are out of line"
        if number and not found.misaligned:
            yield f"{where}: all branches are in line"


def _some(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} convolutions from {names[0]} on"


def _understood(understood: dict[str, Any]) -> str:
    """What was concluded rather than read: how parameters are counted where some are, a padding where none is given."""
    fields = {column["field"] for column in understood["columns"]}
    silent = {"columns", "head", "channels_assumed", *(["merge"] if understood.get("merge") == "none" else [])}
    silent |= set() if "params" in fields else {"conv", "use_bias", "batch_norm"}
    silent |= {"padding"} if fields & {"padding", "composite"} else set()
    silent |= set() if fields & {"channels", "filters", "channels_in"} else {"channels", "merge"}
    said = {key: value for key, value in understood.items() if key not in silent and value is not None}
    words = [f"{key}={_word(value)}" for key, value in said.items()]
    if "channels" in said and understood.get("channels_assumed"):
        words = [f"{word} (assumed)" if word.startswith("channels=") else word for word in words]
    head = f"; head: {understood['head']}" if understood.get("head") and "channels" in said else ""
    words.extend(_conventions(understood["columns"]))
    return f"understood: {', '.join(words)}{head}" if words else "understood as it stands"


def _conventions(columns: Sequence[dict[str, Any]]) -> Iterator[str]:
    """How many convolutions a row stands for in each column that depends on it, where that is more than one in any."""
    fields = [column for column in columns if column["field"] in ("rf_out", "params")]
    if all(column["convolutions_per_row"] == 1 and not column["exceptions"] for column in fields):
        return
    for column in fields:
        number, rows = column["convolutions_per_row"], column["exceptions"]
        apart = ", ".join(f"row {row}: {count}" for row, count in rows.items())
        words = "1 convolution" if number == 1 else f"{number} convolutions"
        what = "parameters of column" if column["field"] == "params" else "column"
        yield f"{words} a row in {what} {column['column']}" + (f" ({apart})" if apart else "")


def _word(value: object) -> str:
    return printable(str(value).lower() if isinstance(value, bool) else str(value))


def _finding(finding: Finding, checked: Checked, paint: Paint) -> Iterator[str]:
    head = f"{finding.code} {finding_place_text(finding)}".rstrip()
    first, *more = textwrap.wrap(f"{head}: {printable(finding.message)}", TEXT_WIDTH - 10) or [head]
    yield f"  {paint.level(finding.level, finding.level)} {first}"
    yield from (f"    {line}" for line in more)
    if finding.cell in checked.surroundings:
        yield from _rows_around(checked.surroundings[finding.cell], column_index(finding.cell, checked))
    if finding.help:
        yield from _wrapped(f"help: {printable(finding.help)}", "    ")
    followers = [other for other in checked.findings if finding.cell and other.cause == finding.cell]
    if followers:
        yield from _wrapped(f"inherited by {_listed(followers)}", "    ")


def finding_place_text(finding: Finding) -> str:
    """Where a finding is: its cell, or its line in a file; empty where it is about the whole."""
    return str(finding.cell) if finding.cell else f"line {finding.line}" if finding.line else ""


def _listed(findings: Sequence[Finding]) -> str:
    shown = [f"{finding.cell} ({amount_text(finding.claimed)}, right {amount_text(finding.computed)})" for finding in findings]
    return ", ".join(shown[:MAX_FOLLOWERS]) + (f" and {len(shown) - MAX_FOLLOWERS} more" if len(shown) > MAX_FOLLOWERS else "")


def _from_elsewhere(cause: Reference, checked: Checked, paint: Paint) -> Iterator[str]:
    """What a table inherits from a cell that is not shown with it: one of another table, or one that was not selected."""
    followers = [finding for finding in checked.findings if finding.cause == cause]
    level = followers[0].level
    words = "1 cell inherits" if len(followers) == 1 else f"{len(followers)} cells inherit"
    yield f"  {paint.level(level, level)} {words} from {printable(str(cause))}:"
    yield from _wrapped(_listed(followers), "    ")


def column_index(cell: Reference, checked: Checked) -> int | None:
    """Where in the rows around a cell its own column stands."""
    letters = column_letters(cell.column)
    columns = [column["column"] for column in (checked.understood or {}).get("columns", ())]
    return columns.index(letters) + 1 if letters in columns else None


def _rows_around(rows: Sequence[Sequence[str]], marked: int | None) -> Iterator[str]:
    """The rows in columns; the wrong cell stands in brackets in the last one."""
    cells = [[_cell(text) for text in row] for row in rows]
    if marked is not None:
        cells[-1][marked] = f"[{cells[-1][marked]}]"
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield ("    | " + "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True))).rstrip()


def _cell(text: str) -> str:
    shown = printable(" ".join(text.split()))
    return shown if len(shown) <= CELL_WIDTH else shown[: CELL_WIDTH - 2] + ".."


def _counts(findings: Sequence[Finding]) -> str:
    levels: tuple[Level, ...] = ("error", "warning", "info")
    words = {"error": "errors", "warning": "warnings", "info": "notes"}
    counted = {level: sum(finding.level == level for finding in findings) for level in levels}
    parts = [
        f"{number} {words[level] if number > 1 else words[level].removesuffix('s')}"
        for level, number in counted.items()
        if number
    ]
    inherited = sum(finding.cause is not None for finding in findings)
    if inherited and counted["error"]:
        parts[0] += f", {inherited} of them inherited"
    return ", ".join(parts) or "no findings"


def _targets(checked: Checked, options: CheckOptions) -> str:
    """A verdict on the targets, or how to set one."""
    own = checked.design.targets if checked.design else Targets()
    targets = merged_targets(own, options.target_rf, options.params_max)
    figures = checked.resolutions[0].figures() if checked.resolutions else checked.final or {}
    missed = {finding.field for finding in missed_targets(targets, figures)}
    missed |= {finding.field for finding in checked.findings if finding.code.startswith("TG")}
    verdicts = [
        f"{name} {target_in_words(target)}: {'missed' if name in missed else 'met'}"
        for name in Targets.model_fields
        if (target := getattr(targets, name)) is not None and figures.get(name) is not None
    ]
    if verdicts:
        return f"targets: {', '.join(verdicts)}"
    return "targets missed" if missed else "no targets set: --rf N or --params-max N sets one"


def _passed_over(items: Sequence[PassedOver]) -> Iterator[str]:
    yield "passed over:"
    for item in items:
        where = printable("#".join(part for part in (item.file, item.sheet) if part))
        yield f"  {where}{f' ({item.table})' if item.table else ''}: {printable(item.reason)}"


def _wrapped(text: str, indent: str) -> Iterator[str]:
    yield from textwrap.wrap(text, TEXT_WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False)


def amount_text(value: Any) -> str:
    """A figure as people write it.

    >>> amount_text(27878152), amount_text([16, 8]), amount_text(0.5), amount_text(None)
    ('27,878,152', '16 x 8', '0.5', 'unknown')
    """
    if value is None:
        return "unknown"
    if isinstance(value, list | tuple):
        return " x ".join(amount_text(axis) for axis in value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.10g}" if isinstance(value, float) else printable(str(value))
