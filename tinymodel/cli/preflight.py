"""`preflight`: whether a training fits a TPU slice or a GPU, before one is rented."""

from __future__ import annotations

import json
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from generator.design.overrides import with_changes
from generator.errors import MissingExtra
from tinymodel.cli.backend import installed, need_keras, quiet, start_keras
from tinymodel.cli.paper import read_design, warn_of_findings
from tinymodel.preflight.topology import topology_of

DOES_NOT_FIT = 1
"""Exit code."""

ENVIRONMENT = {"TPU_SKIP_MDS_QUERY": "1", "ALLOW_MULTIPLE_LIBTPU_LOAD": "true", "JAX_PLATFORMS": "cpu"}
"""libtpu neither looks for a TPU nor minds another process that uses it; JAX itself computes on the CPU."""


def preflight(options: Namespace) -> int:
    """Prints what of the chips a training takes."""
    topology = topology_of(options.topology)
    checked = read_design(options)
    assert checked.design is not None
    design = with_changes(checked.design, options.set)
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
    from tinymodel.preflight.run import preflight as look

    around = Surroundings(default_root() / "preflight", _tell, _undisturbed)
    report = look(design, topology, options.images, around, allow_large=options.allow_large)
    print(json.dumps(to_json(report), indent=2) if options.format == "json" else to_text(report))
    return 0 if report.fits else DOES_NOT_FIT


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
