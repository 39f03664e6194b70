"""`rules`: the list of codes, or the page of one and what it finds in a design."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from generator.lint.options import CheckOptions
from generator.lint.pages import findings_of, list_of_rules, page_of
from tinymodel.cli.exit_codes import CLEAN, UNUSABLE


def add_arguments(parser: ArgumentParser) -> None:
    """Declares what the command takes."""
    parser.add_argument("code", metavar="CODE", nargs="?", help="a code, RF001")
    parser.add_argument("design", metavar="DESIGN", nargs="?", help="show what it finds there, with the sums in its numbers")
    parser.add_argument("--format", choices=("text",), default="text")


def run(options: Namespace) -> int:
    """Prints the list, or the page."""
    if options.code is None:
        sys.stdout.write(list_of_rules())
        return CLEAN
    sys.stdout.write(page_of(options.code))
    if options.design is None:
        return CLEAN
    from generator.check.files import check_files

    for checked in check_files([options.design], CheckOptions()).designs:
        if not checked.readable:
            print(checked.reason, file=sys.stderr)
            return UNUSABLE
        sys.stdout.write("\n" + findings_of(options.code, checked))
    return CLEAN
