"""All edits that are considered."""

from __future__ import annotations

from collections.abc import Iterator

from generator.suggest.arguments import argument_edits, filter_edits
from generator.suggest.edits import Edit, Plan
from generator.suggest.places import pool_edits, row_edits, stride_edits


def edits_of(plan: Plan, *, filters: bool) -> Iterator[Edit]:
    """The edits of a plan, pools and strides first, single rows last.

    Args:
        plan: What is edited.
        filters: Whether filters are scaled: that moves parameters and macs, never the receptive field.
    """
    yield from pool_edits(plan)
    yield from stride_edits(plan)
    if filters:
        yield from filter_edits(plan)
    yield from argument_edits(plan)
    yield from row_edits(plan)
