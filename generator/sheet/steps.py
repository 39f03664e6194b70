"""One row's arithmetic on claimed numbers: size, receptive field and parameters behind it, whatever stands before it."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from generator.design.fields import Pair
from generator.geometry import operations
from generator.geometry.axis import Axis, Impossible, effective_kernel, whole_if_exact
from generator.network.cost import cost_of
from generator.network.graph import LayerKind
from generator.sheet.amounts import Amount, both_axes, collapsed_amount
from generator.sheet.chain import Step, axis_padding, window_in_chain
from generator.sheet.layers import ConvolutionKind, SheetRow


class CountRule(NamedTuple):
    """How a table counts parameters: of which convolution, how many a row, with bias, with batch normalisation."""

    conv: ConvolutionKind = "standard"
    convolutions: int = 1
    use_bias: bool = True
    batch_norm: bool = False
    norm_params: int = 4
    """Parameters of batch normalisation a channel: 4 as Keras counts, 2 without the moving statistics."""


def row_params(row: SheetRow, rule: CountRule, channels_in: int | None) -> int | None:
    """Parameters of a row under a rule; None where its channels are not known."""
    if row.is_pool or row.kind in ("input", "upsample", "flatten", "softmax", "global_pool", "pass"):
        return 0
    if row.kind == "batch_norm":
        return None if channels_in is None else rule.norm_params * channels_in
    if row.filters is None or channels_in is None:
        return None
    use_bias = rule.use_bias if row.use_bias is None else row.use_bias
    batch_norm = rule.batch_norm if row.batch_norm is None else row.batch_norm
    if row.kind == "dense":
        return cost_of("dense", {"use_bias": use_bias}, channels_in, row.filters, 1, 1).params
    kernel, _, _ = window_in_chain(row)
    repeats = rule.convolutions if row.kind == "conv" and kernel != (1, 1) else 1
    conv = row.conv or (rule.conv if kernel != (1, 1) else "standard")
    kinds: dict[str, LayerKind] = {"standard": "conv", "separable": "separable_conv", "depthwise": "depthwise_conv"}
    kind = "transposed_conv" if row.kind == "transposed" else kinds[conv]
    groups = row.groups if channels_in % row.groups == 0 else 1
    total = 0
    for repeat in range(repeats):
        entering = channels_in if repeat == 0 else row.filters
        arguments = {"kernel_size": kernel, "use_bias": use_bias, "groups": groups}
        total += cost_of(kind, arguments, entering, row.filters, 1, 1).params + rule.norm_params * row.filters * batch_norm
    return total


def row_macs(row: SheetRow, channels_in: int | None, step: Step) -> int | None:
    """Multiply-accumulates of a row at its place; None where its size or its channels are not known."""
    if row.kind not in ("conv", "transposed", "dense"):
        return 0
    if row.filters is None or channels_in is None or not step.after.size_known:
        return None
    if row.kind == "dense":
        return channels_in * row.filters
    kinds: dict[str | None, LayerKind] = {"separable": "separable_conv", "depthwise": "depthwise_conv"}
    kind = "transposed_conv" if row.kind == "transposed" else kinds.get(row.conv, "conv")
    groups = row.groups if channels_in % row.groups == 0 else 1
    arguments = {"kernel_size": window_in_chain(row)[0], "use_bias": False, "groups": groups}
    before, after = (int(place.height.size) * int(place.width.size) for place in (step.before, step.after))
    return cost_of(kind, arguments, channels_in, row.filters, before, after).macs


def jump_entering(step: Step) -> Amount:
    """The jump of the map that a row reads."""
    jump: Amount = collapsed_amount((step.before.height.jump, step.before.width.jump))
    return jump


def jump_scale(step: Step) -> Pair:
    axes = ((step.before.height, step.after.height), (step.before.width, step.after.width))
    height, width = (whole_if_exact(Fraction(after.jump) / before.jump) for before, after in axes)
    return height, width  # type: ignore[return-value]


def size_step(row: SheetRow, entering: Amount, default_padding: str, repeats: int) -> Amount | None:
    """The size behind a row for a claimed size before it; fractions go on as fractions, as they do in a sheet."""
    sizes = [_axis_size(row, float(size), index, default_padding, repeats) for index, size in enumerate(both_axes(entering))]
    return None if None in sizes else collapsed_amount((sizes[0], sizes[1]))


def _axis_size(row: SheetRow, size: float, index: int, default_padding: str, repeats: int) -> int | float | None:
    if not row.has_window:
        factor = (row.strides or row.kernel_size or (2, 2))[index] if row.kind == "upsample" else 1
        return _whole(size * factor)
    kernel, strides, dilation = (pair[index] for pair in window_in_chain(row))
    padding = axis_padding(row.padding, index, default_padding if not row.is_pool else "valid")
    if not float(size).is_integer():
        if isinstance(padding, str):
            return size / strides
        return (size + sum(padding) - effective_kernel(kernel, dilation)) / strides + 1
    axis = Axis(int(size))
    try:
        for repeat in range(1 if row.is_pool else max(repeats, 1)):
            stride = strides if repeat == 0 else 1
            arguments = (axis, kernel, stride, padding, dilation)
            axis = operations.transposed_axis(*arguments) if row.kind == "transposed" else operations.window_axis(*arguments)
    except Impossible:
        return None
    return axis.size


def rf_step(row: SheetRow, step: Step, entering: Amount, jump: Amount, repeats: int) -> Amount:
    """The receptive field behind a row for a claimed one before it and a claimed input jump."""
    kernel, strides, dilation = window_in_chain(row)
    grown = []
    for index, (rf, axis_jump) in enumerate(zip(both_axes(entering), both_axes(jump), strict=True)):
        taps = effective_kernel(kernel[index], dilation[index])
        if row.kind == "transposed":
            taps = -(-taps // strides[index])
        first = (taps - 1) * axis_jump if row.has_window else 0
        later = (taps - 1) * axis_jump * strides[index] * (max(repeats, 1) - 1) if row.kind == "conv" else 0
        grown.append(rf + first + later)
    behind: Amount = collapsed_amount((grown[0], grown[1]))
    return behind


def _whole(number: float) -> int | float:
    return int(number) if float(number).is_integer() else number
