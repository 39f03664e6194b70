"""`preflight`: whether a training fits a TPU slice or a GPU, before one is rented."""

from __future__ import annotations

import json
import os
import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from generator.design.overrides import with_changes
from tinymodel.cli.arguments import add_changes, add_design, count
from tinymodel.cli.backend import need_keras, quiet, start_keras
from tinymodel.cli.exit_codes import CLEAN, FOUND
from tinymodel.cli.formats import format_names
from tinymodel.cli.inputs import read_design, warn_of_findings
from tinymodel.extras import MissingExtra, installed
from tinymodel.preflight.topology import topology_of

ENVIRONMENT = {"TPU_SKIP_MDS_QUERY": "1", "ALLOW_MULTIPLE_LIBTPU_LOAD": "true", "JAX_PLATFORMS": "cpu"}
"""libtpu neither looks for a TPU nor minds another process that uses it; JAX itself computes on the CPU."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declares what the command takes."""
    add_design(parser)
    parser.add_argument("--topology", metavar="NAME", required=True, help="v5e:2x4 (compiled, no TPU needed), h100, l4:2")
    parser.add_argument("--batch-size", metavar="N", type=count, help="in every phase, of all devices together")
    parser.add_argument("--images", metavar="N", type=count, default=100_000, help="training images (100000)")
    add_changes(parser, "as for train")
    parser.add_argument("--format", choices=format_names("figures"), default="text")


def run(options: Namespace) -> int:
    """Prints what of the chips a training takes."""
    topology = topology_of(options.topology)
    read, checked = read_design(options)
    design = with_changes(read, options.set)
    if options.batch_size and design.train:
        sizes = [f"phases.{index}.batch_size={options.batch_size}" for index in range(len(design.train.phases))]
        design = with_changes(design, sizes)
    warn_of_findings(checked, options.design)
    if topology.chip.kind == "tpu":
        need_keras("jax")
        if not installed("libtpu"):
            raise MissingExtra("libtpu", "tpu")
        os.environ.update(ENVIRONMENT)
        start_keras("jax")
    else:
        start_keras()
    from tinymodel.data.store import default_root
    from tinymodel.preflight.judge import Surroundings
    from tinymodel.preflight.report import to_json, to_text
    from tinymodel.preflight.run import preflight

    around = Surroundings(default_root() / "preflight", _tell, _undisturbed)
    report = preflight(design, topology, options.images, around, allow_large=options.allow_large)
    print(json.dumps(to_json(report), indent=2) if options.format == "json" else to_text(report))
    return CLEAN if report.fits else FOUND


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Quiet, and ended by Ctrl-C at once: Python would hear of it when the compiler comes back, minutes later."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        with quiet():
            yield
    finally:
        signal.signal(signal.SIGINT, before)
