"""How wide the terminal is that a command prints on, and whether it shows colours."""

from __future__ import annotations

import os
import shutil
import sys
from typing import NamedTuple


class Terminal(NamedTuple):
    """Attributes: columns: None where no terminal reads what is printed. colour: whether colours are shown."""

    columns: int | None
    colour: bool


def terminal() -> Terminal:
    """The terminal on standard output; a file or a pipe has no width and no colours."""
    live = sys.stdout.isatty()
    return Terminal(shutil.get_terminal_size().columns if live else None, live and "NO_COLOR" not in os.environ)
