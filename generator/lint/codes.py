"""All codes that a finding may carry, so that `--select` and `--ignore` cannot misspell one without a word."""

from __future__ import annotations

from collections.abc import Iterable

from generator.errors import InputError, did_you_mean


def check_codes(texts: Iterable[str], option: str) -> None:
    """Refuses a text that no code is or begins with.

    Raises:
        InputError: Such a text; its help names the nearest code.
    """
    known = all_codes()
    for text in texts:
        if not any(code.startswith(text) for code in known):
            raise InputError(f'no finding has the code "{text}"', place=option, help=did_you_mean(text.upper(), known))


def all_codes() -> tuple[str, ...]:
    """Every code, in order."""
    from generator.lint.rules import RULES, value_wrong
    from generator.lint.sheet_findings import OTHER_CODES
    from generator.lint.targets import CODES

    named = [rule.CODE for rule in RULES if rule is not value_wrong]
    by_field = [code for code, _ in value_wrong.CODES.values()]
    return tuple(sorted({*named, *by_field, *OTHER_CODES, *(code for code, _ in CODES.values())}))
