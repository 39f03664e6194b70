import csv
import signal
import socket
import time

import pytest

from tests.support.trainings import end, finish, start

TOLERANCE = 1e-4
"""Relative, on every loss of a training: the devices add up the same numbers in another order."""


def losses(run):
    with (run / "log.csv").open() as stream:
        return [float(row[key]) for row in csv.DictReader(stream) for key in ("loss", "val_loss")]


@pytest.mark.slow
def test_eight_devices_of_jax_have_the_losses_of_one(tmp_path, whole_under_jax):
    eight = {"XLA_FLAGS": "--xla_force_host_platform_device_count=8"}
    said = finish(tmp_path, "jax", "short", "without-tensorflow", **eight)
    assert "8 CPU devices" in said
    assert losses(tmp_path) == pytest.approx(losses(whole_under_jax), rel=TOLERANCE)


def start_two(run):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    known = {"KERAS_DISTRIBUTION_JOB_ADDRESSES": f"127.0.0.1:{port}", "KERAS_DISTRIBUTION_NUM_PROCESSES": "2"}
    return [
        start(run, "jax", "short", "without-tensorflow", **known, KERAS_DISTRIBUTION_PROCESS_ID=str(number))
        for number in range(2)
    ]


@pytest.mark.slow
def test_two_processes_one_of_them_killed_have_the_losses_of_one(tmp_path, whole_under_jax):
    chief, other = start_two(tmp_path)
    deadline = time.monotonic() + 120
    while not (tmp_path / "log.csv").exists() or not losses(tmp_path):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    other.send_signal(signal.SIGKILL)
    chief.send_signal(signal.SIGKILL)  # It would end by itself, when it has waited for the other one for long enough.
    assert [end(process)[0] for process in (chief, other)] == [-signal.SIGKILL] * 2
    ends = [end(process) for process in start_two(tmp_path)]
    assert [code for code, _ in ends] == [0, 0], ends
    assert "goes on at step" in ends[0][1]
    assert ends[1][1].count("epoch") == 0, "one of them tells"
    assert losses(tmp_path) == pytest.approx(losses(whole_under_jax), rel=TOLERANCE)


@pytest.mark.slow
def test_mirrored_cpus_of_tensorflow_have_the_losses_of_one(tmp_path):
    # Without dropout: each replica draws its masks by itself.
    finish(tmp_path / "one", "tensorflow", "no-dropout")
    said = finish(tmp_path / "two", "tensorflow", "no-dropout", "two-cpus")
    assert "2 CPU devices" in said
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=TOLERANCE)
