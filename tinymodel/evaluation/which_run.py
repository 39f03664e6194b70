"""The run folder that a command names, and the backend that it was trained with. Light: Keras is imported later."""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path

from generator.errors import InputError


def run_at(place: str) -> Path:
    """The folder of a run, if there is one.

    Raises:
        InputError: There is no folder.
    """
    if not os.path.isdir(place):
        raise InputError("there is no such run folder", place=place, help="give the folder that `train --run` wrote")
    return Path(place)


def backend_of(run: Path) -> str | None:
    """The Keras backend that a run was last trained with: with another one the figures may differ in their last digits.

    None where nothing says it, or where it is not installed here.
    """
    try:
        backend = str(json.loads((run / "environment.json").read_text("utf-8"))[-1]["backend"])
        return backend if find_spec(backend) else None
    except (OSError, ValueError, LookupError, TypeError, ImportError):
        return None
