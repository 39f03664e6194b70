"""What was understood of a table, and what it claims at its end, as JSON data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from generator.network.trace import exact_number
from generator.sheet.amounts import Amount, collapsed_amount
from generator.sheet.chain import Map, Step
from generator.sheet.to_design import head_of_design_in_words
from generator.sheet.understanding import Understanding


def understood_data(table: Understanding) -> dict[str, Any]:
    """How the table was read; every key but `columns` and `head` can be changed by `--assume`."""
    return {
        "conv": table.count.conv,
        "merge": "concat" if any(table.merged) else "none",
        "use_bias": table.count.use_bias,
        "batch_norm": table.count.batch_norm,
        "padding": table.padding,
        "image_size": collapsed_amount(table.image_size) if table.image_size else None,
        "channels": table.channels,
        "channels_assumed": not table.channels_given,
        "head": head_of_design_in_words(table),
        "columns": [column.as_data() for column in table.columns],
    }


def claimed_data(table: Understanding) -> dict[str, Any]:
    """What the sheet says of its last layer, and its total of parameters."""
    claimed: dict[str, Any] = {"size": None, "rf": None, "jump": None, "params": None}
    keys = {"size": "size", "rf_out": "rf", "jump": "jump", "params_total": "params"}
    for claim in table.claims:
        beside = claim.row_index is not None and table.rows[claim.row_index].reads is not None
        if claim.field in keys and claim.claimed is not None and not beside:
            claimed[keys[claim.field]] = _data(claim.claimed)
    return claimed


def chain_final(table: Understanding, steps: Sequence[Step]) -> dict[str, Any]:
    """Size, rf and jump behind the last layer of the main path of a table that cannot be built."""
    last = [step.after for row, step in zip(table.rows, steps, strict=True) if row.reads is None][-1]
    return {**_geometry(last, ("size", "rf", "rf_min", "jump")), "params": None, "macs": None}


def geometry_rows(table: Understanding, steps: Sequence[Step]) -> tuple[dict[str, Any], ...]:
    """The layers of a table that cannot be built, with what is known of them."""
    names = [row.label or f"row {row.row}" for row in table.rows]
    rows = []
    for index, (row, step) in enumerate(zip(table.rows, steps, strict=True)):
        read = index - 1 if row.reads is None else row.reads
        rows.append(
            {
                "block": row.block if row.block != row.label else "",
                "name": names[index],
                "kind": row.kind,
                "inputs": [names[read]] if read >= 0 else [],
                **_geometry(step.after, ("size", "rf", "rf_min", "jump", "start")),
                "channels": table.channels_after[index] if table.channels_given or row.filters else None,
                "params": None,
                "macs": None,
            }
        )
    return tuple(rows)


def _geometry(place: Map, names: Sequence[str]) -> dict[str, Any]:
    """Figures of a map; None for a size that is not known."""
    figures: dict[str, Any] = {}
    for name in names:
        value = collapsed_amount((exact_number(getattr(place.height, name)), exact_number(getattr(place.width, name))))
        figures[name] = list(value) if isinstance(value, tuple) else value
    return figures if place.size_known else {**figures, **({"size": None} if "size" in names else {})}


def _data(amount: Amount) -> Any:
    return (
        [exact_number(axis) if not isinstance(axis, float) else axis for axis in amount]
        if isinstance(amount, tuple)
        else amount
    )
