"""Wrong cells as people make them, and which cells are wrong by themselves then and which only inherit.

Left out because nobody could decide them:
* a value that its own row confirms (another wrong cell makes it follow), or that is right after all;
* more than a quarter of a column: the rest no longer says what the column's convention is;
* a size where no column says the padding, a size or a jump where none says the stride: it may be meant so;
* sizes below one: nobody goes on calculating with them;
* in a sheet of values, a fraction that the rows below were calculated from: whether they floored it does not show.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random
from typing import NamedTuple

from tests.support.random_sheets import RandomSheet
from tests.support.sheet_claims import Claim, Content, Position, Table
from tests.support.sheet_files import evaluate

SIZES = frozenset({"size", "input_size"})
JUMPS = frozenset({"jump", "jump_in"})


class Wrong(NamedTuple):
    """A sheet with wrong cells.

    Attributes:
        cells: What is typed; formulas start with =.
        values: What every cell shows.
        roots: The cells that were typed wrong.
        wrong: Every wrong cell: what it is about, what it shows, and what is right.
        typed: The author calculated the rows below by hand from the wrong value (a sheet of values).
    """

    cells: dict[Position, Content]
    values: dict[Position, Content]
    roots: tuple[Position, ...]
    wrong: dict[Position, tuple[str, Content, Content]]
    typed: bool


def make_mistakes(sheet: RandomSheet, rng: Random) -> Wrong | None:
    """One to three wrong cells in a sheet; None where none can be decided."""
    claims = {claim.position: claim for table in sheet.tables for claim in table.claims}
    candidates = [claim for table in sheet.tables for claim in table.claims if _decidable(table, claim)]
    follows = sheet.kind != "values" or rng.random() < 0.5
    for _ in range(30):
        chosen = rng.sample(candidates, min(rng.choice((1, 1, 2, 3)), len(candidates)))
        if not chosen or _too_many(sheet, chosen):
            continue
        typed = {claim.position: _mistake(sheet, claim, rng) for claim in chosen}
        wrong = _worked_out(sheet, claims, typed, follows)
        if wrong is not None:
            return wrong
    return None


def _decidable(table: Table, claim: Claim) -> bool:
    no_padding = table.style.padding != "given" and claim.field in SIZES
    no_stride = not table.style.strides and claim.field in SIZES | JUMPS
    return not no_padding and not no_stride


def _too_many(sheet: RandomSheet, chosen: list[Claim]) -> bool:
    for table in sheet.tables:
        for field in {claim.field for claim in chosen if claim in table.claims} - {"params_total"}:
            whole = [claim for claim in table.claims if claim.field == field]
            if len([claim for claim in chosen if claim in whole]) > len(whole) // 4:
                return True
    return False


def _mistake(sheet: RandomSheet, claim: Claim, rng: Random) -> Content:
    if claim.mistakes and sheet.kind != "values" and rng.random() < 0.5:
        return rng.choice(claim.mistakes)
    if isinstance(claim.right, str):
        axis = rng.choice((0, 1))
        numbers = [int(number) for number in re.findall(r"\d+", claim.right)]
        numbers[axis] = _typed_number(numbers[axis], rng)
        shown = iter(numbers)
        return re.sub(r"\d+", lambda _: str(next(shown)), claim.right)
    given = [evaluate({**sheet.cells, claim.position: formula})[claim.position] for formula in claim.mistakes]
    above = [
        other.right
        for table in sheet.tables
        if claim in table.claims and claim.layer
        for other in table.claims
        if other.field == claim.field and other.layer == claim.layer - 1
    ]
    return rng.choice([*given, *above, *(_typed_number(int(claim.right), rng) for _ in range(3))])


def _typed_number(right: int, rng: Random) -> int:
    digits = list(str(right))
    swapped = [*digits[:-2], *reversed(digits[-2:])]
    return rng.choice((right * 2, right // 2, right + 1, right - 1, int("".join(swapped))))


def _worked_out(
    sheet: RandomSheet, claims: Mapping[Position, Claim], typed: dict[Position, Content], follows: bool
) -> Wrong | None:
    cells = {**sheet.cells, **typed}
    values = evaluate(cells) if follows else {**evaluate(sheet.cells), **typed}
    wrong = {
        position: (claim.field, values[position], claim.right)
        for position, claim in claims.items()
        if values[position] != claim.right
    }
    for position in typed:
        alone = evaluate({**sheet.cells, position: typed[position]})[position]
        confirmed = evaluate({**(cells if follows else values), position: sheet.cells[position]})[position]
        is_formula = str(typed[position]).startswith("=")
        if position not in wrong or alone == claims[position].right or (not is_formula and confirmed == values[position]):
            return None
    numbers = [(position, value) for position, (_, value, _) in wrong.items() if isinstance(value, int | float)]
    if any(value < 1 for _, value in numbers):
        return None
    if sheet.kind == "values" and follows and any(value != int(value) for _, value in numbers):
        return None
    shown = values if sheet.kind == "values" else cells
    return Wrong(shown, values, tuple(typed), wrong, follows)
