"""What the commands read: a design, the pictures of a data set, a run."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from generator.check.files import read_one
from generator.lint.options import CheckOptions
from tinymodel.cli.backend import start_keras

if TYPE_CHECKING:
    from generator.design.record import Design
    from generator.lint.finding import Checked
    from tinymodel.data.dataset import DataSet


def read_design(options: Namespace) -> tuple[Design, Checked]:
    """The single buildable design that a command is about, and what was found in it.

    Raises:
        InputError: See `generator.check.files.read_one`.
    """
    checked = read_one(options.design, CheckOptions(assume=tuple(options.assume), allow_large=options.allow_large))
    assert checked.design is not None
    return checked.design, checked


def warn_of_findings(checked: Checked, reference: str) -> None:
    """Says how many findings a design has, on stderr."""
    found = sum(finding.level != "info" for finding in checked.findings)
    if found:
        words = "1 finding" if found == 1 else f"{found} findings"
        print(f'warning: the design has {words}; `tinymodel check "{reference}"` shows them', file=sys.stderr)


def open_data(path: str, image_size: int | None = None) -> DataSet:
    """A data set, decoded if need be, with a count on stderr where that is a terminal; says what was skipped."""
    from tinymodel.data.prepare import prepare

    live = sys.stderr.isatty()
    data = prepare(Path(path), image_size=image_size, progress=_show if live else None)
    if live:
        sys.stderr.write("\r\x1b[K")
    if data.skipped:
        print(f"warning: {len(data.skipped)} pictures cannot be used and are left out", file=sys.stderr)
    return data


def _show(done: int, total: int) -> None:
    sys.stderr.write(f"\rdecoding {done:,} of {total:,} pictures\x1b[K")
    sys.stderr.flush()


def open_run(options: Namespace) -> tuple[Path, DataSet | None]:
    """The run folder and the data that was given, with Keras on the backend of the run."""
    from tinymodel.evaluation.which_run import backend_of, run_at

    run = run_at(options.run)
    start_keras(backend_of(run))
    return run, open_data(options.data) if options.data else None
