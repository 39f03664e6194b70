"""What follows from the figures of a run, in plain sentences: a function a subject, silent where nothing follows."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from generator.design.recipe import Recipe
from generator.errors import printable
from generator.network.resolutions import Resolution
from generator.text import counted
from tinymodel.evaluation.figures import ClassFigures
from tinymodel.report_page.cues import ColourCue, phases_that_hide_colour
from tinymodel.report_page.spent import Spent
from tinymodel.training.log.events import EpochRow
from tinymodel.training.log.history import best_of

MAX_NAMES = 4
WEAK_SHARE = 0.75
"""A class is weak whose recall is below this share of the mean recall."""
WIDE_GAP, OPEN_GAP = 0.10, 0.02
"""Accuracy on training pictures above that on others: more is learning by heart; and below it: room is left."""
PATIENCE_SHARE, PATIENCE_EPOCHS = 0.25, 3
"""Epochs without a gain that are worth a word: this share of the last phase, and at least so many."""
LONG_WAIT = 0.15
"""Share of the training spent waiting for data."""
TOO_OFTEN = 1.5
"""Times as many pictures taken for a class as there are of it."""
TOO_SURE = 0.10
"""Mean confidence above accuracy."""


class Advice(NamedTuple):
    """One thing to do.

    Attributes:
        title: What to do.
        text: What it follows from.
        command: That does it, or a part of it; empty where none does.
        section: Anchor of the figures that it follows from.
    """

    title: str
    text: str
    command: str
    section: str


class Evidence(NamedTuple):
    """The figures that advice follows from."""

    place: str
    classes: Sequence[ClassFigures]
    cues: Sequence[ColourCue]
    rows: Sequence[EpochRow]
    spent: Sequence[Spent]
    recipe: Recipe | None
    resolutions: Sequence[Resolution]
    taken: Sequence[int]
    accuracy: float
    confidence: float


def advice(evidence: Evidence) -> tuple[Advice, ...]:
    """All that follows, the classes first, then the training, then the network."""
    subjects: tuple[Callable[[Evidence], Iterator[Advice]], ...] = (_weak, _greedy, _colour, _gap, _gain, _sure, _wait, _blind)
    return tuple(found for subject in subjects for found in subject(evidence))


def _weak(evidence: Evidence) -> Iterator[Advice]:
    seen = [figures for figures in evidence.classes if figures.support]
    if not seen:
        return
    mean = float(np.mean([figures.recall for figures in seen]))
    weak = sorted(
        (figures for figures in seen if figures.recall < WEAK_SHARE * mean), key=lambda figures: (figures.recall, figures.name)
    )
    if weak:
        which = _listed([f"{printable(figures.title)} ({figures.recall:.0%})" for figures in weak])
        text = (
            f"Recall is {mean:.0%} on average, and far below it for {which}. Weights on their loss make the network try harder "
            "on them."
        )
        command = f"tinymodel weights {shlex.quote(evidence.place)}"
        if evidence.recipe and not evidence.recipe.holdout:
            text += " They are reckoned on a holdout, which this training had not: train with one first."
            command = "--set holdout=0.1"
        yield Advice(f"Weight {counted(len(weak), 'class', 'classes')}", text, command, "classes")


def _greedy(evidence: Evidence) -> Iterator[Advice]:
    pairs = zip(evidence.classes, evidence.taken, strict=True)
    often = sorted(
        ((figures, taken) for figures, taken in pairs if figures.support and taken >= TOO_OFTEN * figures.support),
        key=lambda pair: (-pair[1] / pair[0].support, pair[0].name),
    )
    if often:
        which = _listed([f"{printable(figures.title)} ({taken:,} times, of {figures.support:,})" for figures, taken in often])
        text = (
            f"The answer is too often {which}. Look at the mistakes that were taken for "
            f"{'it' if len(often) == 1 else 'one of them'}: what they share is what the network takes for that class."
        )
        yield Advice(f"{counted(len(often), 'class draws', 'classes draw')} others in", text, "", "pictures")


def _colour(evidence: Evidence) -> Iterator[Advice]:
    hiding = phases_that_hide_colour(evidence.recipe.phases) if evidence.recipe else ()
    if not hiding or not evidence.cues:
        return
    titles = [printable(figures.title) for figures in evidence.classes]
    which = _listed(
        [
            f"{titles[cue.pair.label]} taken for {titles[cue.pair.guess]} ({cue.pair.pictures:,} pictures; {cue.axis}, "
            f"{cue.distance:.1f} standard deviations apart)"
            for cue in sorted(evidence.cues, key=lambda cue: -cue.distance)
        ]
    )
    names = " and ".join(dict.fromkeys(phase.augment for _, phase in hiding))
    phases = f"phase{'s' if len(hiding) > 1 else ''} {_listed([str(number) for number, _ in hiding])}"
    text = (
        f"Classes that are often confused differ in colour: {which}. The augmentation {names} of {phases} changes the colours "
        "of the training pictures, so that the network learns to do without them. A run without it shows what that costs."
    )
    yield Advice("Leave the colours alone", text, f"--set phases.{hiding[-1][0] - 1}.augment=pad_crop", "confusion")


def _gap(evidence: Evidence) -> Iterator[Advice]:
    if not evidence.rows:
        return
    last = evidence.rows[-1]
    gap, where = last.accuracy - last.val_accuracy, "the holdout" if last.compared_on != "val" else "validation pictures"
    figures = f"In the last epoch accuracy is {last.accuracy:.1%} on training pictures and {last.val_accuracy:.1%} on {where}"
    if gap > WIDE_GAP:
        text = (
            f"{figures}: the network learns pictures by heart. Stronger augmentation, cutmix, dropout or weight decay work "
            "against it."
        )
        phase = len(evidence.recipe.phases) - 1 if evidence.recipe else 0
        yield Advice("Regularise more", text, f"--set phases.{phase}.cutmix=0.5", "training")
    elif gap < OPEN_GAP and last.accuracy < 0.9:
        text = (
            f"{figures}: nothing is learned by heart yet, so that more epochs, a higher learning rate or a larger network can "
            "still gain. (Training pictures are augmented and hence harder.)"
        )
        yield Advice("Train longer, or a larger network", text, "", "training")


def _gain(evidence: Evidence) -> Iterator[Advice]:
    if not evidence.rows:
        return
    rows, best = evidence.rows, best_of(evidence.rows)
    epochs = sum(row.image_size == rows[-1].image_size for row in rows)
    since = rows[-1].epoch - best.epoch
    if since >= max(PATIENCE_EPOCHS, PATIENCE_SHARE * epochs):
        text = (
            f"Accuracy has not risen since epoch {best.epoch} ({best.val_accuracy:.1%}), for {since} epochs. A learning rate "
            "that falls towards the end often gains where a constant one no longer does; else the epochs can be saved."
        )
        named = evidence.recipe.schedule.name if evidence.recipe else "constant"
        yield Advice(
            "Let the learning rate fall, or stop earlier",
            text,
            "--set schedule.name=cosine" if named == "constant" else "",
            "training",
        )
    elif since == 0 and len(rows) > 1:
        text = f"The best epoch is the last one ({best.val_accuracy:.1%}): the training ended while it still gained."
        yield Advice("Add epochs to the last phase", text, "", "training")


def _sure(evidence: Evidence) -> Iterator[Advice]:
    if evidence.confidence - evidence.accuracy > TOO_SURE:
        text = (
            f"The network gives its answers {evidence.confidence:.0%} on average and is right in {evidence.accuracy:.0%}: it "
            "is too sure. Label smoothing makes its probabilities honest."
        )
        yield Advice("Smooth the labels", text, "--set label_smoothing=0.1", "pictures")


def _wait(evidence: Evidence) -> Iterator[Advice]:
    slow = [phase for phase in evidence.spent if phase.wait_share > LONG_WAIT]
    if slow:
        which = _listed([f"phase {phase.phase} ({phase.wait_share:.0%})" for phase in slow])
        text = f"The training waited for its pictures in {which}. They come faster from the device's own memory."
        yield Advice("Feed the device faster", text, "--set images=resident", "time")


def _blind(evidence: Evidence) -> Iterator[Advice]:
    trained_at = {phase.image_size for phase in evidence.recipe.phases} if evidence.recipe else set()
    for found in evidence.resolutions:
        if found.blind and (not trained_at or set(found.image_size) <= trained_at):
            size = "{} x {} px".format(*found.image_size)
            names = _listed([printable(name) for name in found.blind])
            text = (
                f"At {size} the input of {names} sees the whole image already: the kernels there can see nothing new. They "
                "cost time and parameters that a larger image, a later pool or fewer layers would use better."
            )
            yield Advice(f"Look at {counted(len(found.blind), 'convolution', 'convolutions')} at {size}", text, "", "design")


def _listed(names: Sequence[str]) -> str:
    """Names in a sentence, the first of many.

    >>> _listed(["a"]), _listed(["a", "b"]), _listed(list("abcdefgh"))
    ('a', 'a and b', 'a, b, c, d and 4 more')
    """
    shown = list(names[:MAX_NAMES])
    if len(names) > MAX_NAMES:
        return f"{', '.join(shown)} and {len(names) - MAX_NAMES} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
