"""`report`: the page of a run."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from tinymodel.cli.arguments import add_run
from tinymodel.cli.backend import start_keras
from tinymodel.cli.exit_codes import CLEAN
from tinymodel.cli.formats import format_of
from tinymodel.cli.inputs import open_data
from tinymodel.cli.output import write_output

PAGE = "report.html"


def add_arguments(parser: ArgumentParser) -> None:
    """Declares what the command takes."""
    add_run(parser)
    parser.add_argument("--compare", metavar="RUN", help="a former run on the same classes")
    parser.add_argument("-o", "--output", metavar="FILE.html", help="else report.html in the run folder")


def run(options: Namespace) -> int:
    """Writes the page and says where and how large it is."""
    from tinymodel.evaluation.which_run import backend_of, run_at

    folder, former = run_at(options.run), run_at(options.compare) if options.compare is not None else None
    output = options.output or str(folder / PAGE)
    format_of(output, None, "page")
    start_keras(backend_of(folder))
    from tinymodel.report_page.load import load
    from tinymodel.report_page.page import report_html

    data = open_data(options.data) if options.data else None
    page = report_html(load(folder, data, former))
    write_output(output, page, str(folder / "design.yaml"))
    print(f"{output}: {len(page.encode()) / 1e6:.1f} MB")
    return CLEAN
