"""What is judged is what `expand` and `trace` give of the edited design as a whole: of any design, for any change of it."""

from __future__ import annotations

from itertools import islice
from random import Random

import pytest

from generator.design.record import Design
from generator.errors import InputError
from generator.network.buildable import check_buildable
from generator.network.expand import expand
from generator.network.trace import Trace, trace
from generator.suggest.catalogue import edits_of
from generator.suggest.edits import edits_exclude, masks_of_edit, plan_of
from generator.suggest.judge import Figures, Judge
from generator.suggest.lines import Change, Line, changed_lines, lines_of, with_lines
from tests.support.random_plans import IMAGE_SIZES, random_change, random_design


def walked(design: Design, lines: tuple[Line, ...], *changes: Change) -> list[Trace] | None:
    """The edited design, walked as any other at every image size."""
    try:
        graph = expand(with_lines(design, changed_lines(lines, *changes)))
        check_buildable(graph)
        return [trace(graph, size) for size in IMAGE_SIZES]
    except InputError:
        return None


def assert_same(judged: Figures | None, traces: list[Trace] | None) -> None:
    assert (judged is None) == (traces is None)
    if judged is None or traces is None:
        return
    last = traces[0].final
    assert judged.rf == (last.height.rf, last.width.rf)
    assert judged.output == tuple(traced.rows[-1].shape for traced in traces)
    for sums, traced in zip(judged.sums, traces, strict=True):
        assert (sums.params, sums.macs) == (traced.params, traced.macs)
        assert sums.elements == sum(row.elements for row in traced.rows)


def judged_and_possible(rng: Random, changes: int) -> tuple[int, int]:
    """Compares a random design and changes of it; returns how many there were, and how many were possible."""
    design = random_design(rng)
    lines = lines_of(design)
    judge = Judge(lines, design, IMAGE_SIZES)
    assert_same(judge.judge(), walked(design, lines))
    edits = list(edits_of(plan_of(lines), filters=True))
    chosen = [(edit.change,) for edit in rng.sample(edits, min(len(edits), changes))]
    pairs = ((one, other) for one in rng.sample(edits, len(edits)) for other in edits)
    allowed = ((one, other) for one, other in pairs if not edits_exclude(masks_of_edit(one), masks_of_edit(other)))
    chosen += [(one.change, other.change) for one, other in islice(allowed, 0, 20 * changes, 20)]
    chosen += [(random_change(rng, lines),) for _ in range(changes)]
    possible = 0
    for together in chosen:
        judged = judge.judge(*map(judge.prepare, together))
        assert_same(judged, walked(design, lines, *together))
        possible += judged is not None
    return len(chosen), possible


@pytest.mark.parametrize("seed", range(12))
def test_judged_is_walked(seed: int) -> None:
    counts = [judged_and_possible(Random(f"{seed}-{number}"), 6) for number in range(3)]
    assert sum(possible for _, possible in counts) > 5


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 103))
def test_judged_is_walked_of_many(seed: int) -> None:
    counts = [judged_and_possible(Random(f"{seed}-{number}"), 12) for number in range(15)]
    changes, possible = map(sum, zip(*counts, strict=True))
    assert possible > changes / 4
    assert possible < changes, "impossible changes are among them"
