"""Field types that several records share: pairs of an axis, padding, names, bounded numbers.

They normalise once, at the border, so that everything inside works on one form: a window is always `(height, width)`.
"""

from __future__ import annotations

import keyword
import math
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

CONFIG = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True, validate_default=False)
"""Every record of a design: unknown keys refused, no silent conversion, frozen. Building the validator of a record is put
off until it is used, because a design uses few of the row kinds."""

Pair = tuple[int, int]
Margins = tuple[Pair, Pair]
"""((top, bottom), (left, right)) in pixels of the layer's input."""

NAME_PATTERN = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")

MAX_WINDOW = 65_536
"""Largest kernel, pool or stride that is accepted at all; limits on the whole design are in `limits.py`."""


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _as_pair(value: Any) -> Any:
    return pair_of(value, least=1)


def pair_of(value: Any, *, least: int) -> Pair:
    """One number for both axes, or `[height, width]`.

    >>> pair_of(3, least=1), pair_of([1, 5], least=1)
    ((3, 3), (1, 5))
    """
    axes = [value, value] if _whole(value) else value
    if not isinstance(axes, list | tuple) or len(axes) != 2 or not all(_whole(axis) for axis in axes):
        raise ValueError(f"expected a whole number, or [height, width] of whole numbers, each at least {least}")
    if min(axes) < least or max(axes) > MAX_WINDOW:
        raise ValueError(f"expected at least {least} and at most {MAX_WINDOW:,}")
    return axes[0], axes[1]


def height_and_width(image_size: int | Pair) -> Pair:
    """The image size of pictures that may be given by one side, px: behind the border it is a pair.

    >>> height_and_width(32), height_and_width((32, 48))
    ((32, 32), (32, 48))
    """
    return (image_size, image_size) if isinstance(image_size, int) else image_size


def one_or_both(axes: tuple[Any, Any]) -> Any:
    """What YAML and JSON say of two axes: one number where they agree, else [height, width].

    >>> one_or_both((3, 3)), one_or_both((57, 6))
    (3, [57, 6])
    """
    return axes[0] if axes[0] == axes[1] else list(axes)


def short_form(value: Any) -> Any:
    """Lists for tuples, and one number for two equal ones, as the readers of windows and margins understand it.

    >>> short_form((3, 3)), short_form(((1, 1), (2, 2))), short_form(((0, 1), (0, 1)))
    (3, [1, 2], [[0, 1], [0, 1]])
    """
    if not isinstance(value, list | tuple):
        return value
    items = [short_form(item) for item in value]
    return items[0] if len(items) == 2 and items[0] == items[1] and isinstance(items[0], int) else items


def _as_padding(value: Any) -> Any:
    if isinstance(value, str):
        if value not in ("same", "valid"):
            raise ValueError('expected "same", "valid", a number of pixels, or [[top, bottom], [left, right]]')
        return value
    return margins_of(value)


def margins_of(value: Any) -> Margins:
    """Pixels on every side: one number, `[height, width]`, or `[[top, bottom], [left, right]]`.

    >>> margins_of(1), margins_of([0, 2]), margins_of([[0, 1], [0, 1]])
    (((1, 1), (1, 1)), ((0, 0), (2, 2)), ((0, 1), (0, 1)))
    """
    if _whole(value):
        value = [value, value]
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError("expected a number of pixels, [height, width], or [[top, bottom], [left, right]]")
    top_bottom, left_right = (pair_of(side, least=0) for side in value)
    return top_bottom, left_right


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _check_name(value: str) -> str:
    if not NAME_PATTERN.fullmatch(value) or keyword.iskeyword(value):
        raise ValueError("expected a name of letters a-z, digits and _ that starts with a letter (64 at most)")
    return value


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("expected a finite number")
    return value


def _as_number(value: Any) -> Any:
    """An int is a fine float in a design; a bool or a text is not."""
    return float(value) if _whole(value) and abs(value) < 1e300 else value


Window = Annotated[Pair, BeforeValidator(_as_pair)]
Padding = Annotated[Literal["same", "valid"] | Margins, BeforeValidator(_as_padding)]
MarginsField = Annotated[Margins, BeforeValidator(margins_of)]
Name = Annotated[str, AfterValidator(_check_name)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_as_tuple)]
Count = Annotated[int, Field(ge=1, le=10**12)]
Number = Annotated[float, BeforeValidator(_as_number), AfterValidator(_finite)]
Fraction = Annotated[Number, Field(ge=0.0, lt=1.0)]
Penalty = Annotated[Number, Field(ge=0.0)]
Text = Annotated[str, Field(max_length=2000)]
Positive = Annotated[Number, Field(gt=0.0)]
Factors = Annotated[Number | tuple[Number, ...], BeforeValidator(_as_tuple)]
"""One number for all channels, or one for each."""
Filters = Annotated[Literal["classes"] | Count, Field(union_mode="left_to_right")]
"""A number of filters, or the word `classes`: as many as the design has classes."""
