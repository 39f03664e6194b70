"""The parser and the way every command ends: results on stdout, messages on stderr, one exit code."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from generator.errors import InputError

UNREADABLE = 2
INTERRUPTED = 130
DESIGN_HELP = ".yaml or .xlsx; book.xlsx#Sheet names a sheet"


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command and ends the process with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else list(arguments)))


def run(arguments: list[str]) -> int:
    """Runs a command; returns its exit code."""
    options = parser().parse_args(arguments)
    try:
        module, function = options.command
        code: int = getattr(importlib.import_module(f"tinymodel.cli.{module}"), function)(options)
        sys.stdout.flush()
        return code
    except InputError as error:
        print(error, file=sys.stderr)
        return UNREADABLE
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def parser() -> argparse.ArgumentParser:
    """The command line, as the README shows it."""
    top = argparse.ArgumentParser(prog="tinymodel", description="From a CNN design sheet to a trained model.")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    _add_check(commands)
    _add_table(commands)
    _add_outputs(commands)
    _add_data(commands)
    _add_train(commands)
    _add_evaluate(commands)
    _command(commands, "doctor", "versions, devices and extras of this installation", "training", "doctor")
    return top


def _command(commands: argparse._SubParsersAction, name: str, help: str, module: str, function: str) -> argparse.ArgumentParser:
    added: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help)
    added.set_defaults(command=(module, function))
    return added


def _reads_design(added: argparse.ArgumentParser, *, many: bool = False) -> None:
    added.add_argument("design", metavar="DESIGN", nargs="+" if many else None, help=DESIGN_HELP)
    added.add_argument(
        "--assume", metavar="KEY=VALUE", action="append", default=[], help="how an ambiguous sheet is understood"
    )
    added.add_argument("--allow-large", action="store_true", help="lift the limits on the size of a network")


def _add_check(commands: argparse._SubParsersAction) -> None:
    added = _command(commands, "check", "find every wrong cell and every missed target", "paper", "check")
    _reads_design(added, many=True)
    added.add_argument("--sheet", metavar="S", action="append", default=[], help="a sheet to read, hidden or not")
    added.add_argument("--all-sheets", action="store_true", help="hidden sheets too")
    added.add_argument("--rf", metavar="N", type=float, help="the receptive field to reach, px")
    added.add_argument("--params-max", metavar="N", type=float, help="the most parameters allowed")
    added.add_argument("--image-size", metavar="N", type=_positive, help="px")
    added.add_argument("--select", metavar="CODE", action="append", default=[], help="show these findings only")
    added.add_argument("--ignore", metavar="CODE", action="append", default=[], help="leave these findings out")
    added.add_argument("--format", choices=("text", "json", "github"), default="text")


def _add_table(commands: argparse._SubParsersAction) -> None:
    added = _command(commands, "table", "size, receptive field, parameters of every layer", "paper", "table")
    _reads_design(added)
    added.add_argument("--image-size", metavar="N", type=_positive, help="px")
    added.add_argument("--format", choices=("text", "markdown", "csv", "json"), default="text")
    added.add_argument("-o", "--output", metavar="FILE", help="a file instead of the terminal")


def _add_outputs(commands: argparse._SubParsersAction) -> None:
    render = _command(commands, "render", "write the design as a Keras script or as YAML", "paper", "render")
    build = _command(commands, "build", "write the Keras model of a design", "training", "build")
    for added, help in ((render, "model.py or design.yaml"), (build, "model.keras")):
        _reads_design(added)
        added.add_argument("-o", "--output", metavar="FILE", required=True, help=help)


def _add_data(commands: argparse._SubParsersAction) -> None:
    added = _command(commands, "data", "draw, decode or describe a data set", "training", "data")
    added.add_argument("action", choices=("make-toy", "prepare", "info"))
    added.add_argument("path", metavar="PATH", help="folder or zip")
    added.add_argument("--seed", type=int, default=0, help="of make-toy")


def _add_train(commands: argparse._SubParsersAction) -> None:
    added = _command(commands, "train", "train a design through the phases of its recipe", "training", "train")
    _reads_design(added)
    added.add_argument(
        "--data", metavar="PATH", required=True, help="zip or folder: Tiny ImageNet's layout, or folders of classes"
    )
    added.add_argument("--run", metavar="DIR", required=True, help="the run's folder; training on it again goes on")
    added.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="classes=10, phases.0.epochs=5")
    added.add_argument("--backend", choices=("tensorflow", "jax"), help="default: KERAS_BACKEND, else tensorflow")
    added.add_argument("--resume", choices=("auto", "never", "must"), default="auto")
    added.add_argument("--keep", metavar="N", type=_positive, default=3, help="checkpoints that stay")
    added.add_argument("--dry-run", action="store_true", help="print the plan and stop")


def _add_evaluate(commands: argparse._SubParsersAction) -> None:
    added = _command(commands, "evaluate", "accuracy of a run on the validation pictures", "training", "evaluate")
    added.add_argument("run", metavar="RUN")
    added.add_argument("--data", metavar="PATH", help="default: the data of the training")
    added.add_argument("--weights", choices=("best", "last"), default="best")
    added.add_argument("--format", choices=("text", "json"), default="text")


def _positive(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 10**9:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, received {text!r}")
    return int(text)
