"""The command line: which commands there are. What one takes and does stands in its module, which is imported when it runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType

Command = Callable[[argparse.Namespace], int]

COMMANDS = {
    "check": "find what is wrong in designs, cell by cell",
    "rules": "the list of codes, or the page of one with its examples",
    "table": "the true table: size, receptive field, parameters, macs of every layer",
    "render": "write the network as a Keras script, a notebook, YAML or a workbook",
    "suggest": "the smallest edits that bring a design to its targets",
    "inspect": "the table of any Keras model, or the model as a design",
    "verify": "calculator = Keras = gradient, or where not",
    "build": "build the Keras model and save it",
    "data": "draw, decode or describe a data set",
    "train": "train a design, or go on with a training",
    "preflight": "whether a training fits a TPU slice or a GPU",
    "effective-rf": "what a unit looks at, beside what it could see",
    "evaluate": "top-1, top-5 and each class on the validation pictures",
    "report": "one page of a run: what it learned and where it fails",
    "predict": "what a run's network takes pictures for, and where it looks",
    "weights": "class weights for the next training, from a run's holdout",
    "doctor": "versions, devices and the extras that are installed",
}

EXIT_CODES = """exit codes: 0 clean; 1 findings of level error, a missed target, a training that diverged, a run or its copy
that could not be made whole; 2 input that cannot be read or used, output that cannot be written; 130, 143 stopped by a signal,
with the state of a training saved"""


def parse(arguments: Sequence[str] | None) -> tuple[Command, argparse.Namespace]:
    """The function that runs the command, and its options.

    Raises:
        SystemExit: 2 for wrong usage, 0 for `--help` and `--version`; argparse has said why.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    options = _parser(next((word for word in words if word in COMMANDS), None)).parse_args(words)
    return options.command, options


def _parser(chosen: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tinymodel",
        description="Check a design sheet, show its true table, and build, train and evaluate the network that it draws.",
        epilog=EXIT_CODES,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version)
    commands = parser.add_subparsers(metavar="COMMAND", required=True, title="commands")
    for name, help in COMMANDS.items():
        command = commands.add_parser(name, help=help, description=help, allow_abbrev=False)
        if name == chosen:
            module = module_of(name)
            command.set_defaults(command=module.run)
            module.add_arguments(command)
    return parser


def module_of(command: str) -> ModuleType:
    """The module of a command."""
    return import_module(f"tinymodel.cli.commands.{command.replace('-', '_')}")


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="show the version and end")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        parser.exit(message=f"tinymodel {version('tinymodel')}\n")
