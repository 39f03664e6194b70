"""The conventions of columns: how many convolutions a row stands for, and how parameters are counted.

A convention belongs to a column. The one is taken that explains most of the column's own steps, the first row apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product

from generator.sheet.amounts import Amount, same_amount
from generator.sheet.chain import walk_chain, window_in_chain
from generator.sheet.claims import ClaimReader
from generator.sheet.layers import SheetRow
from generator.sheet.spellings import pair_in
from generator.sheet.steps import CountRule, jump_entering, rf_step, row_params
from generator.sheet.understanding import RowConvention

MAX_CONVOLUTIONS_A_ROW = 3
MAX_REPETITIONS = 64
"""Most convolutions of one row that a column of repetitions is taken to mean."""


def repeats_by_convention(row: SheetRow) -> bool:
    """A row that may stand for several convolutions: one with a kernel larger than 1x1."""
    return row.kind == "conv" and window_in_chain(row)[0] != (1, 1)


def counts_by_convention(rows: Sequence[SheetRow], convention: RowConvention) -> list[int]:
    """For every row, how many convolutions it stands for under a convention."""
    return [convention.exceptions.get(row.row, convention.convolutions) if repeats_by_convention(row) else 1 for row in rows]


def rf_convention(reader: ClaimReader, number: int, padding: str) -> RowConvention:
    """The convention of a column of receptive fields."""
    candidates = [RowConvention(number, "rf_out", count) for count in range(1, MAX_CONVOLUTIONS_A_ROW + 1)]
    first = next((index for index, row in enumerate(reader.rows) if repeats_by_convention(row)), None)
    best = max(candidates, key=lambda candidate: _explained(reader, candidate, padding, first))
    multiples = _repetitions(reader)
    if multiples:
        said = RowConvention(number, "rf_out", 1, multiples)
        hits = _explained(reader, said, padding, first)
        plain = _explained(reader, candidates[0], padding, first)
        if hits >= _explained(reader, best, padding, first) and hits > plain:
            return said
    if first is None or best.convolutions == 1:
        return best
    claimed, row = reader.claimed(first, number), reader.rows[first]
    step = walk_chain(reader.rows, None, [1] * len(reader.rows), padding)[first]
    for count in range(1, best.convolutions):
        if claimed is not None and same_amount(rf_step(row, step, 1, jump_entering(step), count), claimed):
            return best._replace(exceptions={row.row: count})
    return best


def _repetitions(reader: ClaimReader) -> dict[int, int]:
    """How often each row stands, by its name or a column of repetitions; that may be a running number: the values decide."""
    found = {row.row: row.repetitions for row in reader.rows if row.repetitions and repeats_by_convention(row)}
    for number in reader.columns.get("repetition", ()):
        for row in reader.rows:
            said = pair_in(reader.sheet.value(row.row, number))
            if said is not None and said[0] <= MAX_REPETITIONS and repeats_by_convention(row):
                found[row.row] = said[0]
    return found


def _explained(reader: ClaimReader, convention: RowConvention, padding: str, first: int | None) -> int:
    """Steps of a column that a convention explains, on the right or the claimed jump."""
    number, counts = convention.number, counts_by_convention(reader.rows, convention)
    steps = walk_chain(reader.rows, None, counts, padding)
    hits = 0
    for index, row in enumerate(reader.rows):
        claimed, entering = reader.claimed(index, number), _rf_before(reader, index, number)
        if index == first or claimed is None or entering is None or not repeats_by_convention(row):
            continue
        said, _ = reader.source(index, "jump_in", "jump")
        jumps = [jump_entering(steps[index]), *([said] if said is not None else [])]
        hits += any(same_amount(rf_step(row, steps[index], entering, jump, counts[index]), claimed) for jump in jumps)
    return hits


def _rf_before(reader: ClaimReader, index: int, number: int) -> Amount | None:
    if reader.columns.get("rf_in"):
        return reader.source(index, "rf_in", "rf_out")[0]
    return reader.earlier(index, number)[0]


def count_rule(reader: ClaimReader, convolutions: int, features: Callable[[int], int | None]) -> CountRule:
    """The way of counting parameters that explains most cells; among equals the plainest.

    Args:
        reader: The table.
        convolutions: The most convolutions that a row of the network stands for.
        features: For the index of a row, what its weights multiply.
    """
    numbers = reader.columns.get("params", ())
    default = CountRule(convolutions=convolutions)
    if not numbers:
        return default
    norms = ((False, 4), (True, 4), (False, 2), (True, 2))
    choices = product(("standard", "separable"), (True, False), norms, sorted({1, convolutions}))
    rules = [CountRule(conv, count, use_bias, *norm) for conv, use_bias, norm, count in choices]  # type: ignore[arg-type]
    entering = [features(index) for index in range(len(reader.rows))]

    def explained(rule: CountRule) -> int:
        claims = [reader.claimed(index, numbers[0]) for index in range(len(reader.rows))]
        return sum(
            bool(claimed) and same_amount(claimed, row_params(row, rule, channels))
            for claimed, row, channels in zip(claims, reader.rows, entering, strict=True)
        )

    best = max(rules, key=explained)
    return best if explained(best) else default


def with_own_count_convention(
    reader: ClaimReader, rule: CountRule, features: Callable[[int], int | None]
) -> tuple[SheetRow, ...]:
    """The rows, the last one with weights counted as it says itself: to the classes, a network has biases or no batch
    normalisation where its other rows have it the other way.
    """
    rows = list(reader.rows)
    weighted = [index for index, row in enumerate(rows) if row.kind in ("conv", "dense") and row.filters]
    numbers = reader.columns.get("params", ())
    if not weighted or not numbers or not rule.batch_norm:
        return tuple(rows)
    last = weighted[-1]
    claimed = reader.claimed(last, numbers[0])
    for use_bias in (rule.use_bias, not rule.use_bias):
        own = rows[last]._replace(use_bias=use_bias, batch_norm=False)
        if rows[last].batch_norm is None and claimed and same_amount(claimed, row_params(own, rule, features(last))):
            rows[last] = own
            break
    return tuple(rows)


def column_conventions(
    reader: ClaimReader, rf_columns: Sequence[RowConvention], rule: CountRule, widths: Mapping[int, int]
) -> tuple[RowConvention, ...]:
    """A convention for every column that means something, from left to right."""
    by_number = {convention.number: convention for convention in rf_columns}
    found = []
    for field, numbers in reader.columns.items():
        for number in numbers:
            count = rule.convolutions if field == "params" else 1
            found.append(by_number.get(number, RowConvention(number, field, count)))
            found += [RowConvention(width, field) for height, width in widths.items() if height == number]
    return tuple(sorted(found, key=lambda convention: convention.number))
