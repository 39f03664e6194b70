"""A check, or a table, as the JSON object that other programs read. Its keys are an interface: `schema` counts its versions."""

from __future__ import annotations

import json
from typing import Any

from generator.lint.finding import Checked, CheckResult, Finding
from generator.network.sides import both_sides
from generator.network.trace import LayerRow

SCHEMA = 1


def json_report(result: CheckResult, *, rows: bool = False) -> str:
    """The result as JSON text.

    Args:
        result: What the check found.
        rows: Whether each design gets its layers as `rows` and its figures at every image size as `resolutions`, as `table` and
            `inspect` print them.
    """
    designs = [_design(checked, rows) for checked in result.designs]
    passed_over = [item._asdict() for item in result.passed_over]
    return json.dumps({"schema": SCHEMA, "designs": designs, "passed_over": passed_over}, indent=2, allow_nan=False) + "\n"


def _design(checked: Checked, rows: bool) -> dict[str, Any]:
    data: dict[str, Any] = {
        "file": checked.file,
        "sheet": checked.sheet,
        "table": checked.table,
        "layers": checked.layers,
        "status": checked.status,
        "reason": checked.reason,
        "buildable": checked.buildable,
        "understood": checked.understood,
        "final": checked.final,
        "claimed": checked.claimed,
        "findings": [_finding(finding) for finding in checked.findings],
    }
    if rows:
        geometry = [{key: value for key, value in row.items() if key != "block"} for row in checked.geometry]
        data["resolutions"] = [found.to_json() for found in checked.resolutions]
        data["rows"] = [row_data(row) for row in checked.trace.rows] if checked.trace else geometry
    return data


def _finding(finding: Finding) -> dict[str, Any]:
    cells = {name: None if cell is None else str(cell) for name, cell in (("cell", finding.cell), ("cause", finding.cause))}
    return {**finding._asdict(), **cells}


def row_data(row: LayerRow) -> dict[str, Any]:
    """A layer as it stands in `rows`."""
    return {
        "name": row.name,
        "kind": row.kind,
        "inputs": list(row.inputs),
        **{name: both_sides(row, name) for name in ("size", "rf", "rf_min", "jump", "start")},
        "channels": row.channels,
        "params": row.cost.params,
        "macs": row.cost.macs,
    }
