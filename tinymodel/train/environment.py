"""What a training ran on: the things that equal numbers depend on, for `environment.json`."""

from __future__ import annotations

import hashlib
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

import keras

from tinymodel.train import processes
from tinymodel.train.machine import Machine

PACKAGES = ("tinymodel", "keras", "tensorflow", "jax", "jaxlib", "numpy", "imgaug", "opencv-python-headless")

COMPUTING = {"generator": ["*.py"], "tinymodel": ["*.py", "augment/*.py", "data/*.py", "train/*.py"]}
"""The source files that a training runs through."""


def environment(machine: Machine) -> dict[str, Any]:
    """Versions, backend, devices, threads and the program itself."""
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "system": platform.system(),
        "backend": keras.backend.backend(),
        "processes": processes.count(),
        **machine.record(),
        "threads": _threads(),
        "code": code_digest(),
        "packages": {name: found for name in PACKAGES if (found := _version(name)) is not None},
    }


def code_digest() -> str:
    """A digest of the source that a training runs through: another one may compute other numbers."""
    digest = hashlib.sha256()
    for package, patterns in COMPUTING.items():
        root = Path(str(files(package)))
        for file in sorted(file for pattern in patterns for file in root.glob(pattern)):
            digest.update(f"{package}/{file.relative_to(root).as_posix()}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _threads() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
