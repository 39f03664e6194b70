"""A training killed over and over at random moments against the same one left alone: the same bits at the end, or not.

    python benchmarks/kills.py [--kills 100] [--backend tensorflow|jax] [--seed 0]

SIGKILL, at a moment drawn from the life of a process: its start, the middle of a step, of a save, of a validation, a phase
switch; half of them behind the last checkpoint, in the last second, when the best weights, the curves, the model and the last
copy are written. With dropout, CutMix, averages, class weights, a holdout and a copy on. Compared in the end, of the run and
of its copy: every weight, statistic, seed, optimizer state, average, the best weights, the model, and the bytes of `log.csv`.
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
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.faults.driver import differences_of_folders
from tests.support.trainings import finish, start_alone
from tinymodel.training.run import checkpoint

STARTED = ("begins", "goes on", "was finished")
STARTING_SHARE = 0.1
"""Of the kills that come before the first step."""


class Times(NamedTuple):
    """Seconds of an uninterrupted process: until it begins, of its training, and those behind its last checkpoint."""

    start: float
    training: float
    end: float


def progress(run: Path) -> str:
    """Where a killed run stands: the newest checkpoint, and whether its model is there."""
    names = checkpoint.checkpoint_names(run / "checkpoints")
    return (names[-1] + (" and its model" if (run / "model.keras").exists() else "")) if names else "nothing saved"


def times_of_training(run: Path, copy: Path, backend: str) -> tuple[Times, str]:
    """Trains without a kill; returns how long it takes, and the name of the last checkpoint."""
    launched = time.monotonic()
    saved = began = 0.0
    with start_alone(run, backend, f"copy={copy}") as process:
        began = wait_for_start(process)
        last = ""
        while process.poll() is None:
            names = checkpoint.checkpoint_names(run / "checkpoints")
            if names and names[-1] != last:
                saved, last = time.monotonic(), names[-1]
            time.sleep(0.005)
        ended = time.monotonic()
    assert process.returncode == 0
    return Times(began - launched, ended - began, ended - saved), last


def wait_for_start(process: subprocess.Popen[str]) -> float:
    """Reads what the training says until it begins; returns the time."""
    assert process.stderr is not None
    while (line := process.stderr.readline()) and not line.startswith(STARTED):
        pass
    return time.monotonic()


def kill(run: Path, copy: Path, backend: str, moments: random.Random, times: Times, last: str) -> bool:
    """Starts the training and kills it; False where it came to its end before.

    Args:
        last: The checkpoint behind which the end comes; where it is empty, the moment is any.
    """
    trained = progress(run).startswith(last) if last else False
    with start_alone(run, backend, f"copy={copy}") as process:
        if trained:  # All that is left is what comes behind the last checkpoint, and it is said when it is over.
            time.sleep(moments.uniform(0.8, 1.1) * times.start)
        elif last:
            while process.poll() is None and not progress(run).startswith(last):
                time.sleep(0.002)
            time.sleep(moments.uniform(0.0, times.end))
        elif moments.random() < STARTING_SHARE:
            time.sleep(moments.uniform(0.0, times.start))
        else:
            wait_for_start(process)
            time.sleep(moments.uniform(0.0, 0.7 * times.training))
        process.send_signal(signal.SIGKILL)
        assert process.stderr is not None
        process.stderr.read()
    return process.returncode == -signal.SIGKILL


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--backend", choices=("tensorflow", "jax"), default="tensorflow")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    moments, places, kills, rounds, ends = random.Random(options.seed), Counter[str](), 0, 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        whole, whole_copy = Path(scratch) / "whole", Path(scratch) / "whole-copy"
        times, last = times_of_training(whole, whole_copy, options.backend)
        print(f"{times}, last checkpoint {last}", file=sys.stderr, flush=True)
        while kills < options.kills:
            run, copy, rounds, alive = Path(scratch) / f"{rounds}", Path(scratch) / f"{rounds}-copy", rounds + 1, True
            while kills < options.kills and alive:
                at_the_end = 2 * ends < kills
                alive = kill(run, copy, options.backend, moments, times, last if at_the_end else "")
                if alive:
                    kills, ends = kills + 1, ends + at_the_end
                    places[progress(run)] += 1
                    print(f"kill {kills}{' at the end' if at_the_end else ''}: {progress(run)}", file=sys.stderr, flush=True)
            finish(run, options.backend, f"copy={copy}")
            found = differences_of_folders(whole, run) + differences_of_folders(whole_copy, copy)
            if found:
                raise SystemExit(f"round {rounds}, after {kills} kills: not the same: {', '.join(found)}")
    print(
        f"{kills} kills, {ends} of them behind the last checkpoint, in {rounds} trainings ({options.backend}), at "
        f"{len(places)} places: the same bits in every one, and in its copy"
    )


if __name__ == "__main__":
    main()
