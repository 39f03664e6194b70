"""Edits that move rows, add them, leave them out or repeat them; strides that are taken, given, or moved to another row."""

from __future__ import annotations

from collections.abc import Iterator

from generator.design import rows
from generator.suggest.edits import Edit, Plan
from generator.suggest.lines import Change, Line

Strided = rows.Conv | rows.ResidualBlock | rows.InvertedResidual
"""Rows of weights that may have strides."""
Weighted = Strided | rows.DenseBlock
"""Rows that are repeated or left out: those that do the work."""


def pool_edits(plan: Plan) -> Iterator[Edit]:
    """Pools moved up or down, added, left out."""
    pools = [line for line in plan.trunk if isinstance(line.row, rows.Pool)]
    free = [line for line in pools if plan.is_free(line)]
    for pool in free:
        for gap in _gaps(plan, pool):
            moved = pool._replace(row=pool.row.model_copy(update={"block": _block(plan, gap, pool.row.block)}))
            change = Change(out=(pool.identity,), into=((gap.identity, moved),))
            yield Edit("move", (pool.identity,), "row", change, above=gap.identity)
    model = pools[0].row if pools else rows.MaxPool()
    for gap in _gaps(plan, None):
        above = plan.lines[gap.identity - 1].row
        added = model.model_copy(update={"name": None, "note": None, "inputs": None, "block": above.block})
        change = Change(into=((gap.identity, Line(_new(plan, gap), added)),))
        yield Edit("add", (), "row", change, to=added, above=gap.identity)
    for pool in free:
        yield Edit("leave_out", (pool.identity,), "row", Change(out=(pool.identity,)))


def _gaps(plan: Plan, moving: Line | None) -> Iterator[Line]:
    """The rows above which a pool can go: never beside another one, nor where it stands already."""
    for gap in plan.gaps():
        beside = (plan.lines[gap.identity - 1], gap)
        if moving not in beside and not any(isinstance(line.row, rows.Pool) for line in beside):
            yield gap


def _block(plan: Plan, gap: Line, otherwise: int | str | None) -> int | str | None:
    """The block that a row joins above another: the one that both its neighbours are of."""
    above = plan.lines[gap.identity - 1].row.block
    return above if above == gap.row.block else otherwise


def _new(plan: Plan, gap: Line, number: int = 0) -> int:
    """The identity of the row that is added above another, of several the one of this number."""
    return len(plan.lines) * (1 + number) + gap.identity


def stride_edits(plan: Plan) -> Iterator[Edit]:
    """Strides of 2 given to a row, or taken from it, or moved to another."""
    can = [line for line in plan.trunk if isinstance(line.row, Strided) and _takes_strides(line.row)]
    for line in can:
        was = _strides(line)
        if was == (1, 1) or was[0] == was[1]:
            to = (2, 2) if was == (1, 1) else (1, 1)
            change = Change(others=(_with_strides(line, to),))
            yield Edit("change", (line.identity,), "row", change, "strides", was, to)
    for line in can:
        if (was := _strides(line)) != (1, 1):
            for other in can:
                if _strides(other) == (1, 1):
                    change = Change(others=(_with_strides(line, (1, 1)), _with_strides(other, was)))
                    yield Edit("move_strides", (line.identity,), "row", change, "strides", was, was, other.identity)


def _takes_strides(row: rows.Row) -> bool:
    """A transposed convolution's strides mean another thing, and those of a dilated one Keras refuses."""
    return getattr(row, "conv", "") != "transposed" and getattr(row, "dilation_rate", (1, 1)) == (1, 1)


def _strides(line: Line) -> tuple[int, int]:
    strides: tuple[int, int] = line.row.strides  # type: ignore[attr-defined]
    return strides


def _with_strides(line: Line, strides: tuple[int, int]) -> Line:
    return line._replace(row=line.row.model_copy(update={"strides": strides}))


def row_edits(plan: Plan) -> Iterator[Edit]:
    """Blocks and rows repeated or left out."""
    for block in plan.blocks():
        if all(isinstance(line.row, Weighted | rows.Bottleneck) for line in block):
            yield from _repeated(plan, block)
            if all(map(plan.is_free, block)):
                identities = tuple(line.identity for line in block)
                yield Edit("leave_out", identities, "block", Change(out=identities))
    for line in plan.trunk:
        if isinstance(line.row, Weighted):
            yield from _repeated(plan, (line,))
            if plan.is_free(line):
                yield Edit("leave_out", (line.identity,), "row", Change(out=(line.identity,)))


def _repeated(plan: Plan, lines: tuple[Line, ...]) -> Iterator[Edit]:
    """These rows once more below themselves, without their strides, where the row below can read the copy."""
    below = plan.lines[lines[-1].identity + 1]
    if below.sources is not None or any(line.sources is not None for line in lines[1:]):
        return
    copies = []
    for number, line in enumerate(lines):
        update: dict[str, object] = {"name": None, "note": None, "inputs": None}
        if hasattr(line.row, "strides"):
            update["strides"] = (1, 1)
        copies.append((below.identity, Line(_new(plan, below, number), line.row.model_copy(update=update))))
    identities = tuple(line.identity for line in lines)
    yield Edit("repeat", identities, "row" if len(lines) == 1 else "block", Change(into=tuple(copies)), above=below.identity)
