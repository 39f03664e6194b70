"""The words of the command line. Knows names, types and help of the options, and which function runs a command."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from importlib import import_module

Command = Callable[[argparse.Namespace], int]

EXIT_CODES = """exit codes: 0 clean; 1 findings of level error, a missed target, a training that diverged, a run or its copy
that could not be made whole; 2 input that cannot be read or used, output that cannot be written; 130, 143 stopped by a signal,
with the state of a training saved"""


def parse(arguments: Sequence[str] | None) -> tuple[Command, argparse.Namespace]:
    """The function that runs the command, and its options.

    Raises:
        SystemExit: 2 for wrong usage, 0 for `--help` and `--version`; argparse has said why.
    """
    options = _parser().parse_args(arguments)
    module, _, function = options.run_by.partition(":")
    return getattr(import_module(f"tinymodel.cli.{module}"), function), options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tinymodel",
        description="Check a design sheet, show its true table, and build, train and evaluate the network that it draws.",
        epilog=EXIT_CODES,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version)
    commands = parser.add_subparsers(metavar="COMMAND", required=True, title="commands")
    _paper_commands(commands)
    _data_commands(commands)
    _training_commands(commands)
    _command(commands, "doctor", "doctor:doctor", "versions, devices and the extras that are installed")
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="show the version and end")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        parser.exit(message=f"tinymodel {version('tinymodel')}\n")


def _command(commands: argparse._SubParsersAction, name: str, run_by: str, help: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help, allow_abbrev=False)
    command.set_defaults(run_by=run_by)
    return command


def _design(command: argparse.ArgumentParser, *, several: bool = False) -> None:
    help = "a .yaml, .xlsx, .csv, .tsv or .md file, or - for pasted cells; book.xlsx#Sheet names a sheet"
    command.add_argument("design", metavar="DESIGN", help=help, nargs="+" if several else None)
    command.add_argument(
        "--assume", metavar="KEY=VALUE", action="append", default=[], help="how an ambiguous sheet is understood (repeatable)"
    )
    command.add_argument("--allow-large", action="store_true", help="lift the limits on parameters, channels and image size")


def _model(command: argparse.ArgumentParser, name: str, metavar: str) -> None:
    command.add_argument(name, metavar=metavar, help="a .keras file, or MODULE:FUNCTION such as keras.applications:ResNet50")
    command.add_argument("--image-size", metavar="N", type=_count, help="px (else the model's own)")
    command.add_argument("--no-top", action="store_true", help="call FUNCTION with include_top=False")


def _paper_commands(commands: argparse._SubParsersAction) -> None:
    check = _command(commands, "check", "paper:check", "find what is wrong in designs, cell by cell")
    _design(check, several=True)
    check.add_argument("--sheet", metavar="S", action="append", default=[], help="read this sheet (repeatable)")
    check.add_argument("--all-sheets", action="store_true", help="read hidden sheets too")
    check.add_argument("--rf", metavar="N", type=_number, help="the receptive field to reach, px")
    check.add_argument("--params-max", metavar="N", type=_number, help="the most parameters that are wanted")
    check.add_argument("--image-size", metavar="N", type=_count, action="append", help="px (repeatable; else the design's own)")
    check.add_argument("--select", metavar="CODE", action="append", default=[], help="only findings of this code (repeatable)")
    check.add_argument("--ignore", metavar="CODE", action="append", default=[], help="no findings of this code (repeatable)")
    check.add_argument("--format", choices=("text", "json", "github"), default="text")
    check.add_argument("--against", metavar="MODEL", help="find where a .keras file or MODULE:FUNCTION is another network")
    check.add_argument("--fix", metavar="OUT.xlsx", help="write a corrected copy of the one workbook there")

    rules = _command(commands, "rules", "paper:rules", "the list of codes, or the page of one with its examples")
    rules.add_argument("code", metavar="CODE", nargs="?", help="a code, RF001")
    rules.add_argument("design", metavar="DESIGN", nargs="?", help="show what it finds there, with the sums in its numbers")
    rules.add_argument("--format", choices=("text",), default="text")

    table = _command(commands, "table", "paper:table", "the true table: size, receptive field, parameters, macs of every layer")
    _design(table)
    table.add_argument("--image-size", metavar="N", type=_count, help="px (else the design's own)")
    formats = ("text", "markdown", "csv", "json", "xlsx", "html", "png")
    table.add_argument("--format", choices=formats, help="else by the suffix of FILE, else text")
    table.add_argument("-o", "--output", metavar="FILE", help="write it there")

    render = _command(commands, "render", "paper:render", "write the network as a Keras script, a notebook, YAML or a workbook")
    _design(render)
    rendered = "model.py, model.ipynb, design.yaml or design.xlsx"
    render.add_argument("-o", "--output", metavar="FILE", required=True, help=rendered)

    suggest = _command(commands, "suggest", "suggest:suggest", "the smallest edits that bring a design to its targets")
    _design(suggest)
    suggest.add_argument("--rf", metavar="N", type=_number, help="the receptive field to reach, px, within 5 %%")
    suggest.add_argument("--params-max", metavar="N", type=_number, help="the most parameters that are wanted")
    suggest.add_argument("--macs-max", metavar="N", type=_number, help="the most multiply-accumulates of an image")
    suggest.add_argument("--image-size", metavar="N", type=_count, help="px (else the design's own and those of its recipe)")
    suggest.add_argument("--limit", metavar="K", type=_count, default=10, help="suggestions to show (10)")
    suggest.add_argument("--format", choices=("text", "json"), default="text")
    suggest.add_argument("-o", "--output", metavar="OUT.yaml", help="write the best there, as a design")
    suggest.add_argument("--number", metavar="N", type=_count, default=1, help="which one -o writes (1)")

    inspect = _command(commands, "inspect", "inspect:inspect", "the table of any Keras model, or the model as a design")
    _model(inspect, "model", "MODEL")
    inspect.add_argument("--format", choices=("text", "markdown", "csv", "json"), help="else by the suffix of FILE, else text")
    inspect.add_argument("-o", "--output", metavar="FILE", help="write it there; .yaml and .xlsx are the model as a design")

    verify = _command(commands, "verify", "verify:verify", "calculator = Keras = gradient, or where not")
    _model(verify, "design", "DESIGN|MODEL")
    verify.add_argument(
        "--assume", metavar="KEY=VALUE", action="append", default=[], help="how an ambiguous sheet is understood (repeatable)"
    )
    verify.add_argument("--allow-large", action="store_true", help="lift the limits on parameters, channels and image size")
    verify.add_argument("--format", choices=("text", "json"), default="text")

    build = _command(commands, "build", "training:build", "build the Keras model and save it")
    _design(build)
    build.add_argument("-o", "--output", metavar="FILE", required=True, help="model.keras")


def _data_commands(commands: argparse._SubParsersAction) -> None:
    data = commands.add_parser("data", help="draw, decode or describe a data set", allow_abbrev=False)
    kinds = data.add_subparsers(metavar="WHAT", required=True)
    toy = _command(kinds, "make-toy", "data:make_toy", "draw a small data set in Tiny ImageNet's layout")
    toy.add_argument("folder", metavar="DIR")
    toy.add_argument("--seed", metavar="N", type=_whole, default=0, help="another seed, other pictures (0)")
    toy.add_argument("--train-per-class", metavar="N", type=_count, default=400, help="training pictures of each class (400)")
    toy.add_argument("--val-per-class", metavar="N", type=_count, default=50, help="validation pictures of each class (50)")
    kept = {"prepare": "decode a data set once, into the cache", "info": "classes, pictures and cache of a data set"}
    for name, help in kept.items():
        command = _command(kinds, name, f"data:{name}", help)
        command.add_argument("path", metavar="PATH", help="a Tiny ImageNet zip or folder, or a folder of class folders")
        command.add_argument("--image-size", metavar="N", type=_count, help="px of the stored pictures (else as most are)")


def _training_commands(commands: argparse._SubParsersAction) -> None:
    train = _command(commands, "train", "training:train", "train a design, or go on with a training")
    _design(train)
    train.add_argument("--data", metavar="PATH", help="a Tiny ImageNet zip or folder, or a folder of class folders")
    train.add_argument("--run", metavar="DIR", help="the run folder; a training that it holds is continued")
    train.add_argument(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="change a key of the design: phases.0.epochs=5 (repeatable)",
    )
    train.add_argument("--backend", choices=("tensorflow", "jax"), help="else KERAS_BACKEND, else the one that is installed")
    train.add_argument("--resume", choices=("auto", "never", "must"), default="auto")
    train.add_argument("--keep", metavar="N", type=_count, default=3, help="checkpoints that stay (3)")
    train.add_argument(
        "--copy-to", metavar="DIR", help="keep a copy there (Drive, a bucket); where DIR of --run is empty, go on from it"
    )
    train.add_argument("--from", metavar="RUN", dest="start_from", help="begin with the best weights of this run")
    train.add_argument("--dry-run", action="store_true", help="show the plan of phases; train nothing")

    preflight = _command(commands, "preflight", "preflight:preflight", "whether a training fits a TPU slice or a GPU")
    _design(preflight)
    preflight.add_argument("--topology", metavar="NAME", required=True, help="v5e:2x4 (compiled, no TPU needed), h100, l4:2")
    preflight.add_argument("--batch-size", metavar="N", type=_count, help="in every phase, of all devices together")
    preflight.add_argument("--images", metavar="N", type=_count, default=100_000, help="training images (100000)")
    preflight.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="as for train (repeatable)")
    preflight.add_argument("--format", choices=("text", "json"), default="text")

    effective = _command(commands, "effective-rf", "looking:effective_rf", "what a unit looks at, beside what it could see")
    _design(effective)
    effective.add_argument("--run", metavar="RUN", help="with the best weights of this run; without it, untrained")
    effective.add_argument("--layer", metavar="NAME", help="as `table` names it (the last map)")
    effective.add_argument("--image-size", metavar="N", type=_count, help="px (else the design's own)")
    effective.add_argument("--data", metavar="PATH", help="average over its pictures; without it, over noise")
    effective.add_argument("--images", metavar="N", type=_count, default=32, help="pictures to average over (32)")
    effective.add_argument("--format", choices=("text", "json"), default="text")
    effective.add_argument("-o", "--output", metavar="FILE.png", help="draw it there")

    evaluate = _command(commands, "evaluate", "training:evaluate", "top-1, top-5 and each class on the validation pictures")
    evaluate.add_argument("run", metavar="RUN", help="a run folder")
    evaluate.add_argument("--data", metavar="PATH", help="else the data that the run was trained on")
    evaluate.add_argument("--weights", choices=("best", "last"), default="best")
    evaluate.add_argument("--on", choices=("val", "holdout"), default="val", help="or what the recipe held out of train")
    evaluate.add_argument("--image-size", metavar="N", type=_count, action="append", help="px (repeatable; else the last one)")
    evaluate.add_argument("--format", choices=("text", "json"), default="text")

    report = _command(commands, "report", "report:report", "one page of a run: what it learned and where it fails")
    report.add_argument("run", metavar="RUN", help="a run folder")
    report.add_argument("--data", metavar="PATH", help="else the data that the run was trained on")
    report.add_argument("--compare", metavar="RUN", help="a former run on the same classes")
    report.add_argument("-o", "--output", metavar="FILE.html", help="else report.html in the run folder")

    predict = _command(commands, "predict", "looking:predict", "what a run's network takes pictures for, and where it looks")
    predict.add_argument("run", metavar="RUN", help="a run folder")
    predict.add_argument("image", metavar="IMAGE", nargs="+", help="picture files, of any size")
    predict.add_argument("--weights", choices=("best", "last"), default="best")
    predict.add_argument("--layer", metavar="NAME", help="whose maps the heat is of (the last one with maps)")
    predict.add_argument("--format", choices=("text", "json"), default="text")
    predict.add_argument("-o", "--output", metavar="FILE.png", help="draw pictures and heat there")

    weights = _command(commands, "weights", "training:weights", "class weights for the next training, from a run's holdout")
    weights.add_argument("run", metavar="RUN", help="a run folder whose recipe has a holdout")
    weights.add_argument("--data", metavar="PATH", help="else the data that the run was trained on")
    weights.add_argument("-o", "--output", metavar="FILE.yaml", help="write them there, for --set class_weight=@FILE.yaml")


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of at least 1")
    return value


def _whole(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return value


_number.__name__, _count.__name__, _whole.__name__ = "number", "whole number", "whole number"  # argparse shows these names.
