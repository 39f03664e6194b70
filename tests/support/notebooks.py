"""Runs the cells of a notebook in a plain Python process: Python, `!` lines in a shell, and `%%writefile`."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.processes import Forked, start_tinymodel

LIMIT_SECONDS = 240


class Notebook:
    """The state of a kernel: the names that cells define. `{NAME}` in a line behind `!` is filled in, as Jupyter does it."""

    def __init__(self, content: Path, **environment: str) -> None:
        self.names: dict[str, Any] = {"_shell": self._shell}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        kept = {**os.environ, "PATH": path, "XDG_CACHE_HOME": str(content / "cache"), "KERAS_BACKEND": "tensorflow"}
        self.environment = {**kept, **environment}
        self.said = ""

    def start(self, line: str) -> subprocess.Popen[str] | Forked:
        command = re.sub(r"\{([A-Z]+)\}", lambda name: str(self.names[name[1]]), line.removeprefix("!"))
        program, *words = shlex.split(command)
        if program == "tinymodel":
            return start_tinymodel(*words, **self.environment)
        return subprocess.Popen(
            f"exec {command}", shell=True, text=True, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def run(self, cell: str) -> str:
        """Runs a cell; what its shell lines print."""
        self.said = ""
        if cell.startswith("%%writefile "):
            first, _, text = cell.partition("\n")
            Path(first.split()[1]).write_text(text + "\n", encoding="utf-8")
        else:
            python = re.sub(r"^(\s*)!(.*)$", lambda line: f"{line[1]}_shell({line[2]!r})", cell, flags=re.MULTILINE)
            exec(compile(python, "cell", "exec"), self.names)
        return self.said

    def _shell(self, line: str) -> None:
        process = self.start(line)
        self.said += "".join(text for text in process.communicate(timeout=LIMIT_SECONDS) if text)
        assert process.returncode in (0, 1), self.said
