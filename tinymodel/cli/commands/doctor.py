"""`doctor`: what this installation can do."""

from __future__ import annotations

import platform
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from importlib.metadata import version

from tinymodel.cli.backend import start_keras
from tinymodel.cli.exit_codes import CLEAN
from tinymodel.extras import EXTRAS, MissingExtra, install_command, installed

BASE = ("openpyxl", "pydantic", "pyyaml", "jinja2", "numpy")


def add_arguments(parser: ArgumentParser) -> None:
    """Declares nothing: the command takes no argument."""


def run(options: Namespace) -> int:
    """Prints versions, backend, devices and the extras that are whole."""
    print("\n".join(_lines()))
    return CLEAN


def _lines() -> Iterator[str]:
    yield f"tinymodel  {version('tinymodel')}"
    yield f"python     {platform.python_version()} on {platform.system()} {platform.machine()}"
    yield f"base       {', '.join(f'{package} {version(package)}' for package in BASE)}"
    for extra, packages in EXTRAS.items():
        missing = [package for package in packages if not installed(package)]
        said = f"missing {', '.join(missing)}: {install_command(extra)}" if missing else "complete"
        yield f"{f'[{extra}]':10} {said}"
    yield from _keras()


def _keras() -> Iterator[str]:
    try:
        start_keras()
        from generator.design.recipe import Phase, Recipe
        from tinymodel.training.machine.devices import machine_for
        from tinymodel.training.machine.environment import environment

        machine = machine_for(Recipe(phases=(Phase(image_size=64, epochs=1, batch_size=1),)), image_bytes=0)
        found = environment(machine)
    except MissingExtra as missing:
        yield f"backend    none: {missing.fact}"
        return
    except ImportError as error:
        yield f"backend    cannot be loaded: {error}"
        return
    names = ("keras", found["backend"])
    versions = [f"{name} {found['packages'].get(name, '?')}" for name in names]
    yield f"backend    {', '.join(versions)}"
    yield f"threads    {found['threads']}"
    yield f"training   {machine.reasons[0]}"
    yield from (f"           {reason}" for reason in machine.reasons[1:])
