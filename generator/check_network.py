"""A design with its network: walked at an image size, within the limits, against its targets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from generator.buildable import check_buildable
from generator.check_options import CheckOptions, chosen
from generator.design import Design
from generator.errors import InputError
from generator.expand import expand
from generator.limits import check_limits
from generator.lint.finding import Checked
from generator.lint.targets import merged_targets, missed_targets
from generator.trace import LayerRow, Trace, exact, trace


def with_network(checked: Checked, design: Design, options: CheckOptions) -> Checked:
    """The result with the network's trace, figures and targets.

    Raises:
        InputError: The network cannot be, or is larger than the limits.
    """
    size = (options.image_size, options.image_size) if options.image_size else None
    try:
        graph = expand(design)
        check_buildable(graph)
        traced = trace(graph, size)
        check_limits(traced, options.allow_large)
    except InputError as error:
        raise error.at(checked.file) from None
    final = _final(traced)
    targets = merged_targets(design.targets, options.target_rf, options.params_max)
    findings = chosen((*checked.findings, *missed_targets(targets, final)), options)
    return replace(checked, design=design, trace=traced, final=final, findings=findings, buildable=True)


def _final(traced: Trace) -> dict[str, Any]:
    last: LayerRow = traced.final
    figures = {name: _both(getattr(last.height, name), getattr(last.width, name)) for name in ("size", "rf", "rf_min", "jump")}
    return {**figures, "params": traced.params, "macs": traced.macs}


def _both(height: Any, width: Any) -> Any:
    return exact(height) if height == width else [exact(height), exact(width)]
