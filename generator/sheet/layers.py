"""Rows under a header → layers: kernels, strides, paddings and names in all their spellings."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from generator.design.fields import Pair
from generator.sheet.amounts import amount_in
from generator.sheet.headers import GEOMETRY, Field, composite_order
from generator.sheet.spellings import (
    SheetPadding,
    arguments_in,
    multiple_of_cell_above,
    padding_in,
    pair_in,
    product_as_pair,
    repetitions_in,
    window_in,
    yes_or_no_in,
)
from generator.sheet.tables import Frame
from generator.spreadsheet.cells import Sheet, is_number
from generator.spreadsheet.formula import Value

RowKind = Literal[
    "conv", "max_pool", "average_pool", "global_pool", "transposed", "upsample", "batch_norm", "pass", "input", "dense",
    "flatten", "softmax", "note",
]  # fmt: skip
"""`pass` is a layer that changes neither map nor receptive field: activation, normalisation, dropout, a merge."""
ConvolutionKind = Literal["standard", "separable", "depthwise"]
WINDOW_KINDS: frozenset[RowKind] = frozenset({"conv", "max_pool", "average_pool", "transposed"})


MAX_KERNEL_TEXT = 40
"""Longest text of a kernel: a longer one is a note."""
MAX_COUNT = 10**12
"""Most kernels that a cell is taken to mean."""


class SheetRow(NamedTuple):
    """One row of a table as a layer. None where the sheet says nothing; pairs are (height, width).

    Attributes:
        row: Row number in the sheet.
        filters: Kernels that the row says it has; None for a pool.
        conv: The convolution where its name says so.
        whole_map: A pool over the whole map, whose kernel is the size that it reads.
        repetitions: How often its name says that it stands: `x2`.
        upsampled: How many times larger the map is made before the row's own window.
        use_bias: Whether it has biases, where it differs from the others or a column says so; `batch_norm` alike.
        reads: Index of the row that it reads, where that is not the one before: a shortcut beside the main path.
        joins: Indices of the rows that a concatenation joins.
    """

    row: int
    kind: RowKind
    label: str = ""
    block: str = ""
    kernel_size: Pair | None = None
    strides: Pair | None = None
    padding: SheetPadding | None = None
    dilation_rate: Pair | None = None
    filters: int | None = None
    conv: ConvolutionKind | None = None
    groups: int = 1
    whole_map: bool = False
    upsampled: int = 1
    repetitions: int | None = None
    reads: int | None = None
    joins: tuple[int, ...] = ()
    use_bias: bool | None = None
    batch_norm: bool | None = None

    @property
    def has_window(self) -> bool:
        """A row that counts as a layer: it has a kernel or a pool."""
        return self.kind in WINDOW_KINDS

    @property
    def is_pool(self) -> bool:
        """A pooling row."""
        return self.kind in ("max_pool", "average_pool")


_KINDS: tuple[tuple[str, RowKind], ...] = (
    (r"up[\s_-]*sampl|interpolat|resize|unpool", "upsample"),
    (r"transpos|deconv|up[\s_-]?conv|convt", "transposed"),
    (r"\bgap\b|global|adaptive|avg|average|\bap\b|mean[\s_-]*pool", "average_pool"),
    (r"max|pool|sub[\s_-]*sampl|\bmp\d*\b", "max_pool"),
    (r"soft[\s_-]*max", "softmax"),
    (r"\bfc\d*\b|dense(?![\s_-]*block)|linear|fully", "dense"),
    (r"flatten|view|reshape", "flatten"),
    (r"\binput(?:\b|_|layer)|\bimage\b", "input"),
    (r"conv|\bcn\b|\bdw\b|\bpw\b|depth[\s_-]*wise|point[\s_-]*wise", "conv"),
    (r"batch[\s_-]*norm|\bbn\d*\b", "batch_norm"),
    (r"relu|activation|norm|drop|concat|\badd\b|identity|merge", "pass"),
)
_UPSAMPLED = re.compile(r"(?:scale|up[\s_-]?sampl\w*)[\s_*x-]*([2-8])\b|\bup\s*[x*]\s*([2-8])\b", re.IGNORECASE)
_MERGE = re.compile(r"\s*(?:add|concat\w*|merge)\b")
_GLOBAL = re.compile(r"\bgap\b|global|adaptive")


def read_rows(sheet: Sheet, frame: Frame) -> tuple[SheetRow, ...]:
    """The rows of a table from its header to its end; titles, notes and totals come as notes."""
    reader = _RowReader(sheet, frame)
    return tuple(reader.read(row) for row in range(frame.first_row, frame.last_row + 1))


def layer_rows(sheet: Sheet, frame: Frame) -> tuple[SheetRow, ...]:
    """The rows of a table that are layers, and the input above them."""
    rows = read_rows(sheet, frame)
    first = next((row.row for row in rows if row.has_window or row.kind in ("conv", "transposed")), 0)
    return tuple(row for row in rows if row.kind != "note" and (row.row <= first or _may_follow(row)))


def _may_follow(row: SheetRow) -> bool:
    """A row below the first layer is no input, and a layer without a window has a name."""
    return row.kind != "input" and (row.kind != "pass" or bool(row.label))


class _RowReader:
    """Reads the rows of one table.

    Args:
        sheet: The sheet.
        frame: Where the table stands, and what its columns mean.
    """

    def __init__(self, sheet: Sheet, frame: Frame) -> None:
        self.sheet, self.frame = sheet, frame
        self.blocks = self._merged_texts()
        self.has_kernels = any(frame.numbers(field) for field in ("kernel_size", "composite"))
        rows = range(frame.first_row, frame.last_row + 1)
        self.numeric_padding = any(sheet.number(row, number) is not None for number in frame.numbers("padding") for row in rows)
        self.orders = {column.number: composite_order(column.header) for column in frame.columns if column.field == "composite"}

    def _merged_texts(self) -> dict[int, str]:
        """The block name that a merged cell of the table gives to each of its rows."""
        names: dict[int, str] = {}
        for first_row, first_column, last_row, _ in self.sheet.merged:
            if first_column in self.frame.numbers("block") + self.frame.numbers("name") and last_row > first_row:
                names.update(dict.fromkeys(range(first_row, last_row + 1), self.sheet.text(first_row, first_column)))
        return names

    def _values(self, row: int, field: Field) -> list[Value]:
        found = [self.frame.value(self.sheet, row, number) for number in self.frame.numbers(field)]
        return [value for value in found if value is not None]

    def _first(self, row: int, field: Field) -> Value:
        return next(iter(self._values(row, field)), None)

    def read(self, row: int) -> SheetRow:
        """One row as a layer, or as a note."""
        texts = [
            str(value).strip() for field in ("name", "block") for value in self._values(row, field) if isinstance(value, str)
        ]
        kernel_cell = self._first(row, "kernel_size")
        kernel_text = kernel_cell if isinstance(kernel_cell, str) and len(kernel_cell) <= MAX_KERNEL_TEXT else ""
        label = " ".join(text for text in texts if text)
        parts = self._composite(row, [*texts, kernel_text])
        kernel = self._kernel(row) or window_in(parts.get("kernel_size"))
        merged_block = self.blocks.get(row, "")
        block = self._first(row, "block")
        kind = self._kind(f"{label} {kernel_text}", kernel, row)
        found = SheetRow(
            row=row,
            kind=kind,
            label=label or merged_block,
            block=merged_block or ("" if block is None else str(block)),
            kernel_size=kernel,
            strides=pair_in(self._first(row, "strides")) or window_in(parts.get("strides")),
            padding=self._padding(row) or parts.get("padding"),
            dilation_rate=pair_in(self._first(row, "dilation_rate")) or window_in(parts.get("dilation_rate")),
            filters=_count(self._first(row, "filters")),
            conv=_convolution(label),
            groups=_count(self._first(row, "groups")) or 1,
            use_bias=yes_or_no_in(self._first(row, "use_bias")),
            batch_norm=yes_or_no_in(self._first(row, "batch_norm")),
            whole_map=kind == "average_pool" and kernel is None and bool(_GLOBAL.search(label.lower())),
            upsampled=1 if kind in ("upsample", "transposed") else self._upsampled(row, label),
            repetitions=repetitions_in(label) or repetitions_in(kernel_text),
        )
        return found._replace(kind="max_pool", filters=None) if self._is_unnamed_pool(found) else found

    def _padding(self, row: int) -> SheetPadding | None:
        value = self._first(row, "padding")
        if (
            self.numeric_padding
            and isinstance(value, str)
            and re.fullmatch(r"[-\u2013\u2014]|n/?a|none", value.strip().lower())
        ):
            return 0, 0
        return padding_in(value)

    def _composite(self, row: int, texts: list[str]) -> dict[str, SheetPadding]:
        parts: dict[str, SheetPadding] = {}
        for number, order in self.orders.items():
            value = self.sheet.value(row, number)
            if isinstance(value, str):
                parts.update(arguments_in(value, order))
        for text in texts:
            for name, found in arguments_in(text).items():
                parts.setdefault(name, found)
        return parts

    def _kind(self, text: str, kernel: SheetPadding | None, row: int) -> RowKind:
        lowered = text.lower()
        if _MERGE.match(lowered) and self.has_kernels and self._kernel(row) is None:
            return "pass"
        named = next((kind for pattern, kind in _KINDS if re.search(pattern, lowered)), None)
        if kernel is not None and self.has_kernels and not self._says_numbers(row):
            return "note"  # Words about a layer among layers with numbers.
        if kernel is not None:
            if named == "upsample" and "conv" in lowered:
                return "conv"  # Upsampled first, then convolved.
            return named if named in ("max_pool", "average_pool", "transposed", "upsample") else "conv"
        figures = sum(
            any(amount_in(value) is not None for value in self._values(row, field))
            for field in (*GEOMETRY, "filters", "channels")
        )
        if named in ("average_pool", "max_pool") and _GLOBAL.search(lowered):
            drawn = not self.has_kernels or self._draws_a_window(row)
            return "note" if not figures else "average_pool" if drawn else "global_pool"
        if named in ("max_pool", "average_pool"):
            return named if figures else "note"
        if named in ("conv", "transposed"):
            return named if figures >= 2 else "note"
        if named in ("pass", "batch_norm") and figures < 2:
            return "note"
        if named is None and figures:
            return "input" if self.has_kernels or figures < 2 else "conv"
        return named or "note"

    def _draws_a_window(self, row: int) -> bool:
        """Whether the kernel's cell says anything but a dash: its own number, or a formula of the map's size."""
        values = [self.sheet.value(row, number) for number in self.frame.numbers("kernel_size")]
        return any(value not in (None, "") and not _is_dash(value) for value in values)

    def _says_numbers(self, row: int) -> bool:
        """Whether any column of the table but those of words holds a number, or a shape, in a row."""
        cells = ((column.field, self.sheet.value(row, column.number)) for column in self.frame.columns)
        said = [value for field, value in cells if field not in ("name", "block", None)]
        return any(is_number(value) or pair_in(value) is not None for value in said)

    def _kernel(self, row: int) -> Pair | None:
        for number in self.frame.numbers("kernel_size"):
            cell = self.sheet.cells.get((row, number))
            if cell is None:
                continue
            pair = product_as_pair(cell.formula) if cell.formula is not None else None
            found = pair or pair_in(self.frame.value(self.sheet, row, number))
            if found is not None:
                return found
        return None

    def _upsampled(self, row: int, label: str) -> int:
        """The factor of an upsampling in front of a layer: its name says so, or its input is a multiple of a cell above."""
        named = _UPSAMPLED.search(label)
        if named:
            return int(named[1] or named[2])
        for number in self.frame.numbers("input_size"):
            cell = self.sheet.cells.get((row, number))
            factor = multiple_of_cell_above(cell.formula, row) if cell and cell.formula else None
            if factor:
                return factor
        return 1

    def _is_unnamed_pool(self, row: SheetRow) -> bool:
        """A row without a name that has no kernels where the others have some: its channels or parameters are 0 or a dash."""
        named = re.search(r"[a-z]{3}", row.label.lower())
        if row.kind != "conv" or named or row.kernel_size is None:
            return False
        strides = row.strides or (1, 1)
        pool_shaped = strides == row.kernel_size and strides != (1, 1)
        if pool_shaped and any(value in (0, "0") for value in self._values(row.row, "params")):
            return True
        if row.filters is not None:
            return False
        counted = [value for field in ("filters", "channels") for value in self._values(row.row, field)]
        numbered = self.frame.numbers("filters") or self.frame.numbers("channels")
        if not numbered or any(is_number(value) and value for value in counted):
            return False
        empty = [value for value in [*counted, *self._values(row.row, "params")] if value in (0, "0") or _is_dash(value)]
        return bool(empty) or pool_shaped


def _is_dash(value: Value) -> bool:
    return isinstance(value, str) and value.strip() in ("-", "\u2013", "\u2014")


def _count(value: Value) -> int | None:
    if isinstance(value, str):
        match = re.fullmatch(r"\s*(\d{1,9})(?:\.0+)?\s*", value)
        return int(match[1]) or None if match else None
    if is_number(value) and 0 < value <= MAX_COUNT and value == int(value):
        return int(value)
    return None


def _convolution(label: str) -> ConvolutionKind | None:
    lowered = label.lower()
    if "separable" in lowered or "seperable" in lowered or re.search(r"\bsep", lowered):
        return "separable"
    if re.search(r"depth[\s_-]*wise|(?:^|[^a-z])dw(?:[^a-z]|$|conv)", lowered):
        return "depthwise"
    return None
