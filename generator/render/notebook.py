"""Design → a notebook for Colab or any other Jupyter: install, check, the model's code, data, training, evaluation.

It holds the design itself (a cell that writes a file, whose text is never run) and the model's code as the rendered script has
it. It trains by the `tinymodel` command, the one trainer there is, and builds the model in its own process only at the end: a
TPU serves one process at a time. No output is stored.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from generator.design.fields import height_and_width
from generator.design.recipe import Phase, Recipe
from generator.design.record import Design
from generator.design.write_yaml import design_to_yaml
from generator.errors import InputError, printable
from generator.network.expand import expand, row_names
from generator.network.sides import both_sides
from generator.network.trace import trace
from generator.render import notebook_cells as cells
from generator.render.literals import python_identifier, python_literal
from generator.render.script import render_script
from generator.report.table import HEADER
from generator.report.text import amount_text
from generator.text import model_name

FORMAT = {"nbformat": 4, "nbformat_minor": 5}
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
    "colab": {"provenance": []},
}


class Cell(NamedTuple):
    """A cell; `kind` as nbformat calls it."""

    kind: str
    text: str


def render_notebook(design: Design, blocks_source: str) -> str:
    """The text of an .ipynb file, the same for the same design.

    Args:
        design: The network, and how it is trained; without a recipe it gets a modest one.
        blocks_source: The text of `tinymodel/blocks.py`; see `render_script`.

    Raises:
        InputError: As `render_script`.
    """
    recipe = design.train or _modest_recipe(design)
    story = _cells(design.model_copy(update={"train": recipe}), blocks_source, given=design.train is not None)
    data = {"cells": [_as_json(number, cell) for number, cell in enumerate(story)], "metadata": METADATA, **FORMAT}
    return json.dumps(data, indent=1, ensure_ascii=True) + "\n"


def _as_json(number: int, cell: Cell) -> dict[str, object]:
    source = cell.text.splitlines(keepends=True)
    common: dict[str, object] = {"cell_type": cell.kind, "id": f"cell-{number}", "metadata": {}, "source": source}
    return common | ({"execution_count": None, "outputs": []} if cell.kind == "code" else {})


def _modest_recipe(design: Design) -> Recipe:
    """Two phases at growing resolution, for a design that says nothing of its training."""
    largest = max(design.input.image_size)
    sizes = [largest // 2, largest] if _can_be(design, largest // 2) else [largest]
    return Recipe(phases=tuple(Phase(image_size=size, epochs=6, batch_size=64, augment="original_a") for size in sizes))


def _can_be(design: Design, side: int) -> bool:
    """Whether one model serves that size as well as the design's own."""
    graph = expand(design)
    try:
        trace(graph, height_and_width(side))
    except InputError:
        return False
    return side > 0 and not graph.needs_image_size


def _cells(design: Design, blocks_source: str, *, given: bool) -> Iterator[Cell]:
    """The cells in the order of the story. Texts of the design stand in Markdown, in the file's cell and in nothing else."""
    said = {value for row in design.plan for value in (getattr(row, "filters", None), getattr(row, "units", None))}
    any_classes = "classes" in said
    blocks, model = _code(render_script(design, blocks_source))
    train = cells.TRAIN + (" --set classes={CLASSES}" if any_classes else "")
    yield from _markdown(_title(design), "## Runtime", cells.WORDS_OF["runtime"])
    yield Cell("code", cells.RUNTIME)
    yield Cell("code", cells.INSTALL)
    yield Cell("code", "!tinymodel doctor")
    yield from _markdown("## The design", cells.WORDS_OF["design"], "" if given else cells.WORDS_OF["recipe"])
    yield Cell("code", f"%%writefile design.yaml\n{design_to_yaml(design)}".rstrip())
    yield Cell("code", "!tinymodel check design.yaml")
    yield from _markdown("## The table", _table(design))
    yield from _markdown("## The model", cells.WORDS_OF["model"])
    yield Cell("code", blocks)
    yield Cell("code", model)
    drawn = any_classes or design.classes == cells.TOY_CLASSES
    yield from _markdown("## The data", cells.WORDS_OF["drawn" if drawn else "own"])
    yield Cell("code", _data(design, any_classes=any_classes, drawn=drawn))
    yield Cell("code", cells.INFO)
    yield from _markdown("## Training", cells.WORDS_OF["training"])
    yield Cell("code", cells.FOLDERS.replace("{name}", python_identifier(model_name(design.name))))
    yield Cell("code", f"{train} --dry-run")
    yield Cell("code", train)
    yield Cell("code", cells.CURVES)
    yield from _markdown("## Evaluation", cells.WORDS_OF["evaluation"])
    yield Cell("code", "!tinymodel evaluate {RUN}")
    yield from _markdown(cells.WORDS_OF["use"])
    yield Cell("code", cells.USE.replace("{arguments}", "classes=CLASSES" if any_classes else ""))


def _markdown(*paragraphs: str) -> Iterator[Cell]:
    yield Cell("markdown", "\n\n".join(paragraph for paragraph in paragraphs if paragraph))


def _code(script: str) -> tuple[str, str]:
    """Of a rendered script, the blocks with their imports, and the function that makes the model."""
    body = ast.parse(script).body
    lines = script.splitlines()
    first = body[1].lineno - 1
    made = next(node for node in body if isinstance(node, ast.FunctionDef) and node.name == "build_model")
    constants = [node.lineno for node in body if isinstance(node, ast.Assign) and _makes_unit(node)]
    split = min([*constants, made.lineno]) - 1
    assert made.end_lineno is not None
    return "\n".join(lines[first:split]).strip(), "\n".join(lines[split : made.end_lineno]).strip()


def _makes_unit(node: ast.Assign) -> bool:
    return isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "Unit"


def _title(design: Design) -> str:
    traced = trace(expand(design))
    height, width = traced.image_size
    rf = (
        amount_text([traced.final.height.rf, traced.final.width.rf]) if height != width else amount_text(traced.final.height.rf)
    )
    lines = [
        f"# {_escaped(design.name)}",
        f"Source: {_escaped(design.source)}" if design.source else "",
        f"Expected: {_escaped(design.expected)}" if design.expected else "",
        f"{traced.params:,} parameters, a receptive field of {rf} px, {traced.macs:,} multiply-accumulates an image of "
        f"{height} x {width} px. Run the cells from top to bottom.",
    ]
    return "\n\n".join(line for line in lines if line)


def _data(design: Design, *, any_classes: bool, drawn: bool) -> str:
    if not drawn:
        return 'DATA = "/content/my-pictures.zip"'
    lines = ['DATA = "pictures"']
    lines += [f"CLASSES = {python_literal(cells.TOY_CLASSES)}"] if any_classes else []
    return "\n".join([*lines, *cells.DRAW])


def _table(design: Design) -> str:
    """A line a row of the plan: its last map, and the sums of its layers."""
    traced = trace(expand(design))
    last = {row.row: row for row in traced.rows}
    blocks = dict(zip(row_names(design), design.plan, strict=True))
    parts = [f"| {' | '.join(HEADER)} |", "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for name, row in last.items():
        own = [layer for layer in traced.rows if layer.row == name]
        plan = blocks.get(name)
        title = "" if plan is None or plan.block is None else str(plan.block)
        figures = [both_sides(row, figure) for figure in ("size", "rf", "jump")]
        costs = [row.channels, sum(layer.cost.params for layer in own), sum(layer.cost.macs for layer in own)]
        words = (title, name, plan.kind if plan else row.kind)
        parts.append(f"| {' | '.join([*map(_escaped, words), *map(amount_text, figures), *map(amount_text, costs)])} |")
    final = traced.final
    total = [*(both_sides(final, figure) for figure in ("size", "rf", "jump")), final.channels, traced.params, traced.macs]
    parts.append(f"| | **total** | | {' | '.join(f'**{amount_text(value)}**' for value in total)} |")
    return "\n".join(parts)


def _escaped(text: str) -> str:
    """Text that is no markup, formula or link in Markdown, on one line."""
    return re.sub(r"([\\`*_<>\[\]#|$&~!])", r"\\\1", printable(" ".join(text.split()), limit=1000)).replace("://", ":\\//")
