"""A design with its network: walked at an image size, within the limits, against its targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from generator.design.record import Design
from generator.errors import InputError
from generator.lint.finding import Checked
from generator.lint.options import CheckOptions, chosen_findings
from generator.lint.targets import merged_targets, missed_targets
from generator.network.buildable import check_buildable
from generator.network.expand import expand, row_names
from generator.network.limits import check_limits
from generator.network.resolutions import image_sizes, resolution
from generator.network.trace import Trace, trace

FINAL = ("size", "rf", "rf_min", "jump", "params", "macs")
"""What the JSON says of the end of a network."""


def with_network(
    checked: Checked, design: Design, options: CheckOptions, place_of: Callable[[int], str] | None = None
) -> Checked:
    """The result with the network's trace, figures and targets.

    Args:
        checked: The result so far.
        design: The network.
        options: What was asked.
        place_of: Where a row of the plan stands, by its index; without it errors have the file for a place.

    Raises:
        InputError: The network cannot be, or is larger than the limits.
    """
    size = options.image_size
    try:
        graph = expand(design)
        check_buildable(graph)
        traced = trace(graph, size)
        check_limits(traced, options.allow_large)
    except InputError as error:
        index = _row_index(error, design)
        raise error.at(checked.file if place_of is None or index is None else place_of(index)) from None
    targets = merged_targets(design.targets, options.target_rf, options.params_max)
    own, *others = looked_at = [
        resolution(design, graph, at, traced if at == traced.image_size else None) for at in _sizes(design, traced, size)
    ]
    missed = [*missed_targets(targets, own.figures())]
    for other in others:
        where = " at {} x {} px".format(*other.image_size)
        known = {(finding.code, str(finding.computed)) for finding in missed}
        missed += [
            finding
            for finding in missed_targets(targets, other.figures(), where)
            if (finding.code, str(finding.computed)) not in known
        ]
    final = {name: figure for name, figure in own.figures().items() if name in FINAL}
    return replace(
        checked,
        design=design,
        trace=traced,
        final=final,
        findings=chosen_findings((*checked.findings, *missed), options),
        buildable=True,
        resolutions=tuple(looked_at),
    )


def _row_index(error: InputError, design: Design) -> int | None:
    """The row of the plan that an error is about, where it is about one; the input is none."""
    if isinstance(error.row, str):
        names = row_names(design)
        return names.index(error.row) if error.row in names else None
    return error.row


def _sizes(design: Design, traced: Trace, asked: tuple[int, int] | None) -> list[tuple[int, int]]:
    """The image size that was asked for, else the design's own and those of its recipe."""
    return [asked] if asked else [traced.image_size, *(size for size in image_sizes(design) if size != traced.image_size)]
