"""Calls to the file system that fail, or at which the process is killed, against the same training left alone.

    python benchmarks/faults.py [--calls 600] [--seed 0] [--jobs 2] [--scratch /dev/shm]

Every call of a training that writes to its run folder or to the copy (write, fsync, create, rename, unlink, mkdir) is counted
on a plain run. Then calls of all kinds, from all parts of its life, are hit one at a time: once by a passing error, once by one
that lasts from then on (ENOSPC or EIO, some writes half done), a fifth of them also by SIGKILL. Each is followed by a clean
start, a fourth of them on another folder that has only the copy. In the end every weight of the newest checkpoint, of the best
weights and of the model, the log and the copy must be those of the training that was left alone; a process that was hit ends
with exit 0 only if all of it is so already; none says a traceback or ends by another signal. Needs a C compiler.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.faults.driver import Case, Server, chosen, hit, left_alone, serving
from tests.support.faults.shim import KILL, compiled


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()))
    options = parser.parse_args()
    began, ended, kinds = time.monotonic(), Counter[tuple[str, str]](), Counter[str]()
    with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
        scratch = Path(folder)
        shim = compiled(scratch)

        def work(job: int) -> list[str]:
            """Hits every `jobs`-th case; odd jobs keep two checkpoints, even ones a single one."""
            wrong: list[str] = []
            with serving(shim, scratch / f"server-{job}") as server:
                keep = 1 + job % 2
                whole = left_alone(server, scratch / f"whole-{job}", keep)
                cases = chosen(whole, options.calls, options.seed, keep)
                for number, case in enumerate(cases[job :: options.jobs], 1):
                    wrong += one(server, whole, case, scratch / f"case-{job}")
                    if number % 50 == 0:
                        print(
                            f"job {job}: {number} of {len(cases) // options.jobs}, {len(wrong)} wrong",
                            file=sys.stderr,
                            flush=True,
                        )
            return wrong

        def one(server: Server, whole: object, case: Case, place: Path) -> list[str]:
            how, found = hit(server, whole, case, place)  # type: ignore[arg-type]
            way = "kill" if case.fault.number == KILL else "from then on" if case.fault.lasting else "once"
            ended[way, how] += 1
            kinds[case.call.kind] += 1
            for text in found:
                print(f"{case}: {text}", file=sys.stderr, flush=True)
            return [f"{case}: {text}" for text in found]

        with ThreadPoolExecutor(options.jobs) as pool:
            wrong = [text for found in pool.map(work, range(options.jobs)) for text in found]
    print(
        f"{sum(kinds.values())} faults in {time.monotonic() - began:.0f} s: "
        + ", ".join(f"{n} {k}" for k, n in sorted(kinds.items()))
    )
    for (way, how), count in sorted(ended.items()):
        print(f"  {way:14}{how:8}{count:6}")
    print(f"{len(wrong)} wrong" if wrong else "none left a run or a copy that differs, none was silent")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
