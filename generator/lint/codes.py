"""All codes that a finding may carry, so that none is misspelt without a word."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

from generator.errors import InputError, did_you_mean


def check_codes(texts: Iterable[str], option: str) -> None:
    """Refuses a text that no code is or begins with.

    Raises:
        InputError: Such a text; its help names the nearest code.
    """
    known = all_codes()
    for text in texts:
        if not text or not any(code.startswith(text) for code in known):
            raise InputError(f'no finding has the code "{text}"', place=option, help=did_you_mean(text.upper(), known))


def all_codes() -> tuple[str, ...]:
    """Every code, in order."""
    from generator.lint.rules import ALL

    return tuple(str(rule.CODE) for rule in ALL)


def rule_of(code: str) -> ModuleType:
    """The rule of a code.

    Raises:
        InputError: There is none; the help names the nearest.
    """
    from generator.lint.rules import ALL

    for rule in ALL:
        if code.upper() == rule.CODE:
            return rule
    raise InputError(f'no finding has the code "{code}"', help=_nearest(code.upper()))


def _nearest(code: str) -> str:
    family = [known for known in all_codes() if known.startswith(code[:2])]
    return f"codes that begin with {code[:2]}: {', '.join(family)}" if family else did_you_mean(code, all_codes())
