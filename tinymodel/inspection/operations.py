"""What an operation of `keras.ops` in a functional model is in the words of the table: `x * y`, `ops.mean(x, (1, 2))`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from generator.network.graph import LayerKind
from tinymodel.inspection.arguments import factors_arguments
from tinymodel.inspection.kinds import SLOPE, Meaning, reshape_meaning
from tinymodel.inspection.walk import Shape

_UNIT_BY_UNIT = frozenset(
    {
        "Abs", "Absolute", "Cast", "Celu", "Clip", "Elu", "Exp", "Expm1", "Gelu", "HardSigmoid", "HardSilu", "HardTanh",
        "LeakyRelu", "Log", "Log1p", "LogSigmoid", "Negative", "Reciprocal", "Relu", "Relu6", "Selu", "Sigmoid", "Silu",
        "Power", "Softplus", "Softsign", "Sqrt", "Square", "StopGradient", "Tanh",
    }
)  # fmt: skip
"""Operations of which an output depends on the one input at its place."""

_OF_TWO: dict[str, LayerKind] = {
    "Add": "add",
    "Subtract": "subtract",
    "Multiply": "multiply",
    "Divide": "multiply",
    "TrueDivide": "multiply",
    "Maximum": "maximum",
    "Minimum": "minimum",
}

_GLOBAL: dict[str, LayerKind] = {"Mean": "global_average_pool", "Max": "global_max_pool"}

_NAMES = {"HardSilu": "hard_swish", "HardSigmoid": "hard_sigmoid", "LeakyRelu": "leaky_relu", "StopGradient": "linear"}
"""Names of activations that are not the operation's in lower case."""


def meaning_of_operation(
    operation: Any, tensors: int, shape: Shape, given: tuple[Sequence[Any], Mapping[str, Any]]
) -> Meaning | None:
    """Kind and arguments of an operation that is known, else None.

    Args:
        operation: An operation of `keras.ops`.
        tensors: How many tensors of the network it reads; other operands are constants.
        shape: Of the first of them, for one image.
        given: What it was called with, by position and by name.
    """
    if not type(operation).__module__.startswith("keras.src.ops."):
        return None
    name = type(operation).__name__
    if name in _UNIT_BY_UNIT and tensors == 1:
        return "activation", {"activation": _activation_name(operation, name)}
    if name == "Softmax" and operation.axis in (-1, len(shape)):
        return "activation", {"activation": "softmax"}
    if name in _OF_TWO:
        return (_OF_TWO[name], {}) if tensors == 2 else ("rescaling", _with_constant(name, given[0], shape[-1] or 0))
    if name == "Reshape" and len(operation.newshape) > 1 and operation.newshape[0] in (-1, None):
        return reshape_meaning(tuple(operation.newshape[1:]), shape)
    if name == "Pad" and operation.mode == "constant" and not given[1].get("constant_values"):
        return _padding(operation.pad_width)
    if name == "Concatenate" and operation.axis in (-1, len(shape)):
        return "concat", {}
    if name in _GLOBAL and len(shape) == 3 and _axes(operation.axis, 4) == {1, 2}:
        return _GLOBAL[name], {"keepdims": True} if operation.keepdims else {}
    return None


def _with_constant(name: str, operands: Sequence[Any], channels: int) -> dict[str, Any]:
    """The arguments of a rescaling that a map and a constant make; none for what is no product and no sum."""
    if len(operands) != 2:
        return {}
    is_first = isinstance(operands[0], keras.KerasTensor)
    constant = keras.ops.convert_to_numpy(operands[is_first]).astype("float64")
    match name, is_first:
        case "Add", _:
            return factors_arguments(channels, scale=1, offset=constant)
        case "Subtract", True:
            return factors_arguments(channels, scale=1, offset=-constant)
        case "Subtract", False:
            return factors_arguments(channels, scale=-1, offset=constant)
        case "Multiply", _:
            return factors_arguments(channels, scale=constant, offset=0)
        case (("Divide" | "TrueDivide"), True) if constant.all():
            return factors_arguments(channels, scale=1 / constant, offset=0)
        case _:
            return {}


def _padding(pad_width: Sequence[Sequence[int]]) -> Meaning | None:
    """Zeros around a map; not around its channels or its batch."""
    sides = tuple((int(before), int(after)) for before, after in pad_width)
    return ("zero_padding", {"padding": sides[1:3]}) if len(sides) == 4 and sides[0] == sides[3] == (0, 0) else None


def _activation_name(operation: Any, name: str) -> str:
    """The activation's name, with its number where it is not the one that a design means by the name."""
    for argument, usual in _USUAL.get(name, {}).items():
        if (given := getattr(operation, argument, usual)) != usual:
            return f"{name.lower()}({argument}={given})"
    return _NAMES.get(name, name.lower())


_USUAL: dict[str, dict[str, Any]] = {
    "Gelu": {"approximate": False},
    "LeakyRelu": {"negative_slope": SLOPE},
    "Elu": {"alpha": 1.0},
}
"""Arguments of activations that a design has no word for, with the values that it means."""


def _axes(axis: Any, rank: int) -> set[int]:
    axes = [axis] if isinstance(axis, int) else axis or ()
    return {each % rank for each in axes}
