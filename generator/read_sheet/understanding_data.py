"""What was understood of a table, and what it claims at its end, as JSON data."""

from __future__ import annotations

from typing import Any

from generator.read_sheet.amounts import Amount, collapse
from generator.read_sheet.to_design import head_words
from generator.read_sheet.understanding import Understanding
from generator.trace import exact


def understood_data(table: Understanding) -> dict[str, Any]:
    """How the table was read; every key but `columns` and `head` can be changed by `--assume`."""
    return {
        "conv": table.count.conv,
        "merge": "concat" if any(table.merged) else "none",
        "use_bias": table.count.use_bias,
        "batch_norm": table.count.batch_norm,
        "padding": table.padding,
        "image_size": collapse(table.image_size) if table.image_size else None,
        "channels": table.channels,
        "channels_assumed": not table.channels_given,
        "head": head_words(table),
        "columns": [column.as_data() for column in table.columns],
    }


def claimed_data(table: Understanding) -> dict[str, Any]:
    """What the sheet says of its last layer, and its total of parameters."""
    claimed: dict[str, Any] = {"size": None, "rf": None, "jump": None, "params": None}
    keys = {"size": "size", "rf_out": "rf", "jump": "jump", "params_total": "params"}
    for claim in table.claims:
        if claim.field in keys and claim.claimed is not None:
            claimed[keys[claim.field]] = _data(claim.claimed)
    return claimed


def chain_final(table: Understanding) -> dict[str, Any]:
    """Size, rf and jump behind the last layer of a table that cannot be built."""
    last = table.steps[-1].after
    figures: dict[str, Any] = {
        name: collapse((exact(getattr(last.height, name)), exact(getattr(last.width, name))))
        for name in ("rf", "rf_min", "jump")
    }
    size = collapse((last.height.size, last.width.size)) if last.size_known else None
    final = {"size": size, **figures, "params": None, "macs": None}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in final.items()}


def _data(amount: Amount) -> Any:
    return [exact(axis) if not isinstance(axis, float) else axis for axis in amount] if isinstance(amount, tuple) else amount
