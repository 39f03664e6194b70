"""A training whose files are real and whose steps and pictures cost nothing: files are what is tested.

A stand-in takes the place of the engine: its variables change with every step, its predictions follow from them, and the best
epoch changes several times. Another one draws no curves, but gives bytes that follow from the rows.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.tiny import FakeData, design

PLAN = [
    {"kind": "bottleneck", "filters": "classes", "batch_norm": True},
    {"kind": "global_average_pool"},
    {"kind": "softmax"},
]
PHASES = [
    {"image_size": 8, "epochs": 2, "batch_size": 20},
    {"image_size": 16, "epochs": 3, "batch_size": 16},
]
NOISE = (0.5, 0.3, 0.9, 0.4, 0.1)
"""Of the predictions behind each epoch: the last one is the best, the one before it better than the first of its phase."""


class StandIn:
    """See `tinymodel.training.engines.engine.Engine`."""

    def __init__(self, model: Any, *_: Any) -> None:
        from tinymodel.training.engines.engine import MODEL, variable_names

        names = variable_names(MODEL, model.variables)
        self.model, self.size = model, 8
        self.variables = {name: np.array(variable) for name, variable in zip(names, model.variables, strict=True)}
        self.variables |= {"optimizer/0000/iteration": np.array(0, np.int64)}

    @property
    def iteration(self) -> int:
        return int(self.variables["optimizer/0000/iteration"])

    def hold(self, images: Any) -> None:
        pass

    def train_steps(self, steps: Any) -> tuple[Any, Any]:
        losses = []
        for _ in range(steps.step_count):
            step = self.iteration + 1
            for name, array in self.variables.items():
                if name.startswith("model/"):
                    self.variables[name] = (array * 0.9 + 0.01 * step).astype(array.dtype)
            self.variables["optimizer/0000/iteration"] = np.array(step, np.int64)
            losses.append(1.0 / step)
        return np.array(losses, np.float32), np.array([3] * len(losses), np.int32)

    def predict(self, images: np.ndarray) -> np.ndarray:
        red, key = images[..., 0].mean((1, 2)), images.astype(np.int64).sum((1, 2, 3))
        off = ((key * 2654435761 % 1000) / 1000.0 - 0.5) * 200.0 * NOISE[min(self.iteration // 5, len(NOISE) - 1)]
        logits = -(((red + off)[:, None] - 50.0 - 35.0 * np.arange(4)) ** 2) / 400.0
        shifted = np.exp(logits - logits.max(1, keepdims=True))
        return (shifted / shifted.sum(1, keepdims=True)).astype(np.float32)

    def state(self) -> dict[str, np.ndarray]:
        return {name: array.copy() for name, array in self.variables.items()}

    def load(self, state: Mapping[str, np.ndarray]) -> None:
        self.variables = {name: state[name].copy() for name in self.variables}

    def adopt(self) -> None:
        pass


def load() -> None:
    """Imports what a training needs, and uses none of it: TensorFlow must not have begun where a process is forked."""
    from tinymodel.training import trainer
    from tinymodel.training.run import keeper

    trainer.make_engine = lambda model, *_: StandIn(model)  # type: ignore[assignment]
    keeper.curves_png = lambda rows: repr(rows).encode()  # type: ignore[assignment, return-value]


def run(folder: Path, copy: Path, keep: int) -> int:
    """Trains, as the command does; returns the exit code."""
    from generator.errors import InputError
    from tinymodel.training.log.events import TerminalLog
    from tinymodel.training.stopping import NotWhole
    from tinymodel.training.trainer import train

    trained = design(PLAN, PHASES, checkpoint_steps=2, ema_momentum=None)
    try:
        result = train(
            trained,
            FakeData(80, 40),
            folder,
            log=TerminalLog(sys.stderr),
            sources={"model.py": "print()\n"},
            keep=keep,
            copy_to=copy,
        )
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except NotWhole as error:
        print(error, file=sys.stderr)
        return error.exit_code
    for message in result.unkept:
        print(message, file=sys.stderr)
    return 1 if result.unkept else 0
