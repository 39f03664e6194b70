"""How long a trace takes: ResNet-50 as a graph of 175 layers, with receptive field, parameters and macs of every layer.

    python benchmarks/geometry.py

Prints the median of many traces (goal: under 1 ms), that of a design with branches as the commands see it, and what
`inspect` takes for the model itself. Peers are timed in an environment of their own; see `log.md`.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROUNDS = 200
DESIGNS = Path(__file__).parents[1] / "designs"


def milliseconds(work: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """Median and fastest of many rounds."""
    work()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append(1000.0 * (time.perf_counter() - start))
    return statistics.median(taken), min(taken)


def main() -> None:
    from generator.design.read_yaml import read_yaml
    from generator.network.expand import expand
    from generator.network.trace import trace

    for name in ("resnet18-tiny-imagenet", "tiny-imagenet-v36"):
        design = read_yaml(DESIGNS / f"{name}.yaml")
        graph = expand(design)
        median, best = milliseconds(lambda graph=graph: trace(graph))
        print(f"trace of {name}, {len(graph.layers)} layers: median {median:.3f} ms, fastest {best:.3f} ms")
        median, best = milliseconds(lambda design=design: trace(expand(design)))
        print(f"  with its expansion: median {median:.3f} ms, fastest {best:.3f} ms")

    import keras

    from tinymodel.inspection.graph_of_model import inspect_model

    model = keras.applications.ResNet50(weights=None, include_top=False)
    graph = inspect_model(model, 224).graph
    traced = trace(graph)
    print(
        f"ResNet-50: {len(graph.layers)} layers, rf {traced.final.height.rf}, {traced.params:,} parameters, "
        f"{traced.macs:,} macs"
    )
    median, best = milliseconds(lambda: trace(graph))
    print(f"  trace: median {median:.3f} ms, fastest {best:.3f} ms (goal 1 ms)")
    median, best = milliseconds(lambda: inspect_model(model, 224), 10)
    print(f"  inspect of the built model: median {median:.1f} ms, fastest {best:.1f} ms")


if __name__ == "__main__":
    sys.exit(main())
