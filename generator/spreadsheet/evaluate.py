"""What the tree of a formula is worth: the closed set of operators and functions that design sheets use, without eval.

Blanks are 0; `IF` and `IFERROR` look only at the branch they need; rounding is Excel's (half away from zero). Anything else
(macros, look-ups, arrays) is `Unsupported`, and the caller falls back on the stored value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from generator.spreadsheet.cells import MAX_TEXT_CHARACTERS, is_number
from generator.spreadsheet.formula import (
    Cells,
    FormulaError,
    Literal,
    Node,
    Unsupported,
    Value,
    plain_formula_number,
    references_in_formula,
)
from generator.spreadsheet.reference import Range, Reference


def evaluate(node: Node, cells: Cells, last_row: int = 0) -> Value:
    """The value of a formula.

    >>> from generator.spreadsheet.formula import parse_formula
    >>> evaluate(parse_formula("=-2^2"), lambda cell: 0), evaluate(parse_formula("=2^3^2"), lambda cell: 0)
    (4, 64)
    >>> evaluate(parse_formula('=IF(A1=0, "blank", 1/A1)'), lambda cell: None)
    'blank'

    Raises:
        FormulaError: It has no value.
        Unsupported: It uses what is not computed here.
    """
    match node:
        case Literal():
            return node.value
        case Reference():
            return cells(node)
        case Range():
            raise Unsupported("a range where one value is expected")
    name, operands = node.function, node.operands

    def value(index: int) -> Value:
        return evaluate(operands[index], cells, last_row)

    if name in ("IF", "IFERROR"):
        return _branch(name, operands, value)
    if name in _AGGREGATES:
        return plain_formula_number(_AGGREGATES[name](list(_numbers(operands, cells, last_row))))
    if name in _OPERATORS and len(operands) == 2 and name != "negate":
        return _OPERATORS[name](value(0), value(1))
    if name in _FUNCTIONS:
        return _apply(name, [_number(value(index)) for index in range(len(operands))])
    raise Unsupported(f"the function {name} is not computed here")


def _branch(name: str, operands: tuple[Node, ...], value: Callable[[int], Value]) -> Value:
    if name == "IFERROR":
        try:
            return value(0)
        except Unsupported:
            raise
        except FormulaError:
            return value(1) if len(operands) > 1 else None
    chosen = 1 if _number(value(0)) else 2
    return value(chosen) if chosen < len(operands) else False


def _numbers(operands: tuple[Node, ...], cells: Cells, last_row: int) -> Iterator[float]:
    """Numbers for SUM and its kind: text and blanks in cells are passed over, as spreadsheets do."""
    for operand in operands:
        if isinstance(operand, Range | Reference):
            for reference in references_in_formula(operand, last_row):
                found = cells(reference)
                if is_number(found):
                    yield found
        else:
            yield _number(evaluate(operand, cells, last_row))


def _apply(name: str, numbers: list[float]) -> Value:
    try:
        return plain_formula_number(_FUNCTIONS[name](*numbers))
    except TypeError:
        raise Unsupported(f"{name} with {len(numbers)} arguments") from None
    except (ValueError, ZeroDivisionError, OverflowError):
        raise FormulaError(f"{name} has no value for {numbers}") from None


def _number(value: Value) -> float:
    if value is None or value == "":
        return 0
    if isinstance(value, str):
        try:
            return plain_formula_number(float(value))
        except ValueError:
            raise FormulaError(f'"{value[:40]}" is no number') from None
    return value


def _power(base: float, exponent: float) -> float:
    if abs(exponent) > 1024:
        raise FormulaError("the power is too large")
    result = float(base) ** exponent
    return plain_formula_number(result)


def _divide(left: float, right: float) -> float:
    if right == 0:
        raise FormulaError("division by zero")
    return plain_formula_number(left / right)


def _joined(left: Value, right: Value) -> Value:
    text = f"{'' if left is None else left}{'' if right is None else right}"
    if len(text) > MAX_TEXT_CHARACTERS:
        raise FormulaError("the text is too long")
    return text


def _arithmetic(operation: Callable[[float, float], float]) -> Callable[[Value, Value], Value]:
    def apply(left: Value, right: Value) -> Value:
        try:
            return plain_formula_number(operation(_number(left), _number(right)))
        except OverflowError:
            raise FormulaError("the number is too large") from None

    return apply


def _comparison(operation: Callable[[Any, Any], bool]) -> Callable[[Value, Value], Value]:
    def apply(left: Value, right: Value) -> Value:
        if isinstance(left, str) and isinstance(right, str):
            return operation(left.lower(), right.lower())
        if isinstance(left, str) != isinstance(right, str) and None not in (left, right):
            return operation(isinstance(left, str), isinstance(right, str))
        blank: Value = "" if isinstance(left, str) or isinstance(right, str) else 0
        return operation(blank if left is None else left, blank if right is None else right)

    return apply


_OPERATORS: dict[str, Callable[[Value, Value], Value]] = {
    "+": _arithmetic(lambda left, right: left + right),
    "-": _arithmetic(lambda left, right: left - right),
    "*": _arithmetic(lambda left, right: left * right),
    "/": _arithmetic(_divide),
    "^": _arithmetic(_power),
    "&": _joined,
    "=": _comparison(lambda left, right: left == right),
    "<>": _comparison(lambda left, right: left != right),
    "<": _comparison(lambda left, right: left < right),
    ">": _comparison(lambda left, right: left > right),
    "<=": _comparison(lambda left, right: left <= right),
    ">=": _comparison(lambda left, right: left >= right),
}


def _scaled(number: float, digits: float, whole: Callable[[float], int]) -> float:
    scale = 10.0 ** int(digits)
    return math.copysign(whole(abs(number) * scale), number) / scale


def _round_half_away(number: float, digits: float = 0) -> float:
    return _scaled(number, digits, lambda size: math.floor(size + 0.5))


def _round_down(number: float, digits: float = 0) -> float:
    return _scaled(number, digits, math.floor)


def _round_up(number: float, digits: float = 0) -> float:
    return _scaled(number, digits, math.ceil)


_FUNCTIONS: dict[str, Callable[..., float]] = {
    "negate": lambda number: -number,
    "%": lambda number: number / 100,
    "ROUND": _round_half_away,
    "ROUNDDOWN": _round_down,
    "ROUNDUP": _round_up,
    "TRUNC": _round_down,
    "INT": math.floor,
    "ABS": abs,
    "SQRT": math.sqrt,
    "POWER": _power,
    "MOD": lambda number, divisor: number - divisor * math.floor(number / divisor),
    "QUOTIENT": lambda number, divisor: math.trunc(number / divisor),
    "CEILING": lambda number, step=1: math.ceil(number / step) * step,
    "FLOOR": lambda number, step=1: math.floor(number / step) * step,
}
_AGGREGATES: dict[str, Callable[[list[float]], float]] = {
    "SUM": sum,
    "PRODUCT": math.prod,
    "MIN": lambda numbers: min(numbers, default=0),
    "MAX": lambda numbers: max(numbers, default=0),
    "COUNT": len,
}
