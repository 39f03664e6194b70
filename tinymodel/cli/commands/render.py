"""`render`: a design as a Keras script, a notebook, YAML or a workbook."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from tinymodel.cli.arguments import add_design
from tinymodel.cli.exit_codes import CLEAN
from tinymodel.cli.formats import Network, Subject, format_of, suffixes_of
from tinymodel.cli.inputs import read_design, warn_of_findings
from tinymodel.cli.output import write_output

SUBJECTS: tuple[Subject, ...] = ("code", "design", "workbook")


def add_arguments(parser: ArgumentParser) -> None:
    """Declares what the command takes."""
    add_design(parser)
    suffixes = " or ".join(suffixes_of(*SUBJECTS))
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help=f"its suffix says what is written: {suffixes}")


def run(options: Namespace) -> int:
    """Writes the file."""
    form = format_of(options.output, None, *SUBJECTS)
    assert form.make is not None
    _, checked = read_design(options)
    content = form.make(Network(checked))
    warn_of_findings(checked, options.design)
    write_output(options.output, content, checked.file)
    return CLEAN
