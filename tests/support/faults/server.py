"""A process that has loaded Keras, TensorFlow and the trainer, and forks a training for every line that it reads.

    LD_PRELOAD=shim.so python -m tests.support.faults.server

A line is JSON: the arguments of `training.run`, the `Fault`, folders to watch, a journal, a file for stderr. It answers with a
line that holds the exit code, which is below 0 for a signal.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from pathlib import Path

from tests.support.faults.shim import Fault, arm


def answer(line: str) -> int:
    """Runs one training in a process of its own; returns its exit code."""
    asked = json.loads(line)
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)
    code = 70
    try:
        os.dup2(os.open(asked["stderr"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 2)
        os.dup2(2, 1)
        from tests.support.faults.training import run

        journal = Path(asked["journal"]) if asked["journal"] else None
        arm([Path(folder) for folder in asked["watched"]], Fault(*asked["fault"]), journal)
        code = run(Path(asked["run"]), Path(asked["copy"]), asked["keep"])
        gc.collect()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    from tests.support.faults import training

    training.load()
    gc.freeze()  # What is loaded stays out of the collections of the forked processes, which would copy all of its memory.
    print("ready", flush=True)
    for line in sys.stdin:
        print(answer(line), flush=True)


if __name__ == "__main__":
    main()
