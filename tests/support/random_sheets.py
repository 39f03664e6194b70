"""Random design sheets: a network written as cells in one of the layouts and conventions that people use, with the truth.

`random_sheet(seed)` gives the cells, the networks and every claimed cell with its right value. Each claim stands as the formula
that its author would have typed; a sheet of values holds what the formulas give.
"""

from __future__ import annotations

from random import Random
from typing import Any, Literal, NamedTuple

from tests.support import sheet_words as words
from tests.support.random_designs import Layer, Pair, random_network
from tests.support.sheet_claims import IN_COLUMNS, OUT_COLUMNS, Content, Position, Style, Table, write_claims


class RandomSheet(NamedTuple):
    """A sheet as its author would have typed it; formulas are texts that start with =."""

    seed: int
    kind: Literal["values", "formulas", "stored formulas"]
    arrangement: Literal["one table", "side by side", "stacked"]
    tables: tuple[Table, ...]
    cells: dict[Position, Content]
    merged: tuple[tuple[int, int, int, int], ...]


def random_sheet(seed: int) -> RandomSheet:
    """The sheet of a seed: the same cells every time."""
    rng = Random(seed)
    kind = rng.choice(("values", "formulas", "stored formulas"))
    arrangement = rng.choices(("one table", "side by side", "stacked"), (80, 10, 10))[0]
    count = 1 if arrangement == "one table" else rng.randint(2, 3)
    top, left = rng.choice((1, 1, 2, 3, 4, 6, 9, 12, 15)), rng.choice((1, 1, 1, 2, 2, 5, 10))
    tables: list[Table] = []
    for number in range(count):
        if tables and arrangement == "side by side":
            left = tables[-1].last_column + rng.randint(2, 3)
        elif tables:
            top = tables[-1].last_row + rng.randint(5, 7)
        tables.append(random_table(rng, top, left, only_table=count == 1, number=number, values=kind == "values"))
    cells = {position: content for table in tables for position, content in table.cells.items()}
    merged = tuple(area for table in tables for area in table.merged)
    return RandomSheet(seed, kind, arrangement, tuple(tables), cells, merged)


def random_style(rng: Random, *, values: bool) -> Style:
    """A style whose sheet a careful person can understand in one way only."""
    square = not values or rng.random() < 0.9
    names = rng.choices(("labelled", "unlabelled", "numbers", "absent"), (50, 20, 15, 15))[0]
    geometry = rng.choices(("in and out", "out", "out without jump", "single J in", "single J and RF in"), (45, 20, 15, 14, 6))[
        0
    ]
    named = names in ("labelled", "unlabelled")
    strides = not (named and rng.random() < 0.12)
    kernels = rng.choices(
        ("number", "3x3", "3*3", "(3,3)", "composite", "k=3", "pool in words", "height and width"), (45, 12, 8, 6, 6, 4, 8, 5)
    )[0]
    if kernels in ("composite", "k=3") and not square:
        kernels = "3x3"
    if not square and kernels in ("number", "pool in words"):
        kernels = rng.choice(("3x3", "(3,3)"))
    if kernels == "pool in words":  # says 2x2 by 2 in one word, so convolutions stay plain where there is no stride column
        strides = strides and rng.random() < 0.5
    inputs = (
        ["label", "label", "row"] if geometry in ("out", "out without jump") else ["first row", "first row", "label", "row"]
    )
    if geometry == "single J and RF in":
        inputs = ["first row", "label"]
    channels = rng.choice(("none", "kernels", "in and out"))
    # Pools repeat their channels only where their name says that they are pools.
    pools: Any = rng.choice(("blank", "-", "0", "repeat") if named else ("blank", "-", "0"))
    padding: Any = "absent" if kernels not in ("composite", "k=3") and rng.random() < 0.15 else "given"
    if padding == "absent" and rng.random() < 0.4:
        padding = "absent, mixed"
    header: Any = rng.choices(("one row", "merged groups", "words over symbols"), (75, 15, 10))[0]
    if header == "merged groups" and geometry != "in and out":
        header = "one row"
    if header == "words over symbols" and (geometry not in ("in and out", "out") or kernels not in ("number", "3x3", "(3,3)")):
        header = "one row"
    between: Any = rng.choices(("nothing", "blank rows", "section titles", "merged titles"), (55, 20, 12, 13))[0]
    if between == "section titles" and names != "labelled":
        between = "merged titles"  # a loose title among numbers would stand in the kernel column
    return Style(
        geometry=geometry,
        names=names,
        kernels=kernels,
        input=rng.choice(inputs),
        channels=channels,
        params=rng.choice(("none", "bias", "no bias", "batch norm")) if channels != "none" else "none",
        pools=pools,
        padding=padding,
        strides=strides or kernels in ("composite", "k=3"),
        header=header,
        between=between,
        blocks=between in ("nothing", "blank rows") and names == "labelled" and rng.random() < 0.3,
        square=square,
    )


def random_table(rng: Random, top: int, left: int, *, only_table: bool, number: int, values: bool) -> Table:
    """One table with its surroundings; nothing of it stands above `top` or left of `left`."""
    style = random_style(rng, values=values)
    network = random_network(
        rng,
        square=style.square,
        uniform_padding=style.padding == "absent",
        plain_strides=not style.strides or style.kernels == "pool in words",
    )
    odd_pools = any(layer.kind != "conv" and layer.kernel != layer.strides for layer in network.layers)
    if odd_pools and style.pools == "blank" and style.names in ("numbers", "absent"):
        style = style._replace(pools="-")  # a blank beside a row without a name may as well be a forgotten number
    table = Table(style, network)
    order = _column_order(rng, table)
    table.columns = {name: left + index for index, name in enumerate(order)}
    header_row = top
    if not only_table or rng.random() < 0.4:
        table.cells[header_row, left + rng.choice((0, 0, 1))] = rng.choice(words.TITLES).format(number + 1)
        header_row += rng.choice((1, 2))
    if style.input == "label":
        at = left + rng.choice((0, 1, 2))
        table.image_cell = (header_row, at + 1)
        table.cells[header_row, at] = rng.choice(words.IMAGE_LABELS)
        height, width = network.image_size
        as_text = not style.square or rng.random() < 0.2
        table.cells[table.image_cell] = f"{height}x{width}x3" if as_text else height
        header_row += rng.choice((1, 2, 3))
    table.header_row = header_row
    first_row = _write_header(rng, table, header_row)
    _write_rows(rng, table, first_row, left)
    write_claims(rng, table)
    if only_table and rng.random() < 0.25:
        for offset, pair in enumerate(rng.sample(words.LEGEND, rng.randint(2, 5))):
            column = left + len(order) + 1
            table.cells[header_row + 1 + offset, column] = pair[0]
            table.cells[header_row + 1 + offset, column + 1] = pair[1]
    if rng.random() < 0.2:
        table.cells[table.last_row + rng.choice((2, 3)), left] = rng.choice(words.NOTES)
    return table


def _column_order(rng: Random, table: Table) -> list[str]:
    style, network = table.style, table.network
    window: list[str] = {"height and width": ["kernel_height", "kernel_width"], "composite": ["composite"], "k=3": ["k=3"]}.get(
        style.kernels, ["kernel_size"]
    )
    if style.kernels not in ("composite", "k=3"):
        rest = ["strides"] if style.strides else []
        rest += ["padding"] if style.padding == "given" else []
        rest += ["dilation_rate"] if any(layer.dilation != (1, 1) for layer in network.layers) or rng.random() < 0.15 else []
        rng.shuffle(rest)
        window = [*window, *rest] if rng.random() < 0.7 else [*rest, *window]
    sizes, jumps, rfs = {
        "in and out": (["input_size", "size"], ["jump_in", "jump"], ["rf_in", "rf_out"]),
        "out": (["size"], ["jump"], ["rf_out"]),
        "out without jump": (["size"], [], ["rf_out"]),
        "single J in": (["input_size", "size"], ["jump_in"], ["rf_out"]),
        "single J and RF in": (["input_size", "size"], ["jump_in"], ["rf_in"]),
    }[style.geometry]
    if style.geometry == "single J in" and style.input != "first row" and rng.random() < 0.5:
        sizes = ["size"]
    channels = {"none": [], "kernels": ["channels"], "in and out": ["channels_in", "channels"]}[style.channels]
    if style.geometry == "in and out" and style.header == "one row" and rng.random() < 0.25:
        outs = ["size", "jump", "rf_out"]
        groups = [["input_size", "jump_in", "rf_in"], window, channels, rng.sample(outs, 3)]
    else:
        middle = [window, channels, sizes, jumps, rfs]
        rng.shuffle(middle)
        groups = middle if rng.random() < 0.5 else [window, channels, sizes, jumps, rfs]
    params = [["params"]] if style.params != "none" else []
    names = [["block"]] if style.blocks else []
    names += [["name"]] if style.names != "absent" else []
    return [name for group in [*names, *groups, *params] for name in group]


def _write_header(rng: Random, table: Table, row: int) -> int:
    """The header; returns the first row under it."""
    style, columns = table.style, table.columns
    texts = {name: rng.choice(words.SINGLE[name]) for name in columns if name in words.SINGLE}
    if "k=3" in columns:
        texts["k=3"] = "Kernel"
    for field_name, pairs in words.PAIRS.items():
        pair = rng.choice(pairs)
        inner, outer = IN_COLUMNS[field_name], OUT_COLUMNS[field_name]
        if inner in columns and outer in columns:
            texts[inner], texts[outer] = pair
    if "input_size" not in columns:
        texts["size"] = rng.choice(words.SINGLE["size_out"])
    if "channels_in" not in columns and "channels" in columns:
        texts["channels"] = rng.choice(words.SINGLE["filters"])
    if "jump" in columns and "jump_in" not in columns:
        texts["jump"] = rng.choice(words.SINGLE["jump_out"])
    if "jump_in" in columns and "jump" not in columns:
        texts["jump_in"] = rng.choice(words.SINGLE["jump"])
    if "rf_out" in columns and "rf_in" not in columns:
        texts["rf_out"] = rng.choice(words.SINGLE["rf_out"])
    if "rf_in" in columns and "rf_out" not in columns:
        texts["rf_in"] = rng.choice(words.SINGLE["rf"])
    if style.names == "unlabelled":
        texts.pop("name", None)
    if style.names == "numbers":
        texts["name"] = rng.choice(("Step", "#", "Layer", "No", "S.No"))
    second: dict[str, str] = {}
    if style.header == "words over symbols":
        second = {name: symbol for name, symbol in words.SYMBOLS.items() if name in columns}
    elif style.header == "merged groups":
        parts = rng.choice(words.PARTS)
        for field_name, titles in words.GROUPS.items():
            inner, outer = IN_COLUMNS[field_name], OUT_COLUMNS[field_name]
            if inner in columns and outer in columns:
                texts[inner], second[inner], second[outer] = rng.choice(titles), parts[0], parts[1]
                del texts[outer]
                table.merged.append((row, columns[inner], row, columns[outer]))
        table.merged += [
            (row, columns[name], row + 1, columns[name]) for name in texts if name not in second and name in columns
        ]
    for name, text in texts.items():
        if name in columns:
            table.cells[row, columns[name]] = text
    for name, text in second.items():
        table.cells[row + 1, columns[name]] = text
    return row + 2 if second else row + 1


def _write_rows(rng: Random, table: Table, row: int, left: int) -> None:
    """Layers with titles and blank rows between their blocks: what they are, not yet what they claim."""
    style, layers, columns = table.style, table.network.layers, table.columns
    templates = (rng.choice(words.CONV_NAMES), rng.choice(words.POOL_NAMES), rng.choice(words.GLOBAL_NAMES))
    section = rng.choice(words.SECTIONS)
    zero, one_dilation, space = rng.choice((0, 0, 0, "-")), rng.choice((1, 1, "", "-")), rng.choice(("", "", " "))
    if style.input == "row":
        table.input_row = row
        if "name" in columns:
            table.cells[row, columns["name"]] = 0 if style.names == "numbers" else rng.choice(words.INPUT_NAMES)
        blank = rng.choice(("", "0", "-"))
        for name in ("kernel_size", "strides", "padding"):
            if name in columns and blank:
                table.cells[row, columns[name]] = 0 if blank == "0" else "-"
        row += 1
    counts = {"conv": 0, "max_pool": 0, "average_pool": 0}
    block, block_row = 1, row
    for index, layer in enumerate(layers):
        starts = index == 0 or layers[index - 1].kind == "max_pool"
        if starts and index and style.blocks:
            _write_block(table, section, block, block_row, row - 1)
        number = block + (1 if index else 0)
        if starts and (index or style.between != "blank rows"):
            if style.between == "blank rows":
                row += rng.choice((1, 1, 2))
            elif style.between in ("section titles", "merged titles"):
                table.cells[row, left] = section.format(number)
                if style.between == "merged titles":
                    table.merged.append((row, left, row, left + len(columns) - 1))
                row += 1
        if starts and index:
            block, block_row = block + 1, row
        table.rows.append(row)
        counts[layer.kind] += 1
        if style.names == "numbers":
            table.cells[row, columns["name"]] = index + 1
        elif "name" in columns:
            template = templates[("conv", "max_pool", "average_pool").index(layer.kind)]
            table.cells[row, columns["name"]] = template.format(counts[layer.kind])
        for name, content in _window_cells(layer, style, zero, one_dilation, space).items():
            if name in columns and content != "":
                table.cells[row, columns[name]] = content
        row += 1
    if style.blocks:
        _write_block(table, section, block, block_row, row - 1)


def _write_block(table: Table, section: str, block: int, first: int, last: int) -> None:
    column = table.columns["block"]
    table.cells[first, column] = section.format(block)
    if last > first:
        table.merged.append((first, column, last, column))


def _window_cells(layer: Layer, style: Style, zero: Content, one_dilation: Content, space: str) -> dict[str, Content]:
    """Kernel, stride, padding and dilation of a layer in the words of the sheet."""
    kernel, dilation = layer.kernel, layer.dilation[0]
    padding: Content = pair_text(layer.padding, zero)
    if isinstance(layer.padding, str):
        padding = "-" if layer.kind != "conv" else space + layer.padding.capitalize()
    text = {"3*3": "{}*{}", "(3,3)": "({},{})"}.get(style.kernels, "{}x{}").format(*kernel)
    number: Content = kernel[0] if style.kernels in ("number", "pool in words") else text
    if style.kernels == "pool in words" and layer.kind == "max_pool":
        number = "maxpool"
    pixels = layer.padding[0] if isinstance(layer.padding, tuple) else {"valid": 0, "same": "same"}[layer.padding]
    dilated = f" (Dil={dilation})" if dilation > 1 else ""
    return {
        "kernel_size": number,
        "kernel_height": kernel[0],
        "kernel_width": kernel[1],
        "strides": layer.strides[0],
        "padding": padding,
        "dilation_rate": dilation if dilation > 1 else one_dilation,
        "composite": f"{kernel[0]}/{layer.strides[0]}/{pixels}{dilated}",
        "k=3": f"p={pixels}, s={layer.strides[0]}, k={kernel[0]}" + (f", d={dilation}" if dilation > 1 else ""),
    }


def pair_text(pair: Pair | str, zero: Content = 0) -> Content:
    """A pair as a number where its axes agree, else as text."""
    if isinstance(pair, str) or pair[0] != pair[1]:
        return pair if isinstance(pair, str) else f"({pair[0]},{pair[1]})"
    return pair[0] if pair[0] else zero
