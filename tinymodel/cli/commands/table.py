"""`table`: the true table of a design."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from generator.check.files import read_drawn
from generator.errors import InputError
from generator.lint.options import STANDARD_INPUT, CheckOptions
from tinymodel.cli.arguments import add_design, add_image_size
from tinymodel.cli.exit_codes import CLEAN
from tinymodel.cli.formats import Network, Subject, format_names, format_of
from tinymodel.cli.output import write_output
from tinymodel.cli.terminal import terminal

SUBJECTS: tuple[Subject, ...] = ("table", "workbook", "page", "picture")


def add_arguments(parser: ArgumentParser) -> None:
    """Declares what the command takes."""
    add_design(parser)
    add_image_size(parser)
    parser.add_argument("--format", choices=format_names(*SUBJECTS), help="else by the suffix of FILE, else text")
    parser.add_argument("-o", "--output", metavar="FILE", help="write it there")


def run(options: Namespace) -> int:
    """Prints the table, or writes it to a file."""
    form = format_of(options.output, options.format, *SUBJECTS)
    assert form.make is not None
    asked = CheckOptions(image_size=options.image_size, assume=tuple(options.assume), allow_large=options.allow_large)
    checked = read_drawn(options.design, asked)
    output = options.output
    if output is None and form.of == "picture":
        raise InputError("a picture is not printed", help="name a file for it: -o table.png")
    network = Network(checked, options.image_size, terminal() if output is None else None)
    if output is not None:
        write_output(output, form.make(network), checked.file)
    elif form.of == "workbook":
        content = form.make(network)
        name = _free_name(checked.file)
        write_output(name, content, checked.file)
        print(f"written to {name}", file=sys.stderr)
    else:
        sys.stdout.write(form.make(network))
    return CLEAN


def _free_name(design: str) -> str:
    """The design's name, in the folder where one is; nothing is written over."""
    name = f"{'design' if design == STANDARD_INPUT else Path(design).stem}.xlsx"
    if Path(name).exists():
        raise InputError("is there already", place=name, help="name a file: -o FILE.xlsx")
    return name
