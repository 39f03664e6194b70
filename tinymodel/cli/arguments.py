"""Arguments that several commands take, and the types of their values."""

from __future__ import annotations

import argparse
import math
from argparse import ArgumentParser

from generator.design.fields import Pair, height_and_width


def add_design(parser: ArgumentParser, *, several: bool = False) -> None:
    """The design that a command is about, and how it is read."""
    help = "a .yaml, .xlsx, .csv, .tsv or .md file, or - for pasted cells; book.xlsx#Sheet names a sheet"
    parser.add_argument("design", metavar="DESIGN", help=help, nargs="+" if several else None)
    add_reading(parser)


def add_reading(parser: ArgumentParser) -> None:
    """How a design is read."""
    add_repeatable(parser, "--assume", "KEY=VALUE", "how an ambiguous sheet is understood")
    parser.add_argument("--allow-large", action="store_true", help="lift the limits on parameters, channels and image size")


def add_model(parser: ArgumentParser, name: str, metavar: str) -> None:
    """A Keras model, and how it is called."""
    parser.add_argument(name, metavar=metavar, help="a .keras file, or MODULE:FUNCTION such as keras.applications:ResNet50")
    add_image_size(parser, "the model's own")
    parser.add_argument("--no-top", action="store_true", help="call FUNCTION with include_top=False")


def add_run(parser: ArgumentParser, help: str = "a run folder") -> None:
    """The run that a command is about, and the data of it."""
    parser.add_argument("run", metavar="RUN", help=help)
    parser.add_argument("--data", metavar="PATH", help="else the data that the run was trained on")


def add_weights(parser: ArgumentParser) -> None:
    """Which weights of a run are used."""
    parser.add_argument("--weights", choices=("best", "last"), default="best")


def add_image_size(parser: ArgumentParser, otherwise: str = "the design's own", *, several: bool = False) -> None:
    """The image size; a command that takes several takes the option several times."""
    if several:
        help = f"px (repeatable; else {otherwise})"
        parser.add_argument("--image-size", metavar="N", type=image_size, action="append", help=help)
    else:
        parser.add_argument("--image-size", metavar="N", type=image_size, help=f"px (else {otherwise})")


def add_targets(parser: ArgumentParser, rf: str = "the receptive field to reach, px") -> None:
    """The targets that go before those of the design."""
    parser.add_argument("--rf", metavar="N", type=number, help=rf)
    parser.add_argument("--params-max", metavar="N", type=number, help="the most parameters that are wanted")


def add_changes(parser: ArgumentParser, help: str) -> None:
    """Keys of the design that the command changes."""
    add_repeatable(parser, "--set", "KEY=VALUE", help)


def add_repeatable(parser: ArgumentParser, option: str, metavar: str, help: str) -> None:
    """An option that may be given several times."""
    parser.add_argument(option, metavar=metavar, action="append", default=[], help=f"{help} (repeatable)")


def number(text: str) -> float:
    """A finite number above 0."""
    value = float(text)
    if not math.isfinite(value) or value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return value


def count(text: str) -> int:
    """A whole number of at least 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of at least 1")
    return value


def whole(text: str) -> int:
    """A whole number of at least 0."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return value


def image_size(text: str) -> Pair:
    """A side of square pictures, px, as height and width."""
    return height_and_width(count(text))


number.__name__, count.__name__, whole.__name__, image_size.__name__ = (
    "number",
    *["whole number"] * 3,
)  # argparse shows these names.
