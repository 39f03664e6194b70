"""A tiny design and a tiny data set, and a program that trains them.

python tiny.py RUN [short] [imgaug] [without-tensorflow]
"""

import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from generator.parse import parse_design

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


def main() -> None:
    if "without-tensorflow" in sys.argv:
        sys.modules["tensorflow"] = None  # type: ignore[assignment]
    from tinymodel.train import Stopped, TerminalLog, train

    phases = [{**CUTMIX_PHASES[0], "epochs": 6, "augment": "none"}] if "short" in sys.argv else CUTMIX_PHASES
    recipe = {**EVERYTHING, "checkpoint_steps": 7, "augment_engine": "imgaug" if "imgaug" in sys.argv else "native"}
    try:
        train(design(phases=phases, **recipe), FakeData(400), Path(sys.argv[1]), log=TerminalLog(sys.stderr))
    except Stopped as stopped:
        sys.exit(stopped.exit_code)


if __name__ == "__main__":
    main()
