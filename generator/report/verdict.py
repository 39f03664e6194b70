"""The exit code of a check."""

from __future__ import annotations

from generator.lint.finding import CheckResult


def exit_code(result: CheckResult) -> int:
    """2 if something could not be read, else 1 if there is a finding of level error, else 0."""
    if not all(checked.readable for checked in result.designs):
        return 2
    return int(any(checked.has_errors for checked in result.designs))
