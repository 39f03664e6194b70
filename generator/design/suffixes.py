"""The files that hold designs, told apart by their suffixes. Light: whoever asks reads no file of the kind yet."""

from __future__ import annotations

from pathlib import Path

YAML = (".yaml", ".yml")
WORKBOOKS = (".xlsx",)
TEXTS = (".csv", ".tsv", ".md")


def is_yaml(file: str | Path) -> bool:
    """Whether a file is YAML by its name.

    >>> is_yaml("design.YML"), is_yaml("design.xlsx")
    (True, False)
    """
    return Path(file).suffix.lower() in YAML
