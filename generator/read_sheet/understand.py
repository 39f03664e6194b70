"""Table → what it means: which rows are layers, the conventions of each column, the network drawn, every claim.

Conventions belong to columns: a receptive-field column stands for the number of convolutions a row that explains most of its
own steps (the first row apart); parameters are counted as explains most of the column. The network follows the rightmost
receptive-field column. What was understood is said, and `--assume` changes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from generator.fields import Pair
from generator.geometry import effective_kernel
from generator.read_sheet.amounts import Amount, both_axes, collapse, same_amount
from generator.read_sheet.assume import Assumptions
from generator.read_sheet.chain import Step, walk, window_of, with_whole_maps
from generator.read_sheet.claims import Claim, ClaimReader
from generator.read_sheet.headerless import headerless_frames
from generator.read_sheet.headers import Field
from generator.read_sheet.inference import infer_padding, infer_windows, size_after
from generator.read_sheet.labels import read_labels, shape_in
from generator.read_sheet.layers import RowKind, SheetRow, layer_rows
from generator.read_sheet.roles import settle_roles
from generator.read_sheet.steps import CountRule, rf_step, row_params, size_step
from generator.read_sheet.tables import Frame, find_frames
from generator.read_sheet.understanding import RowConvention, Understanding
from generator.read_sheet.workbook import Sheet

MIN_LAYERS = 2
"""Rows with a window that make a table: one alone is a legend or an example."""
MAX_CONVOLUTIONS_A_ROW = 3
DEFAULT_CHANNELS = 3
"""Channels of a colour picture, where the sheet says nothing."""


def read_tables(sheet: Sheet, assume: Assumptions) -> list[Understanding]:
    """The designs of a sheet in reading order."""
    frames = find_frames(sheet)
    frames += headerless_frames(sheet, frames)
    frames.sort(key=lambda frame: (frame.header_row, frame.columns[0].number))
    found = (understand(sheet, frame, frames, assume) for frame in frames)
    return [table for table in found if table is not None]


def understand(sheet: Sheet, frame: Frame, frames: Sequence[Frame], assume: Assumptions) -> Understanding | None:
    """Reads a table; None if no row of it is a layer."""
    return _Reading(sheet, frame, frames, assume).result()


class _Reading:
    """The facts of a table in the order in which they depend on each other."""

    def __init__(self, sheet: Sheet, frame: Frame, frames: Sequence[Frame], assume: Assumptions) -> None:
        frame = settle_roles(sheet, frame)
        self.sheet, self.frame, self.assume = sheet, frame, assume
        self.columns = {field: frame.numbers(field) for field in {column.field for column in frame.columns if column.field}}
        if "filters" not in self.columns and "channels" in self.columns:
            # Without a concatenation the output channels are the kernels: given, not claimed.
            self.columns["filters"] = self.columns.pop("channels")
        self.rows = tuple(self._with_filters(row) for row in layer_rows(sheet, frame))
        self.rows = infer_windows(ClaimReader(sheet, self.rows, self.columns, frame.widths))
        self.labels = read_labels(sheet, frame, frames)
        self.reader = ClaimReader(sheet, self.rows, self.columns, frame.widths)

    def result(self) -> Understanding | None:
        windows = sum(row.has_window for row in self.rows)
        if windows < MIN_LAYERS or not self._is_written_out(windows):
            return None
        self.image_size = self._image_size()
        self.padding = self.assume.padding or self._padding()
        self.rows = with_whole_maps(infer_padding(self.reader, self.padding, self.image_size), self.image_size, self.padding)
        self.reader = ClaimReader(self.sheet, self.rows, self.columns, self.frame.widths)
        self.image_size = self.image_size or self._image_before_first()
        self.single = [1] * len(self.rows)
        conventions = [self._rf_convention(number) for number in self.columns.get("rf_out", ())]
        self.convolutions = self._network_convolutions(conventions)
        self.steps = walk(self.rows, self.image_size, self.convolutions, self.padding)
        channels = self.assume.channels or self.labels.channels or self._first_channels()
        self.channels = channels or DEFAULT_CHANNELS
        self.merged = self._merges()
        self.channels_after = self._channels()
        rule = self._count_rule()
        columns = self._conventions(conventions, rule)
        return Understanding(
            sheet=self.sheet,
            frame=self.frame,
            rows=self.rows,
            steps=tuple(self.steps),
            convolutions=tuple(self.convolutions),
            image_size=self.image_size,
            channels=self.channels,
            channels_given=channels is not None,
            channels_after=self.channels_after,
            merged=self.merged,
            count=rule._replace(
                conv=self.assume.conv or rule.conv,
                use_bias=rule.use_bias if self.assume.use_bias is None else self.assume.use_bias,
                batch_norm=rule.batch_norm if self.assume.batch_norm is None else self.assume.batch_norm,
            ),
            padding=self.padding,
            columns=columns,
            claims=tuple(self._claims(conventions, rule)),
            labels=self.labels,
        )

    def _is_written_out(self, windows: int) -> bool:
        """Whether the layers say their kernels, or nearly every row without one let it be concluded."""
        says_kernels = any(field in self.columns for field in ("kernel_size", "composite"))
        return says_kernels or windows * 2 >= len(self.rows)

    def _with_filters(self, row: SheetRow) -> SheetRow:
        values = [self.sheet.value(row.row, number) for number in self.columns.get("filters", ())]
        count = next(
            (int(value) for value in values if isinstance(value, int) and not isinstance(value, bool) and value > 0), None
        )
        return row._replace(filters=row.filters or count) if not row.is_pool else row

    def _padding(self) -> str:
        """The padding of convolutions that say nothing: "same" unless their claimed sizes shrink."""

        def explained(padding: str) -> int:
            hits = 0
            for index, row in enumerate(self.rows):
                if row.kind != "conv" or row.padding is not None:
                    continue
                entering, _ = self.reader.source(index, "input_size", "size")
                claimed = size_after(self.reader, index)
                if entering is not None and claimed is not None:
                    hits += same_amount(size_step(row, entering, padding, 1), claimed)
            return hits

        return "valid" if explained("valid") > explained("same") else "same"

    def _image_size(self) -> Pair | None:
        if self.assume.image_size is not None:
            return self.assume.image_size, self.assume.image_size
        first = self.rows[0]
        fields: tuple[Field, ...] = ("size", "input_size") if first.kind == "input" else ("input_size",)
        for field in fields:
            for number in self.columns.get(field, ()):
                shape = shape_in(self.frame.value(self.sheet, first.row, number))
                if shape:
                    return shape[0]
        return self.labels.image_size

    def _image_before_first(self) -> Pair | None:
        """The smallest image whose first layer has the claimed size."""
        for number in self.columns.get("size", ()):
            claimed = self.reader.claimed(0, number)
            if claimed is None:
                continue
            for size in range(1, int(4 * max(both_axes(claimed))) + 64):
                if same_amount(size_step(self.rows[0], size, self.padding, 1), claimed):
                    return size, size
        return None

    def _rf_convention(self, number: int) -> RowConvention:
        steps = walk(self.rows, self.image_size, self.single, self.padding)
        first = next((index for index, row in enumerate(self.rows) if _repeats(row)), None)
        best, best_hits = RowConvention(number, "rf_out"), -1
        for count in range(1, MAX_CONVOLUTIONS_A_ROW + 1):
            hits = 0
            for index, row in enumerate(self.rows):
                claimed = self.reader.claimed(index, number)
                entering = self._rf_before(index, number)
                if index == first or claimed is None or entering is None or not _repeats(row):
                    continue
                jumps = [collapse((steps[index].before.height.jump, steps[index].before.width.jump))]
                said, _ = self.reader.source(index, "jump_in", "jump")
                jumps += [said] if said is not None else []
                hits += any(same_amount(rf_step(row, steps[index], entering, jump, count), claimed) for jump in jumps)
            if hits > best_hits:
                best, best_hits = RowConvention(number, "rf_out", count), hits
        if first is None or best.convolutions == 1:
            return best
        claimed = self.reader.claimed(first, number)
        for count in range(1, best.convolutions):
            jump = collapse((steps[first].before.height.jump, steps[first].before.width.jump))
            if claimed is not None and same_amount(rf_step(self.rows[first], steps[first], 1, jump, count), claimed):
                return best._replace(exceptions={self.rows[first].row: count})
        return best

    def _rf_before(self, index: int, number: int) -> Amount | None:
        if self.columns.get("rf_in"):
            return self.reader.source(index, "rf_in", "rf_out")[0]
        return self.reader.earlier(index, number)[0]

    def _network_convolutions(self, conventions: Sequence[RowConvention]) -> list[int]:
        rightmost = conventions[-1] if conventions else RowConvention(0, "rf_out")
        if self.assume.convolutions is not None:
            rightmost = rightmost._replace(convolutions=self.assume.convolutions)
        return self._counts(rightmost)

    def _counts(self, convention: RowConvention) -> list[int]:
        return [convention.exceptions.get(row.row, convention.convolutions) if _repeats(row) else 1 for row in self.rows]

    def _first_channels(self) -> int | None:
        for field in ("channels_in", "input_size", "size"):
            for number in self.columns.get(field, ()):
                value = self.sheet.value(self.rows[0].row, number)
                shape = shape_in(value)
                if field == "channels_in" and isinstance(value, int) and value > 0:
                    return value
                if field != "channels_in" and shape and shape[1]:
                    return shape[1]
        return None

    def _merges(self) -> tuple[bool, ...]:
        """Which rows concatenate their result with their input: decided block by block, the first row apart."""
        numbers = self.columns.get("channels", ())
        if self.assume.merge is not None:
            first = next((index for index, row in enumerate(self.rows) if _repeats(row)), None)
            return tuple(
                self.assume.merge == "concat" and _repeats(row) and index != first for index, row in enumerate(self.rows)
            )
        if not numbers:
            return tuple(False for _ in self.rows)
        votes = [self._merge_vote(index, numbers[-1]) for index in range(len(self.rows))]
        merged = [False] * len(self.rows)
        for block in _blocks(self.rows):
            if block[0] == 0 and votes[0] is False:
                block = block[1:]
            joined = sum(votes[index] is True for index in block) > sum(votes[index] is False for index in block)
            for index in block:
                merged[index] = joined
        return tuple(merged)

    def _merge_vote(self, index: int, number: int) -> bool | None:
        row, claimed = self.rows[index], self.reader.claimed(index, number)
        if row.filters is None or not _repeats(row) or claimed is None:
            return None
        earlier, _ = self.reader.earlier(index, number)
        if same_amount(claimed, row.filters):
            return False
        before = earlier if earlier is not None else self.channels
        return True if not isinstance(before, tuple) and same_amount(claimed, before + row.filters) else None

    def _channels(self) -> tuple[int | None, ...]:
        now: int | None = self.channels
        after: list[int | None] = []
        for row, merged in zip(self.rows, self.merged, strict=True):
            if row.kind in ("conv", "transposed", "dense"):
                now = row.filters if row.filters is None or not merged or now is None else now + row.filters
            after.append(now)
        return tuple(after)

    def _entering(self, index: int) -> int | None:
        return self.channels_after[index - 1] if index else self.channels

    def _features(self, index: int) -> int | None:
        """What a row's weights multiply: channels, or all units of the map in front of the first dense row."""
        channels, row = self._entering(index), self.rows[index]
        above = [other.kind for other in self.rows[:index]]
        if row.kind != "dense" or channels is None or "dense" in above or "global_pool" in above:
            return channels
        before = self.steps[index].before
        units = Fraction(before.height.size) * Fraction(before.width.size) * channels
        return int(units) if before.size_known else None

    def _count_rule(self) -> CountRule:
        """The way of counting parameters that explains most cells; among equals the plainest."""
        numbers = self.columns.get("params", ())
        repeats = sorted({1, max(self.convolutions)})
        default = CountRule(convolutions=max(self.convolutions))
        if not numbers:
            return default
        best, best_hits = default, 0
        for conv, use_bias, batch_norm, count in product(("standard", "separable"), (True, False), (False, True), repeats):
            rule = CountRule(conv, count, use_bias, batch_norm)  # type: ignore[arg-type]
            hits = 0
            for index, row in enumerate(self.rows):
                claimed = self.reader.claimed(index, numbers[0])
                hits += bool(claimed) and same_amount(claimed, row_params(row, rule, self._features(index)))
            if hits > best_hits:
                best, best_hits = rule, hits
        return best

    def _conventions(self, conventions: Sequence[RowConvention], rule: CountRule) -> tuple[RowConvention, ...]:
        by_number = {convention.number: convention for convention in conventions}
        found = []
        for field, numbers in self.columns.items():
            for number in numbers:
                count = rule.convolutions if field == "params" else 1
                found.append(by_number.get(number, RowConvention(number, field, count)))
                found += [RowConvention(width, field) for height, width in self.frame.widths.items() if height == number]
        return tuple(sorted(found, key=lambda convention: convention.number))

    def _claims(self, conventions: Sequence[RowConvention], rule: CountRule) -> Iterator[Claim]:
        claims = [self._known(claim) for claim in self._all_claims(conventions, rule)]
        claims = [claim for claim in claims if not _is_passed_over(claim, self.rows)]
        yield from sorted((part for claim in claims for part in self.reader.split(claim)), key=lambda claim: claim.position)

    def _known(self, claim: Claim) -> Claim:
        """A claim, without a right value where the map has become a vector: it has neither size nor receptive field."""
        flat = next((index for index, row in enumerate(self.rows) if row.kind in _FLATTENING), len(self.rows))
        inward = claim.field in ("input_size", "jump_in", "rf_in")
        outward = claim.field in ("size", "jump", "rf_out")
        behind = claim.row_index is not None and ((inward and claim.row_index > flat) or (outward and claim.row_index >= flat))
        return claim._replace(right=None, step=None) if behind else claim

    def _all_claims(self, conventions: Sequence[RowConvention], rule: CountRule) -> Iterator[Claim]:
        reader, steps = self.reader, self.steps
        for number in self.columns.get("size", ()):
            yield from reader.sizes(number, steps, self.padding, self.convolutions)
        for number in self.columns.get("jump", ()):
            yield from reader.jumps(number, steps)
        for convention in conventions if self.columns.get("rf_out") else ():
            counts = self._counts(convention)
            column_steps = walk(self.rows, self.image_size, counts, self.padding)
            yield from reader.receptive_fields(convention.number, column_steps, counts)
        yield from self._expanded_kernels()
        yield from self._copied(steps)
        yield from self._channel_claims()
        for number in self.columns.get("params", ())[:1]:
            right = [row_params(row, rule, self._features(index)) for index, row in enumerate(self.rows)]
            claims = reader.counts(number, right, rule)
            yield from claims
            yield from self._total(number, claims)

    def _copied(self, steps: Sequence[Step]) -> Iterator[Claim]:
        """Input columns: they repeat the output column of the row above, or, without one, go on by that row's step."""
        sizes = [
            collapse((step.before.height.size, step.before.width.size)) if step.before.size_known else None for step in steps
        ]
        copied: tuple[tuple[Field, Field, list[Any]], ...] = (
            ("input_size", "size", sizes),
            ("jump_in", "jump", [collapse((step.before.height.jump, step.before.width.jump)) for step in steps]),
            ("rf_in", "rf_out", [collapse((step.before.height.rf, step.before.width.rf)) for step in steps]),
            ("channels_in", "filters", [self._entering(index) for index in range(len(self.rows))]),
        )
        for field, above, right in copied:
            for number in self.columns.get(field, ()):
                source: Field = "channels" if field == "channels_in" and "channels" in self.columns else above
                if field == "channels_in" or self.columns.get(source):
                    yield from self.reader.copies(field, number, source, right)
                else:
                    yield from self.reader.inputs(field, number, right, steps, self.padding, self.convolutions)

    def _expanded_kernels(self) -> Iterator[Claim]:
        """Columns of kernels that dilation has expanded."""
        for number in self.columns.get("effective_kernel", ()):
            right: list[Amount | None] = []
            for row in self.rows:
                kernel, _, dilation = window_of(row)
                taps = tuple(effective_kernel(axis, step) for axis, step in zip(kernel, dilation, strict=True))
                right.append(collapse((taps[0], taps[1])) if row.has_window else None)
            yield from self.reader.values(number, "kernel_size", right, right)
        for number in self.columns.get("kernel_size", ()):
            whole = [collapse(window_of(row)[0]) if row.whole_map else None for row in self.rows]
            yield from (claim for claim in self.reader.values(number, "kernel_size", whole, whole) if claim.right is not None)

    def _channel_claims(self) -> Iterator[Claim]:
        for number in self.columns.get("channels", ()):
            steps: list[Amount | None] = []
            for index, row in enumerate(self.rows):
                earlier, _ = self.reader.earlier(index, number)
                before = self.channels if earlier is None else earlier
                joined = self.merged[index] and row.filters is not None and not isinstance(before, tuple)
                steps.append(before + row.filters if joined else self.channels_after[index])  # type: ignore[operator]
            yield from self.reader.values(number, "channels", self.channels_after, steps)

    def _is_total(self, row: int, number: int, claimed: float, claims: Sequence[Claim]) -> bool:
        """A number that is at least the largest above it, or that a formula over several cells gives: no left-over row."""
        cell = self.sheet.cells[row, number]
        largest = max((claim.claimed for claim in claims if isinstance(claim.claimed, int | float)), default=0)
        return claimed >= largest or (cell.formula is not None and "SUM" in cell.formula.upper())

    def _total(self, number: int, claims: Sequence[Claim]) -> Iterator[Claim]:
        """The total under the column: the first number below the last layer."""
        right = [claim.right for claim in claims]
        for row in range(self.rows[-1].row + 1, self.frame.last_row + 1):
            claimed = self.sheet.number(row, number)
            if claimed is None or not self._is_total(row, number, claimed, claims):
                continue
            total = None if None in right else sum(right)  # type: ignore[arg-type]
            step = sum(claim.claimed for claim in claims if isinstance(claim.claimed, int | float))
            sources = tuple(claim.position for claim in claims if claim.claimed is not None)
            yield Claim((row, number), "params_total", claimed, total, step, sources, None)
            return


_FLATTENING: frozenset[RowKind] = frozenset({"flatten", "dense", "softmax", "global_pool"})


def _repeats(row: SheetRow) -> bool:
    """A row that may stand for several convolutions: one with a kernel larger than 1x1."""
    return row.kind == "conv" and window_of(row)[0] != (1, 1)


def _blocks(rows: Sequence[SheetRow]) -> Iterator[list[int]]:
    """Indices of convolution rows that follow each other without a 1x1, a pool or a blank row between."""
    block: list[int] = []
    for index, row in enumerate(rows):
        if block and (not _repeats(row) or row.row > rows[block[-1]].row + 1):
            yield block
            block = []
        if _repeats(row):
            block.append(index)
    if block:
        yield block


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
