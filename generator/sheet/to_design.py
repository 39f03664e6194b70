"""Understood table → the plain data of the design it draws, ready for `parse_design`."""

from __future__ import annotations

from typing import Any

from generator.design.fields import one_or_both
from generator.errors import InputError
from generator.sheet.chain import window_in_chain
from generator.sheet.channels import is_concatenation
from generator.sheet.layers import SheetRow
from generator.sheet.understanding import Understanding, require_image_size


def design_data(understanding: Understanding, name: str) -> dict[str, Any]:
    """The design of a table as plain data. A plan without a head gets global average pooling and softmax.

    Raises:
        InputError: The sheet does not say the image size, or the kernels of a row.
    """
    height, width = require_image_size(understanding)
    weighted = [row for row in understanding.rows if row.kind in ("conv", "transposed", "dense")]
    if all(row.filters is None for row in weighted):
        raise InputError("the sheet gives no numbers of kernels: it can be checked and tabled, not built")
    joined = next((row.row for row in understanding.rows if is_concatenation(row)), None)
    if joined is not None:
        raise InputError(
            f"row {joined} concatenates with another branch, which a line of a sheet cannot draw",
            help="write the network as YAML with rows of kind concat",
        )
    beside = next((row.row for row in understanding.rows if row.reads is not None), None)
    if beside is not None:
        raise InputError(
            f"row {beside} is a shortcut beside the main path, and the sheet does not say where it joins it again",
            help="write the network as YAML with rows of kind residual_block",
        )
    plan = [row for index in range(len(understanding.rows)) for row in _plan_rows(understanding, index)]
    classes = understanding.channels_after[-1]
    if classes is None:
        missing = next(
            row.row for row in understanding.rows if row.filters is None and row.kind in ("conv", "transposed", "dense")
        )
        raise InputError(f"row {missing} does not say how many kernels it has, so the network cannot be built")
    rule = understanding.count
    _count_by_classes(plan, understanding)
    return {
        "name": name,
        "input": {"image_size": one_or_both((height, width)), "channels": understanding.channels},
        "classes": classes,
        "defaults": {
            "all": {
                "use_bias": rule.use_bias,
                "batch_norm": rule.batch_norm,
                "activation": understanding.activation,
            }
        },
        "plan": [*plan, *_head(understanding)],
    }


def sheet_lines_of_design(understanding: Understanding) -> tuple[int, ...]:
    """For each row of the plan the line of the sheet that it comes from; 0 for the head, which no line draws."""
    lines = [row.row for index, row in enumerate(understanding.rows) for _ in _plan_rows(understanding, index)]
    return (*lines, *(0 for _ in _head(understanding)))


def _count_by_classes(plan: list[dict[str, Any]], understanding: Understanding) -> None:
    """Writes the kernels of the last row as `classes`, so that another number of classes needs one edit."""
    weighted = [index for index, row in enumerate(plan) if "filters" in row or "units" in row]
    if not weighted:
        return
    last = weighted[-1]
    for key in ("filters", "units"):
        if plan[last].get(key) == understanding.channels_after[-1] and plan[last]["kind"] != "dense_block":
            plan[last][key] = "classes"


def head_of_design_in_words(understanding: Understanding) -> str:
    """What stands for the head of the network, in words."""
    kinds = [row["kind"] for row in _head(understanding)]
    if not kinds:
        return "as drawn"
    names = {"global_average_pool": "global average pooling", "softmax": "softmax", "flatten": "flatten"}
    return " and ".join(names[kind] for kind in kinds) + " over the last channels (not drawn, added)"


def _head(understanding: Understanding) -> list[dict[str, Any]]:
    kinds = [row.kind for row in understanding.rows]
    if "softmax" in kinds:
        return []
    flat = any(kind in kinds for kind in ("dense", "flatten", "global_pool"))
    return [{"kind": "softmax"}] if flat else [{"kind": "global_average_pool"}, {"kind": "softmax"}]


def _plan_rows(understanding: Understanding, index: int) -> list[dict[str, Any]]:
    row = understanding.rows[index]
    kernel, strides, _ = window_in_chain(row)
    block = {"block": row.block} if row.block and row.block != row.label else {}
    if row.kind == "input":
        return []
    if row.is_pool:
        return [{**block, "kind": row.kind, "pool_size": _plain(kernel), "strides": _plain(strides), **_padding(row, "valid")}]
    if row.kind == "upsample":
        return [{**block, "kind": "upsample", "size": _plain(row.strides or row.kernel_size or (2, 2))}]
    if row.kind == "global_pool":
        pooling = "global_max_pool" if "max" in row.label.lower() else "global_average_pool"
        return [{**block, "kind": pooling}]
    if row.kind == "pass":
        return []
    if row.kind == "batch_norm":
        return [{**block, "kind": "batch_norm"}]
    if row.kind in ("flatten", "softmax"):
        return [{**block, "kind": row.kind}]
    filters = _filters(row)
    if row.kind == "dense":
        flat = ("dense", "flatten", "global_pool")
        first = not any(other.kind in flat for other in understanding.rows[:index])
        return [*([{"kind": "flatten"}] if first else []), {**block, "kind": "dense", "units": filters}]
    if row.kind == "transposed":
        return [
            {
                **block,
                **_convolution(row, "transposed", filters),
                "strides": _plain(strides),
                **_padding(row, understanding.padding),
            }
        ]
    conv = row.conv or (understanding.count.conv if kernel != (1, 1) else "standard")
    count = understanding.convolutions[index]
    if understanding.merged[index]:
        shared = _convolution(row, conv, filters)
        return [{**block, **shared, "kind": "dense_block", "convolutions": count}]
    if kernel == (1, 1) and strides == (1, 1) and "bottleneck" in row.label.lower():
        return [{**block, "kind": "bottleneck", "filters": filters}]
    one = {**block, **_convolution(row, conv, filters), **_padding(row, understanding.padding)}
    first_of_row = one if strides == (1, 1) else {**one, "strides": _plain(strides)}
    return [first_of_row, *([one] * (count - 1))]


def _convolution(row: SheetRow, conv: str, filters: int) -> dict[str, Any]:
    kernel, _, dilation = window_in_chain(row)
    data: dict[str, Any] = {"kind": "conv", "conv": conv, "filters": filters, "kernel_size": _plain(kernel)}
    if conv == "depthwise":
        del data["filters"]
    if dilation != (1, 1):
        data["dilation_rate"] = _plain(dilation)
    if row.groups > 1:
        data["groups"] = row.groups
    data |= {} if row.use_bias is None else {"use_bias": row.use_bias}
    return data | ({} if row.batch_norm is None else {"batch_norm": row.batch_norm})


def _filters(row: SheetRow) -> int:
    if row.filters is None:
        raise InputError(f"row {row.row} does not say how many kernels it has, so the network cannot be built")
    return row.filters


def _padding(row: SheetRow, default: str) -> dict[str, Any]:
    if row.padding is None or isinstance(row.padding, str):
        return {"padding": row.padding or default}
    return {"padding": "valid" if row.padding == (0, 0) else _plain(row.padding)}


def _plain(pair: tuple[int, int]) -> int | list[int]:
    return pair[0] if pair[0] == pair[1] else list(pair)
