"""Numbers as cells claim them: one, or height and width; and when two of them are the same."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from generator.design.fields import Pair
from generator.geometry.axis import Exact, whole_if_exact
from generator.sheet.labels import shape_in_label
from generator.spreadsheet.cells import is_number
from generator.spreadsheet.formula import Value, same_number

Amount = Exact | float | tuple[Exact | float, Exact | float]
"""A number, or (height, width) where the axes differ."""


_ARROW = re.compile(r"-+>|=+>|\u2192")
"""What stands between a size and the one behind a layer: `32 -> 16` claims 16."""
_WORKED_OUT = re.compile(r"\d\s*=\s*(\d{1,12})\s*$")
"""Arithmetic in words, with its result: `3+2x1=5`."""


def amount_in(value: Value) -> Amount | None:
    """The number that a cell claims, or None.

    >>> amount_in(16.5), amount_in("32x32x64"), amount_in("57x6"), amount_in("3+2x1=5"), amount_in("-")
    (16.5, 32, (57, 6), 5, None)
    """
    if is_number(value):
        return value
    if isinstance(value, str):
        value = _ARROW.split(value)[-1]
        worked_out = _WORKED_OUT.search(value)
        if worked_out:
            return int(worked_out[1])
        cleaned = value.strip().replace(",", "") if value.strip().replace(",", "").isdigit() else value
        shape = shape_in_label(cleaned)
        return collapsed_amount(shape[0]) if shape else None
    return None


def collapsed_amount(pair: tuple[Any, Any]) -> Any:
    """One number where both axes agree.

    >>> collapsed_amount((3, 3)), collapsed_amount((57, 6))
    (3, (57, 6))
    """
    return pair[0] if pair[0] == pair[1] else pair


def both_axes(amount: Amount) -> tuple[Any, Any]:
    """An amount as (height, width)."""
    return amount if isinstance(amount, tuple) else (amount, amount)


def same_amount(left: Amount | None, right: Amount | None) -> bool:
    """Equal as a person would say: exactly for whole numbers, to nine digits for fractions."""
    if left is None or right is None:
        return left is right
    return all(same_number(first, second) for first, second in zip(both_axes(left), both_axes(right), strict=True))


def plain_product(left: Exact | float, right: Exact) -> Exact | float:
    """A product that stays whole where it is whole."""
    product = left * right
    return whole_if_exact(product) if isinstance(product, int | Fraction) else product


def scaled_amount(entering: Amount, scale: Pair) -> Amount:
    height, width = (plain_product(axis, factor) for axis, factor in zip(both_axes(entering), scale, strict=True))
    scaled: Amount = collapsed_amount((height, width))
    return scaled


def axis_of_amount(amount: Amount | None, axis: int) -> Amount | None:
    return None if amount is None else both_axes(amount)[axis]
