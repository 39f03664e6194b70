"""Values as Python text. Only what these two functions return is printed as code, so no cell can become code."""

from __future__ import annotations

import keyword
import math
import re
from typing import Any

from generator.errors import InputError

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")


def python_identifier(name: str) -> str:
    """The name, if it is a plain Python name: ASCII, no keyword, no leading underscore.

    Raises:
        InputError: It is not.
    """
    if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name) or keyword.iskeyword(name):
        raise InputError(
            "a name cannot be written into code", received=name, expected="letters a-z, digits and _, a letter first"
        )
    return name


def python_literal(value: Any) -> str:
    """A number, a truth value, None, a word, or a tuple of those, as Python text.

    >>> python_literal((1, 3)), python_literal("he_normal"), python_literal(None), python_literal(0.0001)
    ('(1, 3)', '"he_normal"', 'None', '0.0001')

    Raises:
        InputError: A value of another type, a text that is not one plain word, a number that is not finite.
    """
    if value is None or type(value) in (bool, int):
        return repr(value)
    if type(value) is float and math.isfinite(value):
        return repr(value)
    if type(value) is str and _IDENTIFIER.fullmatch(value):
        return f'"{value}"'
    if type(value) is tuple and len(value) > 1:
        return f"({', '.join(python_literal(part) for part in value)})"
    raise InputError("a value cannot be written into code", received=value, expected="a finite number, a word, true, false")
