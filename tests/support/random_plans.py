"""Random designs of all kinds of rows, with branches that meet, and random changes of them."""

from __future__ import annotations

from random import Random
from typing import Any

from generator.design.parse import DesignProblems, parse_design
from generator.design.record import Design
from generator.design.rows import Row
from generator.errors import InputError
from generator.network.buildable import check_buildable
from generator.network.expand import expand
from generator.network.trace import trace
from generator.suggest.lines import Change, Line
from generator.suggest.steps import step_makes_phases

IMAGE_SIZES = ((24, 20), (33, 33))


def random_design(rng: Random) -> Design:
    """One that can be at IMAGE_SIZES."""
    while True:
        try:
            design = parse_design(_data(rng))
            graph = expand(design)
            check_buildable(graph)
            for size in IMAGE_SIZES:
                trace(graph, size)
        except (InputError, DesignProblems):
            continue
        return design


def _data(rng: Random) -> dict[str, Any]:
    plan: list[dict[str, Any]] = []
    for number in range(rng.randint(2, 6)):
        plan += _branches(rng, number) if rng.random() < 0.3 else [random_row(rng) for _ in range(rng.randint(1, 3))]
    return {
        "name": "random",
        "input": {"image_size": list(IMAGE_SIZES[0]), "channels": rng.choice((1, 3, 4))},
        "classes": 10,
        "plan": [*plan, *_head(rng)],
    }


def _branches(rng: Random, number: int) -> list[dict[str, Any]]:
    """A row, another that reads the first one's input too or goes on from it, and the merge of them; or a gate."""
    filters = rng.choice((4, 8))
    if rng.random() < 0.3:
        return _gate(rng, filters, number)
    first = {"kind": "conv", "filters": filters, "name": f"first_{number}"}
    other = {"kind": "conv", "filters": filters, "name": f"other_{number}", "kernel_size": rng.choice((1, 5, [3, 1]))}
    if rng.random() < 0.5:
        other["inputs"] = [f"first_{number}"]
    if rng.random() < 0.4:
        first["strides"] = 2
    merge = {"kind": rng.choice(("concat", "add", "multiply")), "inputs": [f"first_{number}", f"other_{number}"]}
    if merge["kind"] == "add" and rng.random() < 0.5:
        merge["activation"] = "relu"
    return [first, other, merge]


def _gate(rng: Random, filters: int, number: int) -> list[dict[str, Any]]:
    """A row times what follows from it for each of its channels, or for each of its pixels."""
    first = {"kind": "conv", "filters": filters, "name": f"first_{number}"}
    gate = {"kind": "conv", "filters": rng.choice((1, filters)), "kernel_size": rng.choice((1, 3)), "name": f"gate_{number}"}
    pool = [{"kind": "global_average_pool", "keepdims": True}] if rng.random() < 0.6 else []
    names = [f"first_{number}", f"gate_{number}"]
    return [first, *pool, gate, {"kind": "multiply", "inputs": rng.sample(names, 2)}]


def random_row(rng: Random) -> dict[str, Any]:
    """A row that reads a map."""
    filters, kernel = rng.choice((4, 8, 12)), rng.choice((1, 2, 3, 5, [1, 3], [3, 5]))
    unit = {"use_bias": rng.random() < 0.5, "batch_norm": rng.random() < 0.4, "activation": rng.choice(("relu", None))}
    padding = rng.choice(("same", "same", "valid", 1, [[0, 1], [2, 1]]))
    conv = {"kind": "conv", "kernel_size": kernel, "padding": padding, **unit}
    kinds: list[dict[str, Any]] = [
        {**conv, "filters": filters, "strides": rng.choice((1, 1, 2, [1, 2]))},
        {**conv, "filters": filters, "conv": "separable", "dilation_rate": rng.choice((1, 2))},
        {**conv, "filters": filters, "groups": rng.choice((1, 2, 4))},
        {**conv, "conv": "depthwise"},
        {**conv, "filters": filters, "conv": "transposed", "strides": 2, "padding": rng.choice(("same", "valid"))},
        {"kind": "dense_block", "filters": filters, "kernel_size": kernel, "convolutions": rng.randint(1, 3), **unit},
        {"kind": "residual_block", "filters": filters, "kernel_size": kernel, "strides": rng.choice((1, 1, 2)), **unit},
        {"kind": "residual_block", "filters": filters, "projection": "always", "conv": "separable"},
        {"kind": "bottleneck", "filters": filters, **unit},
        {"kind": "inverted_residual", "filters": filters, "expansion": rng.choice((1, 2)), "strides": rng.choice((1, 1, 2))},
        {"kind": "squeeze_excite", "ratio": 2},
        {"kind": "max_pool", "pool_size": rng.choice((2, 3)), "strides": 2, "padding": rng.choice(("same", "valid", 1))},
        {"kind": "average_pool"},
        {"kind": "upsample", "interpolation": rng.choice(("nearest", "bilinear"))},
        {"kind": "zero_padding"},
        {"kind": "cropping", "cropping": rng.choice((1, [[0, 1], [1, 0]]))},
        {"kind": "batch_norm"},
        {"kind": "layer_norm", "scale": rng.random() < 0.5},
        {"kind": "rescaling", "scale": rng.choice((0.5, [0.5] * 4))},
        {"kind": "activation"},
        {"kind": "dropout", "rate": 0.5},
    ]
    return rng.choice(kinds)


def _head(rng: Random) -> list[dict[str, Any]]:
    flat: list[dict[str, Any]] = [{"kind": rng.choice(("global_average_pool", "global_max_pool", "flatten"))}]
    dense = [{"kind": "dense", "units": 16, "activation": "relu"}] if rng.random() < 0.3 else []
    return rng.choice(
        (
            [{"kind": "conv", "filters": "classes", "kernel_size": 1}, *flat, {"kind": "softmax"}],
            [
                {"kind": "global_max_pool", "keepdims": True},
                *dense,
                {"kind": "conv", "filters": "classes"},
                {"kind": "flatten"},
            ],
            [*flat, *dense, {"kind": "batch_norm"}, {"kind": "dense", "units": "classes"}, {"kind": "softmax"}],
            [{"kind": "conv", "filters": 5, "name": "map"}],
        )
    )


def random_change(rng: Random, lines: tuple[Line, ...]) -> Change:
    """Some rows become others of any kind, one moves, one goes in: sensible or not."""
    upsampled = any(step_makes_phases(line.row) for line in lines)
    free = [line for line in lines[1:] if line.sources is None and line.row.name is None]
    chosen = rng.sample(free, min(len(free), 3))
    change = Change()
    if chosen and rng.random() < 0.7:
        line = chosen.pop()
        change = change._replace(others=(line._replace(row=_other_row(rng, upsampled)),))
    if len(chosen) > 1 and rng.random() < 0.4:
        moving, above = chosen.pop(), chosen.pop()
        change = change._replace(out=(moving.identity,), into=((above.identity, moving),))
    elif chosen:
        above = chosen.pop()
        change = change._replace(into=((above.identity, Line(len(lines), _other_row(rng, upsampled))),))
    return change


def _other_row(rng: Random, upsampled: bool) -> Row:
    """A row of any kind; no edit brings an upsampling into a plan that has none."""
    while True:
        row = parse_design({"name": "one", "plan": [random_row(rng)]}).plan[0]
        if upsampled or not step_makes_phases(row):
            return row
