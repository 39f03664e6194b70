"""Random networks of all kinds and sizes, each held against Keras and against gradients (`tinymodel verify`).

    python benchmarks/random_networks.py                    # 350 designs and 150 Keras models, about ten minutes
    python benchmarks/random_networks.py --designs 20 --models 10 --first 1000

Prints every network that differs, and how much was compared. KERAS_BACKEND chooses the backend.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--designs", type=int, default=350)
    parser.add_argument("--models", type=int, default=150)
    parser.add_argument("--first", type=int, default=0, help="seed of the first of each")
    options = parser.parse_args()

    import keras

    from generator.render.yaml import design_to_yaml
    from tests.tinymodel.verify.random_networks import random_design, random_model
    from tinymodel.verify import verify_design, verify_model

    kinds: Counter[str] = Counter()
    start, differing, left_out = time.perf_counter(), 0, 0
    for seed in range(options.first, options.first + options.designs):
        design = random_design(Random(seed))
        found = verify_design(design)
        kinds.update({row.kind for row in design.plan})
        left_out += any("branches look" in reason for reason in found.proofs[2].left_out)
        if not found.agrees:
            differing += 1
            print(f"design {seed}\n{found.to_text()}\n{design_to_yaml(design)}")
        keras.backend.clear_session()
    for seed in range(options.first, options.first + options.models):
        model = random_model(Random(seed))
        found = verify_model(model)
        kinds.update({type(layer).__name__ for layer in model.layers})
        if not found.agrees:
            differing += 1
            print(f"model {seed}\n{found.to_text()}")
        keras.backend.clear_session()
    total = options.designs + options.models
    print(f"{total} networks under {keras.backend.backend()}: {differing} differ, {time.perf_counter() - start:.0f} s")
    print(f"{left_out} with branches out of line, whose rf in closed form is that of the longest path only")
    print(", ".join(f"{kind} {count}" for kind, count in kinds.most_common()))
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main())
