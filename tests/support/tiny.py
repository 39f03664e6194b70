"""A tiny design and a tiny data set, and a program that trains them.

python tiny.py RUN [short] [imgaug] [no-dropout] [two-cpus] [without-tensorflow] [die=PLACE:CALL] [copy=FOLDER]
"""

import importlib
import itertools
import os
import signal
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from generator.design.parse import parse_design

PLAN = [
    {"kind": "conv", "filters": 8, "batch_norm": True, "l2": 1e-3},
    {"kind": "dropout", "rate": 0.2},
    {"kind": "max_pool"},
    {"kind": "conv", "filters": 8, "conv": "separable", "l2": 1e-3},
    {"kind": "dropout", "rate": 0.2},
    {"kind": "bottleneck", "filters": "classes"},
    {"kind": "global_average_pool"},
    {"kind": "softmax"},
]
PHASES = [
    {"image_size": 8, "epochs": 2, "batch_size": 8, "augment": "original_a"},
    {"image_size": 16, "epochs": 3, "batch_size": 10, "augment": "original_b", "learning_rate": 0.003},
]

EVERYTHING = {
    "optimizer": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4},
    "schedule": {"name": "cosine", "warmup_epochs": 1},
    "label_smoothing": 0.1,
    "ema_momentum": 0.9,
    "holdout": 0.2,
    "class_weight": {"c1": 2.0},
    "sampling": "class_balanced",
}
"""All that a recipe can ask for beside its phases."""
CUTMIX_PHASES = [{**PHASES[0], "augment": "pad_crop", "cutmix": 0.5}, {**PHASES[1], "cutmix": 1.0}]


def design(plan: Any = PLAN, phases: Any = PHASES, classes: int | None = 4, train: bool = True, **recipe: Any) -> Any:
    record = {"name": "tiny", "input": {"image_size": 8}, "plan": plan}
    record |= {"classes": classes} if classes else {}
    return parse_design(record | ({"train": {"phases": phases, **recipe}} if train else {}))


class FakeSplit(NamedTuple):
    images: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]


class FakeData:
    """Noise whose brightness of red tells the class, at any size that is a multiple of 8."""

    def __init__(self, train: int = 96, val: int = 30, classes: int = 4, seed: int = 0) -> None:
        self.classes = tuple(f"c{index}" for index in range(classes))
        self.titles = self.classes
        self.fingerprint = f"{train} {val} {classes} {seed}"
        self.counts = {"train": train, "val": val}
        self.folder = Path("no-cache")
        self.seed = seed

    def split(self, name: str, image_size: int) -> FakeSplit:
        count = self.counts[name]
        labels = (np.arange(count) % len(self.classes)).astype(np.int32)
        pixels = np.random.default_rng(self.seed + count).integers(0, 100, (count, 8, 8, 3)).astype(np.uint8)
        pixels[..., 0] += (labels * 35).astype(np.uint8)[:, None, None]
        times = image_size // 8
        return FakeSplit(pixels.repeat(times, 1).repeat(times, 2), labels, tuple(f"{name}{index}" for index in range(count)))


DEATHS = {
    "save": "run.checkpoint._write",
    "rename": "run.checkpoint._move",
    "validation": "validate.cross_entropy",
    "log": "run.keeper.log_bytes",
    "phase": "log.curves.curves_figure",
}
"""Where a training can be told to kill itself: functions of `tinymodel.training`."""


def die_in(place: str, call: int) -> None:
    """Kills this process at the end of the given call (from 1) of a function."""
    module_name, _, name = DEATHS[place].rpartition(".")
    module = importlib.import_module(f"tinymodel.training.{module_name}")
    original, calls = getattr(module, name), itertools.count(1)

    def deadly(*arguments: Any) -> Any:
        result = original(*arguments)
        if next(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(module, name, deadly)


def main() -> None:
    run, *options = sys.argv[1:]
    if "without-tensorflow" in options:
        sys.modules["tensorflow"] = None  # type: ignore[assignment]
    if "two-cpus" in options:
        import tensorflow as tf

        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    from tinymodel.training.log.events import TerminalLog
    from tinymodel.training.stopping import Stopped
    from tinymodel.training.trainer import train

    for option in options:
        if option.startswith("die="):
            place, _, call = option.removeprefix("die=").partition(":")
            die_in(place, int(call))
    plan = [row for row in PLAN if row["kind"] != "dropout" or "no-dropout" not in options]
    phases = [{**CUTMIX_PHASES[0], "epochs": 4, "augment": "none"}] if "short" in options else CUTMIX_PHASES
    recipe = {**EVERYTHING, "checkpoint_steps": 7, "augment_engine": "imgaug" if "imgaug" in options else "native"}
    try:
        copies = [Path(option.removeprefix("copy=")) for option in options if option.startswith("copy=")]
        copy_to = copies[0] if copies else None
        train(design(plan, phases, **recipe), FakeData(400), Path(run), log=TerminalLog(sys.stderr), copy_to=copy_to)
    except Stopped as stopped:
        sys.exit(stopped.exit_code)


if __name__ == "__main__":
    main()
