"""`tinymodel check` of a YAML design as a whole process, against the smallest script that validates YAML with pydantic.

    python benchmarks/check_startup.py

Prints the median wall time of both, taken in turn, and their ratio (goal: at most 2).
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 15
DESIGN = Path(__file__).parents[1] / "designs" / "tiny-imagenet-v36.yaml"
PEER = "import pydantic, yaml\nclass M(pydantic.BaseModel):\n    x: int\nM.model_validate(yaml.safe_load('x: 1'))"


def seconds(*command: str) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=False, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    checked = (sys.executable, "-c", "import sys; from tinymodel.cli import main; sys.exit(main())", "check", str(DESIGN))
    ours, peers = [], []
    for _ in range(ROUNDS):
        ours.append(seconds(*checked))
        peers.append(seconds(sys.executable, "-c", PEER))
    ratio = statistics.median(a / b for a, b in zip(ours, peers, strict=True))
    print(f"check {statistics.median(ours):.3f} s, peer {statistics.median(peers):.3f} s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
