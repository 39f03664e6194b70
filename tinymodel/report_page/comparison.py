"""Two runs on the same classes → what has changed, and whether it is more than chance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tinymodel.evaluate.figures import ClassFigures, class_figures, confusion
from tinymodel.report_page.inputs import Former, Predictions
from tinymodel.train.compare import Difference, differences
from tinymodel.train.validate import cross_entropy, top_k

CHANCE = 0.05
"""A change that chance alone makes more often than this is called no gain."""


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


class Comparison(NamedTuple):
    """What has changed since a former run.

    Attributes:
        classes: The former figures, class by class.
        flips: None where the pictures are others.
        changes: Of network and recipe, by dotted key.
    """

    run: str
    before: Headline
    classes: tuple[ClassFigures, ...]
    flips: Flips | None
    changes: tuple[Difference, ...]
    verdict: str


def headline(predictions: Predictions) -> Headline:
    """The figures of `evaluate`, from the same functions."""
    probabilities, labels = predictions.probabilities, predictions.labels
    top_5 = top_k(probabilities, labels, 5) if probabilities.shape[1] > 5 else None
    return Headline(len(labels), top_k(probabilities, labels, 1), top_5, cross_entropy(probabilities, labels))


def compare(
    now: Predictions, former: Former, key: Mapping[str, Any], names: Sequence[str], titles: Sequence[str]
) -> Comparison:
    """The former run beside this one.

    Args:
        now: Predictions of this run.
        former: The other one.
        key: What this run is.
        names: Of the classes.
        titles: Of the classes.
    """
    before = former.predictions
    matrix = confusion(before.probabilities, before.labels)
    flips = _flips(now, before) if former.same_pictures else None
    first, second = headline(before), headline(now)
    return Comparison(
        former.run,
        first,
        class_figures(matrix, names, titles),
        flips,
        _changes(former.key, key),
        _verdict(first.top_1, second.top_1, flips),
    )


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


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What is different; of plans of different lengths only that they are, as their rows do not correspond."""
    plans = [key.get("plan") or [] for key in (before, now)]
    if len(plans[0]) != len(plans[1]):
        before, now = ({**key, "plan": f"{len(plan)} rows"} for key, plan in zip((before, now), plans, strict=True))
    return tuple(differences(before, now))


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
