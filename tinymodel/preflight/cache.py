"""What compilers said, kept: a program of minutes is compiled once. Knows no compiler."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from tinymodel import files
from tinymodel.data.store import store_refused
from tinymodel.preflight.outcome import Outcome


class Cache:
    """Outcomes in files of a folder, by what they depend on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: dict[str, Any]) -> Outcome | None:
        """The outcome for this key; what cannot be read counts as not there."""
        try:
            kept = json.loads(self._file(key).read_text("utf-8"))
            return Outcome(**kept["outcome"]) if kept["key"] == key else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, key: dict[str, Any], outcome: Outcome) -> None:
        """Keeps an outcome.

        Raises:
            InputError: The folder cannot be written.
        """
        with store_refused(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            files.put_file(self._file(key), json.dumps({"key": key, "outcome": outcome._asdict()}, indent=1).encode())

    def _file(self, key: dict[str, Any]) -> Path:
        return self._folder / f"{hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:32]}.json"
