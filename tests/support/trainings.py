"""Trainings of `tiny.py` in processes of their own."""

import os
import subprocess
import sys

from tests.support import tiny
from tests.support.places import REPOSITORY
from tests.support.processes import Forked, under_jax

TWO_THREADS = {"TF_NUM_INTRAOP_THREADS": "2"}
"""Sums of several threads are where the same bits are hardest to have."""


def start(run, backend, *options, **environment):
    if backend == "tensorflow":
        return Forked(tiny.main, [run, *options], {**TWO_THREADS, **environment})
    return start_alone(run, backend, *options, **environment)


def start_alone(run, backend, *options, **environment):
    """The same in a process that begins with nothing."""
    if backend == "jax":
        environment = {**under_jax(), **environment}
    known = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(REPOSITORY), **environment}
    command = [sys.executable, tiny.__file__, str(run), *options]
    return subprocess.Popen(command, env=known, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def end(process):
    """Waits for the end; returns the exit code and what was said."""
    said = process.communicate(timeout=240)[1]
    return process.returncode, said


def finish(run, backend, *options, **environment):
    code, said = end(start(run, backend, *options, **environment))
    assert code == 0, said
    return said
