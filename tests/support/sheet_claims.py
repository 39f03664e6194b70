"""The claims of a random table: in each cell the formula that its author would type, its right value, and wrong formulas."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Literal, NamedTuple

from tests.support.random_designs import Layer, Network, Pair

BATCH_NORM = 4
"""Parameters that batch normalisation adds for each channel, as Keras counts them."""


Position = tuple[int, int]
Content = int | float | str
Geometry = Literal["in and out", "out", "out without jump", "single J in", "single J and RF in"]
IN_COLUMNS = {"size": "input_size", "jump": "jump_in", "rf": "rf_in", "channels": "channels_in"}
OUT_COLUMNS = {"size": "size", "jump": "jump", "rf": "rf_out", "channels": "channels"}


class Claim(NamedTuple):
    """A cell that says something about a layer.

    Attributes:
        layer: Index of the layer; None for a total.
        right: What it should show: a number, or text such as `32x24` where the axes differ.
        mistakes: Wrong formulas that people type there.
    """

    position: Position
    field: str
    layer: int | None
    right: Content
    mistakes: tuple[str, ...] = ()


class Style(NamedTuple):
    """The layout and conventions of a table; the names are what failures are counted by."""

    geometry: Geometry
    names: Literal["labelled", "unlabelled", "numbers", "absent"]
    kernels: Literal["number", "3x3", "3*3", "(3,3)", "composite", "k=3", "pool in words", "height and width"]
    input: Literal["row", "first row", "label"]
    channels: Literal["none", "kernels", "in and out"]
    params: Literal["none", "bias", "no bias", "batch norm"]
    pools: Literal["blank", "-", "0", "repeat"]
    padding: Literal["given", "absent", "absent, mixed"]
    strides: bool
    header: Literal["one row", "merged groups", "words over symbols"]
    between: Literal["nothing", "blank rows", "section titles", "merged titles"]
    blocks: bool
    square: bool


@dataclass
class Table:
    """One table while it is written, and afterwards its truth."""

    style: Style
    network: Network
    cells: dict[Position, Content] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)
    header_row: int = 0
    image_cell: Position | None = None
    input_row: int | None = None

    @property
    def last_row(self) -> int:
        return max(row for row, _ in self.cells)

    @property
    def last_column(self) -> int:
        return max(column for _, column in self.cells)


def address(row: int, column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def write_claims(rng: Random, table: Table) -> None:
    """Fills the claimed cells of every layer, and the total."""
    writer = _Writer(rng, table)
    if table.input_row is not None:
        for name, value in (("size", table.network.image_size), ("jump", (1, 1)), ("rf_out", (1, 1)), ("jump_in", (1, 1))):
            single = name != "jump_in" or "jump" not in table.columns
            if name in table.columns and single:
                table.cells[table.input_row, table.columns[name]] = writer.shown(value)
    for index in range(len(table.network.layers)):
        writer.write_row(index)
    writer.write_total()


class _Writer:
    def __init__(self, rng: Random, table: Table) -> None:
        self.rng, self.table = rng, table
        self.layers, self.maps = table.network.layers, table.network.maps
        self.floor = rng.choice(("INT({})+1", "ROUNDDOWN({},0)+1", "INT({}+1)", "ROUNDDOWN({}+1,0)", "FLOOR({}+1,1)"))
        self.ceiling = rng.choice(("ROUNDUP({},0)", "CEILING({},1)"))
        self.pair_format = rng.choice(("{}x{}", "({}, {})", "{} x {}"))
        self.pool_params: Content = rng.choice((0, "", "-"))

    def shown(self, pair: Pair) -> Content:
        """A value of the sheet: in a sheet with unequal axes all are written as pairs."""
        return pair[0] if self.table.style.square else self.pair_format.format(*pair)

    def has(self, name: str) -> bool:
        return name in self.table.columns

    def cell(self, name: str, index: int) -> str | None:
        """Address of a cell with a number; index -1 is the input row. None where there is none."""
        row = self.table.input_row if index < 0 else self.table.rows[index]
        if row is None or not self.has(name):
            return None
        position = (row, self.table.columns[name])
        content = self.table.cells.get(position)
        return address(*position) if isinstance(content, int | float) or str(content).startswith("=") else None

    def window(self, index: int) -> dict[str, str]:
        """Kernel, stride, padding, dilation as a formula names them: a cell, or the number itself."""
        layer = self.layers[index]
        pixels = layer.padding[0] if isinstance(layer.padding, tuple) else 0
        numbers = {"k": ("kernel_size", layer.kernel[0]), "s": ("strides", layer.strides[0]), "p": ("padding", pixels)}
        numbers["d"] = ("dilation_rate", layer.dilation[0])
        if self.has("kernel_height"):
            numbers["k"] = ("kernel_height", layer.kernel[0])
        return {letter: self.cell(name, index) or str(number) for letter, (name, number) in numbers.items()}

    def entering(self, index: int, inner: str, outer: str, value: int) -> str:
        """What a row reads: its own input cell, the output cell above, the labelled image size, or the number itself."""
        label = self.table.image_cell if outer == "size" else None
        if label is not None and isinstance(self.table.cells[label], int) and not index:
            found = self.cell(inner, index)
            return found or f"${address(1, label[1])[:-1]}${label[0]}"
        return self.cell(inner, index) or self.cell(outer, index - 1) or str(value)

    def write_row(self, index: int) -> None:
        before = self.maps[index]
        self.write_inputs(index)
        parts = self.window(index)
        size = self.entering(index, "input_size", "size", before.size[0])
        jump = self.entering(index, "jump_in", "jump", before.jump[0])
        rf = self.entering(index, "rf_in", "rf_out", before.rf[0])
        layer, behind = self.layers[index], self.maps[index + 1]
        dilated = layer.dilation != (1, 1)
        growth = f"({parts['k']}-1)" + (f"*{parts['d']}" if dilated else "")
        if self.has("size"):
            self.claim(index, "size", behind.size, self.size_formula(layer, parts, size), [f"={size}/{parts['s']}", f"={size}"])
        if self.has("jump"):
            self.claim(index, "jump", behind.jump, f"={jump}*{parts['s']}", [f"={jump}", f"={jump}+{parts['s']}"])
        if self.has("rf_out"):
            wrong = [f"={rf}+{growth}", f"={rf}", f"={rf}+{growth}*{jump}*{parts['s']}", f"={rf}+{parts['k']}*{jump}"]
            wrong += [f"={rf}*2"] if layer.kind == "max_pool" else []
            wrong += [f"={rf}+({parts['k']}-1)*{jump}"] if dilated else []
            self.claim(index, "rf_out", behind.rf, f"={rf}+{growth}*{jump}", wrong)
        self.write_channels(index)

    def size_formula(self, layer: Layer, parts: dict[str, str], size: str) -> str:
        if layer.padding == "same":
            return f"={size}" if layer.strides == (1, 1) else "=" + self.ceiling.format(f"{size}/{parts['s']}")
        taps = parts["k"] if layer.dilation == (1, 1) else f"({parts['d']}*({parts['k']}-1)+1)"
        margin = "" if layer.padding == "valid" else f"+2*{parts['p']}"
        return "=" + self.floor.format(f"({size}{margin}-{taps})/{parts['s']}")

    def write_inputs(self, index: int) -> None:
        before = self.maps[index]
        pairs = (("input_size", "size", before.size), ("jump_in", "jump", before.jump), ("rf_in", "rf_out", before.rf))
        for inner, outer, right in pairs:
            if not self.has(inner):
                continue
            above = self.cell(outer, index - 1)
            if index == 0:
                position = (self.table.rows[0], self.table.columns[inner])
                label = self.table.image_cell
                copies = inner == "input_size" and label is not None and isinstance(self.table.cells[label], int)
                first = f"={address(*label)}" if copies and label else f"={above}" if above else self.shown(right)
                self.table.cells[position] = first
            elif self.has(outer):
                wrong = [f"={self.cell(inner, index - 1)}"] if self.cell(inner, index - 1) else []
                self.claim(index, inner, right, f"={above}", wrong)
            else:
                parts, own = self.window(index - 1), self.cell(inner, index - 1)
                jump = self.entering(index - 1, "jump_in", "jump", self.maps[index - 1].jump[0])
                taps = f"({parts['k']}-1)*{parts['d']}" if self.layers[index - 1].dilation != (1, 1) else f"({parts['k']}-1)"
                right_formula = f"={own}*{parts['s']}" if inner == "jump_in" else f"={own}+{taps}*{jump}"
                self.claim(index, inner, right, right_formula, [f"={own}"])

    def write_channels(self, index: int) -> None:
        layer, style = self.layers[index], self.table.style
        if style.channels == "none":
            return
        columns, row = self.table.columns, self.table.rows[index]
        conv_above = next((above for above in range(index - 1, -1, -1) if self.layers[above].filters is not None), None)
        above = self.table.network.channels if conv_above is None else self.layers[conv_above].filters
        cell_above = None if conv_above is None else self.cell("channels", conv_above)
        if layer.filters is None and style.pools != "repeat":
            for name in ("channels_in", "channels"):
                if name in columns and style.pools != "blank":
                    self.table.cells[row, columns[name]] = 0 if style.pools == "0" else "-"
        else:
            if "channels_in" in columns and conv_above is None:
                self.table.cells[row, columns["channels_in"]] = self.table.network.channels
            elif "channels_in" in columns:
                self.claim(index, "channels_in", (above, above), f"={cell_above}", [])  # type: ignore[arg-type]
            self.table.cells[row, columns["channels"]] = above if layer.filters is None else layer.filters  # type: ignore[assignment]
        if style.params == "none":
            return
        if layer.filters is None:
            if self.pool_params != "":
                self.table.cells[row, columns["params"]] = self.pool_params
            return
        k = self.window(index)["k"]
        entering = self.cell("channels_in", index) or cell_above or str(above)
        leaving = self.cell("channels", index)
        window = f"{k}*{k}" if self.table.style.square else f"{layer.kernel[0]}*{layer.kernel[1]}"
        extra = {"bias": f"+{leaving}", "no bias": "", "batch norm": f"+{leaving}+{BATCH_NORM}*{leaving}"}[style.params]
        right = layer.kernel[0] * layer.kernel[1] * above * layer.filters  # type: ignore[operator]
        right += {"bias": 1, "no bias": 0, "batch norm": 1 + BATCH_NORM}[style.params] * layer.filters
        wrong = [f"={window}*{leaving}*{leaving}{extra}", f"={k}*{entering}*{leaving}{extra}"]
        self.claim(index, "params", (right, right), f"={window}*{entering}*{leaving}{extra}", wrong)

    def claim(self, index: int, name: str, right: Pair, formula: str, wrong: list[str]) -> None:
        position = (self.table.rows[index], self.table.columns[name])
        squared = self.table.style.square or name in ("params", "channels_in")
        # In a sheet with unequal axes everything is typed: no formula gives two numbers.
        typed = not self.table.style.square
        shown: Content = right[0] if squared else self.shown(right)
        self.table.cells[position] = shown if typed else formula
        self.table.claims.append(Claim(position, name, index, shown, () if typed else tuple(wrong)))

    def write_total(self) -> None:
        params = [claim for claim in self.table.claims if claim.field == "params"]
        if not params or self.rng.random() < 0.5:
            return
        column, first, last = self.table.columns["params"], self.table.rows[0], self.table.rows[-1]
        row = last + self.rng.choice((1, 2))
        if self.rng.random() < 0.7 and column > 1:
            label_column = self.table.columns.get("name", column - 1)
            if self.table.style.names != "numbers":
                self.table.cells[row, label_column] = self.rng.choice(("Total", "Total Params", "TOTAL", "Total parameters"))
        total = sum(int(claim.right) for claim in params)
        position = (row, column)
        formula = f"=SUM({address(first, column)}:{address(last, column)})"
        short = f"=SUM({address(self.table.rows[1], column)}:{address(last, column)})"
        self.table.cells[position] = formula if self.table.style.square else total
        self.table.claims.append(Claim(position, "params_total", None, total, (short,) if self.table.style.square else ()))
