"""A training killed over and over at random moments against the same one left alone: the same bits at the end, or not.

    python benchmarks/kills.py [--kills 100] [--backend tensorflow|jax] [--seed 0]

SIGKILL, at a moment drawn from the life of a process: its start, the middle of a step, of a save, of a validation, a phase
switch. With dropout, CutMix, averages, class weights and a holdout on. Compared in the end: every weight, statistic, seed,
optimizer state, average, the best weights, and the bytes of `log.csv`.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.tinymodel.train.trainings import finish, start_alone


def newest(run: Path) -> Path:
    """The newest checkpoint's folder."""
    return sorted((run / "checkpoints").glob("epoch-*"))[-1]


def differences(one: Path, other: Path) -> list[str]:
    """What differs between two finished runs."""
    found = [] if (one / "log.csv").read_bytes() == (other / "log.csv").read_bytes() else ["log.csv"]
    with np.load(newest(one) / "arrays.npz") as first, np.load(newest(other) / "arrays.npz") as second:
        if first.files != second.files:
            return [*found, "names"]
        return found + [name for name in first.files if first[name].tobytes() != second[name].tobytes()]


def progress(run: Path) -> str:
    """Where a killed run stands: the newest checkpoint's name."""
    return newest(run).name if list((run / "checkpoints").glob("epoch-*")) else "nothing saved"


STARTED = ("begins", "goes on")
STARTING_SHARE = 0.1
"""Of the kills that come before the first step."""


def seconds_of_training(run: Path, backend: str) -> float:
    """Trains without a kill; returns the seconds behind the line that says that it begins."""
    with start_alone(run, backend) as process:
        assert process.stderr is not None
        began = wait_for_start(process)
        process.stderr.read()
    assert process.returncode == 0
    return time.monotonic() - began


def wait_for_start(process: subprocess.Popen[str]) -> float:
    """Reads what the training says until it begins; returns the time."""
    assert process.stderr is not None
    while (line := process.stderr.readline()) and not line.startswith(STARTED):
        pass
    return time.monotonic()


def kill(run: Path, backend: str, moments: random.Random, seconds: float) -> bool:
    """Starts the training and kills it; False where it came to its end before."""
    with start_alone(run, backend) as process:
        if moments.random() < STARTING_SHARE:
            time.sleep(moments.uniform(0.0, 5.0))
        else:
            wait_for_start(process)
            time.sleep(moments.uniform(0.0, 0.7 * seconds))
        process.send_signal(signal.SIGKILL)
        assert process.stderr is not None
        process.stderr.read()
    return process.returncode == -signal.SIGKILL


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--backend", choices=("tensorflow", "jax"), default="tensorflow")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    moments, places, kills, rounds = random.Random(arguments.seed), Counter[str](), 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole"
        seconds = seconds_of_training(whole, arguments.backend)
        while kills < arguments.kills:
            run, rounds = Path(scratch) / f"killed-{rounds}", rounds + 1
            while kills < arguments.kills and kill(run, arguments.backend, moments, seconds):
                kills += 1
                places[progress(run)] += 1
                print(f"kill {kills}: {progress(run)}", file=sys.stderr, flush=True)
            finish(run, arguments.backend)
            if found := differences(whole, run):
                raise SystemExit(f"round {rounds}, after {kills} kills: not the same: {', '.join(found)}")
    print(f"{kills} kills in {rounds} trainings ({arguments.backend}), at {len(places)} places: the same bits in every one")


if __name__ == "__main__":
    main()
