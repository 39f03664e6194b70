"""`data make-toy`, `data prepare` and `data info`."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tinymodel.data import DataSet


def make_toy(options: Namespace) -> int:
    """Draws the toy pictures."""
    from tinymodel.data import make_toy

    folder = Path(options.folder)
    make_toy(folder, seed=options.seed, train_per_class=options.train_per_class, val_per_class=options.val_per_class)
    print(folder)
    return 0


def prepare(options: Namespace) -> int:
    """Decodes a data set and prints the folder of its cache."""
    print(open_data(options.path, options.image_size).folder)
    return 0


def info(options: Namespace) -> int:
    """Describes a data set."""
    from tinymodel.data import describe

    print(describe(open_data(options.path, options.image_size)))
    return 0


def open_data(path: str, image_size: int | None = None) -> DataSet:
    """A data set, decoded if need be, with a count on stderr where that is a terminal; says what was skipped."""
    from tinymodel.data import prepare

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
