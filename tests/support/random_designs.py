"""Random networks as people plan them, with their true sizes, jumps and receptive fields: what random sheets are written from.

The arithmetic is this file's own, on purpose: it is the witness against which the reader's is held.
"""

from __future__ import annotations

from random import Random
from typing import Literal, NamedTuple

Pair = tuple[int, int]
Words = Literal["numbers", "words"]


class Layer(NamedTuple):
    """One row. Padding in pixels of both sides, or a word; pools have no filters."""

    kind: Literal["conv", "max_pool", "average_pool"]
    kernel: Pair
    strides: Pair
    padding: Pair | Literal["same", "valid"]
    dilation: Pair
    filters: int | None


class Maps(NamedTuple):
    """The map behind a row, or the image: each value (height, width)."""

    size: Pair
    jump: Pair
    rf: Pair


class Network(NamedTuple):
    """A plan; `maps[0]` is the image, `maps[i + 1]` what layer i gives."""

    image_size: Pair
    channels: int
    layers: tuple[Layer, ...]
    maps: tuple[Maps, ...]
    padding_words: bool
    square: bool


def after(layer: Layer, before: Maps) -> Maps | None:
    """The map behind a layer; None where the window does not fit."""
    size, jump, rf = [], [], []
    for axis in (0, 1):
        taps = layer.dilation[axis] * (layer.kernel[axis] - 1) + 1
        stride, entering = layer.strides[axis], before.size[axis]
        if layer.padding == "same":
            given = -(-entering // stride)
        else:
            margin = 0 if layer.padding == "valid" else layer.padding[axis]
            given = (entering + 2 * margin - taps) // stride + 1 if entering + 2 * margin >= taps else 0
        size.append(given)
        jump.append(before.jump[axis] * stride)
        rf.append(before.rf[axis] + (taps - 1) * before.jump[axis])
    if min(size) < 1:
        return None
    return Maps((size[0], size[1]), (jump[0], jump[1]), (rf[0], rf[1]))


def random_network(
    rng: Random, *, square: bool, uniform_padding: bool, plain_strides: bool, image: Pair | None = None
) -> Network:
    """A network of 3 to 20 layers that can be.

    Args:
        square: Kernels and image have equal axes.
        uniform_padding: Every convolution keeps its size, or every one is valid: what a sheet without a padding column can say.
        plain_strides: Convolutions of stride 1, pools 2x2 by 2: what a sheet without a stride column can say.
        image: (height, width), where the sheet needs a certain one.
    """
    side = rng.choice((28, 32, 48, 56, 64, 96, 128, 224))
    image_size = image or ((side, side) if square else (side, rng.choice((16, 24, 40, 80))))
    padding_words = rng.random() < 0.35
    keeps = rng.random() < 0.6
    maps, layers, filters = [Maps(image_size, (1, 1), (1, 1))], [], rng.choice((8, 16, 32))
    for _ in range(rng.randint(3, 20)):
        for _ in range(20):  # a layer that does not fit is drawn again
            layer = _random_layer(rng, maps[-1], layers, filters, padding_words, square, uniform_padding, plain_strides, keeps)
            behind = after(layer, maps[-1])
            if behind is not None:
                layers.append(layer)
                maps.append(behind)
                filters = layer.filters or filters
                break
    if square and not plain_strides and rng.random() < 0.25 and 2 <= maps[-1].size[0] <= 14:
        side = maps[-1].size[0]
        stride = rng.choice((1, side))
        layers.append(Layer("average_pool", (side, side), (stride, stride), "valid" if padding_words else (0, 0), (1, 1), None))
        behind = after(layers[-1], maps[-1])
        assert behind is not None
        maps.append(behind)
    if len(layers) < 3:
        return random_network(
            rng, square=square, uniform_padding=uniform_padding, plain_strides=plain_strides, image=image_size
        )
    return Network(image_size, 3, tuple(layers), tuple(maps), padding_words, square)


def _random_layer(
    rng: Random,
    now: Maps,
    layers: list[Layer],
    filters: int,
    words: bool,
    square: bool,
    uniform: bool,
    plain: bool,
    keeps: bool,
) -> Layer:
    pooled = bool(layers) and layers[-1].kind == "max_pool"
    none: Pair | Literal["valid"] = "valid" if words else (0, 0)
    if layers and not pooled and min(now.size) >= 4 and rng.random() < 0.2:
        large = not plain and not words and min(now.size) > 16 and rng.random() < 0.2
        return Layer("max_pool", *(((3, 3), (2, 2), (1, 1)) if large else ((2, 2), (2, 2), none)), (1, 1), None)
    side = rng.choices((1, 3, 5, 7), (15, 65, 12, 8))[0]
    kernel = (side, side) if square or rng.random() < 0.4 else rng.choice(((1, side), (side, 1), (side, 3)))
    dilation = rng.choice((2, 3)) if side > 1 and rng.random() < 0.1 else 1
    # Keras does not combine strides with a dilation.
    stride = 2 if not plain and dilation == 1 and min(now.size) > 6 and rng.random() < 0.15 else 1
    keep = keeps if uniform else rng.random() < 0.7
    half = (dilation * (kernel[0] - 1) // 2, dilation * (kernel[1] - 1) // 2)
    padding: Pair | Literal["same", "valid"] = ("same" if words else half) if keep else none
    wanted = rng.choice((filters, filters, min(filters * 2, 512), max(filters // 2, 8)))
    return Layer("conv", kernel, (stride, stride), padding, (dilation, dilation), wanted)
