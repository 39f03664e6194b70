"""Targets: figures that a design is to reach, from the command line, the design, or its sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.design.record import Target, Targets
from generator.lint.finding import Finding
from generator.lint.levels import level_of
from generator.lint.rules import TARGETS
from generator.network.trace import exact_number


def merged_targets(targets: Targets, rf: float | None, params_max: float | None) -> Targets:
    """Targets with those of the command line in the place of the design's."""
    changed: dict[str, Any] = {}
    if rf is not None:
        changed["rf"] = Target(value=rf)
    if params_max is not None:
        changed["params"] = Target(max=params_max)
    return targets.model_copy(update=changed)


def missed_targets(targets: Targets, figures: Mapping[str, Any], where: str = "") -> Iterator[Finding]:
    """A finding for every target that the figures miss; `where` stands behind what is said."""
    for name, rule in TARGETS.items():
        target, figure = getattr(targets, name), figures.get(name)
        if target is None or figure is None:
            continue
        sides = figure if isinstance(figure, list) else [figure]
        low, high = target.bounds()
        if all((low is None or low <= value) and (high is None or value <= high) for value in sides):
            continue
        shown = " x ".join(f"{value:,g}" if value < 1e6 else f"{value:,.0f}" for value in sides)
        message = rule.explain(target_in_words(target), shown) + where
        yield Finding(rule.CODE, rule.NAME, level_of(rule.CODE), message, field=name, claimed=_claimed(target), computed=figure)


def target_in_words(target: Target) -> str:
    """A target in words.

    >>> target_in_words(Target(value=100.0, tolerance=10.0)), target_in_words(Target(max=12e6))
    ('100 +- 10', 'at most 12,000,000')
    """
    if target.value is not None:
        return f"{target.value:,.10g}" + (f" +- {target.tolerance:,.10g}" if target.tolerance is not None else "")
    parts = [
        f"at least {target.min:,.10g}" if target.min is not None else "",
        f"at most {target.max:,.10g}" if target.max is not None else "",
    ]
    return " and ".join(part for part in parts if part)


def _claimed(target: Target) -> float | int | None:
    value = target.value if target.value is not None else target.max if target.max is not None else target.min
    return None if value is None else exact_number(int(value) if float(value).is_integer() else value)  # type: ignore[arg-type]
