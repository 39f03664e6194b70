"""Runs rendered scripts in a process that has Keras and no module of this project, and writes down what they make.

    python script_runner.py FOLDER

FOLDER holds `NAME.py` and, in `sizes.json`, the image size and channels of each; `NAME.npz` and `made.json` are written there.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

SEED = 3


def facts(model: Any) -> dict[str, Any]:
    """Layers with what they read, weights, and the model's own name."""
    nodes = {layer.name: layer._inbound_nodes[0].input_tensors for layer in model.layers}
    return {
        "name": model.name,
        "layers": [
            {
                "name": layer.name,
                "class": type(layer).__name__,
                "inputs": [tensor._keras_history.operation.name for tensor in nodes[layer.name]],
                "params": layer.count_params(),
                "config": json.loads(json.dumps(layer.get_config(), default=str)),
            }
            for layer in model.layers
        ],
        "weights": [[weight.path, list(weight.shape), str(weight.dtype)] for weight in model.weights],
        "params": model.count_params(),
    }


def arrays(model: Any, height: int, width: int, channels: int) -> dict[str, np.ndarray]:
    """The fresh weights, and the outputs for two pictures."""
    images = np.random.default_rng(SEED).uniform(-1.0, 1.0, (2, height, width, channels)).astype("float32")
    weights = {f"weight_{number}": np.asarray(weight) for number, weight in enumerate(model.get_weights())}
    return {**weights, "outputs": np.asarray(model(images))}


def main() -> None:
    for name in ("generator", "tinymodel", "tests"):
        sys.modules[name] = None  # type: ignore[assignment]
    folder = Path(sys.argv[1])
    made = {}
    for name, (height, width, channels) in json.loads((folder / "sizes.json").read_text()).items():
        script = runpy.run_path(str(folder / f"{name}.py"))
        keras.utils.set_random_seed(SEED)
        model = script["build_model"](image_size=(height, width))
        made[name] = facts(model)
        np.savez(folder / f"{name}.npz", **arrays(model, height, width, channels))
        keras.utils.clear_session()
    (folder / "made.json").write_text(json.dumps(made))


if __name__ == "__main__":
    main()
