"""Files → checked designs: the one entry that `check`, `table`, `render`, `build` and `train` read their designs through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from generator.lint.finding import Checked, CheckResult


class CheckOptions(NamedTuple):
    """What the command line says about a check.

    Attributes:
        sheets: Titles of the sheets to read; empty for the visible ones.
        image_size: px; None for the design's own.
        assume: `--assume KEY=VALUE`, as given.
        target_rf: `--rf`.
        params_max: `--params-max`.
    """

    sheets: tuple[str, ...] = ()
    all_sheets: bool = False
    image_size: int | None = None
    assume: tuple[str, ...] = ()
    target_rf: float | None = None
    params_max: float | None = None
    allow_large: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


def check_files(references: Sequence[str], options: CheckOptions) -> CheckResult:
    """Reads and checks every design of the files; what cannot be read comes as a `Checked` that is not readable.

    Args:
        references: Paths of .yaml or .xlsx; `book.xlsx#Sheet` names a sheet.
        options: See CheckOptions.
    """
    raise NotImplementedError


def read_one(reference: str, options: CheckOptions) -> Checked:
    """The single buildable design that a reference means, for `table`, `render`, `build` and `train`.

    Raises:
        InputError: It cannot be read or built, or several designs are meant.
    """
    raise NotImplementedError
