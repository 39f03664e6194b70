"""Header text → what a column means, by the words and symbols that people use. Knows no values: those decide in `columns`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

Field = Literal[
    "name",
    "block",
    "index",
    "repetition",
    "composite",
    "kernel_size",
    "effective_kernel",
    "strides",
    "padding",
    "dilation_rate",
    "groups",
    "input_size",
    "size",
    "jump_in",
    "jump",
    "rf_in",
    "rf_out",
    "channels_in",
    "use_bias",
    "batch_norm",
    "filters",
    "channels",
    "params",
    "macs",
]

REPEATED: Mapping[str, tuple[Field, ...]] = {
    "input_size": ("size",),
    "jump_in": ("jump",),
    "rf_in": ("rf_out",),
    "channels_in": ("channels", "filters"),
}
"""A column of inputs, and the columns whose row above it repeats."""
GEOMETRY: frozenset[Field] = frozenset({"input_size", "size", "jump_in", "jump", "rf_in", "rf_out"})

_AXIS = re.compile(r"height|width|(?<=^[ksp])[_\s]?[hw]$|^[hv](?=stride)|(?<![a-z])[hw](?=_?(?:in|out)$)")
"""Where a header speaks of one axis alone."""

COMPOSABLE: frozenset[Field | None] = frozenset({"kernel_size", "strides", "padding", "dilation_rate"})
"""Arguments that people write together in one cell."""

_SYMBOLS: dict[str, Field] = {
    "k": "kernel_size", "ks": "kernel_size", "kernel": "kernel_size", "f": "kernel_size", "fs": "kernel_size",
    "s": "strides", "st": "strides", "p": "padding", "pad": "padding", "d": "dilation_rate", "dil": "dilation_rate",
    "n": "size", "nin": "input_size", "nout": "size", "in": "input_size", "out": "size", "input": "input_size",
    "output": "size", "ninputsize": "input_size", "noutputsize": "size", "ni": "input_size",
    "i": "input_size", "o": "size",
    "insize": "input_size", "outsize": "size",
    "j": "jump", "jin": "jump_in", "jout": "jump", "ji": "jump_in", "jo": "jump", "jp": "jump_in", "rp": "rf_in",
    "jumpin": "jump_in", "jumpout": "jump", "jump": "jump",
    "r": "rf_out", "rf": "rf_out", "rin": "rf_in", "rout": "rf_out", "rfin": "rf_in", "rfout": "rf_out", "newrf": "rf_out",
    "ri": "rf_in", "ro": "rf_out", "lrf": "rf_out", "grf": "rf_out", "trf": "rf_out",
    "cin": "channels_in", "cout": "channels", "chin": "channels_in", "chout": "channels", "c": "channels", "ch": "channels",
    "inch": "channels_in", "outch": "channels", "inchannels": "channels_in", "outchannels": "channels",
    "g": "groups", "groups": "groups", "nkernels": "filters", "nfilters": "filters", "#filters": "filters",
    "#kernels": "filters", "#params": "params", "#": "repetition",
    "no": "index", "sno": "index", "srno": "index", "slno": "index", "layer#": "index", "layerno": "index", "idx": "index",
    "index": "index", "id": "index",
}  # fmt: skip

_INWARD = frozenset({"in", "input", "inp", "before", "incoming", "previous"})
_OUTWARD = frozenset({"out", "output", "after", "new", "outgoing", "final"})
_VOCABULARY = (
    "receptive", "field", "jump", "channel", "channels", "kernel", "kernels", "filter", "filters", "stride", "strides",
    "padding", "dilation", "dilated", "parameter", "parameters", "params", "resolution", "features", "feature", "output",
    "input", "weight", "weights", "concatenate", "concatenation", "effective", "layer", "operation", "repetition",
    "height", "width",
)  # fmt: skip
"""Words that misspelt header words are compared with."""
_MISSPELT_CUTOFF = 0.79


@lru_cache(maxsize=4_096)
def field_of_header(text: str) -> Field | None:
    """What a header means; None where it is no word of a design sheet.

    >>> field_of_header("n-in: Input Features"), field_of_header("Input Channel (n_in)"), field_of_header("Outut Channels")
    ('input_size', 'input_size', 'channels')
    >>> field_of_header("No. of kernels"), field_of_header("Kernel Size"), field_of_header("New RF")
    ('filters', 'kernel_size', 'rf_out')
    >>> field_of_header("Dialation")
    'dilation_rate'
    """
    if len(text) > 80:
        return None
    lowered = " ".join(text.lower().split())
    if composite_order(lowered):
        return "composite"
    axis = axis_of_header(lowered)
    if axis is not None:
        rest = " ".join(_AXIS.sub(" ", lowered).replace("_", " ").split())
        return field_of_header(rest) if rest else "size"
    for part in _symbol_parts(lowered):
        if part in _SYMBOLS:
            return _SYMBOLS[part]
    words = tuple(_spelled(word) for word in re.findall(r"#|[a-z]+", lowered))
    return _field_of_words(words)


def axis_of_header(text: str) -> int | None:
    """The axis that a header names: 0 for height, 1 for width.

    >>> axis_of_header("in_width"), axis_of_header("Filter Height"), axis_of_header("kh")
    (1, 0, 0)
    >>> axis_of_header("k_w"), axis_of_header("Output Size")
    (1, None)
    """
    match = _AXIS.search(text.lower())
    if match is None:
        return None
    horizontal = match[0] == "h" and text.lower().startswith("hstride")
    return int(match[0].strip("_ ").startswith("w") or horizontal)


@lru_cache(maxsize=4_096)
def composite_order(text: str) -> tuple[Field, ...]:
    """The arguments that one column holds together, in order; empty for a column of one.

    >>> composite_order("k/s/p"), composite_order("Kernel, Stride, Padding"), composite_order("Kernel size (k)")
    (('kernel_size', 'strides', 'padding'), ('kernel_size', 'strides', 'padding'), ())
    """
    inner = re.search(r"[(\[](.*)[)\]]", text)
    for listed in (text, inner[1] if inner else ""):
        parts = [part.strip() for part in re.split(r"[/,|&+;]", listed)]
        if len(parts) < 2 or not all(parts):
            continue
        fields = [field_of_header(part) for part in parts]
        if all(field in COMPOSABLE for field in fields) and len(set(fields)) == len(fields):
            return tuple(field for field in fields if field)
    return ()


def _symbol_parts(lowered: str) -> list[str]:
    """The symbol in parentheses, beside a colon, or the whole text, without the marks between its letters."""
    bracketed = re.findall(r"[(\[]([^()\[\]]{1,8})[)\]]", lowered)
    outside = re.sub(r"[(\[][^()\[\]]*[)\]]", " ", lowered).strip()
    parts = [*bracketed, *(part for part in lowered.split(":") if ":" in lowered), lowered, outside]
    symbols = [re.sub(r"[\s_\-.,*]+", "", part) for part in parts]
    if outside in ("jump", "j") and bracketed:
        # `J(out)`: whether it is the input or the output jump is for the values to say.
        return ["j"]
    generic = {"in", "out", "input", "output"} if outside and bracketed else set()
    return [symbol for symbol in symbols if symbol not in generic]


def _spelled(word: str) -> str:
    if len(word) < 5 or word in _VOCABULARY:
        return word
    near = difflib.get_close_matches(word, _VOCABULARY, n=1, cutoff=_MISSPELT_CUTOFF)
    return near[0] if near else word


def _field_of_words(words: tuple[str, ...]) -> Field | None:
    has = set(words)
    inward, outward = bool(has & _INWARD), bool(has & _OUTWARD)
    if (
        not has
        or len(words) > 9
        or has
        & {
            "initializer",
            "regularizer",
            "constraint",
            "activation",
            "activations",
            "act",
            "accuracy",
            "epoch",
            "memory",
            "loss",
        }
    ):
        return None
    if has & {"effective", "dilated"} and has & {"kernel", "filter", "k"}:
        return "effective_kernel"
    if {"receptive", "field"} <= has or has & {"rf", "receptive"}:
        return "rf_in" if inward and not outward else "rf_out"
    if has & {"jump", "j"}:
        return "jump_in" if inward and not outward else "jump"
    if has <= {"bias", "biases", "use", "has"} and has & {"bias", "biases"}:
        return "use_bias"
    if has & {"bn", "batchnorm"} or {"batch", "norm"} <= has or {"batch", "normalization"} <= has:
        return "batch_norm"
    if has & {"parameter", "parameters", "params", "param"} or "weights" in has:
        return "params"
    if has & {"macs", "madds", "mac", "flops"} or {"multiply", "accumulates"} <= has:
        return "macs"
    return _field_of_shape_words(has, inward, outward)


def _field_of_shape_words(has: set[str], inward: bool, outward: bool) -> Field | None:
    counted = bool(has & {"no", "number", "num", "count", "of", "#", "nos"})
    if has & {"n", "no", "num"} and has & {"ker", "kern", "fil", "filt"}:
        return "filters"
    if has & {"ker", "kern"}:
        return "kernel_size"
    if any(word.startswith("concat") for word in has):
        return "channels"
    if has & {"channel", "channels", "depth", "maps"}:
        return "channels_in" if inward and not outward else "channels"
    if (has & {"kernels", "filters"} and not has & {"size"}) or (has & {"kernel", "filter"} and counted and "size" not in has):
        return "filters"
    if has & {"kernel", "filter", "kernels", "filters", "window"} or {"pool", "size"} <= has:
        return "kernel_size"
    if has & {"stride", "strides"}:
        return "strides"
    if has & {"padding", "pad"}:
        return "padding"
    if any(word.startswith(("dilat", "dialat", "atrous")) for word in has):
        return "dilation_rate"
    if has & {"groups", "group", "cardinality"}:
        return "groups"
    if has & {"repetition", "repetitions", "repeat", "repeats", "times"}:
        return "repetition"
    if has & {"size", "dim", "resolution", "features", "feature", "dimension", "dimensions", "dims", "shape", "map"}:
        return "input_size" if inward and not outward else "size"
    if has & {"block", "blocks", "section"}:
        return "block"
    if has & {"number", "no", "index", "serial", "#"} and has <= {
        "number",
        "no",
        "index",
        "serial",
        "layer",
        "layers",
        "s",
        "sr",
        "sl",
        "row",
        "#",
    }:
        return "index"
    if has & {"layer", "layers", "operation", "op", "type", "name", "step", "module", "component"}:
        return "name"
    return None
