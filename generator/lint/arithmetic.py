"""The sum behind a right number, in the user's own numbers and addresses: `H28 = 25 + (2-1)*1 = 26`."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from generator.lint.place import Place, shown
from generator.sheet.chain import window_in_chain
from generator.sheet.headers import REPEATED
from generator.sheet.layers import SheetRow
from generator.spreadsheet.reference import reference_address


def arithmetic(place: Place) -> str:
    """How the right number of a cell comes about."""
    sums = {
        "rf": rf_sum,
        "size": size_sum,
        "jump": jump_sum,
        "channels": channels_sum,
        "params": params_sum,
        "total": total_sum,
    }
    quantity = place.quantity
    if place.row.upsampled > 1 and quantity in ("rf", "size", "jump"):
        return f"{place.cell} = {shown(place.right)}, the map enlarged {place.row.upsampled} times first"
    if quantity == "copy":
        return copy_sum(place)
    if quantity == "image":
        return f"{place.cell} = {shown(place.right)}, that of the image itself"
    return sums[quantity](place) if quantity in sums else f"{place.cell} = {shown(place.right)}"


def term(value: Any) -> str:
    """A number as a sum has it, without marks between its digits.

    >>> term(1024), term(0.5), term(Fraction(3, 2))
    ('1024', '0.5', '1.5')
    """
    return str(value) if isinstance(value, int) else f"{float(value):.10g}"


def rf_sum(place: Place) -> str:
    """Receptive field: what it was, and its step of (kernel - 1) * jump."""
    start = f"{place.cell} = {term(place.base_right)}"
    if not place.row.has_window or place.step_right == 0:
        return f"{place.cell} = {shown(place.right)}, as before the row"
    taps = -(-place.kernel // place.strides) if place.row.kind == "transposed" else place.kernel
    if place.step_right != place.times * (taps - 1) * place.dilation * place.before.jump:
        return f"{place.cell} = {shown(place.right)}"
    times = f"{place.times}*" if place.times > 1 else ""
    dilation = f"*{place.dilation}" if place.dilation > 1 else ""
    return f"{start} + {times}({taps}-1){dilation}*{term(place.before.jump)} = {shown(place.right)}"


def size_sum(place: Place) -> str:
    """Size: the map and its padding less the window, by the stride."""
    size, row = place.base_right, place.row
    if row.kind == "upsample":
        return f"{place.cell} = {term(size)}*{term(Fraction(place.right) / size)} = {shown(place.right)}"
    if not row.has_window or row.kind == "transposed" or place.repeats > 1:
        return f"{place.cell} = {shown(place.right)}"
    if place.padding == "same":
        rounded = ", rounded up," if size % place.strides else ""
        return f"{place.cell} = {term(size)}/{place.strides}{rounded} = {shown(place.right)}"
    pixels = 0 if place.padding == "valid" else place.padding[0]
    padded = f" + 2*{pixels}" if pixels else ""
    if place.strides == 1:
        return f"{place.cell} = {term(size)}{padded} - {place.taps} + 1 = {shown(place.right)}"
    exact = size_by(place, size)
    rounded = "" if exact == math.floor(exact) else f" = {term(exact)}, rounded down"
    return f"{place.cell} = ({term(size)}{padded} - {place.taps})/{place.strides} + 1{rounded} = {shown(place.right)}"


def size_by(
    place: Place, size: Any, *, taps: int | None = None, strides: int | None = None, pixels: int | None = None
) -> Fraction:
    """The size behind a window before it is rounded, with some of its numbers replaced."""
    taps, strides = taps or place.taps, strides or place.strides
    before = Fraction(size).limit_denominator(10**6)
    if pixels is None and place.padding == "same":
        return before / strides
    padded = 2 * pixels if pixels is not None else 0 if place.padding == "valid" else sum(place.padding)
    return (before + padded - taps) / strides + 1


def jump_sum(place: Place) -> str:
    """Jump: times the stride, or by the factor of an upsampling."""
    before = term(place.base_right)
    if place.row.kind in ("upsample", "transposed"):
        return f"{place.cell} = {before}/{term(Fraction(place.base_right) / Fraction(place.right))} = {shown(place.right)}"
    if place.right != place.base_right * place.strides or not place.row.has_window:
        return f"{place.cell} = {shown(place.right)}"
    return f"{place.cell} = {before}*{place.strides} = {shown(place.right)}"


def channels_sum(place: Place) -> str:
    """Channels: the kernels, beside the input's where the two are concatenated."""
    filters, before = place.row.filters, place.facts.table.channels_after[place.acting - 1] if place.acting else None
    if place.field == "channels" and place.facts.table.merged[place.acting] and filters and before:
        both = f"{before} channels of the input and {filters} kernels of the row, concatenated"
        return f"{place.cell} = {before} + {filters} = {shown(place.right)}: {both}"
    return f"{place.cell} = {shown(place.right)}"


def params_sum(place: Place) -> str:
    """Parameters: weights of the kernel on the input channels, biases, and batch normalisation where it is counted."""
    row, rule, channels = place.row, place.facts.table.count, place.channels_in
    if row.filters is None or channels is None or not place.right:
        return f"{place.cell} = {shown(place.right)}" + ("" if place.right else ": the row has no weights")
    use_bias = rule.use_bias if row.use_bias is None else row.use_bias
    batch_norm = rule.batch_norm if row.batch_norm is None else row.batch_norm
    bias = f" + {row.filters}" if use_bias else ""
    normal = f" + {rule.norm_params}*{row.filters}" if batch_norm and row.kind != "dense" else ""
    conv = kind_of_convolution(place)
    if row.kind == "dense":
        units = (place.right - (row.filters if use_bias else 0)) // row.filters
        whole = f" ({units // channels} places of the map x {channels} channels)" if units != channels else ""
        return f"{place.cell} = {units}{whole}*{row.filters}{bias} = {shown(place.right)}"
    taps = "*".join(map(str, window_in_chain(row)[0]))

    def one(entering: int) -> str:
        grouped = f"/{row.groups}" if row.groups > 1 else ""
        if conv == "separable":
            return f"{taps}*{entering} + {entering}*{row.filters}{bias}{normal}"
        return f"{taps}*{entering}{grouped}" + (f"*{row.filters}" if conv != "depthwise" else "") + bias + normal

    repeats = rule.convolutions if row.kind == "conv" and window_in_chain(row)[0] != (1, 1) else 1
    later = "" if repeats == 1 else f" + {repeats - 1}*({one(row.filters)})"
    return f"{place.cell} = {one(channels)}{later} = {shown(place.right)}"


def kind_of_convolution(place: Place) -> str:
    """The convolution of the row, by its name or by the convention of the table."""
    row: SheetRow = place.row
    return row.conv or (place.facts.table.count.conv if window_in_chain(row)[0] != (1, 1) else "standard")


def total_sum(place: Place) -> str:
    """Total: the sum of its column."""
    return f"the rows add up to {shown(place.right)}"


def copy_sum(place: Place) -> str:
    """An input column: the row above's output, with its address where a cell says it."""
    table = place.facts.table
    for field in REPEATED[place.field]:
        for column in place.facts.columns(field):
            for index in range(place.acting, max(place.acting - 6, -1), -1):
                position = (table.rows[index].row, column)
                judged = place.facts.verdicts.get(position)
                if judged is not None or table.sheet.number(*position) is not None:
                    said = judged.claim.claimed if judged else table.sheet.number(*position)
                    aside = "" if judged is None or said == judged.claim.right else f" (it says {shown(said)})"
                    return f"{place.cell} = {reference_address(*position)} = {shown(place.right)}{aside}"
    return f"{place.cell} = {shown(place.right)}"
