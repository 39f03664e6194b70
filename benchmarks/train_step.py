"""Images a second of the trainer against a plain `fit` on data in memory: the same network, batch, optimizer and machine.

    python benchmarks/train_step.py [--design designs/demo.xlsx] [--image-size 32] [--batch-size 50] [--deterministic]

The plain loop is what a notebook has: float32 images and one-hot labels in memory, `compile`, `fit`, no augmentation. Ours does
the same work from uint8 images and, beside it, what makes it exact: order by hash, deterministic kernels, every loss kept.
Saving and validation are not timed. In turns, each in a process of its own; its first epoch is not counted. The backend is
KERAS_BACKEND's.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from generator.check.files import read_one
from generator.design.record import Design
from generator.lint.options import CheckOptions
from tinymodel.build import build_model
from tinymodel.training.log.events import EpochRow, Progress, SilentLog, Timing
from tinymodel.training.trainer import train


class Split(NamedTuple):
    images: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]


class Noise:
    """Pictures in memory, with the face of a data set."""

    folder, fingerprint = Path("none"), "noise"

    def __init__(self, classes: int, images: int) -> None:
        self.classes = self.titles = tuple(f"c{index}" for index in range(classes))
        self.counts = {"train": images, "val": 10}

    def split(self, name: str, image_size: int) -> Split:
        rng, count = np.random.default_rng(0), self.counts[name]
        images = rng.integers(0, 256, (count, image_size, image_size, 3), dtype=np.uint8)
        return Split(images, rng.integers(0, len(self.classes), count).astype(np.int32), ("",) * count)


class Clock(SilentLog):
    """Seconds of each epoch's steps."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def epoch(self, row: EpochRow, timing: Timing, progress: Progress, best: bool) -> None:
        self.seconds.append(timing.train_seconds)


class FitClock(keras.callbacks.Callback):
    """The same of `fit`."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seconds.append(time.perf_counter() - self.began)


def ours(design: Design, data: Noise) -> list[float]:
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        train(design, data, Path(folder) / "run", log=clock)  # type: ignore[arg-type]
    return clock.seconds[1:]


def plain(design: Design, data: Noise) -> list[float]:
    assert design.train is not None
    phase = design.train.phases[0]
    split, clock = data.split("train", phase.image_size), FitClock()
    images, labels = split.images.astype(np.float32) / 255.0, np.eye(len(data.classes), dtype=np.float32)[split.labels]
    model = build_model(design)
    model.compile(keras.optimizers.Adam(), "categorical_crossentropy", metrics=["accuracy"])
    model.fit(images, labels, batch_size=phase.batch_size, epochs=phase.epochs, verbose=0, callbacks=[clock])
    return clock.seconds[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--design", default=str(Path(__file__).parents[1] / "designs" / "demo.xlsx"))
    parser.add_argument("--image-size", type=int, default=32)
    parser.add_argument("--batch-size", type=int, default=50)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--deterministic", action="store_true", help="on a GPU: what deterministic kernels cost")
    parser.add_argument("--only", choices=("fit", "tinymodel"), help="one turn of one of the two, its seconds as JSON")
    arguments = parser.parse_args()
    design = read_one(arguments.design, CheckOptions()).design
    assert design is not None
    assert design.train is not None
    phase = design.train.phases[0].model_copy(
        update={"image_size": arguments.image_size, "batch_size": arguments.batch_size, "epochs": 4, "augment": "none"}
    )
    recipe = design.train.model_copy(update={"phases": (phase,), "deterministic": arguments.deterministic})
    design = design.model_copy(update={"train": recipe})
    if arguments.only:
        seconds = {"fit": plain, "tinymodel": ours}[arguments.only](design, Noise(design.classes or 10, arguments.images))
        print(json.dumps(seconds))
        return
    found: dict[str, list[float]] = {"fit": [], "tinymodel": []}
    for _ in range(arguments.turns):
        for name, seconds in found.items():
            turn = [sys.executable, __file__, *sys.argv[1:], "--only", name]
            seconds += json.loads(subprocess.run(turn, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    speed = {name: arguments.images / statistics.median(seconds) for name, seconds in found.items()}
    ratio = speed["tinymodel"] / speed["fit"]
    print(
        f"{design.name}, {arguments.image_size} px, batch {arguments.batch_size}, {keras.backend.backend()}: "
        f"fit {speed['fit']:,.0f} images/s, tinymodel {speed['tinymodel']:,.0f} images/s, ratio {ratio:.2f}"
    )


if __name__ == "__main__":
    main()
