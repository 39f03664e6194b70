"""Processes for tests that begin with Keras on TensorFlow loaded: to load it takes longer than most of them do.

Each is forked from a server that has loaded it and done nothing with it. It can be killed, and ends, as any other process; what
differs is that the modules are there already. Where that matters, a test starts a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import forkserver, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

COMPILED = "COMPILED_BY_TESTS"
"""In the environment: a folder for what JAX has compiled, which lasts as long as the session of tests."""
LOADED = ["keras", "tensorflow", "tinymodel.cli", "tinymodel.training.trainer"]
ENVIRONMENT = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}


def under_jax() -> dict[str, str]:
    """The environment of a process on JAX that compiles fast: without most optimisations, and nothing twice."""
    fast = {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
        "JAX_COMPILATION_CACHE_DIR": os.environ[COMPILED],
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    return {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", **fast}


class Forked:
    """A forked process with the face of a `subprocess.Popen` of text: `stderr` can be read while it runs.

    Args:
        program: A function of a module that can be imported; what it returns is the exit code.
        arguments: The `sys.argv` behind the name of the program.
        environment: What its environment has beside ours.
    """

    def __init__(self, program: Callable[[], Any], arguments: Sequence[object], environment: Mapping[str, str]) -> None:
        context = get_context("forkserver")
        context.set_forkserver_preload(LOADED)
        inherited = dict(os.environ)
        os.environ.update(ENVIRONMENT)
        try:
            forkserver.ensure_running()
        finally:
            os.environ.clear()
            os.environ.update(inherited)
        number, name = tempfile.mkstemp()
        os.close(number)
        self._stdout = Path(name)
        reader, writer = context.Pipe(duplex=False)
        words, known = [program.__module__, *map(str, arguments)], {**inherited, **ENVIRONMENT, **environment}
        self._process = context.Process(target=_begin, args=(program, words, known, name, writer))
        self._process.start()
        writer.close()
        self.stderr = os.fdopen(os.dup(reader.fileno()), encoding="utf-8")
        reader.close()
        self._outputs: tuple[str, str] | None = None

    def poll(self) -> int | None:
        """The exit code, or the number of the signal that ended it, below 0; None while it runs."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Sends it a signal, if it runs."""
        if self.poll() is None and self._process.pid is not None:
            os.kill(self._process.pid, number)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Waits for the end; both outputs, but for what has been read of them."""
        if self._outputs is None:
            with self.stderr:
                said = self.stderr.read()
            self._process.join(timeout)
            self._outputs = self._stdout.read_text(encoding="utf-8"), said
            self._stdout.unlink()
        return self._outputs

    def wait(self) -> int | None:
        """Waits for the end; the exit code."""
        self.communicate()
        return self.returncode

    @property
    def returncode(self) -> int | None:
        """As `poll`."""
        return self.poll()

    def __enter__(self) -> Forked:
        return self

    def __exit__(self, *_: object) -> None:
        self.communicate()


def _begin(program: Callable[[], Any], words: list[str], environment: dict[str, str], stdout: str, stderr: Connection) -> None:
    """What a forked process does."""
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(stdout, os.O_WRONLY), 1)
    os.dup2(stderr.fileno(), 2)
    stderr.close()
    # The streams of the server would ask whether what they write to can seek, and remember another answer.
    sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8", buffering=1, closefd=False) for number in (1, 2))
    sys.argv = words
    sys.exit(program())


def start_tinymodel(*arguments: object, **environment: str) -> Forked:
    """Starts the command."""
    from tinymodel.cli import main

    return Forked(main, arguments, environment)


def tinymodel(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the command to its end."""
    with start_tinymodel(*arguments, **environment) as process:
        printed, said = process.communicate()
    code = process.returncode
    assert code is not None
    return subprocess.CompletedProcess([*map(str, arguments)], code, printed, said)
