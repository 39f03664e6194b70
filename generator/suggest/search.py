"""The search: every edit judged, pairs where no single one does, the best first, each that is shown proved by a real walk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from generator.design.fields import Pair
from generator.design.record import Design, Targets
from generator.network.expand import expand
from generator.network.resolutions import Resolution, image_sizes, resolution
from generator.suggest.catalogue import edits_of
from generator.suggest.edits import Edit, Masks, Plan, edits_exclude, masks_of_edit, plan_of
from generator.suggest.goals import PARAMS_LEEWAY, Goal, goals_of
from generator.suggest.judge import ANY, Figures, Judge, Prepared
from generator.suggest.lines import lines_of
from generator.suggest.proof import prove_suggestion

MAX_PAIRS = 100_000
"""Pairs that are judged: of more edits, the pairs of those that come closest to the targets by themselves."""
MAX_ROWS_WALKED = 10_000_000
"""Rows that may be walked by the judging of single edits, and again by that of pairs: of a plan of thousands of rows, the last
edits are not considered."""


class Suggestion(NamedTuple):
    """Edits that bring a design to its targets.

    Attributes:
        design: The design behind them.
        after: Its figures, from its own walk, at the image sizes of `Suggestions.before`.
        alike: How many other edits of this kind give the same figures.
    """

    edits: tuple[Edit, ...]
    design: Design
    after: tuple[Resolution, ...]
    alike: int = 0


class Suggestions(NamedTuple):
    """What a search found.

    Attributes:
        before: The design at the image sizes that count, the one that is shown first.
        missed: Names of the targets that the design misses as it is.
        reached: How many edits, or pairs of them, reach the targets.
        judged: How many were judged.
        passed_over: How many single edits were not, because the plan is too long.
        pairs_cut: Whether pairs were judged of the most promising edits only.
    """

    plan: Plan
    targets: Targets
    before: tuple[Resolution, ...]
    missed: tuple[str, ...]
    suggestions: tuple[Suggestion, ...] = ()
    reached: int = 0
    judged: int = 0
    passed_over: int = 0
    pairs_cut: bool = False


class _Candidate(NamedTuple):
    """An edit that the plan can take."""

    edit: Edit
    prepared: Prepared
    masks: Masks
    figures: Figures


class _Reached(NamedTuple):
    """Edits that reach the targets, by how good they are."""

    order: tuple[float, ...]
    edits: tuple[Edit, ...]
    figures: Figures


def suggest(
    design: Design, targets: Targets, image_size: Pair | None = None, *, limit: int = 10, allow_large: bool = False
) -> Suggestions:
    """The smallest edits that bring a design to its targets.

    The order: those that keep the parameters within PARAMS_LEEWAY first (where no target limits them); then the fewest edits;
    then the closest to the targets, in whole percents; then the smallest change of the parameters, in whole percents; then the
    fewest rows touched; then the smallest change of the macs.

    Args:
        design: One that can be built, at all image sizes of its recipe.
        targets: What is wanted; see `goals.wanted_targets`.
        image_size: (height, width), px: the targets are those of this size; else of the design's own and its recipe's.
        limit: Suggestions that are wanted.
        allow_large: Whether a suggestion may be larger than the limits of `limits.py`.

    Raises:
        InputError: The design cannot be at one of the image sizes.
    """
    own = image_sizes(design)
    sizes = tuple(dict.fromkeys([image_size, *own] if image_size else own))
    graph = expand(design)
    at_sizes = tuple(resolution(design, graph, size) for size in sizes)
    before = at_sizes[:1] if image_size else at_sizes
    plan = plan_of(lines_of(design))
    search = _Search(plan, design, sizes, goals_of(targets, before))
    missed = tuple(goal.name for goal in search.goals if goal.shortfall(search.at_all.base))
    if not missed:
        return Suggestions(plan, targets, before, missed)
    found = search.run()
    shown: list[Suggestion] = []
    for group in _alike(found):
        for each in group if len(shown) < limit else ():
            if (proof := prove_suggestion(design, plan, each.edits, each.figures, sizes, allow_large)) is not None:
                shown.append(Suggestion(each.edits, proof.design, proof.at_sizes[: len(before)], len(group) - 1))
                break
    return Suggestions(
        plan, targets, before, missed, tuple(shown), len(found), search.judged, search.passed_over, search.pairs_cut
    )


class _Search:
    """Judges the edits of one plan: all of them at the first image size, at all sizes those that reach the targets there."""

    def __init__(self, plan: Plan, design: Design, image_sizes: Sequence[Pair], goals: Sequence[Goal]) -> None:
        self.plan, self.goals = plan, goals
        self.at_first = _Bench(Judge(plan.lines, design, image_sizes[:1]))
        self.at_all = _Bench(Judge(plan.lines, design, image_sizes)) if len(image_sizes) > 1 else self.at_first
        self.limited = any(goal.name == "params" for goal in goals)
        self.judged = self.passed_over = 0
        self.pairs_cut = False

    def run(self) -> list[_Reached]:
        """All edits that reach the targets, or pairs of them, the best first."""
        costs = any(goal.name != "rf" for goal in self.goals)
        singles = self._judged(edits_of(self.plan, filters=costs))
        reached = [self._reached(single.figures, single.edit) for single in singles]
        found = [each for each in reached if each is not None]
        if all(each.order[0] for each in found):
            partners = [single for single, each in zip(singles, reached, strict=True) if each is None]
            if not costs:
                partners += self._judged(edit for edit in edits_of(self.plan, filters=True) if edit.kind == "scale")
            found += self._pairs(partners)
        return sorted(found, key=lambda each: each.order)

    def _judged(self, edits: Iterable[Edit]) -> list[_Candidate]:
        """The edits that the plan can take and that change its figures."""
        edits = [edit for edit in edits if not self._leaves_holes(edit)]
        most = MAX_ROWS_WALKED // len(self.plan.lines)
        self.passed_over += len(edits[most:])
        self.judged += len(edits[:most])
        found = []
        for edit in edits[:most]:
            prepared = self.at_first.judge.prepare(edit.change)
            figures = self.at_first.judge.judge(prepared)
            if figures is not None and figures != self.at_first.base and self.at_first.allows(figures):
                found.append(_Candidate(edit, prepared, masks_of_edit(edit), figures))
        return found

    def _pairs(self, singles: list[_Candidate]) -> Iterator[_Reached]:
        """The pairs that reach the targets, of edits of which neither does."""
        most = int((2 * min(MAX_PAIRS, MAX_ROWS_WALKED // len(self.plan.lines))) ** 0.5)
        self.pairs_cut = len(singles) > most
        if self.pairs_cut:
            singles = sorted(singles, key=lambda single: sum(goal.shortfall(single.figures) for goal in self.goals))[:most]
        judge = self.at_first.judge.judge
        rf = next((goal.limits for goal in self.goals if goal.name == "rf"), ANY)
        for index, one in enumerate(singles):
            for other in islice(singles, index + 1, None):
                if edits_exclude(one.masks, other.masks):
                    continue
                self.judged += 1
                figures = judge(one.prepared, other.prepared, rf=rf)
                if figures is not None and (reached := self._reached(figures, one.edit, other.edit)) is not None:
                    yield reached

    def _leaves_holes(self, edit: Edit) -> bool:
        """Whether taps would stand farther apart than each of them sees: then pixels between them count and are not seen."""
        if edit.argument != "dilation_rate":
            return False
        return any(max(edit.to) > self.at_first.judge.reach(row) for row in edit.rows)

    def _reached(self, figures: Figures, *edits: Edit) -> _Reached | None:
        """The edits with how good they are, if they reach the targets; `figures` are those at the first image size."""
        if any(goal.shortfall(figures) for goal in self.goals) or not self.at_first.allows(figures):
            return None
        at_all = figures
        if self.at_all is not self.at_first:
            judge = self.at_all.judge
            found = judge.judge(*(judge.prepare(edit.change) for edit in edits))
            if found is None or any(goal.shortfall(found) for goal in self.goals) or not self.at_all.allows(found):
                return None
            at_all = found
        return _Reached(self._order(figures, edits), edits, at_all)

    def _order(self, figures: Figures, edits: tuple[Edit, ...]) -> tuple[float, ...]:
        """How good edits are that reach the targets, the best first; see `suggest`."""
        sums, was = figures.sums[0], self.at_first.base.sums[0]
        params = _change(sums.params, was.params)
        return (
            not self.limited and params > PARAMS_LEEWAY,
            len(edits),
            round(100 * max(goal.distance(figures) for goal in self.goals)),
            round(100 * params),
            sum(edit.touched for edit in edits),
            _change(sums.macs, was.macs),
            # Of edits that are as good, those of late rows: they see more already, and less stands behind them.
            *(-max((*edit.rows, edit.above or 0)) for edit in edits),
        )


class _Bench:
    """A judge, with what it says of the plan as it is."""

    def __init__(self, judge: Judge) -> None:
        base = judge.judge()
        assert base is not None, "a plan that has been walked at all image sizes is judged impossible"
        self.judge, self.base = judge, base

    def allows(self, figures: Figures) -> bool:
        """The head gives what it gave (a map of the same size, if it is one), and no more windows reach over their maps."""
        return figures.output == self.base.output and all(
            at.oversized <= was.oversized for at, was in zip(figures.sums, self.base.sums, strict=True)
        )


def _change(figure: int, was: int) -> float:
    return abs(figure - was) / max(was, 1)


def _alike(found: Iterable[_Reached]) -> Iterator[list[_Reached]]:
    """What reaches the targets in its order, in groups that do the same to other rows, or scale filters by another factor."""
    groups: dict[tuple[Any, ...], list[_Reached]] = {}
    for each in found:
        what = tuple(
            (edit.kind, edit.argument, edit.scope, *(() if edit.kind == "scale" else (edit.was, edit.to)))
            for edit in each.edits
        )
        groups.setdefault((what, each.figures.rf), []).append(each)
    yield from groups.values()
