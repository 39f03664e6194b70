"""Which images an epoch visits, and in which order: pure functions of (seed, epoch). And which images training never sees."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tinymodel.data.hashing import fold_hash

_HOLDOUT, _BALANCED = 0x686F6C64, 0x62616C61
"""Folded in, so that what is held out and what is repeated has nothing to do with the order of an epoch."""


class Visits(NamedTuple):
    """What an epoch visits.

    Attributes:
        positions: (n,) int64, positions of images.
        keys: (n,) int64, what the augmentation of each visit is drawn by: the position, or another number for a second visit
            in the same epoch.
    """

    positions: np.ndarray
    keys: np.ndarray


def order(seed: int, epoch: int, count: int) -> np.ndarray:
    """The permutation of an epoch, a pure function: images sorted by the hash of (seed, epoch, index).

    NumPy's own generators may give other permutations in another version; a sort of hashes may not.

    Args:
        seed: The recipe's seed.
        epoch: From 0.
        count: Images of the split.

    Returns:
        (count,) int64, each of 0 to count - 1 once.

    >>> order(seed=0, epoch=0, count=5).tolist() == order(seed=0, epoch=1, count=5).tolist()
    False
    >>> sorted(order(seed=3, epoch=9, count=5).tolist())
    [0, 1, 2, 3, 4]
    """
    return np.argsort(fold_hash(seed, epoch, np.arange(count)), kind="stable").astype(np.int64)


def visits_in_order(seed: int, epoch: int, positions: np.ndarray) -> Visits:
    """Every image once, in the order of the epoch.

    Args:
        seed: The recipe's seed.
        epoch: From 0.
        positions: (n,) the images to choose from, as positions in their split.
    """
    ordered = positions[order(seed, epoch, len(positions))]
    return Visits(ordered, ordered)


def balanced_visits(seed: int, epoch: int, positions: np.ndarray, labels: np.ndarray, size: int) -> Visits:
    """As many visits as there are images, every class equally often (to within one).

    A class with fewer images than its share has them all visited again, with another augmentation; one with more leaves some
    out, others in every epoch.

    Args:
        seed: The recipe's seed.
        epoch: From 0.
        positions: (n,) the images to choose from, as positions in their split.
        labels: (n,) their labels.
        size: Images of the whole split.

    >>> found = balanced_visits(0, 0, np.arange(6), np.array([0, 0, 0, 0, 1, 1]), size=6)
    >>> sorted(found.positions.tolist())[-3:], len(set(found.keys.tolist()))
    ([4, 5, 5], 6)
    """
    shuffled = order(seed ^ _BALANCED, epoch, len(positions))
    classes = np.unique(labels)
    quotas = np.full(len(classes), len(positions) // len(classes))
    extra = order(seed ^ _BALANCED, epoch, len(classes))[: len(positions) % len(classes)]
    quotas[extra] += 1
    chosen, keys = [], []
    for label, quota in zip(classes, quotas, strict=True):
        own = positions[shuffled[labels[shuffled] == label]]
        repeated = np.arange(quota)
        chosen.append(own[repeated % len(own)])
        keys.append(chosen[-1] + size * (repeated // len(own)))
    mixed = order(seed, epoch, len(positions))
    return Visits(np.concatenate(chosen)[mixed], np.concatenate(keys)[mixed])


def hold_out(labels: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Divides a split into what is trained on and what is held out, class by class.

    Args:
        labels: (n,) of the whole split.
        share: Of every class, rounded to whole images.
        seed: The recipe's seed; nothing else of the recipe changes what is held out.

    Returns:
        (kept, held), positions in the split, ascending.

    >>> kept, held = hold_out(np.array([0, 1] * 10), 0.2, seed=0)
    >>> len(kept), sorted((held % 2).tolist())
    (16, [0, 0, 1, 1])
    """
    hashes = fold_hash(seed, _HOLDOUT, np.arange(len(labels)))
    held = [np.empty(0, np.int64)]
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        held.append(own[np.argsort(hashes[own], kind="stable")][: round(share * len(own))])
    out = np.sort(np.concatenate(held))
    return np.setdiff1d(np.arange(len(labels)), out), out
