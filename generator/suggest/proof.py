"""The witness of the judge: what is suggested is written out, read again and walked as any other design."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from generator.design.fields import Pair
from generator.design.read_yaml import design_of_yaml
from generator.design.record import Design
from generator.design.write_yaml import design_to_yaml
from generator.errors import InputError
from generator.network.buildable import check_buildable
from generator.network.expand import expand
from generator.network.limits import check_limits
from generator.network.resolutions import Resolution, resolution
from generator.suggest.edits import Edit, Plan
from generator.suggest.judge import Figures
from generator.suggest.lines import changed_lines, with_lines


class Proof(NamedTuple):
    """An edited design, and what it is at each image size."""

    design: Design
    at_sizes: tuple[Resolution, ...]


def prove_suggestion(
    design: Design,
    plan: Plan,
    edits: Sequence[Edit],
    judged: Figures,
    image_sizes: Sequence[Pair],
    allow_large: bool,
) -> Proof | None:
    """The design behind edits, walked; None if it is over the limits, or a row's name would stand twice in it.

    Raises:
        AssertionError: The walk gives other figures than the judge: one of the two is wrong.
    """
    try:
        changed = with_lines(design, changed_lines(plan.lines, *(edit.change for edit in edits)))
        graph = expand(changed)
        check_buildable(graph)
        at_sizes = tuple(resolution(changed, graph, size) for size in image_sizes)
        check_limits(at_sizes[0].trace, allow_large)
    except InputError:
        return None
    for at, sums in zip(at_sizes, judged.sums, strict=True):
        last = at.trace.final
        walked = ((last.height.rf, last.width.rf), at.trace.params, at.trace.macs)
        assert walked == (judged.rf, sums.params, sums.macs), f"walked {walked}, judged {judged}"
    assert design_of_yaml(design_to_yaml(changed), changed.name) == changed, "what is written is not what is read"
    return Proof(changed, at_sizes)
