"""What units see behind an upsampling, where neighbours differ: exact, a span of pixels for each unit of a period.

Behind a repetition by two, units 2j and 2j+1 see the same pixels; a convolution on them sees as many units at every place, but
not as many pixels. One number and one step for all units hold only where there was no upsampling, or a stride undid it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

from generator.geometry.reads import Reads

MAX_PERIOD = 4_096
"""Longest period that is followed; five upsamplings by two make one of 32."""

Span = tuple[int, int] | None
"""First and last input pixel that a unit sees; None for a unit that sees nothing."""


class Phases(NamedTuple):
    """Spans of the units of one period, from unit 0 on; the next period sees the same, `advance` pixels further."""

    spans: tuple[Span, ...]
    advance: int

    @property
    def rf(self) -> int:
        """The most pixels that a unit sees, from the first to the last of them."""
        return max((span[1] - span[0] + 1 for span in self.spans if span), default=0)

    def span(self, unit: int) -> Span:
        """What a unit sees.

        >>> regular_period(rf=3, start=Fraction(1), jump=2).span(4)
        (8, 10)
        """
        period, phase = divmod(unit, len(self.spans))
        found = self.spans[phase]
        return found and (found[0] + period * self.advance, found[1] + period * self.advance)

    def between(self, first: int, last: int) -> tuple[int, int]:
        """First and last pixel that the units from `first` to `last` see together.

        >>> regular_period(rf=3, start=1, jump=2).between(0, 4)
        (0, 10)
        """
        # What a unit sees never lies before what the one a period earlier sees.
        reach = len(self.spans)
        units = {*range(first, min(first + reach, last + 1)), *range(max(first, last - reach + 1), last + 1)}
        return span_around([self.span(unit) for unit in units]) or (0, -1)


def regular_period(rf: int | Fraction, start: int | Fraction, jump: int | Fraction) -> Phases:
    """The one phase of a map without upsampling before it.

    >>> regular_period(rf=2, start=Fraction(1, 2), jump=2)
    Phases(spans=((0, 1),), advance=2)
    """
    half = Fraction(rf - 1) / 2
    return Phases(((int(start - half), int(start + half)),), int(jump))


def periods_behind(phases: Phases, reads: Reads, *, up: int = 1, down: int = 1) -> Phases | None:
    """The phases behind a layer; None if their period is too long to be followed.

    Args:
        phases: Of its input.
        reads: Which units it reads.
        up: Units that it makes of one.
        down: Units of the input from one of its units to the next.

    >>> from generator.geometry.reads import upsample_reads, window_reads
    >>> twice = periods_behind(regular_period(1, 0, 1), upsample_reads(2), up=2)
    >>> twice, periods_behind(twice, window_reads(2, 2, 0), down=2)
    (Phases(spans=((0, 0), (0, 0)), advance=1), Phases(spans=((0, 0),), advance=1))
    """
    period = len(phases.spans)
    common = gcd(period, down)
    length = period // common * up
    if length > MAX_PERIOD:
        return None
    spans = tuple(span_around([phases.span(read) for read in reads(unit)]) for unit in range(length))
    return _shortest(Phases(spans, phases.advance * (down // common)))


def merged_periods(several: list[Phases]) -> Phases | None:
    """What units see that read one unit of each of several maps; None where the maps move on at different paces."""
    length = lcm(*(len(phases.spans) for phases in several))
    if length > MAX_PERIOD:
        return None
    advances = {phases.advance * (length // len(phases.spans)) for phases in several}
    if len(advances) > 1:
        return None
    spans = tuple(span_around([phases.span(unit) for phases in several]) for unit in range(length))
    return _shortest(Phases(spans, advances.pop()))


def span_around(spans: Sequence[Span]) -> Span:
    """The span from the first pixel to the last one that any of them sees.

    >>> span_around([(0, 2), None, (1, 4)])
    (0, 4)
    """
    known = [span for span in spans if span]
    return (min(span[0] for span in known), max(span[1] for span in known)) if known else None


def _shortest(phases: Phases) -> Phases:
    """The same by the shortest period."""
    length = len(phases.spans)
    for period in range(1, length):
        if length % period == 0 and phases.advance * period % length == 0:
            short = Phases(phases.spans[:period], phases.advance * period // length)
            if all(short.span(unit) == span for unit, span in enumerate(phases.spans)):
                return short
    return phases
