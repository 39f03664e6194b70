"""Formulas of cells: Excel's rules, checked against values worked out by hand, and a closed set of functions."""

from __future__ import annotations

import pytest

from generator.spreadsheet.cells import Cell, Sheet
from generator.spreadsheet.evaluate import evaluate
from generator.spreadsheet.formula import FormulaError, Unsupported, Value, parse_formula
from generator.spreadsheet.reference import Reference
from generator.spreadsheet.values import Evaluator

CELLS: dict[tuple[int, int], Value] = {(1, 1): 3, (2, 1): 4.5, (3, 1): "text", (1, 2): 32}


def value(formula: str) -> Value:
    return evaluate(parse_formula(formula), lambda cell: CELLS.get((cell.row, cell.column)), last_row=3)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("=-2^2", 4),
        ("=2^3^2", 64),
        ("=1+2*3", 7),
        ("=(1+2)*3", 9),
        ("=50%", 0.5),
        ("=A1+$B$1", 35),
        ("=Z99+1", 1),
        ("=SUM(A1:A3)", 7.5),
        ("=SUM(A:A, 1)", 8.5),
        ("=ROUNDDOWN((B1+2*1-A1)/2+1, 0)", 16),
        ("=rounddown(16.5)", 16),
        ("=ROUNDUP(16.1,0)", 17),
        ("=ROUND(2.5,0)", 3),
        ("=ROUND(-2.5,0)", -3),
        ("=INT(-1.5)", -2),
        ("=CEILING(16.5,1)", 17),
        ("=_xlfn.CEILING.MATH(16.5)", 17),
        ("=FLOOR(16.5,1)", 16),
        ("=MIN(A1,2)", 2),
        ("=MAX(A1:B1)", 32),
        ('=IF(A1>2,"yes",1/0)', "yes"),
        ('=IFERROR(1/0,"")', ""),
        ('="a"&1', "a1"),
        ("=A1=3", True),
        ("=1<>2", True),
    ],
)
def test_values(formula: str, expected: Value) -> None:
    assert value(formula) == expected


@pytest.mark.parametrize("formula", ["=1/0", "=A3*2", "=SQRT(-1)", "=10^309", "=9^9^9^9"])
def test_formulas_without_a_value(formula: str) -> None:
    with pytest.raises(FormulaError):
        value(formula)


@pytest.mark.parametrize(
    "formula",
    [
        "=exec(1)",
        '=INDIRECT("A1")',
        '=__import__("os")',
        "=A1:B2",
        "=1 2",
        "=(1",
        "=" + "(" * 200 + "1" + ")" * 200,
        "=1+" * 9000,
    ],
)
def test_what_is_not_computed_is_refused(formula: str) -> None:
    with pytest.raises(Unsupported):
        value(formula)


def sheet_of(formulas: dict[tuple[int, int], str | int]) -> Sheet:
    cells = {at: Cell(None, text, False) if isinstance(text, str) else Cell(text) for at, text in formulas.items()}
    return Sheet("s", cells)


def test_a_chain_of_five_thousand_cells_is_worked_out() -> None:
    sheet = sheet_of({(1, 1): 1, **{(row, 1): f"=A{row - 1}+1" for row in range(2, 5002)}})
    assert Evaluator({"s": sheet}, "s", {}).formula_value((5001, 1)) == 5001


def test_replaced_cells_change_what_depends_on_them() -> None:
    sheet = sheet_of({(1, 1): 1, (2, 1): "=A1*2", (3, 1): "=A2+1"})
    assert Evaluator({"s": sheet}, "s", {}).formula_value((3, 1)) == 3
    assert Evaluator({"s": sheet}, "s", {(1, 1): 10}).formula_value((3, 1)) == 21
    assert Evaluator({"s": sheet}, "s", {(2, 1): 7}).formula_value((3, 1)) == 8


def test_a_circle_is_named() -> None:
    sheet = sheet_of({(1, 1): "=A2", (2, 1): "=A1"})
    with pytest.raises(FormulaError, match="depends on itself"):
        Evaluator({"s": sheet}, "s", {}).formula_value((1, 1))


def test_references_name_their_sheet() -> None:
    assert parse_formula("='My Sheet'!B2") == Reference(2, 2, "My Sheet")
