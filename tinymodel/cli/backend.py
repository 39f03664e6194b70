"""What is installed, and the one place that tells Keras its backend, before it is imported."""

from __future__ import annotations

import os
from importlib.util import find_spec

from generator.errors import MissingExtra

BACKENDS = {"tensorflow": "train", "jax": "jax"}
"""Backends that have a trainer, and the extra that installs each."""


def installed(package: str) -> bool:
    """Whether a package can be imported; it is not imported."""
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def choose_backend(asked: str | None = None) -> str:
    """Sets the backend for the Keras that will be imported, and keeps TensorFlow's start quiet.

    Args:
        asked: By the command or the run; else `KERAS_BACKEND` counts, else the first of `BACKENDS` that is installed.

    Raises:
        MissingExtra: Keras or the backend is not installed.
    """
    backend = asked or os.environ.get("KERAS_BACKEND") or next(filter(installed, BACKENDS), "tensorflow")
    for package in ("keras", backend):
        if not installed(package):
            raise MissingExtra(package, BACKENDS.get(backend, "train"))
    os.environ["KERAS_BACKEND"] = backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    return backend
