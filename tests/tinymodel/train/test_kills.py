import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest


def training(run, backend, *options):
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment["PYTHONPATH"] = str(Path(__file__).parents[3])
    command = [sys.executable, str(Path(__file__).with_name("tiny.py")), str(run), *options]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def finish(run, backend, *options):
    process = training(run, backend, *options)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said


def kill(run, backend, seconds, number, *options, after=("begins", "goes on", "was finished")):
    """Sends a signal some time after a line that starts with one of these words; returns the exit code."""
    with training(run, backend, *options) as process:
        while (line := process.stderr.readline()) and not line.startswith(after):
            pass
        time.sleep(seconds)
        process.send_signal(number)
        process.stderr.read()
    return process.returncode


@pytest.mark.slow
def test_a_training_killed_at_random_moments_ends_in_the_same_bits(tmp_path, assert_same_end):
    finish(tmp_path / "whole", "tensorflow")
    moments = random.Random(3)
    codes = {kill(tmp_path / "killed", "tensorflow", moments.uniform(0.0, 1.2), signal.SIGKILL) for _ in range(3)}
    codes.add(kill(tmp_path / "killed", "tensorflow", 0.3, signal.SIGTERM))
    finish(tmp_path / "killed", "tensorflow")
    assert -signal.SIGKILL in codes
    assert codes <= {0, -signal.SIGKILL, 128 + signal.SIGTERM, -signal.SIGTERM}
    assert_same_end(tmp_path / "killed", tmp_path / "whole")


@pytest.mark.slow
def test_so_does_one_under_jax_where_there_is_no_tensorflow(tmp_path, assert_same_end):
    pytest.importorskip("jax")
    options = ("short", "without-tensorflow")
    finish(tmp_path / "whole", "jax", *options)
    assert kill(tmp_path / "killed", "jax", 0.05, signal.SIGKILL, *options, after="epoch") == -signal.SIGKILL
    finish(tmp_path / "killed", "jax", *options)
    assert_same_end(tmp_path / "killed", tmp_path / "whole")
