"""Seconds of a save, beside another checkout of the project: checkpoints of a network of 11 million parameters with Adam.

    python benchmarks/saves.py [--before ../another-checkout] [--rounds 7] [--parameters 11178211]

A checkpoint holds the weights, two slots of the optimizer and the best weights, all of them written, sent to the disk and read
back. The checkouts take turns, each save in a process of its own; printed are medians, and their ratio.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parents[1]
TENSORS = 100
COPIES = 4
"""Of the weights in a checkpoint: themselves, two slots, the best."""


def save(parameters: int) -> float:
    """Seconds of the second save in a process; the first one warms it up."""
    import numpy as np

    from tinymodel.training.run import checkpoint

    draws = np.random.default_rng(0)
    arrays = {f"model/{index}": draws.random(COPIES * parameters // TENSORS, np.float32) for index in range(TENSORS)}
    with tempfile.TemporaryDirectory(dir=".") as folder:
        for step in (1, 2):
            began = time.perf_counter()
            checkpoint.save_checkpoint(Path(folder), 0, step, arrays, {"rows": []}, 3)
    return time.perf_counter() - began


def measured(checkout: Path, parameters: int) -> float:
    """The same of another process that imports a checkout."""
    known = {**os.environ, "PYTHONPATH": str(checkout), "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    command = [sys.executable, __file__, "--once", "--parameters", str(parameters)]
    return float(subprocess.run(command, env=known, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--parameters", type=int, default=11_178_211)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        print(save(options.parameters))
        return
    places = {"now": HERE} | ({"before": options.before.resolve()} if options.before else {})
    seconds: dict[str, list[float]] = {name: [] for name in places}
    for _ in range(options.rounds):
        for name, place in places.items():
            seconds[name].append(measured(place, options.parameters))
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    for name, median in medians.items():
        print(f"{name:8}{median:6.2f} s  ({min(seconds[name]):.2f} to {max(seconds[name]):.2f})")
    if "before" in medians:
        print(f"now / before {medians['now'] / medians['before']:.2f}")


if __name__ == "__main__":
    main()
