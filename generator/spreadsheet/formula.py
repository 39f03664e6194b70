"""Spreadsheet formulas: text → tree of operators, functions and cell references. What the tree is worth: `evaluate`.

Excel's rules where they differ from Python's: unary minus binds tighter than `^`, and `^` is left-associative.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from generator.spreadsheet.reference import Range, Reference, column_number

Value = int | float | str | bool | None
MAX_FORMULA_CHARACTERS = 8_192
"""Excel's own limit of a formula's length."""
MAX_NESTING = 64
"""Excel's own limit of nested levels."""
MAX_OPERATORS = 250
"""In one formula; each is a level of the tree, which is walked by recursion."""
MAX_RANGE_CELLS = 100_000


class FormulaError(ValueError):
    """The formula has no value: an error value, text in arithmetic, a circle."""


class Unsupported(FormulaError):
    """The formula uses what is not computed here."""


class Call(NamedTuple):
    """An operator or a function with its operands."""

    function: str
    operands: tuple[Node, ...]


class Literal(NamedTuple):
    """A number, a text or a truth value as it stands in the formula."""

    value: Value


Node = Literal | Reference | Range | Call
Cells = Callable[[Reference], Value]
"""Gives the value of a cell; raises FormulaError where it has none."""

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)
  | (?P<text>"(?:[^"]|"")*")
  | (?P<reference>(?:(?:'(?:[^']|'')+'|[A-Za-z_][\w.]*)!)?\$?[A-Za-z]{1,3}\$?\d{1,7}(?![\w(])
      (?::\$?[A-Za-z]{1,3}\$?\d{1,7})?)
  | (?P<columns>\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}(?![\w(]))
  | (?P<name>[A-Za-z_][\w.]*)
  | (?P<operator><>|<=|>=|[-+*/^%&=<>(),;])
)""",
    re.VERBOSE,
)
_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_BINARY = ({"=", "<>", "<", ">", "<=", ">="}, {"&"}, {"+", "-"}, {"*", "/"}, {"^"})
"""Binary operators from the loosest to the tightest; all are left-associative."""


def plain_formula_number(number: float) -> int | float:
    """A number as the int it is, where it is one.

    >>> plain_formula_number(4.0), plain_formula_number(16.5)
    (4, 16.5)

    Raises:
        FormulaError: Not finite.
    """
    if isinstance(number, complex) or not math.isfinite(number):
        raise FormulaError("the number has no finite value")
    return int(number) if number == int(number) and abs(number) < 2**53 else number


def same_number(left: float | Fraction, right: float | Fraction) -> bool:
    """Equal as a person would say: exactly for whole numbers, to nine digits for fractions.

    >>> same_number(3, 3.0), same_number(0.1 + 0.2, 0.3), same_number(10**12, 10**12 + 1)
    (True, True, False)
    """
    if isinstance(left, int) and isinstance(right, int):
        return left == right
    first, second = float(left), float(right)
    return abs(first - second) <= 1e-9 * max(1.0, abs(second))


@lru_cache(maxsize=16_384)
def parse_formula(text: str) -> Node:
    """The tree of a formula.

    >>> parse_formula("=H27*2")
    Call(function='*', operands=(Reference(row=27, column=8, sheet=None), Literal(value=2)))

    Raises:
        Unsupported: Longer or deeper than a spreadsheet allows, or not a formula of this grammar.
    """
    if len(text) > MAX_FORMULA_CHARACTERS:
        raise Unsupported("the formula is too long")
    parser = _Parser(list(_tokens(text.removeprefix("="))))
    node = parser.expression(0, 0)
    if parser.peek()[1]:
        raise Unsupported(f"unexpected {parser.peek()[1]}")
    return node


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position, text = 0, text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise Unsupported(f"unexpected {text[position]}")
        position = match.end()
        yield str(match.lastgroup), match.group(str(match.lastgroup))


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.position = 0
        self.operators = 0

    def operator(self) -> str:
        self.operators += 1
        if self.operators > MAX_OPERATORS:
            raise Unsupported(f"more than {MAX_OPERATORS} operators")
        return self.take()[1]

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.position] if self.position < len(self.tokens) else ("end", "")

    def take(self, expected: str | None = None) -> tuple[str, str]:
        kind, text = self.peek()
        if kind == "end" or (expected is not None and text != expected):
            raise Unsupported(f"expected {expected or 'more'}")
        self.position += 1
        return kind, text

    def expression(self, level: int, depth: int) -> Node:
        if depth > MAX_NESTING:
            raise Unsupported("nested too deeply")
        if level == len(_BINARY):
            return self.unary(depth)
        left = self.expression(level + 1, depth)
        while self.peek()[0] == "operator" and self.peek()[1] in _BINARY[level]:
            operator = self.operator()
            left = Call(operator, (left, self.expression(level + 1, depth)))
        return left

    def unary(self, depth: int) -> Node:
        if depth > MAX_NESTING:
            raise Unsupported("nested too deeply")
        kind, text = self.peek()
        if kind == "operator" and text in "+-":
            self.take()
            operand = self.unary(depth + 1)
            return Call("negate", (operand,)) if text == "-" else operand
        node = self.atom(depth)
        while self.peek() == ("operator", "%"):
            self.operator()
            node = Call("%", (node,))
        return node

    def atom(self, depth: int) -> Node:
        kind, text = self.take()
        if kind == "number":
            return Literal(plain_formula_number(float(text)))
        if kind == "text":
            return Literal(text[1:-1].replace('""', '"'))
        if kind in ("reference", "columns"):
            return _reference(text)
        if kind == "name":
            if text.upper() in ("TRUE", "FALSE") and self.peek()[1] != "(":
                return Literal(text.upper() == "TRUE")
            return self.call(text, depth)
        if text == "(":
            node = self.expression(0, depth + 1)
            self.take(")")
            return node
        raise Unsupported(f"unexpected {text}")

    def call(self, name: str, depth: int) -> Node:
        self.take("(")
        operands: list[Node] = []
        while self.peek()[1] != ")":
            operands.append(Literal(None) if self.peek()[1] in (",", ";") else self.expression(0, depth + 1))
            if self.peek()[1] in (",", ";"):
                self.take()
        self.take(")")
        return Call(name.upper().removeprefix("_XLFN.").removesuffix(".MATH"), tuple(operands))


def _reference(text: str) -> Node:
    sheet, _, cells = text.rpartition("!")
    name = sheet.strip("'").replace("''", "'") or None
    first, _, last = cells.partition(":")
    start = _CELL.fullmatch(first)
    if start is None:
        columns = [column_number(part.replace("$", "")) for part in (first, last)]
        return Range(1, min(columns), 0, max(columns), name)
    row, column = int(start[2]), column_number(start[1])
    if not last:
        return Reference(row, column, name)
    end = _CELL.fullmatch(last)
    if end is None:
        raise Unsupported(f"unexpected {text}")
    last_row, last_column = int(end[2]), column_number(end[1])
    return Range(min(row, last_row), min(column, last_column), max(row, last_row), max(column, last_column), name)


def references_in_formula(node: Node, last_row: int = 0) -> Iterator[Reference]:
    """Every cell that a formula names; `last_row` ends whole columns.

    >>> [reference.row for reference in references_in_formula(parse_formula("=SUM(J5:J7)+J1"))]
    [5, 6, 7, 1]
    """
    match node:
        case Reference():
            yield node
        case Range():
            yield from _cells_of(node, last_row)
        case Call():
            for operand in node.operands:
                yield from references_in_formula(operand, last_row)
        case _:
            return


def _cells_of(cells: Range, last_row: int) -> Iterator[Reference]:
    bottom = cells.last_row or last_row
    if last_row and cells.sheet is None:
        bottom = min(bottom, last_row)  # Below the last filled row of its sheet a range holds blanks, which count for nothing.
    if (bottom - cells.row + 1) * (cells.last_column - cells.column + 1) > MAX_RANGE_CELLS:
        raise Unsupported("the range is too large")
    for row in range(cells.row, bottom + 1):
        for column in range(cells.column, cells.last_column + 1):
            yield Reference(row, column, cells.sheet)
