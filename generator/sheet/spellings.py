"""Kernels, strides and paddings in all the spellings that cells and names have them in."""

from __future__ import annotations

import re
from typing import Literal

from generator.design.fields import MAX_WINDOW, Pair
from generator.sheet.headers import Field
from generator.spreadsheet.formula import Call, FormulaError, Node, Value, parse_formula
from generator.spreadsheet.formula import Literal as FormulaLiteral
from generator.spreadsheet.reference import Reference

SheetPadding = Literal["same", "valid"] | Pair
"""A word, or pixels on both sides of (height, width)."""
MAX_WINDOW_IN_TEXT = 15
"""Largest window that a name is taken to speak of: beyond it `32x32` is a size."""

_ARGUMENT = re.compile(
    r"\b(padding|pad|strides?|kernel|dilation|dilated|dilate|dil|rate|atrous|k|s|p|d)\s*[=:]?\s*"
    r"(\d+(?:\s*[x*\u00d7]\s*\d+)?|same|valid)\b(?!\s*[+])",
    re.IGNORECASE,
)
_ARGUMENT_FIELDS: dict[str, Field] = {
    "p": "padding", "s": "strides", "k": "kernel_size", "d": "dilation_rate", "r": "dilation_rate", "a": "dilation_rate",
}  # fmt: skip
_LISTED = re.compile(r"^\s*[(\[]?\s*([\w.]+(?:\s*[x*\u00d7]\s*\d+)?)\s*[,/|]\s*(\w+)(?:\s*[,/|]\s*(\w+))?(?:\s*[,/|]\s*(\w+))?")
_WINDOW_IN_TEXT = re.compile(
    r"(?<![\d.x*\u00d7])(\d{1,2})\s*[x*\u00d7]\s*(\d{1,2})(?:\s*[x*\u00d7]\s*\d{1,5})?(?!\s*[x*\u00d7\d])"
)
_KERAS_CALL = re.compile(
    r"conv\w*2d\(\s*(?:filters\s*=\s*)?\d+\s*,\s*(?:kernel_size\s*=\s*)?\(?\s*(\d+)\s*,\s*(\d+)", re.IGNORECASE
)
_POOL_CALL = re.compile(r"pool_size\s*=\s*\(?\s*(\d+)\s*,?\s*(\d*)", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def product_as_pair(formula: str) -> Pair | None:
    """`=3*3` is 9 to the program and 3x3 to the person who typed it."""
    try:
        node: Node = parse_formula(formula)
    except FormulaError:
        return None
    match node:
        case Call("*", (FormulaLiteral(int() as height), FormulaLiteral(int() as width))):
            return height, width
    return None


def yes_or_no_in(value: Value) -> bool | None:
    """What a cell of a yes-or-no column says.

    >>> yes_or_no_in("Yes"), yes_or_no_in("n"), yes_or_no_in(0), yes_or_no_in("-"), yes_or_no_in("3x3")
    (True, False, False, False, None)
    """
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower() if value is not None else ""
    if text in ("yes", "y", "true", "1", "\u2713", "x"):
        return True
    return False if text in ("no", "n", "false", "0", "-", "none") else None


_REPEATED = re.compile(r"(?<![\w.])[x\u00d7]\s?(\d{1,2})\b|(?<![\w.])(\d{1,2})\s?[x\u00d7](?=\s+[a-z(])", re.IGNORECASE)


def repetitions_in(text: str) -> int | None:
    """How often a text says that its layer stands one after another.

    >>> repetitions_in("Conv block x2"), repetitions_in("3x3 x3"), repetitions_in("2x conv"), repetitions_in("32x32")
    (2, 3, 2, None)
    """
    match = _REPEATED.search(text)
    number = int(match[1] or match[2]) if match else 0
    return number if number > 1 else None


def multiple_of_cell_above(formula: str, row: int) -> int | None:
    """The whole factor of a formula that multiplies one cell of a row above.

    >>> multiple_of_cell_above("=E20*2", 21), multiple_of_cell_above("=E20", 21)
    (2, None)
    """
    try:
        node: Node = parse_formula(formula)
    except FormulaError:
        return None
    match node:
        case Call("*", (Reference(row=above), FormulaLiteral(int() as factor))) | Call(
            "*", (FormulaLiteral(int() as factor), Reference(row=above))
        ):
            return factor if above < row and factor > 1 else None
    return None


def pair_in(value: Value) -> Pair | None:
    """The window that a cell means, or None where it means none.

    >>> pair_in(3), pair_in("3*3"), pair_in(" (3, 5) "), pair_in("57x6"), pair_in("7 × 7 conv"), pair_in(0), pair_in("-")
    ((3, 3), (3, 3), (3, 5), (57, 6), (7, 7), None, None)
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return (int(value), int(value)) if 1 <= value <= MAX_WINDOW and value == int(value) else None
    text = value.strip().lower()
    if _DATE.match(text):
        return _pair_of_date(text)
    match = re.match(r"^[(\[{]?\s*(\d{1,5})\s*(?:[*x×,;]|by)\s*(\d{1,5})", text)
    if match:
        return _positive(int(match[1]), int(match[2]))
    single = re.match(r"^[(\[{]?\s*(\d{1,5})(?:\.0+)?\s*[)\]}]?(?:\s*px)?$", text)
    return _positive(int(single[1]), int(single[1])) if single else None


def _pair_of_date(text: str) -> Pair | None:
    """`3-3` typed into a spreadsheet becomes the third of March."""
    _, month, day = (int(part) for part in text[:10].split("-"))
    return month, day


def _positive(height: int, width: int) -> Pair | None:
    return (height, width) if height > 0 and width > 0 else None


def padding_in(value: Value) -> SheetPadding | None:
    """The padding that a cell means.

    >>> padding_in(" Same"), padding_in("valid"), padding_in(1), padding_in("(0, 2)"), padding_in("-")
    ('same', 'valid', (1, 1), (0, 2), None)
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return (int(value), int(value)) if 0 <= value <= MAX_WINDOW and value == int(value) else None
    text = value.strip().lower()
    if text.startswith("sam"):
        return "same"
    if text.startswith(("val", "no")):
        return "valid"
    if re.fullmatch(r"0(\.0+)?", text):
        return 0, 0
    match = re.match(r"^[(\[{]?\s*(\d{1,5})\s*[*x×,;]\s*(\d{1,5})", text)
    if match:
        return int(match[1]), int(match[2])
    return pair_in(text)


def arguments_in(text: str, order: tuple[Field, ...] = ()) -> dict[str, SheetPadding]:
    """Arguments of a layer inside one text, by their fields.

    >>> arguments_in("p=1, s=2, k=3")["strides"], arguments_in("Conv 3x3, stride 2")["kernel_size"]
    ((2, 2), (3, 3))
    >>> arguments_in("5,2,1 (Dil=2)", ("kernel_size", "strides", "padding"))["padding"], arguments_in("3/1/0")["padding"]
    ((1, 1), (0, 0))
    """
    parts: dict[str, SheetPadding] = {}
    for name, value in _ARGUMENT.findall(text):
        _put(parts, _ARGUMENT_FIELDS[name[0].lower()], value)
    listed = _LISTED.match(text)
    plain = re.match(r"^\s*\d{1,3}\s*[,/]\s*\d{1,3}\s*[,/]\s*\d{1,3}(?:\s*[,/(]|\s*$)", text)
    if listed and (order or plain):
        for field, value in zip(order or ("kernel_size", "strides", "padding"), listed.groups(), strict=False):
            if value is not None:
                _put(parts, field, value)
    call = _KERAS_CALL.search(text) or _POOL_CALL.search(text)
    if call:
        _put(parts, "kernel_size", f"{call[1]}x{call[2] or call[1]}")
    window = _WINDOW_IN_TEXT.search(text)
    if window and not order and max(int(window[1]), int(window[2])) <= MAX_WINDOW_IN_TEXT:
        _put(parts, "kernel_size", window[0])
    return parts


def window_in(padding: SheetPadding | None) -> Pair | None:
    """A pair that can be a window or a step, out of what `arguments_in` found."""
    return padding if isinstance(padding, tuple) and min(padding) > 0 else None


def _put(parts: dict[str, SheetPadding], field: Field, value: str) -> None:
    found = padding_in(value) if field == "padding" else pair_in(value)
    if found is not None:
        parts.setdefault(field, found)
