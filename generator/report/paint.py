"""Escape codes for a terminal: what is bold or dim, and a colour for each level of a finding."""

from __future__ import annotations

from generator.lint.finding import Level

_COLOURS: dict[Level, str] = {"error": "\x1b[31m", "warning": "\x1b[33m", "info": "\x1b[36m"}
_BOLD, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"


class Paint:
    """Text with escape codes around it, or the text alone where no colour is wanted."""

    def __init__(self, colour: bool) -> None:
        self.colour = colour

    def bold(self, text: str) -> str:
        """Bold text."""
        return self._with(_BOLD, text)

    def dim(self, text: str) -> str:
        """Faint text."""
        return self._with(_DIM, text)

    def level(self, level: Level, text: str) -> str:
        """Text in the colour of a level."""
        return self._with(_COLOURS[level], text)

    def _with(self, code: str, text: str) -> str:
        return f"{code}{text}{_PLAIN}" if self.colour else text
