"""Random designs of every kind of row, as plain data: branches, both axes, odd paddings, upsamplings, defaults, recipes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from generator.design.parse import DesignProblems, parse_design
from generator.design.record import Design
from generator.errors import InputError
from generator.network.buildable import check_buildable
from generator.network.expand import expand
from generator.network.trace import LayerRow, trace

Data = dict[str, Any]
ACTIVATIONS = ("relu", "relu6", "silu", "tanh", "linear", None)
PASS: Data = {"kind": "dropout", "rate": 0.1}
"""A row that changes nothing."""
MAX_SIZE = 96
"""px; larger maps (behind upsamplings) are not drawn."""


def random_design(seed: int, *, square: bool | None = None, upsampling: bool = True) -> Design:
    """A design that can be built; the same for the same seed."""
    return parse_design(random_data(seed, square=square, upsampling=upsampling))


def random_data(seed: int, *, square: bool | None = None, upsampling: bool = True) -> Data:
    """The plain data of a design that can be built."""
    rng = Random(seed)
    plan = _Plan(rng, rng.random() < 0.6 if square is None else square, upsampling)
    plan.grow(rng.randint(3, 18))
    plan.end()
    data = {**plan.head, "plan": plan.rows, **_about(rng)}
    if not _fits_its_phases(data):
        del data["train"]
    return data


def _fits_its_phases(data: Data) -> bool:
    graph = expand(parse_design(data))
    try:
        return all(trace(graph, (phase["image_size"],) * 2) for phase in data.get("train", {}).get("phases", ()))
    except InputError:
        return False


class _Plan:
    """Rows one after another; a row that cannot be is not taken."""

    def __init__(self, rng: Random, square: bool, upsampling: bool) -> None:
        self.rng, self.square = rng, square
        side = rng.choice((16, 24, 32, 33, 48))
        size: Any = side if square else [side, rng.choice((12, 20, 31, 40))]
        self.head: Data = {
            "name": f"random {rng.randint(0, 99)}",
            "input": {"image_size": size, "channels": rng.choice((1, 3, 4))},
            "classes": rng.randint(2, 30),
            **({"defaults": _defaults(rng)} if rng.random() < 0.5 else {}),
        }
        self.rows: list[Data] = []
        self.shape = self._shape([PASS])
        self.kinds: list[Callable[[], list[Data]]] = [
            self._conv, self._conv, self._conv, self._dense_block, self._residual_block, self._bottleneck,
            self._inverted_residual, self._squeeze_excite, self._pool, self._pool, self._padding, self._plain, self._branches,
            self._skip, self._gated, self._repeated,
        ]  # fmt: skip
        self.kinds += [self._enlarged] if upsampling else []

    def grow(self, number: int) -> None:
        """Takes rows until there are about so many, or none fits any more."""
        for _ in range(4 * number):
            if len(self.rows) < number:
                self._take(self.rng.choice(self.kinds)())

    def end(self) -> None:
        """A head, on most."""
        flat: Data = {"kind": self.rng.choice(("global_average_pool", "global_max_pool", "flatten"))}
        dense: Data = {"kind": "dense", "units": "classes", "use_bias": self.rng.random() < 0.7}
        kept: Data = {"kind": self.rng.choice(("global_average_pool", "global_max_pool")), "keepdims": True}
        heads = (
            [{"kind": "bottleneck", "filters": "classes"}, flat, {"kind": "softmax"}],
            [kept, {"kind": "bottleneck", "filters": "classes"}, {"kind": "flatten"}, {"kind": "softmax"}],
            [flat, dense], [dense], [],
        )  # fmt: skip
        if not self._take(self.rng.choice(heads)) and not self.rows:
            self._take([PASS])

    def _take(self, rows: list[Data]) -> bool:
        rows = [{**row, **self._remarks()} for row in rows]
        shape = self._shape([*self.rows, *rows]) if rows else None
        if shape is None or max(shape.height.size, shape.width.size) > MAX_SIZE:
            return False
        self.rows += rows
        self.shape = shape
        return True

    def _shape(self, rows: list[Data]) -> LayerRow | None:
        try:
            graph = expand(parse_design({**self.head, "plan": rows}))
            check_buildable(graph)
            return trace(graph).rows[-1]
        except (InputError, DesignProblems):
            return None

    def _remarks(self) -> Data:
        rng = self.rng
        block: Any = rng.choice((rng.randint(0, 3), f"block {rng.randint(0, 3)}"))
        return {
            **({"block": block} if rng.random() < 0.5 else {}),
            **({"note": "=1+1, said by hand"} if rng.random() < 0.1 else {}),
        }

    # ------------------------------------------------------------------------------------------------------------- parts

    def _window(self, *choices: int) -> Any:
        height = self.rng.choice(choices)
        return height if self.square or self.rng.random() < 0.5 else [height, self.rng.choice(choices)]

    def _unit(self) -> Data:
        rng = self.rng
        said: Data = {
            "use_bias": rng.random() < 0.5,
            "batch_norm": rng.random() < 0.5,
            "epsilon": rng.choice((1e-3, 1.001e-5)),
            "activation": rng.choice(ACTIVATIONS),
            "kernel_initializer": rng.choice(("he_normal", "glorot_uniform")),
            "l2": rng.choice((0.0, 1e-4, 0.123456789012345)),
        }
        return {key: value for key, value in said.items() if rng.random() < 0.4}

    def _margins(self) -> Any:
        one, other = self.rng.randint(0, 2), self.rng.randint(0, 3)
        if self.square:
            return self.rng.choice((one, [[one, other], [one, other]]))
        return self.rng.choice((one, [one, other], [[one, other], [other, 1]]))

    def _some_padding(self) -> Any:
        return self.rng.choice(("same", "valid", "same", self._margins()))

    def _filters(self) -> int:
        return self.rng.choice((4, 6, 8, 12))

    def _conv(self) -> list[Data]:
        rng = self.rng
        conv = rng.choice(("standard", "standard", "separable", "depthwise"))
        row: Data = {"kind": "conv", "kernel_size": self._window(1, 2, 3, 5), "padding": self._some_padding(), **self._unit()}
        row |= {} if conv == "standard" and rng.random() < 0.5 else {"conv": conv}
        row |= {} if conv == "depthwise" else {"filters": self._filters()}
        row |= {"strides": self._window(1, 2)} if rng.random() < 0.3 else {}
        if "strides" not in row and rng.random() < 0.2:
            row["dilation_rate"] = self._window(1, 2, 3)
        if conv == "standard" and self.shape and self.shape.channels % 2 == 0 and rng.random() < 0.3:
            row["groups"] = 2
        return [row]

    def _block(self, kind: str, **more: Any) -> Data:
        conv = {"conv": self.rng.choice(("standard", "separable"))} if self.rng.random() < 0.6 else {}
        many = {"convolutions": self.rng.randint(1, 3)} if self.rng.random() < 0.6 else {}
        window = {"kernel_size": self._window(1, 3, 5)}
        return {"kind": kind, "filters": self._filters(), **conv, **many, **window, **self._unit(), **more}

    def _dense_block(self) -> list[Data]:
        dilated = {"dilation_rate": self._window(1, 2)} if self.rng.random() < 0.3 else {}
        return [self._block("dense_block", **dilated)]

    def _residual_block(self) -> list[Data]:
        projection = {"projection": self.rng.choice(("auto", "always"))} if self.rng.random() < 0.4 else {}
        strides = {"strides": self._window(1, 2)} if self.rng.random() < 0.4 else {}
        if self.shape and self.rng.random() < 0.3:
            return [self._block("residual_block") | {"filters": self.shape.channels, "projection": "never"}]
        return [self._block("residual_block", **projection, **strides)]

    def _bottleneck(self) -> list[Data]:
        return [{"kind": "bottleneck", "filters": self._filters(), **self._unit()}]

    def _inverted_residual(self) -> list[Data]:
        filters = self.shape.channels if self.shape and self.rng.random() < 0.5 else self._filters()
        row = {"kind": "inverted_residual", "filters": filters, "kernel_size": self._window(3, 5), **self._unit()}
        return [row | {"expansion": self.rng.choice((1, 2, 6)), "strides": self._window(1, 2)}]

    def _squeeze_excite(self) -> list[Data]:
        return [{"kind": "squeeze_excite", **({"ratio": self.rng.choice((2, 4, 64))} if self.rng.random() < 0.7 else {})}]

    def _pool(self) -> list[Data]:
        row: Data = {"kind": self.rng.choice(("max_pool", "average_pool")), "pool_size": self._window(2, 2, 3)}
        row |= {"strides": self._window(1, 2)} if self.rng.random() < 0.5 else {}
        return [row | ({"padding": self._some_padding()} if self.rng.random() < 0.5 else {})]

    def _padding(self) -> list[Data]:
        if self.rng.random() < 0.5:
            return [{"kind": "cropping", "cropping": self._margins()}]
        return [{"kind": "zero_padding", **({"padding": self._margins()} if self.rng.random() < 0.7 else {})}]

    def _plain(self) -> list[Data]:
        kinds: tuple[Data, ...] = (
            {"kind": "batch_norm"},
            {"kind": "batch_norm", "scale": self.rng.random() < 0.5, "center": self.rng.random() < 0.5},
            {"kind": "layer_norm", "scale": self.rng.random() < 0.5, "epsilon": 1e-6},
            {"kind": "rescaling", "scale": 0.5, "offset": self._factors()},
            {"kind": "activation", "activation": "gelu"},
            {"kind": "dropout", "rate": 0.25},
            {"kind": "dense", "units": self._filters(), "activation": "relu"},
        )
        return [self.rng.choice(kinds)]

    def _factors(self) -> Any:
        channels = self.shape.channels if self.shape else 1
        return self.rng.choice((0, 0.1, [self.rng.uniform(-1, 1) for _ in range(channels)]))

    def _gated(self) -> list[Data]:
        """A map times what the whole of it says of each channel, or what its channels say of each pixel."""
        start, gate = f"{self._new_name()}_m", f"{self._new_name()}_g"
        channels = self.shape.channels if self.shape else 1
        if self.rng.random() < 0.5:
            pool: list[Data] = [{"kind": "global_average_pool", "keepdims": True}]
            pool += [{"kind": "bottleneck", "filters": channels, "activation": "hard_sigmoid", "name": gate}]
        else:
            pool = [
                {"kind": "conv", "filters": self.rng.choice((1, channels)), "kernel_size": self._window(3, 5), "name": gate}
            ]
        inputs = self.rng.choice(([start, gate], [gate, start]))
        return [{**PASS, "name": start}, *pool, {"kind": "multiply", "inputs": inputs}]

    def _enlarged(self) -> list[Data]:
        rng = self.rng
        if rng.random() < 0.5:
            bilinear = {"interpolation": "bilinear"} if rng.random() < 0.4 else {}
            return [{"kind": "upsample", "size": self._window(2, 3), **bilinear}]
        window: Data = {"kernel_size": self._window(2, 3, 4), "strides": self._window(1, 2)}
        return [{"kind": "conv", "conv": "transposed", "filters": self._filters(), "padding": self._some_padding(), **window}]

    def _new_name(self) -> str:
        return f"row_{len(self.rows)}_{self.rng.randint(0, 999)}"

    def _branches(self) -> list[Data]:
        start, one, other, end = (f"{self._new_name()}_{part}" for part in "abcd")
        strides, filters = self._window(1, 2), self._filters()
        left: Data = {"kind": "conv", "kernel_size": self._window(1, 3, 5), "strides": strides, "filters": filters, "name": one}
        right = {**left, "kernel_size": self._window(1, 3), "name": other, "inputs": [start]}
        merge: Data = {"kind": self.rng.choice(("add", "concat")), "inputs": [other, one], "name": end}
        if merge["kind"] == "add" and self.rng.random() < 0.5:
            merge["activation"] = "relu"
        return [{**PASS, "name": start}, left, right, merge]

    def _skip(self) -> list[Data]:
        """What is there, concatenated with itself behind two layers."""
        start, end = f"{self._new_name()}_s", f"{self._new_name()}_e"
        inner: Data = {"kind": "conv", "filters": self._filters(), "kernel_size": 3, "name": end}
        many = [start, end, start] if self.rng.random() < 0.3 else [start, end]
        return [{**PASS, "name": start}, {"kind": "batch_norm"}, inner, {"kind": "concat", "inputs": many}]

    def _repeated(self) -> list[Data]:
        """Names that a row would have by itself, given all the same or taken from another."""
        number = sum(row["kind"] == "bottleneck" for row in self.rows) + self.rng.randint(0, 1)
        return [{"kind": "bottleneck", "filters": self._filters(), "name": f"bottleneck_{number}"}]


def _defaults(rng: Random) -> Data:
    return {
        "all": {"use_bias": rng.random() < 0.5, "activation": rng.choice(ACTIVATIONS)},
        **({"dense_block": {"conv": "separable", "dilation_rate": [2, 2]}} if rng.random() < 0.5 else {}),
        **({"conv": {"padding": [[1, 1], [1, 1]], "filters": 5}} if rng.random() < 0.2 else {}),
    }


def _about(rng: Random) -> Data:
    found: Data = {}
    if rng.random() < 0.5:
        found["targets"] = {"rf": {"value": 1, "tolerance": 10_000}, "params": {"max": 10**9}, "macs": {"min": 0.5}}
    if rng.random() < 0.5:
        found |= {"source": "drawn by a program\nof two lines", "expected": "@nothing"}
    if rng.random() < 0.6:
        found["train"] = {
            "optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
            "schedule": {"name": "one_cycle", "peak": 0.25},
            "phases": [
                {"image_size": 32, "epochs": 3, "batch_size": 8, "augment": "pad_crop", "cutmix": 0.5},
                {"image_size": 48, "epochs": 1, "batch_size": 8, "learning_rate": 1e-05},
            ],
            "class_weight": {"n01": 2.0, "a.b c": 0.5, "7": 1.5},
            "deterministic": rng.random() < 0.5,
            "steps_per_call": 4,
        }
    return found
