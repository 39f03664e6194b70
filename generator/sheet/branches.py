"""Rows beside the main path: shortcuts, and the branches that a concatenation joins.

A sheet has one line a layer and no arrows. What a row reads shows in its own inputs, where it gives them: they are the outputs
of an earlier row and not of the one before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from generator.sheet.amounts import Amount, both_axes, same_amount
from generator.sheet.chain import window_in_chain
from generator.sheet.channels import is_concatenation
from generator.sheet.claims import ClaimReader
from generator.sheet.headers import Field
from generator.sheet.inference import inferred_jump_before
from generator.sheet.layers import SheetRow
from generator.sheet.steps import size_step

_SHORTCUT = re.compile(r"short[\s_-]*cut|skip|down[\s_-]*sampl|project|identity|residual|\bres\b", re.IGNORECASE)
_QUANTITIES: tuple[tuple[Field, Field], ...] = (
    ("input_size", "size"), ("jump_in", "jump"), ("rf_in", "rf_out"), ("channels_in", "filters"),
)  # fmt: skip
"""Columns of inputs, and those of the outputs that they repeat."""


def with_branches(reader: ClaimReader) -> tuple[SheetRow, ...]:
    """The rows with what each reads, where that is not the row before, and what a concatenation joins."""
    rows = list(reader.rows)
    for index, row in enumerate(rows):
        if row.has_window and _SHORTCUT.search(row.label):
            read = _row_read(reader, index)
            if read is None or read < index - 1:
                rows[index] = row._replace(reads=_row_gone_on_from(reader, index) if read is None else read)
    for first, joint in _segments(rows):
        _join(reader, rows, first, joint)
    _begin_again(reader, rows)
    return tuple(rows)


def _begin_again(reader: ClaimReader, rows: list[SheetRow]) -> None:
    """Marks a second way from the same map to the end, as of a network with two decoders.

    It begins where a sheet that is calculated has a typed size that does not go on from above, beside the typed receptive field
    of an earlier row: that row's beginning is taken once more.
    """
    sizes, fields = reader.columns.get("input_size", ())[:1], reader.columns.get("rf_out", ())[-1:]
    if not sizes or not fields:
        return
    again: int | None = None
    for index in range(1, len(rows)):
        first = _row_repeated(reader, index, sizes[0], fields[0])
        if first is not None:
            again = first - 1 if rows[first].reads is None else rows[first].reads
            rows[index] = rows[index]._replace(reads=again, upsampled=rows[first].upsampled)
        elif again is not None and rows[index].reads is None:
            rows[index] = rows[index]._replace(reads=index - 1)


def _row_repeated(reader: ClaimReader, index: int, size: int, field: int) -> int | None:
    """The earlier row that a row types again: its input size and its receptive field."""
    above, own = ((reader.rows[place].row, number) for place, number in ((index - 1, size), (index, size)))
    cells = reader.sheet.cells
    typed = own in cells and cells[own].formula is None and above in cells and cells[above].formula is not None
    value, said = reader.claimed(index, field), cells.get((reader.rows[index].row, field))
    if not typed or value is None or said is None or said.formula is not None:
        return None
    entering = reader.claimed(index, size)
    if same_amount(entering, reader.source(index - 1, "size", "size")[0]):
        return None
    matches = (
        above
        for above in range(1, index)
        if same_amount(reader.claimed(above, field), value) and same_amount(reader.claimed(above, size), entering)
    )
    return next(matches, None)


def _segments(rows: list[SheetRow]) -> Iterator[tuple[int, int]]:
    """From behind one concatenation to the next, each as the index of its first row and that of the concatenation."""
    first = 0
    for index, row in enumerate(rows):
        if row.kind == "pass" and is_concatenation(row):
            yield first, index
            first = index + 1


def _join(reader: ClaimReader, rows: list[SheetRow], first: int, joint: int) -> None:
    """Marks the branches in front of a concatenation, if there are any."""
    read = {index: _row_read(reader, index) for index in range(max(first, 1), joint) if rows[index].has_window}
    starts = [above for index, above in read.items() if above is not None and above < index - 1]
    if not starts:
        return
    fork = min(starts)
    for index, above in read.items():
        beside = above is not None and (above < index - 1 or rows[above].reads is not None)
        if index > fork + 1 and beside:
            rows[index] = rows[index]._replace(reads=above)
    continued = {index - 1 if rows[index].reads is None else rows[index].reads for index in range(fork + 1, joint)}
    rows[joint] = rows[joint]._replace(joins=tuple(index for index in range(fork + 1, joint) if index not in continued))


def _row_read(reader: ClaimReader, index: int) -> int | None:
    """The nearest earlier row whose outputs are this row's inputs in every column; None where no column says it."""
    known = []
    for inner, outer in _QUANTITIES:
        inputs, outputs = reader.columns.get(inner, ()), reader.columns.get(outer, ())
        value = reader.claimed(index, inputs[0]) if inputs and outputs else None
        if value is not None:
            known.append((value, outputs[-1]))
    for above in range(index - 1, -1, -1) if known else ():
        if all(same_amount(value, reader.claimed(above, number)) for value, number in known):
            return above
    return None


def _row_gone_on_from(reader: ClaimReader, index: int) -> int | None:
    """The earlier row from which a row's outputs follow in at least two columns, where they do not from the row before."""
    found = [above for above in range(index - 1, -1, -1) if _follows(reader, index, above)]
    return found[0] if found and found[0] < index - 1 else None


def _follows(reader: ClaimReader, index: int, above: int) -> bool:
    row = reader.rows[index]
    (taps, _), (stride, _), (dilation, _) = window_in_chain(row)
    grown = (dilation * (taps - 1)) * inferred_jump_before(reader, above + 1)
    said: list[bool] = []
    for number in reader.columns.get("rf_out", ())[-1:]:
        said.append(_is_sum(reader.claimed(index, number), reader.claimed(above, number), lambda rf: rf + grown))
    for number in reader.columns.get("jump", ())[-1:]:
        said.append(_is_sum(reader.claimed(index, number), reader.claimed(above, number), lambda jump: jump * stride))
    for number in reader.columns.get("size", ())[-1:]:
        before, behind = reader.claimed(above, number), reader.claimed(index, number)
        paddings = ("same", "valid")
        said.append(before is not None and any(same_amount(size_step(row, before, each, 1), behind) for each in paddings))
    return len(said) > 1 and all(said)


def _is_sum(claimed: Amount | None, before: Amount | None, step: Callable[[float], float]) -> bool:
    return claimed is not None and before is not None and same_amount(claimed, step(float(both_axes(before)[0])))
