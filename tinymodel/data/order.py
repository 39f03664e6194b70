"""The order in which an epoch visits the images."""

from __future__ import annotations

import numpy as np

from tinymodel.data.hashing import fold


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
    return np.argsort(fold(seed, epoch, np.arange(count)), kind="stable").astype(np.int64)
