"""What is installed, and the one place that tells Keras its backend, before it is imported."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tinymodel.extras import MissingExtra, installed

BACKENDS = {"tensorflow": "train", "jax": "jax"}
"""Backends that have a trainer, and the extra that installs each."""

QUIET = "3"
"""TensorFlow's log level for fatal errors only."""


def need_keras(asked: str | None = None) -> str:
    """The backend that will be used; nothing is imported.

    Args:
        asked: By the command or the run; else `KERAS_BACKEND` counts, else the first of `BACKENDS` that is installed.

    Raises:
        MissingExtra: Keras or the backend is not installed.
    """
    backend = asked or os.environ.get("KERAS_BACKEND") or next(filter(installed, BACKENDS), "tensorflow")
    for package in ("keras", backend):
        if not installed(package):
            raise MissingExtra(package, BACKENDS.get(backend, "train"))
    return backend


DETERMINISTIC_FLAG = "--xla_gpu_deterministic_ops=true"
"""Of XLA: reductions on a GPU in a fixed order. TensorFlow is told by a call, in its engine."""


def start_keras(asked: str | None = None, *, deterministic: bool = False) -> None:
    """Imports Keras with the backend of `need_keras`, and keeps TensorFlow's start quiet.

    Args:
        asked: The backend that a command or a run asks for.
        deterministic: Whether XLA is to use deterministic kernels on a GPU; it reads that once, at its start.

    Raises:
        MissingExtra: Keras or the backend is not installed.
    """
    os.environ["KERAS_BACKEND"] = need_keras(asked)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", QUIET)
    if deterministic:
        os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {DETERMINISTIC_FLAG}".strip()
    with quiet():
        import keras  # noqa: F401


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps back what native code writes to stderr, unless it ends in an exception or somebody wants TensorFlow's log.

    TensorFlow 2.21 writes some lines before it has read the level of its own log.
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") != QUIET:
        yield
        return
    sys.stderr.flush()
    with tempfile.TemporaryFile() as aside:
        kept = os.dup(2)
        os.dup2(aside.fileno(), 2)
        try:
            yield
        except BaseException:
            aside.seek(0)
            with suppress(OSError):  # What the exception says counts, whether or not stderr takes this.
                os.write(kept, aside.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
