"""`tinymodel suggest`: how many edits it judges a second, and how long it takes for each design of the folder.

    python benchmarks/suggest.py

For each design: the seconds of the command as a whole process (medians on the clock and of the processor; goal: seconds), first
for another receptive field, then for that with 60 % of the parameters at most, which no single edit reaches, so that pairs are
judged. Then the edits judged a second of the processor (goal: 10,000), by a judge that knows nothing yet: the single edits by
themselves, and these with their pairs as the command judges them. A row that an edit makes is walked once for each map that it
meets; that is what the single edits pay for.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from itertools import combinations, islice
from pathlib import Path

from generator.check.files import read_one
from generator.design.record import Design
from generator.lint.options import CheckOptions
from generator.suggest.catalogue import edits_of
from generator.suggest.edits import edits_exclude, masks_of_edit, plan_of
from generator.suggest.judge import Judge
from generator.suggest.lines import lines_of
from generator.suggest.search import MAX_PAIRS

ROUNDS = 5
DESIGNS = Path(__file__).parents[1] / "designs"
COMMAND = (sys.executable, "-c", "import sys; from tinymodel.cli import main; sys.exit(main())", "suggest")
SHARE_OF_PARAMS = 0.6


def main() -> None:
    for file in sorted(path for path in DESIGNS.iterdir() if path.suffix in (".yaml", ".xlsx")):
        checked = read_one(str(file), CheckOptions())
        assert checked.design is not None
        assert checked.final is not None
        wanted = ["--rf", "64" if 95 <= checked.final["rf"] <= 105 else "100"]
        fewer = [*wanted, "--params-max", str(int(checked.final["params"] * SHARE_OF_PARAMS))]
        print(f"{file.name}, rf {checked.final['rf']}, {checked.final['params']:,} parameters")
        for words in (wanted, fewer):
            took, processor, said = whole_process(str(file), *words)
            print(f"  suggest {' '.join(words)}: {took:.2f} s, of the processor {processor:.2f} s; {said}")
        singles, pairs = judged_a_second(checked.design)
        print(f"  judged a second: {singles:,.0f} single edits, {pairs:,.0f} with their pairs")


def whole_process(*words: str) -> tuple[float, float, str]:
    """Seconds of the command on the clock and of the processor, and its last line."""
    seconds, processor, said = [], [], ""
    for _ in range(ROUNDS):
        start, before = time.perf_counter(), of_children()
        done = subprocess.run((*COMMAND, *words), check=False, capture_output=True, text=True)
        seconds.append(time.perf_counter() - start)
        processor.append(of_children() - before)
        said = done.stdout.splitlines()[-1]
    return statistics.median(seconds), statistics.median(processor), said


def of_children() -> float:
    """Seconds of the processor that ended processes have taken."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def judged_a_second(design: Design) -> tuple[float, float]:
    """Single edits a second, and single edits and pairs together; both from the making of the edits on."""
    start = time.process_time()
    lines = lines_of(design)
    judge = Judge(lines, design, [design.input.image_size])
    edits = [(judge.prepare(edit.change), masks_of_edit(edit)) for edit in edits_of(plan_of(lines), filters=True)]
    possible = [edit for edit in edits if judge.judge(edit[0]) is not None]
    singles = time.process_time() - start
    pairs = 0
    for (one, masks), (other, others) in islice(combinations(possible, 2), MAX_PAIRS):
        if not edits_exclude(masks, others):
            judge.judge(one, other)
            pairs += 1
    return len(edits) / singles, (len(edits) + pairs) / (time.process_time() - start)


if __name__ == "__main__":
    main()
