"""A design as a workbook with live formulas: what `table`, `render` and `suggest` write into an .xlsx file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from generator.errors import InputError
from generator.lint.options import STANDARD_INPUT

if TYPE_CHECKING:
    from generator.lint.finding import Checked


def write_workbook(checked: Checked, output: str | None, image_size: int | None = None) -> None:
    """Writes the workbook of a design at an image size, or at its own.

    Args:
        checked: The design.
        output: The file; without a name it is the design's, in the folder where one is, and nothing is written over.
        image_size: px.

    Raises:
        InputError: The design cannot be built, or the file cannot be written.
    """
    from generator.plan_sheet.write import design_workbook
    from tinymodel.cli.output import protect, write

    if checked.design is None:
        raise InputError(
            "only a network that can be built is written as a workbook",
            place=checked.file,
            received=checked.reason,
            help="--format csv gives the geometry alone",
        )
    file = output or _free_name(checked.file)
    protect(file, checked.file)
    write(file, design_workbook(checked.design, (image_size, image_size) if image_size else None), checked.file)
    if output is None:
        print(f"written to {file}", file=sys.stderr)


def _free_name(design: str) -> str:
    name = f"{'design' if design == STANDARD_INPUT else Path(design).stem}.xlsx"
    if Path(name).exists():
        raise InputError("is there already", place=name, help="name a file: -o FILE.xlsx")
    return name
