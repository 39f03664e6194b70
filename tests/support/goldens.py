"""Which designs have a golden script: four that come with the product, and two with the kinds of row that those lack."""

from __future__ import annotations

import re
from pathlib import Path

from generator.check.files import read_one
from generator.design.record import Design
from generator.lint.options import CheckOptions
from tests.support.places import DESIGNS, REPOSITORY

GOLDEN = REPOSITORY / "tests" / "golden"
ACCEPT = "python -m pytest tests/generator/render/test_script.py --accept-golden"
"""The command that writes what is rendered now over the golden scripts."""

_SHIPPED = ("demo.xlsx", "resnet18-tiny-imagenet.yaml", "tiny-imagenet-rf100.yaml", "tiny-imagenet-v36.yaml")

SOURCES = [*(DESIGNS / name for name in _SHIPPED), *sorted(GOLDEN.glob("*.yaml"))]
"""The files of the designs."""


def design_of(source: Path) -> Design:
    design = read_one(str(source), CheckOptions()).design
    assert design is not None, source
    return design


def golden_of(source: Path) -> Path:
    """The golden script of a design's file."""
    return GOLDEN / f"{re.sub(r'[^a-z0-9]+', '_', source.stem.lower())}.py"
