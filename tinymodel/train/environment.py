"""What a training ran on: the things that equal numbers depend on, for `environment.json`."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import keras

PACKAGES = ("tinymodel", "keras", "tensorflow", "jax", "jaxlib", "numpy", "imgaug", "opencv-python-headless")


def environment() -> dict[str, Any]:
    """Versions, backend, devices and threads of this process."""
    backend = keras.backend.backend()
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "system": platform.system(),
        "backend": backend,
        "devices": list(keras.distribution.list_devices()),
        "threads": _threads(),
        "packages": {name: found for name in PACKAGES if (found := _version(name)) is not None},
    }


def _threads() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
