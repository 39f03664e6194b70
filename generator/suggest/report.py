"""Suggestions as text for people, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from generator.design.record import Targets
from generator.errors import printable
from generator.lint.targets import target_in_words
from generator.network.resolutions import Resolution
from generator.report.text import amount_text
from generator.suggest.search import Suggestion, Suggestions
from generator.suggest.words import Places, edit_words, suggestion_words

SCHEMA = 1
SHOWN = ("rf", "params", "macs")


def suggestions_text(found: Suggestions, places: Places, name: str) -> str:
    """The suggestions, two lines each: what to do, and what comes of it."""
    return "\n".join(_lines(found, places, name)) + "\n"


def _lines(found: Suggestions, places: Places, name: str) -> Iterator[str]:
    before = found.before[0]
    height, width = before.image_size
    figures = before.figures()
    yield (
        f"{printable(name)} at {height} x {width} px: rf {amount_text(figures['rf'])}, "
        f"{amount_text(figures['params'])} parameters, {amount_text(figures['macs'])} macs"
    )
    yield f"wanted: {targets_words(found.targets)}"
    if not found.missed:
        yield "nothing is missed: no edit is needed"
        return
    yield f"missed: {', '.join(found.missed)}"
    if not found.suggestions:
        yield f"no edit, and no two of them, reach that ({_judged(found)})"
        return
    for number, suggestion in enumerate(found.suggestions, 1):
        alike = f" (and {suggestion.alike} more like it)" if suggestion.alike else ""
        yield f"{number:3}. {suggestion_words(suggestion.edits, places)}{alike}"
        yield f"     {_moves(before, suggestion)}"
    what = "edit" if len(found.suggestions[0].edits) == 1 else "pair"
    yield f"{found.reached:,} {what}{'s reach' if found.reached > 1 else ' reaches'} it; {_judged(found)}"


def _judged(found: Suggestions) -> str:
    left = f"; {found.passed_over:,} were passed over, the plan is long" if found.passed_over else ""
    pairs = "; pairs of the most promising edits only" if found.pairs_cut else ""
    return f"{found.judged:,} judged{left}{pairs}"


def targets_words(targets: Targets) -> str:
    """Targets in words.

    >>> from generator.design.record import Target
    >>> targets_words(Targets(rf=Target(value=100.0, tolerance=5.0), params=Target(max=12e6)))
    'rf 100 +- 5, params at most 12,000,000'
    """
    given = {name: getattr(targets, name) for name in Targets.model_fields}
    return ", ".join(f"{name} {target_in_words(target)}" for name, target in given.items() if target is not None)


def _moves(before: Resolution, suggestion: Suggestion) -> str:
    was, now = before.figures(), suggestion.after[0].figures()
    parts = [f"rf {amount_text(was['rf'])} -> {amount_text(now['rf'])}"]
    parts += [
        f"{name} {amount_text(was[name])} -> {amount_text(now[name])} ({_percent(was[name], now[name])})" for name in SHOWN[1:]
    ]
    return ", ".join(parts)


def _percent(was: int, now: int) -> str:
    """The change in percent.

    >>> _percent(200, 150), _percent(3, 3), _percent(1000, 1001), _percent(0, 5)
    ('-25 %', '+-0 %', '+0.1 %', 'from 0')
    """
    if was == now:
        return "+-0 %"
    return f"{100 * (now - was) / was:+.2g} %" if was and abs(now - was) < was else f"x {now / was:.2g}" if was else "from 0"


def suggestions_json(found: Suggestions, places: Places, file: str, sheet: str | None) -> str:
    """The suggestions as one object, its numbers in full."""
    data = {
        "schema": SCHEMA,
        "file": file,
        "sheet": sheet,
        "targets": found.targets.model_dump(exclude_none=True),
        "missed": list(found.missed),
        "before": _at_sizes(found.before),
        "suggestions": [
            {
                "words": suggestion_words(suggestion.edits, places),
                "edits": [_edit(edit, places) for edit in suggestion.edits],
                "after": _at_sizes(suggestion.after),
                "alike": suggestion.alike,
            }
            for suggestion in found.suggestions
        ],
        "reached": found.reached,
        "judged": found.judged,
        "passed_over": found.passed_over,
    }
    return json.dumps(data, indent=2, allow_nan=False) + "\n"


def _at_sizes(at_sizes: tuple[Resolution, ...]) -> list[dict[str, Any]]:
    """The figures at each image size that counts, the one that is shown first."""
    return [{"image_size": data["image_size"], **at.figures()} for at in at_sizes for data in [at.to_json()]]


def _edit(edit: Any, places: Places) -> dict[str, Any]:
    return {
        "kind": edit.kind,
        "words": edit_words(edit, places),
        "rows": [places.names[row] for row in edit.rows],
        "sheet_rows": [places.sheet_row(row) for row in edit.rows],
        "argument": edit.argument or None,
        "above": None if edit.above is None else places.names[edit.above],
    }
