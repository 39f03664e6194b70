"""`report`: the page of a run."""

from __future__ import annotations

from argparse import Namespace

from tinymodel.cli.backend import start_keras

PAGE = "report.html"


def report(options: Namespace) -> int:
    """Writes the page and says where and how large it is."""
    from tinymodel.cli.output import suffix_of, write
    from tinymodel.evaluation.which_run import backend_of, run_at

    run, former = run_at(options.run), run_at(options.compare) if options.compare is not None else None
    output = options.output or str(run / PAGE)
    suffix_of(output, (".html",))
    start_keras(backend_of(run))
    from tinymodel.cli.data import open_data
    from tinymodel.report_page.load import load
    from tinymodel.report_page.page import report_html

    data = open_data(options.data) if options.data else None
    page = report_html(load(run, data, former))
    write(output, page, str(run / "design.yaml"))
    print(f"{output}: {len(page.encode()) / 1e6:.1f} MB")
    return 0
