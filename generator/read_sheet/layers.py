"""Rows under a header → layers: kernels, strides, paddings and names in all their spellings."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from generator.fields import MAX_WINDOW, Pair
from generator.read_sheet.formula import Call, FormulaError, Node, Value, parse_formula
from generator.read_sheet.formula import Literal as FormulaLiteral
from generator.read_sheet.headers import Field
from generator.read_sheet.tables import Frame
from generator.read_sheet.workbook import Sheet

RowKind = Literal["conv", "max_pool", "average_pool", "transposed", "upsample", "input", "dense", "flatten", "softmax", "note"]
ConvolutionKind = Literal["standard", "separable", "depthwise"]
SheetPadding = Literal["same", "valid"] | Pair
WINDOW_KINDS: frozenset[RowKind] = frozenset({"conv", "max_pool", "average_pool", "transposed"})


MAX_COUNT = 10**12
"""Most kernels that a cell is taken to mean."""


class SheetRow(NamedTuple):
    """One row of a table as a layer. None where the sheet says nothing; pairs are (height, width).

    Attributes:
        row: Row number in the sheet.
        filters: Kernels that the row says it has; None for a pool.
        conv: The convolution where its name says so.
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
    (r"max|pool|\bmp\d*\b", "max_pool"),
    (r"soft[\s_-]*max", "softmax"),
    (r"\bfc\d*\b|dense(?![\s_-]*block)|linear|fully", "dense"),
    (r"flatten|view|reshape", "flatten"),
    (r"\binput\b|\bimage\b", "input"),
)
_INTEGERS = re.compile(r"\d+(?:\.0+)?")
_LABELLED_PART = re.compile(r"\b(p|s|k|d|pad|padding|stride|kernel|dil|dilation)\s*[=:]\s*(\d+|same|valid)", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def read_rows(sheet: Sheet, frame: Frame) -> tuple[SheetRow, ...]:
    """The rows of a table from its header to its end; titles, notes and totals come as notes."""
    merged_blocks = _merged_texts(sheet, frame)
    rows = []
    for row in range(frame.first_row, frame.last_row + 1):
        rows.append(_read_row(sheet, frame, row, merged_blocks.get(row, "")))
    return tuple(rows)


def _merged_texts(sheet: Sheet, frame: Frame) -> dict[int, str]:
    """The block name that a merged cell of the table gives to each of its rows."""
    names: dict[int, str] = {}
    for first_row, first_column, last_row, _ in sheet.merged:
        if first_column in frame.numbers("block") + frame.numbers("name") and last_row > first_row:
            names.update(dict.fromkeys(range(first_row, last_row + 1), sheet.text(first_row, first_column)))
    return names


def _read_row(sheet: Sheet, frame: Frame, row: int, merged_block: str) -> SheetRow:
    def values(field: Field) -> list[Value]:
        found = [sheet.value(row, number) for number in frame.numbers(field)]
        return [value for value in found if value is not None]

    def first(field: Field) -> Value:
        return next(iter(values(field)), None)

    texts = [str(value).strip() for field in ("name", "block") for value in values(field) if isinstance(value, str)]
    kernel_text = first("kernel_size") if isinstance(first("kernel_size"), str) else ""
    label = " ".join(text for text in texts if text)
    parts = _composite([*texts, str(kernel_text)])
    kernel = _kernel(sheet, frame, row, parts)
    kind = _kind(
        f"{label} {kernel_text}", kernel, any(isinstance(first(field), int | float) for field in ("rf_out", "size", "filters"))
    )
    block = first("block")
    return SheetRow(
        row=row,
        kind=kind,
        label=label or merged_block,
        block=merged_block or ("" if block is None else str(block)),
        kernel_size=kernel,
        strides=pair_in(first("strides")) or parts.get("s"),
        padding=padding_in(first("padding")) or parts.get("p"),
        dilation_rate=pair_in(first("dilation_rate")) or parts.get("d"),
        filters=_count(first("filters")),
        conv=_convolution(label),
        groups=_count(first("groups")) or 1,
    )


def _kind(text: str, kernel: Pair | None, says_numbers: bool) -> RowKind:
    lowered = text.lower()
    named = next((kind for pattern, kind in _KINDS if re.search(pattern, lowered)), None)
    if kernel is not None and named not in ("max_pool", "average_pool", "transposed"):
        return "conv"
    if named in ("max_pool", "average_pool") and kernel is None and not says_numbers:
        return "note"
    if named == "transposed" and kernel is None:
        return "note"
    if kernel is None and named is None and says_numbers:
        return "input"
    return named or "note"


def _kernel(sheet: Sheet, frame: Frame, row: int, parts: dict[str, Pair]) -> Pair | None:
    height = next((sheet.number(row, number) for number in frame.numbers("kernel_height")), None)
    width = next((sheet.number(row, number) for number in frame.numbers("kernel_width")), None)
    if height and width:
        return int(height), int(width)
    for number in frame.numbers("kernel_size"):
        cell = sheet.cells.get((row, number))
        if cell is None:
            continue
        if cell.formula is not None:
            pair = _product_as_pair(cell.formula)
            if pair is not None:
                return pair
        found = pair_in(cell.value)
        if found is not None:
            return found
    return parts.get("k")


def _product_as_pair(formula: str) -> Pair | None:
    """`=3*3` is 9 to the program and 3x3 to the person who typed it."""
    try:
        node: Node = parse_formula(formula)
    except FormulaError:
        return None
    match node:
        case Call("*", (FormulaLiteral(int() as height), FormulaLiteral(int() as width))):
            return height, width
    return None


def pair_in(value: Value) -> Pair | None:
    """The window that a cell means, or None where it means none.

    >>> pair_in(3), pair_in("3*3"), pair_in(" (3, 5) "), pair_in("57x6"), pair_in("7 × 7 conv"), pair_in(0), pair_in("-")
    ((3, 3), (3, 3), (3, 5), (57, 6), (7, 7), None, None)
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return (int(value), int(value)) if 1 <= value <= MAX_WINDOW and value == int(value) else None
    text = value.strip().lower()
    if _DATE.match(text):
        return _pair_of_date(text)
    match = re.match(r"^[(\[{]?\s*(\d{1,5})\s*(?:[*x×,;]|by)\s*(\d{1,5})", text)
    if match:
        return _positive(int(match[1]), int(match[2]))
    single = re.match(r"^[(\[{]?\s*(\d{1,5})(?:\.0+)?\s*[)\]}]?(?:\s*px)?$", text)
    return _positive(int(single[1]), int(single[1])) if single else None


def _pair_of_date(text: str) -> Pair | None:
    """`3-3` typed into a spreadsheet becomes the third of March."""
    _, month, day = (int(part) for part in text[:10].split("-"))
    return month, day


def _positive(height: int, width: int) -> Pair | None:
    return (height, width) if height > 0 and width > 0 else None


def padding_in(value: Value) -> SheetPadding | None:
    """The padding that a cell means.

    >>> padding_in(" Same"), padding_in("valid"), padding_in(1), padding_in("(0, 2)"), padding_in("-")
    ('same', 'valid', (1, 1), (0, 2), None)
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return (int(value), int(value)) if 0 <= value <= MAX_WINDOW and value == int(value) else None
    text = value.strip().lower()
    if text.startswith("sam"):
        return "same"
    if text.startswith(("val", "no")):
        return "valid"
    if re.fullmatch(r"0(\.0+)?", text):
        return 0, 0
    match = re.match(r"^[(\[{]?\s*(\d{1,5})\s*[*x×,;]\s*(\d{1,5})", text)
    if match:
        return int(match[1]), int(match[2])
    return pair_in(text)


def _composite(texts: list[str]) -> dict[str, Pair]:
    """Arguments inside one text: `p=1, s=1, k=3`, `5,2,1 (Dil=2)` (kernel, stride, padding), `3/1/0`."""
    parts: dict[str, Pair] = {}
    for text in texts:
        for name, number in _LABELLED_PART.findall(text):
            if number.isdigit():
                parts.setdefault(name[0].lower() if name.lower() != "dil" else "d", (int(number), int(number)))
        match = re.match(r"^\s*(\d{1,3})\s*[,/]\s*(\d{1,3})\s*[,/]\s*(\d{1,3})(?:\s*[,/(]|\s*$)", text)
        if match:
            for name, number in zip("ksp", match.groups(), strict=True):
                parts.setdefault(name, (int(number), int(number)))
        if re.fullmatch(r"\s*\d{1,3}\s*[x*×]\s*\d{1,3}\s*", text):
            pair = pair_in(text)
            if pair:
                parts.setdefault("k", pair)
    return parts


def _count(value: Value) -> int | None:
    if isinstance(value, str):
        match = re.fullmatch(r"\s*(\d{1,9})(?:\.0+)?\s*", value)
        return int(match[1]) or None if match else None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= MAX_COUNT and value == int(value):
        return int(value)
    return None


def _convolution(label: str) -> ConvolutionKind | None:
    lowered = label.lower()
    if "separable" in lowered or "seperable" in lowered or re.search(r"\bsep", lowered):
        return "separable"
    if "depthwise" in lowered or "depth-wise" in lowered or re.search(r"\bdw\b", lowered):
        return "depthwise"
    return None
