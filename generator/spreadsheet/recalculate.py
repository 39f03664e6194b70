"""A workbook after some of its cells have changed: what depends on them is worked out anew, the rest is as it is stored."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from generator.spreadsheet.cells import Cell, Position, Sheet, is_number
from generator.spreadsheet.formula import (
    Call,
    FormulaError,
    Node,
    Value,
    parse_formula,
    references_in_formula,
    same_number,
)
from generator.spreadsheet.reference import Reference
from generator.spreadsheet.values import Evaluator

HIDDEN_INPUTS = frozenset({"INDIRECT", "OFFSET"})
"""Functions that read cells which their formula does not name."""
_OTHER_FILES = re.compile(r"(?:'[^']*\[[^']*'|\[[^\]]+\][\w.]*)!\$?[A-Za-z]{1,3}\$?\d+(?::\$?[A-Za-z]{1,3}\$?\d+)?")
"""Cells of other workbooks, which no change here reaches."""
_OWN_ROW = re.compile(r"\w*\[(?:\[#This Row\],\s*\[[^\[\]]*\]|@\[[^\[\]]*\]|@[^\[\]]*)\]")
"""Columns of a table named by their headers, in the formula's own row: which column it is does not matter here."""


class Key(NamedTuple):
    """One cell of a workbook."""

    sheet: str
    position: Position


def recalculate(sheets: Mapping[str, Sheet], contents: Mapping[Key, Value]) -> dict[str, Sheet]:
    """The sheets with new contents; text that starts with `=` is a formula.

    Of the values that were stored, those stay that depend on no changed cell, but for a number that its own formula denies.
    Every other cell has its value from here (`stored` is False), or None where it is not computed here.
    """
    after = {title: copy.copy(sheet) for title, sheet in sheets.items()}
    for sheet in after.values():
        sheet.cells = dict(sheet.cells)
    for (title, position), content in contents.items():
        is_formula = isinstance(content, str) and content.startswith("=")
        formula = str(content) if is_formula else None
        after[title].cells[position] = Cell(None if is_formula else content, formula, not is_formula)
    stale = _dependents(after, contents.keys())
    for title, position in stale:
        after[title].cells[position] = after[title].cells[position]._replace(value=None, stored=False)
    for title, sheet in after.items():
        evaluator = Evaluator(after, title, {})
        for position, cell in list(sheet.cells.items()):
            if cell.formula is None:
                continue
            try:
                value = evaluator.formula_value(position)
            except FormulaError:
                continue
            if not cell.stored or _denied(cell.value, value):
                sheet.cells[position] = Cell(value, cell.formula, False)
    return after


def _denied(stored: Value, value: Value) -> bool:
    numbers = [number for number in (stored, value) if is_number(number)]
    return len(numbers) == 2 and not same_number(*numbers)


def _dependents(sheets: Mapping[str, Sheet], changed: Collection[Key]) -> set[Key]:
    """Formula cells that depend on changed ones, near and far; those whose inputs cannot be told count as such."""
    if not changed:
        return set()
    readers: dict[Key, list[Key]] = {}
    waiting = list(changed)
    for title, sheet in sheets.items():
        for position, cell in sheet.cells.items():
            if cell.formula is None:
                continue
            key = Key(title, position)
            text, in_own_row = _OWN_ROW.subn("0", _OTHER_FILES.sub("0", cell.formula))
            for column in range(1, sheet.last_column + 1 if in_own_row else 1):
                readers.setdefault(Key(title, (position[0], column)), []).append(key)
            try:
                node = parse_formula(text)
                for reference in references_in_formula(node, sheet.last_row):
                    readers.setdefault(_key(reference, title), []).append(key)
            except FormulaError:
                waiting.append(key)
                continue
            if HIDDEN_INPUTS & set(_functions(node)):
                waiting.append(key)
    found: set[Key] = set()
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += readers.get(key, ())
    return {key for key in found if sheets[key.sheet].cells[key.position].formula is not None}


def _key(reference: Reference, sheet: str) -> Key:
    return Key(reference.sheet or sheet, reference.position)


def _functions(node: Node) -> Iterator[str]:
    if isinstance(node, Call):
        yield node.function
        for operand in node.operands:
            yield from _functions(operand)
