"""What a training ran on: the things that equal numbers depend on, for `environment.json`."""

from __future__ import annotations

import ast
import hashlib
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

import keras

from tinymodel.training.machine import processes
from tinymodel.training.machine.devices import Machine

PACKAGES = ("tinymodel", "keras", "tensorflow", "jax", "jaxlib", "numpy", "imgaug", "opencv-python-headless")

COMPUTING = (
    "tinymodel.build",
    "tinymodel.data.prepare",
    "tinymodel.training.engines.choice",
    "tinymodel.training.feed.batches",
    "tinymodel.training.objective",
    "tinymodel.training.schedule",
    "tinymodel.training.validate",
)
"""Modules that a training's numbers come from; they count with all of ours that they import, at once or later."""


def environment(machine: Machine) -> dict[str, Any]:
    """Versions, backend, devices, threads and the program itself."""
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "system": platform.system(),
        "backend": keras.backend.backend(),
        "processes": processes.count_processes(),
        **machine.record(),
        "threads": _threads(),
        "code": code_digest(),
        "packages": {name: found for name in PACKAGES if (found := _version(name)) is not None},
    }


def code_digest() -> str:
    """A digest of the source that a training's numbers come from: another one may compute other numbers."""
    digest = hashlib.sha256()
    for module, source in sorted(_sources().items()):
        digest.update(f"{module}\0".encode() + source)
    return digest.hexdigest()[:16]


def _sources() -> dict[str, bytes]:
    """The source of each module of `COMPUTING` and of those of ours that it imports, near and far, by name."""
    found: dict[str, bytes] = {}
    waiting = list(COMPUTING)
    while waiting:
        module = waiting.pop()
        file = _file_of(module)
        if module not in found and file is not None:
            found[module] = file.read_bytes()
            for node in ast.walk(ast.parse(found[module])):
                if isinstance(node, ast.ImportFrom) and node.module:
                    waiting += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


def _file_of(module: str) -> Path | None:
    """The file of a module of ours; None for others, and for names that are no modules."""
    package, *parts = module.split(".")
    if package not in ("generator", "tinymodel"):
        return None
    place = Path(str(files(package))).joinpath(*parts)
    candidates = (place.with_suffix(".py"), place / "__init__.py")
    return next((file for file in candidates if file.is_file()), None)


def _threads() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
