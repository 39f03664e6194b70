"""One axis of a feature map: where its units lie and how far they see, and what kernels and padding do to its size.

Units of a feature map lie on a regular grid over the input: unit `i` is centred at `start + i * jump` and sees `rf` input
pixels around it. Sizes follow Keras: floor for "valid" and for numbers of pixels, ceiling for "same", whose extra pixel
lies at the end.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, NamedTuple

from generator.geometry.periods import Phases

AxisPadding = Literal["same", "valid"] | tuple[int, int]
Exact = int | Fraction
"""A whole number wherever it is one; a fraction only after upsampling or for a centre between two pixels."""


class Axis(NamedTuple):
    """One axis of a feature map. `rf` is the longest path, `rf_min` the shortest; `aligned` says that all paths agree.

    Behind an upsampling neighbours see fields of different extent and distance. People reckon on, on an even grid of fractions
    of pixels, and so do these functions. Where it was asked for (`..._exactly`), `phases` says what each unit sees, for the
    longest path and the shortest, and `rf` is the largest of them.
    """

    size: int
    rf: Exact = 1
    rf_min: Exact = 1
    jump: Exact = 1
    start: Exact = 0
    aligned: bool = True
    phases: tuple[Phases, Phases] | None = None


class Impossible(ValueError):
    """A layer that cannot be where it stands, and what to do about it."""

    def __init__(self, fact: str, help: str = "pad it, make the window smaller, or give a larger image size") -> None:
        super().__init__(fact)
        self.help = help


def whole_if_exact(value: Exact) -> Exact:
    """A fraction with denominator 1 as the int it is."""
    if type(value) is int:  # By far the most; `isinstance` of a fraction is slow.
        return value
    return value.numerator if value.denominator == 1 else value


def effective_kernel(kernel_size: int, dilation_rate: int = 1) -> int:
    """Input positions from the first to the last tap of a kernel.

    >>> effective_kernel(3), effective_kernel(3, 2)
    (3, 5)
    """
    return dilation_rate * (kernel_size - 1) + 1


def axis_padding_of(size: int, kernel: int, strides: int, padding: AxisPadding) -> tuple[int, int]:
    """Pixels before and after the map. Under "same" they depend on the size, and the odd one is put at the end.

    >>> axis_padding_of(32, 3, 2, "same"), axis_padding_of(33, 3, 2, "same"), axis_padding_of(32, 2, 2, "valid")
    ((0, 1), (1, 1), (0, 0))
    """
    if padding == "valid":
        return 0, 0
    if padding == "same":
        outputs = -(-size // strides)
        total = max((outputs - 1) * strides + kernel - size, 0)
        return total // 2, total - total // 2
    return padding


def transposed_axis_cut(kernel: int, strides: int, padding: AxisPadding) -> int:
    """Units cut off at the front of the full output of a transposed convolution; the odd one is cut off at the end.

    >>> transposed_axis_cut(3, 2, "same"), transposed_axis_cut(4, 2, "same"), transposed_axis_cut(3, 2, "valid")
    (0, 1, 0)
    """
    if isinstance(padding, str):
        return max(kernel - strides, 0) // 2 if padding == "same" else 0
    return padding[0]
