"""Two runs on the same classes → what has changed, and whether it is more than chance."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tinymodel.evaluation.figures import ClassFigures, class_figures, confusion
from tinymodel.report_page.inputs import Former, Predictions, ReportInputs
from tinymodel.training.run.compare import Difference, compare_records
from tinymodel.training.validate import cross_entropy, top_k

CHANCE = 0.05
"""A change that chance alone makes more often than this is called no gain."""

WEIGHTS = "class_weight"
MAX_WEAK = 5
"""Classes of the former run that are looked at one by one."""


class Headline(NamedTuple):
    """Figures over all pictures; top_5 is None with five classes or fewer."""

    images: int
    top_1: float
    top_5: float | None
    loss: float


class Flips(NamedTuple):
    """Pictures that are right in one run and wrong in the other.

    Attributes:
        chance: Probability of a difference at least this large if both runs were equally good (sign test, two-sided).
    """

    gained: int
    lost: int
    chance: float


class Beside(NamedTuple):
    """Two runs on the same kind of pictures.

    Attributes:
        before: Figures of the former run.
        now: Figures of this one.
        former_classes: Figures of the former run, class by class.
        classes: Those of this one.
        flips: None where the pictures are others.
    """

    before: Headline
    now: Headline
    former_classes: tuple[ClassFigures, ...]
    classes: tuple[ClassFigures, ...]
    flips: Flips | None
    verdict: str


class Recalls(NamedTuple):
    """Of a class, before and now."""

    before: float
    now: float

    @property
    def change(self) -> float:
        """What was gained."""
        return self.now - self.before


class WeakClass(NamedTuple):
    """A class that the former run did badly on; number and weight None for the mean of them.

    Attributes:
        weight: Of its loss in this run.
        holdout: None where the runs do not hold out the same.
    """

    number: int | None
    weight: float | None
    val: Recalls
    holdout: Recalls | None


class Comparison(NamedTuple):
    """What has changed since a former run.

    Attributes:
        holdout: None where the runs do not hold out the same.
        weakest: The classes with the lowest recall before, on the holdout where there is one, and their mean at the end.
        changes: Of network and recipe, by dotted key.
    """

    run: str
    val: Beside
    holdout: Beside | None
    weakest: tuple[WeakClass, ...]
    changes: tuple[Difference, ...]


def comparison_headline(predictions: Predictions) -> Headline:
    """The figures of `evaluate`, from the same functions."""
    probabilities, labels = predictions.probabilities, predictions.labels
    top_5 = top_k(probabilities, labels, 5) if probabilities.shape[1] > 5 else None
    return Headline(len(labels), top_k(probabilities, labels, 1), top_5, cross_entropy(probabilities, labels))


def compare(inputs: ReportInputs, former: Former) -> Comparison:
    """The former run beside this one."""
    val = _beside(inputs, former.predictions, inputs.predictions, former.same_pictures)
    holdout = None
    if former.holdout is not None and inputs.holdout is not None:
        holdout = _beside(inputs, former.holdout, inputs.holdout, same_pictures=True)
    return Comparison(former.run, val, holdout, _weakest(inputs, val, holdout), _changes(former.key, inputs.key))


def _beside(inputs: ReportInputs, before: Predictions, now: Predictions, same_pictures: bool) -> Beside:
    figures_before, figures_now = (
        class_figures(confusion(each.probabilities, each.labels), inputs.classes, inputs.titles) for each in (before, now)
    )
    flips = _flips(now, before) if same_pictures else None
    first, second = comparison_headline(before), comparison_headline(now)
    return Beside(first, second, figures_before, figures_now, flips, _verdict(first.top_1, second.top_1, flips))


def _weakest(inputs: ReportInputs, val: Beside, holdout: Beside | None) -> tuple[WeakClass, ...]:
    weights = inputs.key.get("class_weight") or {}
    known = (holdout or val).former_classes
    order = sorted((number for number, one in enumerate(known) if one.support), key=lambda number: known[number].recall)
    rows = [
        WeakClass(
            number,
            weights.get(inputs.classes[number]),
            _recalls(val, [number]),
            _recalls(holdout, [number]) if holdout else None,
        )
        for number in order[:MAX_WEAK]
    ]
    chosen = order[:MAX_WEAK]
    mean = WeakClass(None, None, _recalls(val, chosen), _recalls(holdout, chosen) if holdout else None)
    return (*rows, mean) if rows else ()


def _recalls(beside: Beside, numbers: Sequence[int]) -> Recalls:
    """Means over some classes."""
    before, now = (
        float(np.mean([figures[number].recall for number in numbers])) if numbers else 0.0
        for figures in (beside.former_classes, beside.classes)
    )
    return Recalls(before, now)


def sign_test(gained: int, lost: int) -> float:
    """Probability that a fair coin splits `gained + lost` throws at least as unevenly.

    Source: McNemar, "Note on the sampling error of the difference between correlated proportions", 1947; its exact form.

    >>> sign_test(5, 0), sign_test(3, 3), round(sign_test(60, 40), 4)
    (0.0625, 1.0, 0.0569)
    """
    throws, fewer = gained + lost, min(gained, lost)
    logarithms = [
        math.lgamma(throws + 1) - math.lgamma(heads + 1) - math.lgamma(throws - heads + 1) - throws * math.log(2.0)
        for heads in range(fewer + 1)
    ]
    return min(1.0, round(2.0 * math.fsum(map(math.exp, logarithms)), 12))


def comparison_value(value: Any) -> str:
    """A value of a recipe in a table: nothing as a dash, weights of classes by their number and range, the rest as in YAML.

    >>> comparison_value(None), comparison_value(True), comparison_value([32, 64]), comparison_value({"cat": 0.5, "dog": 1.5})
    ('–', 'true', '[32, 64]', '2 classes, 0.5 to 1.5')
    """
    if value is None or value == {}:
        return "–"
    if isinstance(value, Mapping) and all(type(one) in (int, float) for one in value.values()):
        return f"{len(value)} classes, {min(value.values()):g} to {max(value.values()):g}"
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What is different; of plans of different lengths only that they are, as their rows do not correspond."""
    plans = [key.get("plan") or [] for key in (before, now)]
    if len(plans[0]) != len(plans[1]):
        before, now = ({**key, "plan": f"{len(plan)} rows"} for key, plan in zip((before, now), plans, strict=True))
    weights = [key.get(WEIGHTS) or {} for key in (before, now)]
    before, now = ({**key, "phases": dict(enumerate(key.get("phases") or ())), WEIGHTS: None} for key in (before, now))
    for number in sorted(set(before["phases"]) ^ set(now["phases"])):
        for key in (before, now):
            key["phases"].setdefault(number, {})
    found = [change for change in compare_records(before, now) if change.before is not None or change.now is not None]
    return (*found, *([Difference(WEIGHTS, *weights)] if weights[0] != weights[1] else ()))


def _flips(now: Predictions, before: Predictions) -> Flips:
    right, was_right = (each.probabilities.argmax(axis=1) == each.labels for each in (now, before))
    gained, lost = int(np.sum(right & ~was_right)), int(np.sum(~right & was_right))
    return Flips(gained, lost, sign_test(gained, lost))


def _verdict(before: float, now: float, flips: Flips | None) -> str:
    points = f"{100 * (now - before):+.2f} points of top-1 accuracy"
    if flips is None:
        return f"{points}, on other pictures than the former run's: the two figures do not compare picture by picture"
    found = f"{points}: {flips.gained:,} pictures became right, {flips.lost:,} became wrong"
    if flips.chance >= CHANCE:
        share = f"{flips.chance:.0%}"
        return f"No change that stands out from chance. {found}; equally good networks differ this much in {share} of cases"
    word = "A gain" if now > before else "A loss"
    share = f"{flips.chance:.1%}" if flips.chance >= 0.001 else "fewer than 0.1%"
    return f"{word}. {found}; equally good networks differ this much in {share} of cases"
