"""The one exception for input that cannot be read or used.

A *finding* (a claim that is not so) is a value and never raised; this exception is for what stops the work: one message
with its place, what was received, what was expected, and one action that helps.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable

_NOTHING: object = object()

MAX_SHOWN_CHARACTERS = 80
"""Longest received value that a message repeats; a 40,000-character cell is not echoed whole."""

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class InputError(Exception):
    """Input that cannot be read, built or used.

    Args:
        fact: What is wrong, as a bare statement.
        place: `file`, `file:line:column` or `file#sheet!cell`.
        received: The offending value; shown shortened and made printable.
        expected: What would have been right.
        help: One action that mends it.
    """

    def __init__(
        self,
        fact: str,
        *,
        place: str | None = None,
        received: object = _NOTHING,
        expected: str | None = None,
        help: str | None = None,
    ) -> None:
        super().__init__(fact)
        self.fact = fact
        self.place = place
        self.received = received
        self.expected = expected
        self.help = help
        self.others: tuple[InputError, ...] = ()
        """What is wrong beside it, where one reading found several things."""
        self.row: int | str | None = None
        """The row of a plan that it is about: its name, or its index where the name does not tell."""

    def at(self, place: str) -> InputError:
        """The same error with a place, unless it has one: inner functions state the fact, outer ones the place."""
        if self.place is None:
            self.place = place
        return self

    def of_row(self, row: int | str) -> InputError:
        """The same error with the row of a plan that it is about, from which whoever read the plan knows the place."""
        if self.row is None:
            self.row = row
        return self

    def __str__(self) -> str:
        head = f"{printable(self.place)}: {self.fact}" if self.place else self.fact
        lines = [printable(head, limit=2000, keep_newlines=True)]
        if self.received is not _NOTHING:
            lines.append(f"  received: {show(self.received)}")
        if self.expected:
            lines.append(f"  expected: {self.expected}")
        if self.help:
            lines.append(f"  help: {self.help}")
        return "\n".join([*lines, *(str(other) for other in self.others)])


MAX_SHOWN_PROBLEMS = 20
"""Of one file; how many are left is said."""


def combined_error(errors: Iterable[InputError], place: str) -> InputError:
    """Several things that are wrong with one input, as one error: the first `MAX_SHOWN_PROBLEMS`, and how many more there are.

    Args:
        errors: At least one.
        place: Of the input, for the last line.
    """
    first, *others = errors
    shown = others[: MAX_SHOWN_PROBLEMS - 1]
    left = [InputError(f"and {len(others) - len(shown)} more", place=place)] if len(others) > len(shown) else []
    first.others = (*shown, *left)
    return first


def printable(text: str, *, limit: int = MAX_SHOWN_CHARACTERS * 4, keep_newlines: bool = False) -> str:
    r"""Text that cannot move the cursor, open a CI command or turn the reading direction.

    >>> printable("a\x1b[31mb\n::error::c\u202e")
    'a\\x1b[31mb\\n::error::c\\u202e'
    """
    shown = "".join(
        character
        if not _is_hidden(character) or (keep_newlines and character == "\n")
        else character.encode("unicode_escape").decode("ascii")
        for character in text[:limit]
    )
    return shown + ("..." if len(text) > limit else "")


def show(value: object) -> str:
    """A value as a message repeats it: text in quotes, everything else by `repr`, long ones cut."""
    shown = repr(value) if not isinstance(value, str) else f'"{value}"'
    return printable(shown, limit=MAX_SHOWN_CHARACTERS)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that a misspelt one most likely means, or None.

    >>> nearest("fitlers", ["filters", "kernel_size"])
    'filters'
    """
    matches = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The `help` for an unknown name: the nearest one, else the list of all."""
    names = list(known)
    guess = nearest(word, names)
    if guess:
        return f'did you mean "{guess}"?'
    return "known: " + ", ".join(names)


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN_CATEGORIES
