"""Table → what it means: which rows are layers, the conventions of each column, the network drawn, every claim.

Conventions belong to columns: a receptive-field column stands for the number of convolutions a row that explains most of its
own steps (the first row apart); parameters are counted as explains most of the column. The network follows the rightmost
receptive-field column. What was understood is said, and `--assume` changes it.
"""

from __future__ import annotations

from collections.abc import Sequence

from generator.design.fields import Pair
from generator.sheet.amounts import both_axes, same_amount
from generator.sheet.assume import Assumptions
from generator.sheet.branches import with_branches
from generator.sheet.chain import walk_chain, with_whole_maps
from generator.sheet.channels import Channels
from generator.sheet.claims import ClaimReader
from generator.sheet.conventions import (
    column_conventions,
    count_rule,
    counts_by_convention,
    rf_convention,
    with_own_count_convention,
)
from generator.sheet.headerless import headerless_frames
from generator.sheet.headers import Field
from generator.sheet.inference import contracted_kernels, infer_padding, infer_windows, inferred_size_after
from generator.sheet.labels import read_labels, shape_in_label, units_in_label
from generator.sheet.layers import SheetRow, layer_rows
from generator.sheet.roles import settle_roles
from generator.sheet.steps import CountRule, row_params, size_step
from generator.sheet.table_claims import TableClaims
from generator.sheet.tables import Frame, find_frames
from generator.sheet.understanding import RowConvention, Understanding
from generator.spreadsheet.cells import Sheet

MIN_LAYERS = 2
"""Rows with a window that make a table: one alone is a legend or an example."""
DEFAULT_ACTIVATION = "relu"
DEFAULT_CHANNELS = 3
IMAGE_CHANNELS = (1,)
"""Channels that pictures have besides, often enough to be concluded: grey ones."""
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
        frame = settle_roles(sheet, frame, assume.columns or {})
        self.sheet, self.frame, self.assume = sheet, frame, assume
        self.columns = {field: frame.numbers(field) for field in {column.field for column in frame.columns if column.field}}
        if "filters" not in self.columns and "channels" in self.columns:
            # Without a concatenation the output channels are the kernels: given, not claimed.
            self.columns["filters"] = self.columns.pop("channels")
        self.rows = tuple(self._with_filters(row) for row in layer_rows(sheet, frame))
        self.rows = infer_windows(ClaimReader(sheet, self.rows, self.columns, frame.widths))
        self.rows = with_branches(ClaimReader(sheet, self.rows, self.columns, frame.widths))
        self.rows = contracted_kernels(ClaimReader(sheet, self.rows, self.columns, frame.widths))
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
        conventions = [rf_convention(self.reader, number, self.padding) for number in self.columns.get("rf_out", ())]
        convolutions = self._convolutions(conventions)
        steps = walk_chain(self.rows, self.image_size, convolutions, self.padding)
        said = self.assume.channels or self.labels.channels or self._first_channels()
        channels = Channels(self.reader, steps, said or DEFAULT_CHANNELS, self.assume.merge)
        rule = self._assumed(count_rule(self.reader, max(convolutions), channels.features))
        self.rows = with_own_count_convention(self.reader, rule, channels.features)
        self.reader = ClaimReader(self.sheet, self.rows, self.columns, self.frame.widths)
        channels = Channels(self.reader, steps, said or DEFAULT_CHANNELS, self.assume.merge)
        claims = TableClaims(self.reader, self.frame, channels, self.padding, self.image_size, convolutions)
        return Understanding(
            sheet=self.sheet,
            frame=self.frame,
            rows=self.rows,
            steps=tuple(steps),
            convolutions=tuple(convolutions),
            image_size=self.image_size,
            channels=channels.image,
            channels_given=said is not None,
            channels_after=tuple(channels.after),
            merged=channels.merged,
            count=rule,
            padding=self.padding,
            columns=column_conventions(self.reader, conventions, rule, self.frame.widths),
            claims=tuple(claims.all(conventions, rule)),
            labels=self.labels,
            activation=self.assume.activation or DEFAULT_ACTIVATION,
        )

    def _assumed(self, rule: CountRule) -> CountRule:
        """A rule of counting with what a person says of it."""
        return rule._replace(
            conv=self.assume.conv or rule.conv,
            use_bias=rule.use_bias if self.assume.use_bias is None else self.assume.use_bias,
            batch_norm=rule.batch_norm if self.assume.batch_norm is None else self.assume.batch_norm,
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
        if row.is_pool:
            return row
        return row._replace(filters=row.filters or count or self._channels_in_shape(row))

    def _channels_in_shape(self, row: SheetRow) -> int | None:
        """The last part of an output shape `10x10x16`, or the units of a vector."""
        values = [self.sheet.value(row.row, number) for number in self.columns.get("size", ())]
        if row.kind == "dense":
            return next((units for units in map(units_in_label, values) if units), None)
        shapes = map(shape_in_label, values)
        return next((shape[1] for shape in shapes if shape and shape[1] and row.kind in ("conv", "transposed")), None)

    def _padding(self) -> str:
        """The padding of convolutions that say nothing: "same" unless their claimed sizes shrink."""

        def explained(padding: str) -> int:
            hits = 0
            for index, row in enumerate(self.rows):
                if row.kind != "conv" or row.padding is not None:
                    continue
                entering, _ = self.reader.source(index, "input_size", "size")
                claimed = inferred_size_after(self.reader, index)
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
                shape = shape_in_label(self.frame.value(self.sheet, first.row, number))
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

    def _convolutions(self, conventions: Sequence[RowConvention]) -> list[int]:
        """How many convolutions the network has in each row: the rightmost receptive-field column's convention."""
        rightmost = conventions[-1] if conventions else RowConvention(0, "rf_out")
        if self.assume.convolutions is not None:
            rightmost = rightmost._replace(convolutions=self.assume.convolutions)
        return counts_by_convention(self.rows, rightmost)

    def _first_channels(self) -> int | None:
        for field in ("channels_in", "input_size", *self._given_by_input()):
            for number in self.columns.get(field, ()):
                value = self.sheet.value(self.rows[0].row, number)
                shape = shape_in_label(value)
                if field in ("input_size", "size"):
                    if shape and shape[1]:
                        return shape[1]
                elif isinstance(value, int) and value > 0:
                    return value
        return self._channels_counted()

    def _given_by_input(self) -> tuple[Field, ...]:
        """Columns of outputs say the image's channels in a row of its own."""
        return ("size", "channels", "filters") if self.rows[0].kind == "input" else ()

    def _channels_counted(self) -> int | None:
        """Channels of the image by which the first layer's parameters are counted, if those of a colour picture do not fit."""
        index = next((index for index, row in enumerate(self.rows) if row.kind == "conv"), 0)
        claimed = [self.reader.claimed(index, number) for number in self.columns.get("params", ())[:1]]
        rules = [CountRule(use_bias=use_bias, batch_norm=norm) for use_bias in (True, False) for norm in (False, True)]
        for channels in (DEFAULT_CHANNELS, *IMAGE_CHANNELS):
            if any(claimed and same_amount(claimed[0], row_params(self.rows[index], rule, channels)) for rule in rules):
                return channels
        return None
