"""Random networks of all kinds and sizes, each held against Keras and against gradients (`tinymodel verify`).

    python benchmarks/random_networks.py                    # 350 designs and 150 Keras models, ten minutes on two cores
    python benchmarks/random_networks.py --designs 20 --models 10 --first 1000

Prints every network that differs, how far it is, and at the end how much was compared. KERAS_BACKEND chooses the backend. Each
few have a process of their own, as many at once as there are cores: what a backend keeps of a network is given back with it.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

TOGETHER = 25
"""Networks a process."""


class Share(NamedTuple):
    """What is compared in one process: designs, or Keras models, of these seeds."""

    what: Literal["design", "model"]
    seeds: range


class Compared(NamedTuple):
    """What came out: the text of each that differs; of designs, how many have branches out of line."""

    networks: int
    differing: tuple[str, ...]
    out_of_line: int
    kinds: Counter[str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--designs", type=int, default=350)
    parser.add_argument("--models", type=int, default=150)
    parser.add_argument("--first", type=int, default=0, help="seed of the first of each")
    options = parser.parse_args()

    start, total = time.perf_counter(), Compared(0, (), 0, Counter())
    shares = [*_shares("design", options.first, options.designs), *_shares("model", options.first, options.models)]
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), max_tasks_per_child=1) as pool:
        for done in as_completed([pool.submit(compare, share) for share in shares]):
            found = done.result()
            total = Compared(*(whole + part for whole, part in zip(total, found, strict=True)))
            print(*found.differing, f"{total.networks} networks, {len(total.differing)} differ", sep="\n", flush=True)
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    seconds = time.perf_counter() - start
    print(f"{total.networks} networks under {backend}: {len(total.differing)} differ, {seconds:.0f} s")
    print(f"{total.out_of_line} with branches out of line, whose rf in closed form is that of the longest path only")
    print(", ".join(f"{kind} {count}" for kind, count in total.kinds.most_common()))
    return int(bool(total.differing))


def _shares(what: Literal["design", "model"], first: int, count: int) -> list[Share]:
    seeds = range(first, first + count)
    return [Share(what, seeds[begin : begin + TOGETHER]) for begin in range(0, count, TOGETHER)]


def compare(share: Share) -> Compared:
    """Compares the networks of a share."""
    from generator.design.write_yaml import design_to_yaml
    from tests.support.random_networks import random_design, random_model
    from tinymodel.verification.proofs import verify_design, verify_model

    kinds: Counter[str] = Counter()
    differing, out_of_line = [], 0
    for seed in share.seeds:
        if share.what == "design":
            design = random_design(Random(seed))
            found, text = verify_design(design), design_to_yaml(design)
            kinds.update({row.kind for row in design.plan})
            out_of_line += any("branches look" in reason for reason in found.proofs[2].left_out)
        else:
            model = random_model(Random(seed))
            found, text = verify_model(model), ""
            kinds.update({type(layer).__name__ for layer in model.layers})
        if not found.agrees:
            differing.append(f"{share.what} {seed}\n{found.to_text()}\n{text}")
    return Compared(len(share.seeds), tuple(differing), out_of_line, kinds)


if __name__ == "__main__":
    sys.exit(main())
