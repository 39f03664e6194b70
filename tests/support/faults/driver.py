"""Trainings that are hit at a call, started again, and held against one that was left alone."""

from __future__ import annotations

import errno
import io
import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

from tests.support.faults.shim import KILL, Call, Fault, calls_in
from tests.support.places import REPOSITORY
from tinymodel.training.run import checkpoint

NEVER_SAID = ("Traceback", "Exception ignored", "Segmentation", "Fatal Python")
NO_FAULT = Fault(0)
PHASES_OF_A_LIFE = 12
"""Parts of equal length that the calls of a training are cut into, so that each part is hit."""


class Case(NamedTuple):
    """One fault, and whether the training is taken up on another folder, from the copy."""

    fault: Fault
    call: Call
    keep: int
    elsewhere: bool

    def __str__(self) -> str:
        where = "/".join(Path(self.call.path).parts[-3:])
        return f"{self.fault} ({self.call.kind} {where}), keep {self.keep}{', from the copy' if self.elsewhere else ''}"


class Server:
    """Forks trainings; see `server`."""

    def __init__(self, shim: Path, scratch: Path) -> None:
        known = {**os.environ, "LD_PRELOAD": str(shim), "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
        known |= {
            "PYTHONPATH": str(REPOSITORY),
            "OMP_NUM_THREADS": "1",
            "TF_NUM_INTRAOP_THREADS": "1",
            "TF_NUM_INTEROP_THREADS": "1",
        }
        command = [sys.executable, "-m", "tests.support.faults.server"]
        self.scratch = scratch
        self.process = subprocess.Popen(
            command,
            env=known,
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def train(self, run: Path, copy: Path, keep: int, fault: Fault = NO_FAULT, journal: Path | None = None) -> tuple[int, str]:
        """Runs a training to its end; returns the exit code, and what it said."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        stderr = self.scratch / "stderr"
        asked = {
            "run": run,
            "copy": copy,
            "keep": keep,
            "fault": fault,
            "watched": [run, copy],
            "journal": journal,
            "stderr": stderr,
        }
        self.process.stdin.write(json.dumps(asked, default=str) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline()), stderr.read_text(errors="replace")


@contextmanager
def serving(shim: Path, scratch: Path) -> Iterator[Server]:
    """A server that ends with the block."""
    scratch.mkdir(parents=True, exist_ok=True)
    server = Server(shim, scratch)
    with server.process:
        try:
            yield server
        finally:
            server.process.kill()


class Whole(NamedTuple):
    """A training that was left alone: its folder and its copy, and the calls that it made."""

    run: Path
    copy: Path
    calls: Sequence[Call]


def left_alone(server: Server, folder: Path, keep: int) -> Whole:
    """Trains without a fault."""
    run, copy, journal = folder / "run", folder / "copy", folder / "journal"
    folder.mkdir(parents=True)
    code, said = server.train(run, copy, keep, journal=journal)
    assert code == 0, said
    assert not problems_of(said)
    return Whole(run, copy, calls_in(journal))


def chosen(whole: Whole, count: int, seed: int, keep: int) -> list[Case]:
    """Calls over all kinds and all parts of a life, each hit once by a passing and once by a lasting fault, some by a kill."""
    rng, groups = random.Random(seed), defaultdict(list)
    for call in whole.calls:
        part = PHASES_OF_A_LIFE * (call.number - 1) // len(whole.calls)
        groups[call.kind, part, whole.copy.name in Path(call.path).parts].append(call)
    for members in groups.values():
        rng.shuffle(members)
    order = sorted(groups, key=lambda key: (rng.random(), key))
    picked: list[Call] = []
    while len(picked) < min(count, len(whole.calls)):
        picked += [groups[key].pop() for key in order if groups[key]]
    cases = []
    for index, call in enumerate(picked[:count]):
        number = (errno.ENOSPC, errno.EIO)[index % 2]
        half = index % 3 == 0 and call.kind == "write"
        elsewhere = index % 4 == 3
        cases.append(Case(Fault(call.number, number, False, half), call, keep, elsewhere))
        cases.append(Case(Fault(call.number, number, True, half), call, keep, elsewhere))
        if index % 5 == 0:
            cases.append(Case(Fault(call.number, KILL), call, keep, elsewhere))
    return cases


def hit(server: Server, whole: Whole, case: Case, folder: Path) -> tuple[str, list[str]]:
    """Lets a training be hit, starts it again, and compares.

    Returns:
        How it ended when it was hit, and what was wrong, a sentence each.
    """
    run, copy = folder / "run", folder / "copy"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    code, said = server.train(run, copy, case.keep, case.fault)
    wrong = problems_of(said)
    expected = (-9,) if case.fault.number == KILL else (0, 1, 2)
    if code not in expected:
        wrong.append(f"the hit process ended with {code}: {said[-300:]}")
    if code in (1, 2) and not said.strip():
        wrong.append(f"the hit process ended with {code} and said nothing")
    if code == 0:
        wrong += [f"after exit 0: {one}" for one in differences(whole, run, copy)]
    if case.elsewhere:
        run = folder / "elsewhere"
    code_again, said_again = server.train(run, copy, case.keep)
    wrong += problems_of(said_again)
    if code_again != 0:
        wrong.append(f"the clean start ended with {code_again}: {said_again[-300:]}")
    wrong += differences(whole, run, copy)
    shutil.rmtree(folder)
    return f"exit {code}" if code >= 0 else "killed", wrong


def problems_of(said: str) -> list[str]:
    """What no process may say."""
    return [f"said {word}: {said[max(said.index(word) - 100, 0) :][:600]}" for word in NEVER_SAID if word in said]


def differences(whole: Whole, run: Path, copy: Path) -> list[str]:
    """What a run and its copy lack of one that was left alone."""
    found = []
    for name, ours, theirs in (("run", whole.run, run), ("copy", whole.copy, copy)):
        found += [f"{name}: {one}" for one in differences_of_folders(ours, theirs)]
    return found


def differences_of_folders(ours: Path, theirs: Path) -> list[str]:
    """Where the files of two runs differ: every weight of the last and the best, the model, the log, the curves, leftovers."""
    try:
        left = [path.name for path in theirs.rglob(".unfinished*")]
        found = [f"{', '.join(left)} is left"] if left else []
        for name in ("log.csv", "curves.png"):
            found += [f"{name} differs"] if (ours / name).read_bytes() != (theirs / name).read_bytes() else []
        for name, other in contents(theirs).items():
            one = _kept(ours)[name]
            apart = sorted(key for key in one.keys() | other.keys() if not _same(one.get(key), other.get(key)))
            found += [f"{name} differ: {', '.join(apart[:3])}"] if apart else []
        return found
    except (OSError, ValueError, KeyError, IndexError, checkpoint.Unusable, zipfile.BadZipFile) as error:
        return [f"cannot be read: {type(error).__name__} {error}"]


def contents(run: Path) -> dict[str, dict[str, np.ndarray]]:
    """Every array of a run that follows from its training, by file and name."""
    names = checkpoint.checkpoint_names(run / "checkpoints")
    with zipfile.ZipFile(run / "model.keras") as archive:
        model = _tensors(io.BytesIO(archive.read("model.weights.h5")))
    return {
        f"checkpoints, the newest of {len(names)}: {names[-1]},": checkpoint.load_checkpoint(
            run / "checkpoints" / names[-1]
        ).arrays,
        "best.weights.h5": _tensors(run / "best.weights.h5"),
        "model.keras": model,
    }


_kept = cache(contents)
"""Of the folder that all others are held against."""


def _tensors(file: Path | io.BytesIO) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    with h5py.File(file) as stored:
        stored.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def _same(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    return one is not None and other is not None and one.dtype == other.dtype and one.tobytes() == other.tobytes()
