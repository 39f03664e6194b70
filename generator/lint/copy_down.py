"""Formulas of a column moved to another of its rows, as a person does who copies the cell of a good row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_PARTS = re.compile(
    r"""(?P<kept>"(?:[^"]|"")*"|'(?:[^']|'')*'!)"""
    r"""|(?<![\w.])(?P<column>\$?[A-Za-z]{1,3})(?P<fixed>\$?)(?P<row>\d{1,7})(?![\w(.!])"""
)


def formula_copied_to(
    formula: str, source: int, target: int, layer_rows: Sequence[int], index_of: Mapping[int, int]
) -> str | None:
    """A formula of row `source` for row `target`; a reference to the layer before stays one, over blank rows too.

    Args:
        formula: The text with its `=`.
        source: Row of the sheet where it stands.
        target: Row of the sheet where it is to stand.
        layer_rows: Rows of the sheet that are layers, in order.
        index_of: The index of each of them in `layer_rows`.

    Returns:
        The text, or None where a reference would leave the table.

    >>> rows = [5, 6, 7, 9]
    >>> formula_copied_to("=H7+(B9-1)*$F$2", 9, 7, rows, {row: index for index, row in enumerate(rows)})
    '=H6+(B7-1)*$F$2'
    """
    lost = False

    def move(match: re.Match[str]) -> str:
        nonlocal lost
        if match["kept"] or match["fixed"]:
            return match[0]
        row = int(match["row"])
        if row in index_of and source in index_of and target in index_of:
            index = index_of[target] + index_of[row] - index_of[source]
            new = layer_rows[index] if 0 <= index < len(layer_rows) else 0
        else:
            new = row + target - source
        lost = lost or new < 1
        return f"{match['column']}{new}"

    text = _PARTS.sub(move, formula)
    return None if lost else text


def copy_down_pattern(formula: str, source: int, index_of: Mapping[int, int]) -> str:
    """A formula with its rows as distances, so that the same formula in two rows reads alike.

    >>> copy_down_pattern("=H6+2", 7, {6: 0, 7: 1}), copy_down_pattern("=$H$1", 7, {6: 0, 7: 1})
    ('=H[-1]+2', '=$H$1')
    """

    def distance(match: re.Match[str]) -> str:
        if match["kept"] or match["fixed"]:
            return match[0]
        row = int(match["row"])
        by_layer = index_of[row] - index_of[source] if row in index_of and source in index_of else row - source
        return f"{match['column'].upper()}[{by_layer}]"

    return _PARTS.sub(distance, formula.replace(" ", ""))


def rows_fixed_by_dollar(formula: str) -> set[int]:
    """Rows that a formula names with a `$`.

    >>> rows_fixed_by_dollar("=$G$11+G$4+G2")
    {11, 4}
    """
    return {int(match["row"]) for match in _PARTS.finditer(formula) if match["fixed"]}
