"""The largest batch that fits, in few tries: memory grows nearly in a straight line with the images of a device."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tinymodel.preflight.arithmetic import share_of
from tinymodel.preflight.outcome import Outcome

TRIES = 7
"""Beside the first: a refusal comes in seconds, a program that fits takes minutes."""

LEAST = 0.5
"""Of what the calculator says that an image takes: about the least that a program took (measured on v5e: 0.48 at 32 px, 1.05 at
64 px). The first try goes by it, to be refused most likely: that is cheap, and tells how much the program would have taken."""

STEP_BACK = 0.9
"""Of a refused batch, where the straight line led to it: close to the limit a compiler saves memory before it gives up, and
what it then says lies below the line."""

CLOSE = 0.05
"""Fitting and refused batches this near to each other end the search."""


class Largest(NamedTuple):
    """Batch sizes: the largest that was seen to fit (None if none was), and the smallest that was seen not to."""

    fits: int | None
    refused: int | None


class _Point(NamedTuple):
    share: int
    used: float


class Sizes(NamedTuple):
    """What the calculator knows.

    Attributes:
        fixed_bytes: Memory of a device that does not depend on the batch: weights, optimizer, resident images.
        image_bytes: What it grows by with each image of the device.
        devices: Batch sizes are multiples of them.
        images: No batch has more.
        fits: Most tries that may fit: those are the long ones.
    """

    fixed_bytes: int
    image_bytes: int
    devices: int
    images: int
    fits: int


def search_largest(attempt: Callable[[int], Outcome], batch_size: int, first: Outcome, sizes: Sizes) -> Largest:
    """Looks for it.

    Args:
        attempt: What becomes of a batch size.
        batch_size: The one that `first` is of.
        first: What became of it.
        sizes: Where to look.
    """
    limit, known, devices = float(first.limit_bytes), float(sizes.fixed_bytes), sizes.devices
    share = share_of(batch_size, devices)
    fitting: _Point | None = None
    refused: _Point | None = None
    if first.fits:
        fitting = _Point(share, float(first.used_bytes or known))
    else:
        refused = _Point(share, float(first.used_bytes or 2 * limit))
    long, misled = 0, False
    for number in range(TRIES):
        guess = _guess(fitting, refused, limit, known)
        if guess is None or long >= sizes.fits:
            break
        if number == 0 and fitting:
            guess = max(share + 1, int((limit - known) / (LEAST * sizes.image_bytes)))
        elif misled and refused:
            guess = max(min(guess, int(STEP_BACK * refused.share)), (fitting.share if fitting else 0) + 1)
        guess = min(guess, sizes.images // devices)
        if guess <= (fitting.share if fitting else 0):
            break
        outcome = attempt(guess * devices)
        if outcome.fits:
            fitting, long = _Point(guess, float(outcome.used_bytes or limit)), long + 1
        else:
            misled = number > 0 or not first.fits
            refused = _Point(guess, float(outcome.used_bytes or 2 * limit))
    seen = fitting.share * devices if fitting else None
    if fitting and not long:
        seen = batch_size
    return Largest(seen, refused.share * devices if refused else None)


def _guess(fitting: _Point | None, refused: _Point | None, limit: float, known: float) -> int | None:
    """The next share of a device to try; None where there is nothing left between what fits and what does not."""
    low, high = (fitting.share if fitting else 0), (refused.share if refused else None)
    if high is not None and (high - low <= 1 or (fitting and high - low <= CLOSE * low)):
        return None
    start, end = fitting or _Point(0, min(known, limit)), refused or fitting
    assert end is not None  # One of the two is known from the first program on.
    if start == end:
        start = _Point(0, known)
    slope = max((end.used - start.used) / (end.share - start.share), 1.0)
    guess = int(start.share + (limit - start.used) / slope)
    guess = max(guess, low + 1)
    return guess if high is None else min(guess, high - 1)
