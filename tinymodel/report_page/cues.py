"""Which confused classes differ in colour, and which phases hide colour from the network. NumPy only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from generator.design.recipe import Phase
from tinymodel.augmentation.recipes import ChannelShuffle, Multiply, simple_operations
from tinymodel.evaluation.figures import ConfusedPair

MOST_PICTURES = 200
"""Of a class, that its colour is taken from."""
DISTANCE = 0.8
"""Difference of two means in standard deviations from which on it is called large. Source: Cohen, "Statistical Power Analysis",
1988, 2.2."""
AXES = ("red against green", "yellow against blue")


class ColourCue(NamedTuple):
    """A confused pair whose classes differ in colour.

    Attributes:
        distance: Of the classes' mean colours, in standard deviations of the pictures' mean colours within a class.
        axis: The opponent colours on which they differ most.
    """

    pair: ConfusedPair
    distance: float
    axis: str


def colour_cues(pairs: Sequence[ConfusedPair], images: np.ndarray, labels: np.ndarray) -> tuple[ColourCue, ...]:
    """The pairs that colour alone would tell apart well, in their order.

    Args:
        pairs: The most confused ones.
        images: (n, size, size, 3) uint8.
        labels: (n,) their classes.
    """
    colours: dict[int, np.ndarray] = {}
    for number in {number for pair in pairs for number in (pair.label, pair.guess)}:
        own = np.flatnonzero(labels == number)[:MOST_PICTURES]
        colours[number] = (
            _opponent(np.stack([images[place].mean(axis=(0, 1)) for place in own])) if len(own) > 1 else np.zeros((0, 2))
        )
    found = []
    for pair in pairs:
        first, second = colours[pair.label], colours[pair.guess]
        if len(first) and len(second):
            spread = np.sqrt((first.var(axis=0, ddof=1) + second.var(axis=0, ddof=1)) / 2)
            distances = np.abs(first.mean(axis=0) - second.mean(axis=0)) / np.maximum(spread, 1e-6)
            if distances.max() >= DISTANCE:
                found.append(ColourCue(pair, float(distances.max()), AXES[int(distances.argmax())]))
    return tuple(found)


def phases_that_hide_colour(phases: Sequence[Phase]) -> tuple[tuple[int, Phase], ...]:
    """The phases whose augmentation shuffles channels or scales each by a factor of its own, with their numbers from 1."""
    return tuple((number, phase) for number, phase in enumerate(phases, 1) if _hides_colour(phase.augment))


def _hides_colour(augment: str) -> bool:
    return any(
        isinstance(step, ChannelShuffle) or (isinstance(step, Multiply) and step.per_channel > 0)
        for step in simple_operations(augment)
    )


def _opponent(colours: np.ndarray) -> np.ndarray:
    """(n, 3) mean colours → (n, 2) on `AXES`: what is left of them when brightness is taken away."""
    red, green, blue = colours.T
    return np.stack([red - green, (red + green) / 2 - blue], axis=1)
