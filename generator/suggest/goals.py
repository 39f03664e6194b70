"""What a search is after: the targets as limits on the figures that are judged."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from generator.design.record import Target, Targets
from generator.errors import InputError
from generator.geometry.axis import Exact
from generator.network.resolutions import Resolution
from generator.suggest.judge import Figures

RF_TOLERANCE = 0.05
"""Share by which a receptive field that is asked for on the command line may be missed."""
PARAMS_LEEWAY = 0.10
"""Share by which the parameters may change where no target says what they may be."""


class Goal(NamedTuple):
    """A target as limits; `value` is what the figure should be close to.

    Attributes:
        factors: What the judged figure is multiplied by at each image size that counts.
    """

    name: str
    low: float | None
    high: float | None
    value: float | None
    factors: tuple[int, ...]

    @property
    def limits(self) -> tuple[float, float]:
        """The least and the most that a figure may be."""
        return -inf if self.low is None else self.low, inf if self.high is None else self.high

    def figures(self, judged: Figures) -> Sequence[Exact]:
        """What the target is about: both axes of the receptive field, else the figure at each image size that counts."""
        if self.name == "rf":
            return judged.rf
        field = "elements" if self.name == "activation_bytes" else self.name
        return [factor * getattr(sums, field) for factor, sums in zip(self.factors, judged.sums, strict=False)]

    def shortfall(self, judged: Figures) -> float:
        """How far the figures are outside the limits, as a share of the limit; 0.0 where the target is met."""
        short = 0.0
        for figure in self.figures(judged):
            if self.low is not None and figure < self.low:
                short = max(short, float(self.low - figure) / max(self.low, 1.0))
            if self.high is not None and figure > self.high:
                short = max(short, float(figure - self.high) / max(self.high, 1.0))
        return short

    def distance(self, judged: Figures) -> float:
        """How far the figures are from the value, as a share of it; 0.0 where only limits are wanted."""
        if self.value is None:
            return 0.0
        return max(abs(float(figure) - self.value) / max(self.value, 1.0) for figure in self.figures(judged))


def wanted_targets(
    targets: Targets, rf: float | None = None, params_max: float | None = None, macs_max: float | None = None
) -> Targets:
    """The design's targets with those of the command line in their place; an rf given there has RF_TOLERANCE.

    >>> wanted_targets(Targets(params=Target(max=1e6)), rf=100.0).rf
    Target(value=100.0, tolerance=5.0, min=None, max=None)

    Raises:
        InputError: There is no target at all.
    """
    changed = {
        "rf": Target(value=rf, tolerance=rf * RF_TOLERANCE) if rf is not None else None,
        "params": Target(max=params_max) if params_max is not None else None,
        "macs": Target(max=macs_max) if macs_max is not None else None,
    }
    found = targets.model_copy(update={name: target for name, target in changed.items() if target is not None})
    if all(getattr(found, name) is None for name in Targets.model_fields):
        raise InputError(
            "the design has no targets to be brought to",
            help="set one by --rf N, --params-max N or --macs-max N, or by `targets:` in the design",
        )
    return found


def goals_of(targets: Targets, before: Sequence[Resolution]) -> tuple[Goal, ...]:
    """The goals of a design.

    Args:
        targets: What is wanted.
        before: The design at the image sizes that count: costs have to meet their targets at all of them.
    """
    goals = []
    for name in Targets.model_fields:
        target: Target | None = getattr(targets, name)
        if target is not None:
            factors = tuple(_bytes_of_an_element(at) if name == "activation_bytes" else 1 for at in before)
            goals.append(Goal(name, *target.bounds(), target.value, factors))
    return tuple(goals)


def _bytes_of_an_element(at: Resolution) -> int:
    """Bytes that a number in the output of every image takes in a batch."""
    return at.activation_bytes // sum(row.elements for row in at.trace.rows)
