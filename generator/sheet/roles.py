"""Which column means what, where its header is silent or wrong: the values decide.

A column of sizes, jumps or receptive fields obeys its own step from row to row, whatever stands over it. A header is overruled
only where the values disagree with it and agree with another meaning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from generator.sheet.amounts import Amount, amount_in, both_axes, collapsed_amount, same_amount
from generator.sheet.chain import walk_chain, window_in_chain
from generator.sheet.claims import ClaimReader
from generator.sheet.headers import GEOMETRY, Field
from generator.sheet.labels import shape_in_label
from generator.sheet.layers import SheetRow, layer_rows
from generator.sheet.spellings import arguments_in
from generator.sheet.steps import jump_entering, rf_step, size_step
from generator.sheet.tables import Frame
from generator.spreadsheet.cells import Sheet
from generator.spreadsheet.formula import FormulaError, parse_formula, references_in_formula
from generator.spreadsheet.reference import column_number

QUANTITIES: tuple[tuple[Field, Field], ...] = (("size", "input_size"), ("jump", "jump_in"), ("rf_out", "rf_in"))
"""Output and input field of each quantity that goes on from layer to layer."""
MOST_CONVOLUTIONS = 3
"""Convolutions that a row may stand for."""
AGREEING_SHARE = 0.75
"""Share of a column's steps that must fit a meaning which its header does not name."""
LEAST_TELLING = 2
"""Steps with a change of value that such a meaning takes: a constant column fits many."""


_SAYS_WHICH = re.compile(r"\b(?:in|out|input|output)\b|_in|_out|jin|jout", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z]{3}")


class Evidence(NamedTuple):
    """How the steps of a column fit one meaning: pairs of numbers, those that fit, and those of them that change."""

    pairs: int
    agreeing: int
    telling: int
    exact: int = 0
    """Cells that are right from the image on; known of jumps, which need no size and have one convention."""

    @property
    def convincing(self) -> bool:
        """Enough to give a column a meaning that its header does not name."""
        return self.telling >= LEAST_TELLING and self.agreeing >= AGREEING_SHARE * self.pairs


def settle_roles(sheet: Sheet, frame: Frame, assumed: Mapping[str, Field]) -> Frame:
    """The frame with the meaning of its columns put right by their values; `assumed` meanings, by letters, go before."""
    return _renamed(_by_values(sheet, frame), {column_number(letters): field for letters, field in assumed.items()})


def _by_values(sheet: Sheet, frame: Frame) -> Frame:
    frame = _in_words(sheet, _names_apart(sheet, frame))
    rows = layer_rows(sheet, frame)
    if not rows:
        return frame
    witness = Witness(sheet, rows, frame.widths)
    frame = _contested(witness, frame)
    frame = _directed(witness, frame)
    return _discovered(witness, frame)


class Witness:
    """What the values of a column say of each meaning."""

    def __init__(self, sheet: Sheet, rows: Sequence[SheetRow], widths: Mapping[int, int]) -> None:
        self.rows, self.reader = rows, ClaimReader(sheet, rows, {}, widths)
        self.steps = walk_chain(rows, None, [1] * len(rows), "same")

    def evidence(self, number: int, field: Field) -> Evidence:
        """How well the steps of a column fit a meaning."""
        inward = field in ("input_size", "jump_in", "rf_in")
        values = [self.reader.claimed(index, number) for index in range(len(self.rows))]
        found = [self._count(values, field, inward, variant) for variant in self._variants(field)]
        best = max(found, key=lambda evidence: (evidence.agreeing, evidence.telling))
        if field not in ("jump", "jump_in"):
            return best
        places = [step.before if inward else step.after for step in self.steps]
        right = [collapsed_amount((place.height.jump, place.width.jump)) for place in places]
        return best._replace(exact=sum(same_amount(value, jump) for value, jump in zip(values, right, strict=True)))

    def _variants(self, field: Field) -> Sequence[Callable[[int, Amount], Amount | None]]:
        if field in ("size", "input_size"):
            return [self._size_by(padding) for padding in ("same", "valid")]
        if field in ("jump", "jump_in"):
            return [self._jump]
        return [self._rf_by(count) for count in range(1, MOST_CONVOLUTIONS + 1)]

    def _count(
        self, values: Sequence[Amount | None], field: Field, inward: bool, step: Callable[[int, Amount], Amount | None]
    ) -> Evidence:
        pairs = agreeing = telling = 0
        start: Amount | None = None if field in ("size", "input_size") else 1
        before = None if start is None else (-1, start)
        for index, value in enumerate(values):
            if value is None:
                continue
            if before is not None:
                last, known = before
                at = last if inward and last >= 0 else index
                expected = known if inward and last < 0 else step(at, known)
                pairs += 1
                fits = expected is not None and same_amount(value, expected)
                agreeing += fits
                telling += fits and not same_amount(value, known)
            before = (index, value)
        return Evidence(pairs, agreeing, telling)

    def _size_by(self, padding: str) -> Callable[[int, Amount], Amount | None]:
        def after(index: int, entering: Amount) -> Amount | None:
            if min(both_axes(entering)) <= 0:
                return None
            return size_step(self.rows[index], entering, padding, 1)

        return after

    def _jump(self, index: int, entering: Amount) -> Amount | None:
        row = self.rows[index]
        strides = window_in_chain(row)[1] if row.has_window else (1, 1)
        height, width = (axis * stride for axis, stride in zip(both_axes(entering), strides, strict=True))
        scaled: Amount = collapsed_amount((height, width))
        return scaled

    def _rf_by(self, count: int) -> Callable[[int, Amount], Amount | None]:
        def after(index: int, entering: Amount) -> Amount | None:
            row, step = self.rows[index], self.steps[index]
            return rf_step(row, step, entering, jump_entering(step), count if row.kind == "conv" else 1)

        return after


def _names_apart(sheet: Sheet, frame: Frame) -> Frame:
    """A column under a header of numbers that holds words is a column of names."""
    columns = []
    named = bool(frame.numbers("name"))
    for column in frame.columns:
        if column.field in GEOMETRY or column.field in ("index", "channels", "channels_in", "filters"):
            cells = [sheet.value(row, column.number) for row in range(frame.first_row, frame.last_row + 1)]
            filled = [value for value in cells if value is not None and value != ""]
            words = [value for value in filled if isinstance(value, str) and _is_words(value)]
            if len(words) * 3 > len(filled) * 2:
                columns.append(column._replace(field=None if named else "name"))
                named = True
                continue
        columns.append(column)
    return frame._replace(columns=tuple(columns))


def _is_words(text: str) -> bool:
    """A text that names something: letters other than the `None` of a batch, and no number alone with its unit."""
    return _NAME.search(text.replace("None", "")) is not None or (amount_in(text) is None and any(map(str.isalpha, text)))


def _in_words(sheet: Sheet, frame: Frame) -> Frame:
    """Columns of words that speak of windows under a header that says nothing are names; of shapes, sizes."""
    for column in frame.columns:
        if column.field not in (None, "channels", "channels_in"):
            continue
        texts = [text for row in range(frame.first_row, frame.last_row + 1) if (text := sheet.text(row, column.number))]
        windows = sum("kernel_size" in arguments_in(text) for text in texts)
        shapes = sum(shape is not None and shape[1] is not None for shape in map(shape_in_label, texts))
        outward: Field = "input_size" if column.field == "channels_in" or "input" in column.header.lower() else "size"
        if column.field is not None and shapes >= LEAST_TELLING and shapes * 2 > len(texts) and not frame.numbers(outward):
            frame = _renamed(frame, {column.number: outward})
        elif column.field is None and windows >= LEAST_TELLING and not _says_kernels(frame):
            frame = _renamed(frame, {column.number: "name"})
    return frame


def _says_kernels(frame: Frame) -> bool:
    return bool(frame.numbers("kernel_size") or frame.numbers("composite"))


def _contested(witness: Witness, frame: Frame) -> Frame:
    """Of two columns headed as the same size, the one that does not go on like a size holds channels; of two of channels that
    stand side by side, the left one is the input's.
    """
    sides: tuple[tuple[Field, Field], ...] = (("input_size", "channels_in"), ("size", "channels"))
    for field, channels in sides:
        numbers = frame.numbers(field)
        if len(numbers) == 2 and not frame.numbers(channels):
            ranked = sorted(numbers, key=lambda number: witness.evidence(number, field).agreeing)
            if witness.evidence(ranked[1], field).agreeing > witness.evidence(ranked[0], field).agreeing:
                frame = _renamed(frame, {ranked[0]: channels})
        elif len(numbers) > 1:
            misfits = [number for number in numbers if not witness.evidence(number, field).agreeing]
            if len(misfits) < len(numbers):
                frame = _renamed(frame, dict.fromkeys(misfits))
    outputs = [column for column in frame.columns if column.field == "channels"]
    behind = [column for column in outputs if "concat" in column.header.lower()]
    if len(outputs) == 2 and len(behind) == 1 and not frame.numbers("filters"):
        return _renamed(frame, {column.number: "filters" for column in outputs if column not in behind})
    if len(outputs) == 2 and not frame.numbers("channels_in") and "out" in outputs[1].header.lower():
        frame = _renamed(frame, {outputs[0].number: "channels_in"})
    return frame


def _directed(witness: Witness, frame: Frame) -> Frame:
    """A lone `J`, `RF` or `size` is often the input's, and two headers may stand over each other's column."""
    for outer, inner in (QUANTITIES[0], QUANTITIES[2], QUANTITIES[1]):  # Fields say what jumps are, not the other way.
        outers, inners = frame.numbers(outer), frame.numbers(inner)
        if len(outers) + len(inners) == 1:
            number = (outers + inners)[0]
            header, other = (outer, inner) if outers else (inner, outer)
            named = _named_by_formulas(witness, frame, number) if outer == "jump" else None
            if named is not None:
                frame = _renamed(frame, {number: named})
            elif _better(witness.evidence(number, other), witness.evidence(number, header)):
                frame = _renamed(frame, {number: other})
        elif len(outers) > 1 and not inners:
            inward = [number for number in outers if _better(witness.evidence(number, inner), witness.evidence(number, outer))]
            if len(inward) == 1:
                frame = _renamed(frame, {inward[0]: inner})
        elif len(outers) == len(inners) == 1:
            swapped = (witness.evidence(outers[0], inner), witness.evidence(inners[0], outer))
            as_named = (witness.evidence(outers[0], outer), witness.evidence(inners[0], inner))
            if all(_better(new, old) for new, old in zip(swapped, as_named, strict=True)):
                frame = _renamed(frame, {outers[0]: inner, inners[0]: outer})
    return frame


def _named_by_formulas(witness: Witness, frame: Frame, number: int) -> Field | None:
    """What most formulas of receptive fields take a column of jumps for, if its header does not say which it is.

    An output field grows by the input jump: that of its own row, or the output jump of the row above. An input field grows
    by the input jump of the row above.
    """
    header = next(column.header for column in frame.columns if column.number == number)
    fields = frame.numbers("rf_out") or frame.numbers("rf_in")
    if _SAYS_WHICH.search(header) or not fields:
        return None
    meant: tuple[Field, Field | None] = ("jump", "jump_in") if frame.numbers("rf_out") else ("jump_in", None)
    rows = [row.row for row in witness.rows]
    named_above = named_own = 0
    for above, row in pairwise(rows):
        cell = witness.reader.sheet.cells.get((row, fields[-1]))
        named = _rows_named(cell.formula, number) if cell is not None and cell.formula else set()
        named_above += above in named and row not in named
        named_own += row in named and above not in named
    if max(named_above, named_own) * 2 <= len(rows):
        return None
    return meant[0] if named_above > named_own else meant[1]


def _rows_named(formula: str, number: int) -> set[int]:
    try:
        return {
            needed.row
            for needed in references_in_formula(parse_formula(formula))
            if needed.column == number and needed.sheet is None
        }
    except FormulaError:
        return set()


def _better(new: Evidence, old: Evidence) -> bool:
    more = new.agreeing + new.exact > old.agreeing + old.exact
    return more and (new.telling > 0 or new.agreeing == new.pairs)


def _discovered(witness: Witness, frame: Frame) -> Frame:
    """Columns whose header names nothing, or channels, and whose values are sizes, jumps or receptive fields."""
    for column in frame.columns:
        if column.axis is not None or column.field not in (None, "channels", "channels_in"):
            continue
        # Channels double where maps halve, just as jumps do: a column headed so is overruled by sizes alone.
        quantities = QUANTITIES if column.field is None else QUANTITIES[:1]
        free = [field for pair in quantities for field in pair if not frame.numbers(field)]
        found = [(witness.evidence(column.number, field), field) for field in free]
        convincing = [(evidence.agreeing, evidence.telling, field) for evidence, field in found if evidence.convincing]
        if convincing:
            frame = _renamed(frame, {column.number: max(convincing, key=lambda item: item[:2])[2]})
    return frame


def _renamed(frame: Frame, fields: Mapping[int, Field | None]) -> Frame:
    columns = tuple(column._replace(field=fields.get(column.number, column.field)) for column in frame.columns)
    return frame._replace(columns=columns)
