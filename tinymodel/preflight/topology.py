"""`v5e:2x4` or `h100:8` as a chip and how many of it. Knows no compiler."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from generator.errors import InputError, nearest
from tinymodel.preflight.chips import CHIPS, Chip

HOST = 2
"""A host's chips lie 2 x 2 in a slice of several hosts. Source: libtpu's default `chips_per_host_bounds`."""

ONE_HOST = 8
"""Most chips of one host: those of v5e and v6e have up to 8."""

EXAMPLES = ("v2:2x2", "v3:2x2", "v4:2x2x1", "v5e:1x1", "v5e:2x2", "v5e:2x4", "v5e:4x4", "v5e:16x16", "v5p:2x2x1", "v6e:2x4")
"""Slices that are often rented, as messages name them."""

SLICES = {1: "1x1", 4: "2x2", 8: "2x4", 16: "4x4", 32: "4x8", 64: "8x8", 128: "8x16", 256: "16x16"}
"""How that many chips lie, on pods with two axes. Source: Google Cloud, the tables of each version's configurations."""


class Topology(NamedTuple):
    """Chips of one kind, and how they lie."""

    name: str
    chip: Chip
    shape: tuple[int, ...]

    @property
    def chips(self) -> int:
        """How many."""
        return math.prod(self.shape)

    @property
    def devices(self) -> int:
        """How many a program sees: a batch is cut into as many parts."""
        return self.chips * self.chip.devices

    @property
    def chips_per_host(self) -> tuple[int, int, int] | None:
        """What libtpu must be told of a slice that is no multiple of a host's 2 x 2."""
        width, height, depth = (*self.shape, 1)[:3]
        return None if width % HOST == 0 and height % HOST == 0 else (width, height, depth)


def topology_of(text: str) -> Topology:
    """The topology of a name.

    >>> topology_of("v2:2x2").devices, topology_of("h100").devices, topology_of("v5e:1x1").chips_per_host
    (8, 1, (1, 1, 1))

    Raises:
        InputError: No such chip, or it does not come in that shape.
    """
    name = text.strip().lower().replace(" ", "")
    kind, _, size = name.partition(":")
    if kind not in CHIPS:
        raise InputError("there is no such chip", place="--topology", received=text, expected=_known(), help=_guess(name))
    chip = CHIPS[kind]
    if chip.kind == "gpu":
        return Topology(name, chip, (_count(text, size, chip),))
    if not re.fullmatch(r"[1-9]\d{0,3}(x[1-9]\d{0,3}){1,2}", size):
        expected = f"the chips along each axis: {', '.join(_examples(kind))}"
        raise InputError("this does not say which slice of a pod", place="--topology", received=text, expected=expected)
    shape = tuple(map(int, size.split("x")))
    if chip.axes == 3 and len(shape) == 2:
        shape = (*shape, 1)
    found = Topology(f"{kind}:{'x'.join(map(str, shape))}", chip, shape)
    if len(shape) > chip.axes:
        raise InputError(f"the chips of a {kind} lie on {chip.axes} axes", place="--topology", received=text)
    if found.chips > chip.most_chips:
        fact = f"a pod of {kind} has no more than {chip.most_chips} chips"
        raise InputError(fact, place="--topology", received=f"{text}, {found.chips} chips")
    if found.chips_per_host and found.chips > ONE_HOST:
        fact = f"several hosts have {HOST} x {HOST} chips each, so the first two axes are even"
        raise InputError(fact, place="--topology", received=text, expected=", ".join(_examples(kind)))
    return found


def _count(text: str, size: str, chip: Chip) -> int:
    if not size:
        return 1
    if not size.isdecimal() or not 1 <= int(size) <= chip.most_chips:
        expected = f"a number of GPUs of one machine, at most {chip.most_chips}"
        raise InputError("this is no number of GPUs", place="--topology", received=text, expected=expected)
    return int(size)


def _known() -> str:
    tpus, gpus = ([name for name, chip in CHIPS.items() if chip.kind == kind] for kind in ("tpu", "gpu"))
    return f"a TPU ({', '.join(tpus)}) with its slice, {EXAMPLES[5]}, or a GPU ({', '.join(gpus)}), several of it as h100:8"


def _guess(name: str) -> str | None:
    if machine := re.fullmatch(r"(v2|v3|v5e|v5litepod|v6e)-(\d+)", name):
        kind, count = machine[1].replace("litepod", "e"), int(machine[2])  # Types of v2 and v3 are named by cores.
        if layout := SLICES.get(count // CHIPS[kind].devices):
            return f'as a slice that machine is "{kind}:{layout}"'
    guess = nearest(name, [*EXAMPLES, *CHIPS]) or nearest(name.partition(":")[0], CHIPS)
    return f'did you mean "{guess}"?' if guess else None


def _examples(kind: str) -> tuple[str, ...]:
    own = tuple(name for name in EXAMPLES if name.startswith(f"{kind}:"))
    return own or (f"{kind}:2x2x1" if CHIPS[kind].axes == 3 else f"{kind}:2x2",)
