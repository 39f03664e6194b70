"""All codes that a finding may carry, so that none is misspelt without a word."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

from generator.errors import InputError, nearest


def check_codes(texts: Iterable[str], option: str) -> None:
    """Refuses a text that no code is or begins with.

    Raises:
        InputError: Such a text; its help names the nearest code.
    """
    known = all_codes()
    for text in texts:
        if not text or not any(code.startswith(text) for code in known):
            raise InputError(f'no finding has the code "{text}"', place=option, help=_help(text))


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
    raise InputError(f'no finding has the code "{code}"', help=_help(code))


def _help(text: str) -> str:
    """The nearest code, else its family, else the families."""
    known = all_codes()
    begun = [code for code in known if text and code.startswith(text.upper())]
    if begun:
        return f"the codes that begin so: {', '.join(begun)}"
    guess = nearest(text, [code.lower() for code in known])
    if guess:
        return f'did you mean "{guess.upper()}"?'
    family = [code for code in known if code.startswith(text[:2].upper())] if text else []
    if family:
        return f"codes of this family: {', '.join(family)}"
    return f"codes begin with {', '.join(sorted({code[:2] for code in known}))}; `tinymodel rules` lists them"
