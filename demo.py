"""The main job from end to end: sheet → check → table → code → model → training at two sizes, killed once → evaluation.

    make demo          (about 3 minutes on two cores; needs no data: it draws its own pictures)

Every step is a command that is printed before it runs, so that it can be typed again by hand.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
OUT = HERE / "demo"
DESIGN = HERE / "designs" / "demo.xlsx"
TINYMODEL = [str(Path(sys.executable).with_name("tinymodel"))]
WANTED_ACCURACY = 0.9


def show(arguments: list[str]) -> list[str]:
    shown = [str(Path(text).relative_to(HERE)) if text.startswith(str(HERE)) else text for text in arguments]
    print(f"\n$ tinymodel {shlex.join(shown)}", flush=True)
    return [*TINYMODEL, *arguments]


def run(*arguments: str) -> None:
    subprocess.run(show(list(arguments)), check=True)


def train_and_kill(arguments: list[str], run_folder: Path) -> None:
    """Starts a training and kills it (SIGKILL) inside its third epoch, as a vanishing machine would."""
    process = subprocess.Popen(show(arguments))
    log = run_folder / "log.csv"
    while process.poll() is None:
        rows = log.read_text().count("\n") if log.exists() else 0
        if rows >= 3:
            time.sleep(1.0)
            process.send_signal(signal.SIGKILL)
            process.wait()
            print("\n-- killed inside an epoch; started again, it goes on where it was --", flush=True)
            return
        time.sleep(0.05)
    sys.exit(f"the training ended before it could be killed (exit {process.returncode})")


def main() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    start = time.monotonic()
    OUT.mkdir(exist_ok=True)
    design, pictures, run_folder = str(DESIGN), str(OUT / "toy"), OUT / f"run-{time.strftime('%Y%m%d-%H%M%S')}"
    run("check", design)
    run("table", design)
    run("render", design, "-o", str(OUT / "demo_model.py"))
    run("build", design, "-o", str(OUT / "demo.keras"))
    if not (OUT / "toy").exists():
        run("data", "make-toy", pictures)
    training = ["train", design, "--data", pictures, "--run", str(run_folder)]
    train_and_kill(training, run_folder)
    run(*training)
    run("evaluate", str(run_folder))
    figures = json.loads(
        subprocess.run([*TINYMODEL, "evaluate", str(run_folder), "--format", "json"], check=True, capture_output=True).stdout
    )
    print(f"\nValidation accuracy {figures['top_1']:.1%} after {time.monotonic() - start:.0f} s. What was made:")
    for path in (OUT / "demo_model.py", OUT / "demo.keras", run_folder / "log.csv", run_folder / "model.keras"):
        print(f"  {path.relative_to(HERE)}")
    if figures["top_1"] < WANTED_ACCURACY:
        sys.exit(f"the accuracy is below {WANTED_ACCURACY:.0%}")


if __name__ == "__main__":
    main()
