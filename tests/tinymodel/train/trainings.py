"""Trainings of `tiny.py` in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

TINY = Path(__file__).with_name("tiny.py")


def start(run, backend, *options, **environment):
    known = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}
    known["PYTHONPATH"] = str(TINY.parents[3])
    command = [sys.executable, str(TINY), str(run), *options]
    return subprocess.Popen(command, env={**known, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def end(process):
    """Waits for the end; returns the exit code and what was said."""
    said = process.communicate(timeout=240)[1]
    return process.returncode, said


def finish(run, backend, *options, **environment):
    code, said = end(start(run, backend, *options, **environment))
    assert code == 0, said
    return said
