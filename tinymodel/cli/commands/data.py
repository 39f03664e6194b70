"""`data make-toy`, `data prepare` and `data info`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from tinymodel.cli.arguments import count, whole
from tinymodel.cli.exit_codes import CLEAN
from tinymodel.cli.inputs import open_data


def add_arguments(parser: ArgumentParser) -> None:
    """Declares the commands of data, and what each takes."""
    commands = parser.add_subparsers(metavar="WHAT", required=True)

    def add(name: str, help: str) -> ArgumentParser:
        command: ArgumentParser = commands.add_parser(name, help=help, description=help, allow_abbrev=False)
        command.set_defaults(what=name)
        return command

    toy = add("make-toy", "draw a small data set in Tiny ImageNet's layout")
    toy.add_argument("folder", metavar="DIR")
    toy.add_argument("--seed", metavar="N", type=whole, default=0, help="another seed, other pictures (0)")
    toy.add_argument("--train-per-class", metavar="N", type=count, default=400, help="training pictures of each class (400)")
    toy.add_argument("--val-per-class", metavar="N", type=count, default=50, help="validation pictures of each class (50)")
    for name, help in (
        ("prepare", "decode a data set once, into the cache"),
        ("info", "classes, pictures and cache of a data set"),
    ):
        command = add(name, help)
        command.add_argument("path", metavar="PATH", help="a Tiny ImageNet zip or folder, or a folder of class folders")
        command.add_argument("--image-size", metavar="N", type=count, help="px of the stored pictures (else as most are)")


def run(options: Namespace) -> int:
    """Draws, decodes or describes pictures."""
    print({"make-toy": _make_toy, "prepare": _prepare, "info": _info}[options.what](options))
    return CLEAN


def _make_toy(options: Namespace) -> Path:
    from tinymodel.data.toy import make_toy

    folder = Path(options.folder)
    make_toy(folder, seed=options.seed, train_per_class=options.train_per_class, val_per_class=options.val_per_class)
    return folder


def _prepare(options: Namespace) -> Path:
    return open_data(options.path, options.image_size).folder


def _info(options: Namespace) -> str:
    from tinymodel.data.dataset import describe

    return describe(open_data(options.path, options.image_size))
