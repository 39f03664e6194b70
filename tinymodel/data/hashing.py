"""Random numbers as a pure function of their position: no generator, no state, the same on every machine.

A draw is the hash of what it is for (seed, epoch, image, number of the draw). Resuming is then a seek, and neither the batch
split nor the number of devices can change what an image gets.

Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014 (SplitMix64: a counter that grows
by a fixed odd number, behind a bit mixer; the mixer is David Stafford's variant 13 of MurmurHash3's finaliser).
"""

from __future__ import annotations

import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""2**64 divided by the golden ratio, made odd: the step of the counter."""

MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)
UNIT = 2.0**-53
"""The spacing of the doubles that a draw can be: 53 random bits."""


def mix_hash(words: np.ndarray) -> np.ndarray:
    """Every bit of the result depends on every bit of the word; one to one on uint64."""
    words = (words ^ (words >> np.uint64(30))) * MIX_1
    words = (words ^ (words >> np.uint64(27))) * MIX_2
    return words ^ (words >> np.uint64(31))


def fold_hash(*parts: int | np.ndarray) -> np.ndarray:
    """One key from several numbers, whose order counts; arrays give an array of keys.

    Args:
        parts: Whole numbers from 0 to 2**64 - 1; arrays among them have one shape.

    Returns:
        uint64, of the shape of the arrays (at least one axis).

    >>> int(fold_hash(1, 2)[0]) == int(fold_hash(2, 1)[0])
    False
    >>> fold_hash(0, 7, np.arange(3)).shape
    (3,)
    """
    key = np.zeros(1, np.uint64)
    for part in parts:
        key = mix_hash((key ^ np.asarray(part, np.uint64)) + GOLDEN)
    return key


def uniforms(keys: np.ndarray, count: int) -> np.ndarray:
    """The first `count` draws of every key.

    Args:
        keys: (n,) uint64.
        count: Draws a key.

    Returns:
        (n, count) float64 in [0, 1).

    >>> bool((uniforms(fold_hash(0, np.arange(4)), 5)[2:] == uniforms(fold_hash(0, np.arange(2, 4)), 5)).all())
    True
    """
    steps = np.arange(1, count + 1, dtype=np.uint64) * GOLDEN
    return (mix_hash(keys[:, None] + steps) >> np.uint64(11)) * UNIT
