"""How much a finding weighs, by its code; rules do not know it."""

from __future__ import annotations

from generator.lint.finding import Level

LEVELS: dict[str, Level] = {
    "CH003": "info",
    "CH004": "warning",
    "CH007": "info",
    "DS001": "warning",
    "FI001": "info",
    "FI002": "warning",
    "FI003": "warning",
    "FI004": "info",
    "FI006": "warning",
    "FI007": "warning",
    "LK001": "warning",
    "PA005": "info",
    "RD001": "info",
    "RD002": "info",
    "RD003": "info",
    "RD004": "info",
    "RD005": "info",
    "RD006": "info",
    "RD007": "info",
    "RD008": "info",
    "RD009": "warning",
}
"""Codes that are no errors. A note of level info leaves a design clean."""


def level_of(code: str) -> Level:
    """The level of a code.

    >>> level_of("RF001"), level_of("PA005")
    ('error', 'info')
    """
    return LEVELS.get(code, "error")
