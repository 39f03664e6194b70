"""Random networks of all kinds and sizes: as plans that a design can say, and as Keras models with what no plan can say."""

from __future__ import annotations

from random import Random
from typing import Any

import keras
from keras import layers, ops

from generator.design.parse import DesignProblems, parse_design
from generator.design.record import Design
from generator.errors import InputError
from generator.network.buildable import check_buildable
from generator.network.expand import expand
from generator.network.trace import trace

Row = dict[str, Any]
ACTIVATIONS = ("relu", "relu6", "leaky_relu", "silu", "gelu", "tanh", "linear", None)


class Planner:
    """Adds rows one by one and keeps those with which the network still can be."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        square = rng.random() < 0.5
        height = rng.randint(11, 48)
        self.input = {"image_size": [height, height if square else rng.randint(11, 48)], "channels": rng.randint(1, 4)}
        self.rows: list[Row] = []
        self.count = 0

    def size(self) -> tuple[int, int]:
        row = trace(expand(self.design())).rows[-1] if self.rows else None
        return (row.height.size, row.width.size) if row else tuple(self.input["image_size"])

    def channels(self) -> int:
        return trace(expand(self.design())).rows[-1].channels if self.rows else self.input["channels"]

    def design(self, extra: list[Row] | None = None) -> Design:
        raw = {"name": "random", "input": self.input, "classes": 5, "plan": [*self.rows, *(extra or [])]}
        return parse_design(raw)

    def add(self, *rows: Row) -> bool:
        named = []
        for row in rows:
            self.count += 1
            named.append({"name": f"r{self.count}", **row})
        try:
            graph = expand(self.design(named))
            check_buildable(graph)
            traced = trace(graph)
        except (InputError, DesignProblems):
            return False
        if max(traced.final.height.size, traced.final.width.size) > 160 or traced.final.channels > 24:
            return False
        self.rows += named
        return True

    def window(self, most: int, least: int = 1) -> int | list[int]:
        side = self.rng.randint(least, most)
        return side if self.rng.random() < 0.6 else [side, self.rng.randint(least, most)]

    def unit(self) -> Row:
        rng = self.rng
        return {"use_bias": rng.random() < 0.6, "batch_norm": rng.random() < 0.4, "activation": rng.choice(ACTIVATIONS)}

    def conv(self) -> Row:
        rng = self.rng
        kind = rng.choice(("standard", "standard", "separable", "depthwise", "transposed"))
        strides: Any = 1
        if rng.random() < 0.35:
            # TensorFlow strides depthwise kernels by the same number on both axes.
            strides = rng.randint(2, 3) if kind in ("separable", "depthwise") else self.window(3)
        row: Row = {"kind": "conv", "conv": kind, "kernel_size": self.window(5), "strides": strides, **self.unit()}
        row["padding"] = rng.choice(("same", "valid"))
        if kind != "depthwise":
            row["filters"] = rng.randint(1, 6)
        if strides == 1 and rng.random() < 0.4:
            row["dilation_rate"] = rng.randint(2, 3)
        if kind in ("standard", "depthwise") and rng.random() < 0.2:
            row["padding"] = [[rng.randint(0, 3), rng.randint(0, 3)], [rng.randint(0, 3), rng.randint(0, 3)]]
        if kind == "standard" and rng.random() < 0.15:
            groups = self.channels()
            row |= {"groups": groups, "filters": groups * rng.randint(1, 2)}
        return row

    def single(self) -> Row:
        rng = self.rng
        kind = rng.choice(
            (
                "conv", "conv", "conv", "max_pool", "average_pool", "upsample", "zero_padding", "cropping", "batch_norm",
                "layer_norm", "rescaling", "activation", "dropout", "bottleneck", "dense_block", "residual_block",
                "inverted_residual", "squeeze_excite", "dense",
            )
        )  # fmt: skip
        match kind:
            case "conv":
                return self.conv()
            case "max_pool" | "average_pool":
                row: Row = {"kind": kind, "pool_size": self.window(4), "padding": rng.choice(("same", "valid"))}
                return row | ({"strides": self.window(3)} if rng.random() < 0.6 else {})
            case "upsample":
                return {"kind": kind, "size": self.window(3), "interpolation": rng.choice(("nearest", "bilinear"))}
            case "zero_padding" | "cropping":
                sides = [[rng.randint(0, 2), rng.randint(0, 2)], [rng.randint(0, 2), rng.randint(0, 2)]]
                return {"kind": kind, {"zero_padding": "padding", "cropping": "cropping"}[kind]: sides}
            case "activation":
                return {"kind": kind, "activation": rng.choice(ACTIVATIONS[:-1])}
            case "rescaling":
                return {
                    "kind": kind,
                    "scale": [rng.uniform(0.5, 1.0) for _ in range(self.channels())],
                    "offset": rng.choice((0, 1)),
                }
            case "dropout":
                return {"kind": kind, "rate": 0.3}
            case "bottleneck":
                return {"kind": kind, "filters": rng.randint(1, 6), **self.unit()}
            case "dense_block":
                return {
                    "kind": kind, "filters": rng.randint(1, 4), "convolutions": rng.randint(1, 3),
                    "kernel_size": self.window(4),
                    "conv": rng.choice(("standard", "separable")), "dilation_rate": rng.randint(1, 2), **self.unit(),
                }  # fmt: skip
            case "residual_block":
                return {
                    "kind": kind, "filters": rng.randint(1, 6), "kernel_size": self.window(4), "strides": rng.randint(1, 2),
                    "convolutions": rng.randint(1, 3), **self.unit(),
                }  # fmt: skip
            case "inverted_residual":
                return {
                    "kind": kind, "filters": rng.choice((self.channels(), rng.randint(1, 6))), "expansion": rng.randint(1, 3),
                    "kernel_size": self.window(4), "strides": rng.randint(1, 2),
                }  # fmt: skip
            case "squeeze_excite":
                return {"kind": kind, "ratio": rng.randint(1, 4)}
            case "dense":
                return {"kind": kind, "units": rng.randint(1, 6), "activation": rng.choice(ACTIVATIONS)}
            case _:
                return {"kind": kind}

    def branches(self) -> None:
        """Two or three ways from one map to a map of the same size, merged."""
        rng = self.rng
        start = self.rows[-1]["name"] if self.rows else "input"
        strides, filters, merge = self.window(3), rng.randint(1, 5), rng.choice(("add", "concat"))
        rows, ends = [], []
        for number in range(rng.randint(2, 3)):
            ends.append(f"b{self.count}_{number}")
            pooled = rng.random() < 0.3
            first: Row = {"inputs": [start], "strides": strides, "padding": "same"}
            if pooled:
                rows.append({"kind": rng.choice(("max_pool", "average_pool")), "pool_size": self.window(3), **first})
            else:
                rows.append({"kind": "conv", "filters": filters, "kernel_size": self.window(5), **first, **self.unit()})
            if rng.random() < 0.5:
                rows.append({"kind": "conv", "conv": "depthwise", "kernel_size": self.window(3)})
            rows.append({"kind": "bottleneck", "filters": filters, "name": ends[-1]})
        self.add(*rows, {"kind": merge, "inputs": ends})

    def gate(self) -> None:
        """A map times a gate for each channel of the whole of it, or for each pixel by what is around it."""
        rng = self.rng
        start, gate = self.rows[-1]["name"] if self.rows else "input", f"g{self.count}"
        middle: Row = {"kind": "conv", "filters": 1, "kernel_size": self.window(5), "activation": "sigmoid", "name": gate}
        if rng.random() < 0.5:
            middle = {"kind": "bottleneck", "filters": self.channels(), "activation": "hard_sigmoid", "name": gate}
            self.add({"kind": "global_average_pool", "keepdims": True}, middle, {"kind": "multiply", "inputs": [start, gate]})
        else:
            self.add(middle, {"kind": "multiply", "inputs": [gate, start]})

    def hourglass(self) -> None:
        """Down, and up again beside what went down, as networks for segmentation are drawn."""
        rng = self.rng
        start = self.rows[-1]["name"] if self.rows else "input"
        (height, width), factor = self.size(), rng.randint(2, 3)
        filters = self.channels()
        missing = [[0, height % factor], [0, width % factor]]
        up: Row = {"kind": "upsample", "size": factor, "interpolation": rng.choice(("nearest", "bilinear"))}
        if rng.random() < 0.4:
            up = {"kind": "conv", "conv": "transposed", "filters": filters, "kernel_size": factor + 1, "strides": factor}
        end = f"up{self.count}"
        self.add(
            {"kind": "max_pool", "pool_size": factor},
            {"kind": "conv", "filters": filters, "kernel_size": rng.choice((1, 3))},
            up,
            {"kind": "zero_padding", "padding": missing, "name": end},
            {"kind": rng.choice(("add", "concat")), "inputs": [start, end]},
        )


def random_design(rng: Random) -> Design:
    """A plan of 3 to 12 rows and more, with branches; sometimes with a head."""
    planner = Planner(rng)
    while len(planner.rows) < rng.randint(3, 12):
        chance = rng.random()
        if chance < 0.12:
            planner.branches()
        elif chance < 0.2:
            planner.hourglass()
        elif chance < 0.26:
            planner.gate()
        else:
            planner.add(planner.single())
    head = rng.random()
    if head < 0.2:
        planner.add({"kind": rng.choice(("global_average_pool", "global_max_pool"))}, {"kind": "dense", "units": "classes"})
    elif head < 0.3:
        planner.add({"kind": "flatten"}, {"kind": "dense", "units": "classes", "activation": "softmax"})
    elif head < 0.45:
        planner.add({"kind": "bottleneck", "filters": "classes"}, {"kind": "global_average_pool"}, {"kind": "softmax"})
    return planner.design()


def random_model(rng: Random) -> keras.Model:
    """A functional model with what no plan can say: models in it, shared layers, gates of all kinds, other merges and norms."""
    image = keras.Input((rng.randint(12, 40), rng.randint(12, 40), 3), name="image")
    x = layers.Conv2D(4, rng.randint(1, 5), padding="same", activation=rng.choice(("relu", "gelu", None)))(image)
    for _ in range(rng.randint(3, 7)):
        x = _STEPS[rng.randrange(len(_STEPS))](x, rng)
        if min(x.shape[1:3]) < 4:
            break
    if rng.random() < 0.3:
        x = layers.Dense(5)(layers.GlobalAveragePooling2D(keepdims=rng.random() < 0.5)(x))
    return keras.Model(image, x, name="random")


def _nested(x: Any, rng: Random) -> Any:
    inner = keras.Input((None, None, x.shape[-1]))
    y = layers.Conv2D(4, rng.randint(1, 4), padding="same")(inner)
    model = keras.Model(inner, layers.Add()([y, layers.SeparableConv2D(4, 3, padding="same")(inner)]))
    return model(model(x) if rng.random() < 0.5 and x.shape[-1] == 4 else x)


def _sequential(x: Any, rng: Random) -> Any:
    strides = rng.randint(1, 2)
    return keras.Sequential([layers.Conv2D(4, 3, strides=strides, padding="same"), layers.PReLU(shared_axes=[1, 2])])(x)


def _shared(x: Any, rng: Random) -> Any:
    conv = layers.Conv2D(x.shape[-1], rng.randint(2, 5), padding="same")
    return layers.Maximum()([x, conv(conv(x))])


def _merged(x: Any, rng: Random) -> Any:
    merge = rng.choice((layers.Average, layers.Maximum, layers.Minimum, layers.Multiply))
    branches = [
        layers.Conv2D(4, rng.randint(1, 5), strides=2, padding="same")(x),
        layers.MaxPooling2D(rng.randint(1, 4), 2, padding="same")(layers.Conv2D(4, 1)(x)),
    ]
    return merge()(branches)


def _operations(x: Any, rng: Random) -> Any:
    y = layers.DepthwiseConv2D(rng.randint(1, 4), padding="same", depth_multiplier=1)(x)
    both = rng.choice((x * y, x - y, ops.maximum(x, y), ops.add(x, y), ops.concatenate([x, y], axis=-1)))
    return ops.relu(both * 0.5 + 1.0)


def _gate(x: Any, rng: Random) -> Any:
    pooled = rng.choice((lambda: layers.GlobalAveragePooling2D(keepdims=True)(x), lambda: ops.mean(x, (1, 2), keepdims=True)))()
    gate = layers.Conv2D(x.shape[-1], 1, activation="sigmoid")(layers.Conv2D(2, 1, activation="silu")(pooled))
    return layers.Multiply()([x, gate]) if rng.random() < 0.5 else x * gate


def _norm(x: Any, rng: Random) -> Any:
    norm = rng.choice((
        lambda: layers.LayerNormalization(), lambda: layers.GroupNormalization(1),
        lambda: layers.BatchNormalization(scale=False),
        lambda: layers.Rescaling(0.5), lambda: layers.Dropout(0.2), lambda: layers.SpatialDropout2D(0.2),
        lambda: layers.LeakyReLU(), lambda: layers.ReLU(max_value=6.0), lambda: layers.Softmax(),
    ))  # fmt: skip
    return norm()(x)


def _transposed(x: Any, rng: Random) -> Any:
    strides = rng.randint(2, 3)
    padding = rng.choice(("same", "valid"))
    kernel, more = rng.randint(strides, 5), rng.choice((None, rng.randrange(strides)))
    if padding == "same" and kernel % 2 == 0 and more == 0:
        more = None  # TensorFlow does not carry these out.
    conv = layers.Conv2DTranspose(3, kernel, strides=strides, padding=padding, output_padding=more)
    return layers.Conv2D(4, rng.randint(1, 3), strides=rng.randint(1, 3))(conv(x))


def _strided(x: Any, rng: Random) -> Any:
    return layers.SeparableConv2D(5, rng.randint(2, 5), strides=2, padding=rng.choice(("same", "valid")), depth_multiplier=2)(x)


_STEPS = (_nested, _sequential, _shared, _merged, _operations, _gate, _norm, _transposed, _strided)
