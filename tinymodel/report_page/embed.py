"""Data and program inside one HTML text: nothing of it can end its element early, and nothing else may run."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files
from typing import Any

SCRIPTS = ("page", "tiles", "gallery", "matrix_view", "matrix", "table", "curves", "main")
"""The page's program: its files in the order in which they are joined."""


def script_json(value: Any) -> str:
    r"""JSON for a script element: pure ASCII, and no character that HTML reads.

    >>> script_json({"</script>": "a\u2028&"})
    '{"\\u003c/script\\u003e":"a\\u2028\\u0026"}'
    """
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def embedded_base64(content: bytes) -> str:
    """Bytes as base64, which holds no character that HTML reads."""
    return base64.b64encode(content).decode("ascii")


def embedded_style() -> str:
    """The style sheet."""
    return _static("page.css")


def embedded_script() -> str:
    """The program, in a function of its own."""
    return '"use strict";\n(() => {\n' + "\n".join(_static(f"{name}.js") for name in SCRIPTS) + "})();\n"


def content_policy(style_text: str, script_text: str) -> str:
    """A content security policy: this style sheet and this program, pictures of the file itself, and nothing from elsewhere."""
    return (
        f"default-src 'none'; script-src '{_hash(script_text)}'; style-src '{_hash(style_text)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + embedded_base64(hashlib.sha256(text.encode()).digest())


def _static(name: str) -> str:
    return files("tinymodel.report_page").joinpath("static", name).read_text("utf-8")
