"""Every claim of a table, column by column, with the value that is right and the one that follows from the row's own inputs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from generator.design.fields import Pair
from generator.geometry.axis import effective_kernel
from generator.sheet.amounts import Amount, collapsed_amount, same_amount
from generator.sheet.chain import Step, walk_chain, window_in_chain
from generator.sheet.channels import Channels
from generator.sheet.claims import Claim, ClaimField, ClaimReader
from generator.sheet.conventions import counts_by_convention
from generator.sheet.headers import Field
from generator.sheet.layers import RowKind, SheetRow
from generator.sheet.steps import CountRule, jump_entering, row_macs, row_params
from generator.sheet.tables import Frame
from generator.sheet.understanding import RowConvention
from generator.spreadsheet.cells import Position


class TableClaims:
    """The claims of one table.

    Args:
        reader: The table.
        frame: Where it stands.
        channels: The channels of its network.
        padding: Of convolutions that say nothing.
        image_size: (height, width), px.
        convolutions: For every row, how many the network has there.
    """

    def __init__(
        self,
        reader: ClaimReader,
        frame: Frame,
        channels: Channels,
        padding: str,
        image_size: Pair | None,
        convolutions: Sequence[int],
    ) -> None:
        self.reader, self.rows, self.frame, self.channels = reader, reader.rows, frame, channels
        self.padding, self.image_size, self.convolutions = padding, image_size, convolutions
        self.flat = next((index for index, row in enumerate(self.rows) if row.kind in _FLATTENING), len(self.rows))

    def all(self, conventions: Sequence[RowConvention], rule: CountRule) -> Iterator[Claim]:
        """Every claim, row by row.

        Args:
            conventions: Of the columns of receptive fields.
            rule: How parameters are counted.
        """
        claims = [self._known(claim) for claim in self._all_claims(conventions, rule)]
        claims = [claim for claim in claims if not _is_passed_over(claim, self.rows) and not self._is_words(claim)]
        yield from sorted((part for claim in claims for part in self.reader.split(claim)), key=lambda claim: claim.position)

    def _is_words(self, claim: Claim) -> bool:
        """A cell that says something, but no number: `18.5K`."""
        text = self.reader.sheet.text(*claim.position)
        return claim.claimed is None and any(map(str.isalnum, text))

    def _known(self, claim: Claim) -> Claim:
        """A claim, without a right value where the map has become a vector: it has neither size nor receptive field."""
        flat = self.flat
        inward = claim.field in ("input_size", "jump_in", "rf_in")
        outward = claim.field in ("size", "jump", "rf_out")
        if claim.row_index is None:
            return claim
        entry = flat if self.rows[claim.row_index].kind != "dense" else flat - 1
        behind = (inward and claim.row_index > entry) or (outward and claim.row_index >= flat)
        return claim._replace(right=None, step=None) if behind else claim

    def _all_claims(self, conventions: Sequence[RowConvention], rule: CountRule) -> Iterator[Claim]:
        reader, steps = self.reader, self.channels.steps
        for number in self.reader.columns.get("size", ()):
            yield from reader.sizes(number, steps, self.padding, self.convolutions)
        for number in self.reader.columns.get("jump", ()):
            yield from reader.jumps(number, steps)
        for convention in conventions if self.reader.columns.get("rf_out") else ():
            counts = counts_by_convention(self.rows, convention)
            column_steps = walk_chain(self.rows, self.image_size, counts, self.padding)
            yield from reader.receptive_fields(convention.number, column_steps, counts)
        yield from self._expanded_kernels()
        yield from self._copied(steps)
        yield from self._channel_claims()
        for number in self.reader.columns.get("macs", ()):
            claims = self._macs(number)
            yield from claims
            yield from self._total(number, "macs", claims) if claims else ()
        for number in self.reader.columns.get("params", ())[:1]:
            right = [row_params(row, rule, self.channels.features(index)) for index, row in enumerate(self.rows)]
            claims = reader.counts(number, right, rule)
            yield from claims
            yield from self._total(number, "params_total", claims)

    def _copied(self, steps: Sequence[Step]) -> Iterator[Claim]:
        """Input columns: they repeat the output column of the row above, or, without one, go on by that row's step."""
        sizes = [
            collapsed_amount((step.before.height.size, step.before.width.size)) if step.before.size_known else None
            for step in steps
        ]
        copied: tuple[tuple[Field, Field, list[Any]], ...] = (
            ("input_size", "size", sizes),
            ("jump_in", "jump", [jump_entering(step) for step in steps]),
            ("rf_in", "rf_out", [collapsed_amount((step.before.height.rf, step.before.width.rf)) for step in steps]),
            ("channels_in", "filters", [self._channels_read(index) for index in range(len(self.rows))]),
        )
        for field, above, right in copied:
            for number in self.reader.columns.get(field, ()):
                source: Field = "channels" if field == "channels_in" and "channels" in self.reader.columns else above
                if field == "channels_in" or self.reader.columns.get(source):
                    yield from self.reader.copies(field, number, source, right)
                else:
                    yield from self.reader.inputs(field, number, right, steps, self.padding, self.convolutions)

    def _channels_read(self, index: int) -> int | None:
        """Channels that a row reads; a dense row may give its units, and a concatenation the one of its inputs above it."""
        claimed = [self.reader.claimed(index, number) for number in self.reader.columns.get("channels_in", ())]
        others = [self.channels.features(index)]
        if self.rows[index].kind == "pass" and index:
            others.append(self.channels.after[index - 1])
        return next((other for other in others if other is not None and other in claimed), self.channels.entering(index))

    def _expanded_kernels(self) -> Iterator[Claim]:
        """Columns of kernels that dilation has expanded."""
        for number in self.reader.columns.get("effective_kernel", ()):
            right: list[Amount | None] = []
            for row in self.rows:
                kernel, _, dilation = window_in_chain(row)
                taps = tuple(effective_kernel(axis, step) for axis, step in zip(kernel, dilation, strict=True))
                right.append(collapsed_amount((taps[0], taps[1])) if row.has_window else None)
            yield from self.reader.values(number, "kernel_size", right, right)
        for number in self.reader.columns.get("kernel_size", ()):
            whole = [collapsed_amount(window_in_chain(row)[0]) if row.whole_map else None for row in self.rows]
            yield from (claim for claim in self.reader.values(number, "kernel_size", whole, whole) if claim.right is not None)

    def _channel_claims(self) -> Iterator[Claim]:
        for number in self.reader.columns.get("channels", ()):
            steps: list[Amount | None] = []
            sources: list[tuple[Position, ...]] = []
            for index, row in enumerate(self.rows):
                earlier, read = self.reader.earlier(index, number)
                before = self.channels.image if earlier is None else earlier
                joined = self.channels.merged[index] and row.filters is not None and not isinstance(before, tuple)
                steps.append(before + row.filters if joined else self.channels.after[index])  # type: ignore[operator]
                sources.append(read if joined else ())
            yield from self.reader.values(number, "channels", self.channels.after, steps, sources)

    def _macs(self, number: int) -> list[Claim]:
        """A column of multiply-accumulates, or of operations, twice as many; not judged where most cells are neither."""
        exact = [
            row_macs(row, self.channels.features(index), self.channels.steps[index]) for index, row in enumerate(self.rows)
        ]
        claimed = [self.reader.claimed(index, number) for index in range(len(self.rows))]
        said = [index for index, value in enumerate(claimed) if value]

        def fitting(factor: int) -> int:
            return sum(same_amount(claimed[index], (exact[index] or 0) * factor) for index in said)

        factor = max((1, 2), key=fitting)
        if fitting(factor) * 2 <= len(said):
            return []
        right = [None if value is None else value * factor for value in exact]
        return self.reader.values(number, "macs", right, right)

    def _is_total(self, row: int, number: int, claimed: float, claims: Sequence[Claim]) -> bool:
        """A number in a row that says so, one at least as large as those above it, or a sum: no left-over row."""
        sheet = self.reader.sheet
        if any(_TOTAL.search(sheet.text(row, column)) for column, _ in sheet.row(row)):
            return True
        cell = sheet.cells[row, number]
        largest = max((claim.claimed for claim in claims if isinstance(claim.claimed, int | float)), default=0)
        return claimed >= largest or (cell.formula is not None and "SUM" in cell.formula.upper())

    def _total(self, number: int, field: ClaimField, claims: Sequence[Claim]) -> Iterator[Claim]:
        """The total under the column: the first number below the last layer."""
        right = [claim.right for claim in claims]
        for row in range(self.rows[-1].row + 1, self.frame.last_row + 1):
            claimed = self.reader.sheet.number(row, number)
            if claimed is None or not self._is_total(row, number, claimed, claims):
                continue
            total = None if None in right else sum(right)  # type: ignore[arg-type]
            step = sum(claim.claimed for claim in claims if isinstance(claim.claimed, int | float))
            sources = tuple(claim.position for claim in claims if claim.claimed is not None)
            yield Claim((row, number), field, claimed, total, step, sources, None)
            return


_TOTAL = re.compile(r"\b(total|sum|overall|altogether)\b", re.IGNORECASE)
_FLATTENING: frozenset[RowKind] = frozenset({"flatten", "dense", "softmax", "global_pool"})


def _is_passed_over(claim: Claim, rows: Sequence[SheetRow]) -> bool:
    """Blank cells other than parameters, and the zero channels that people write beside a pool."""
    if claim.claimed is None:
        return claim.field != "params" or not claim.right
    if (
        claim.row_index is not None
        and rows[claim.row_index].kind == "input"
        and claim.field in ("input_size", "jump_in", "rf_in", "channels_in")
    ):
        return True
    pool = claim.row_index is not None and not rows[claim.row_index].filters
    return pool and claim.field in ("channels_in", "channels") and claim.claimed == 0
