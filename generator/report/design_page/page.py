"""A checked design as one HTML file that needs nothing else: no network, no other file, no script but its own.

Everything that is computed is computed here and in the modules beside it; the template lays out. All text goes through Jinja's
autoescape, the data for the script through its JSON filter, and the page's own content policy lets no other script run.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
from markupsafe import Markup

from generator.errors import printable
from generator.lint.finding import Checked, Finding
from generator.lint.options import STANDARD_INPUT
from generator.lint.targets import missed_targets, target_in_words
from generator.network.expand import row_names
from generator.network.resolutions import Resolution
from generator.report.design_page.costs import costs_of
from generator.report.design_page.curve import curve_of, curve_sides
from generator.report.design_page.drawing import Drawing, drawing_of
from generator.report.design_page.picture import picture_data_uri
from generator.report.lines import QUIET, LayerLine, layer_lines
from generator.report.text import amount_text, column_index, finding_place_text

WIDE, NARROW = (1000.0, 300.0), (360.0, 250.0)
"""Width and height of the curve on a desk and on a phone, px."""
FIGURES = ("size", "rf", "jump", "channels", "params", "macs")
MARGIN = 0.5
"""Of the picture, around it, as a share of its side: where a receptive field reaches over the border."""

FIRST_SEEN = 0.4
"""Share of the image's side that is seen when the page is opened."""
MAX_CELL_LETTERS = 24
"""Of a sheet's cell in the rows around a finding."""
UNIT_RADIUS = 0.014
"""Of the dot on the unit that is looked through, as a share of the longer side."""


class Tile(NamedTuple):
    """A figure of the whole network; `state` is `met`, `missed` or empty."""

    name: str
    value: str
    aside: str
    state: str


class ShownFinding(NamedTuple):
    """A finding with the rows around it as they stand in the sheet, the wrong cell in the last one at `marked`."""

    finding: Finding
    place: str
    around: tuple[tuple[str, ...], ...]
    marked: int
    inherited: tuple[str, ...]


class TableRow(NamedTuple):
    """A layer of the table. `step` is its place on the slider; -1 for one that is not on it."""

    name: str
    kind: str
    cells: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    step: int
    quiet: bool


def design_page(checked: Checked) -> str:
    """The page of a design that can be read; of one that cannot be built, its geometry."""
    environment = _environment()
    lines = layer_lines(checked)
    steps = [line for line in lines if line.looks]
    size = _image_size(checked, steps)
    script = _source(environment, "page.js")
    drawn = [(name, curve_of(checked, lines, *shape)) for name, shape in (("wide", WIDE), ("narrow", NARROW))]
    return environment.get_template("page.html.jinja").render(
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii"),
        style=Markup(_source(environment, "page.css")),
        name=printable(_name(checked)),
        where=printable(_where(checked)),
        source=printable(checked.design.source, limit=1000) if checked.design and checked.design.source else "",
        reason=printable(checked.reason, limit=1000) if not checked.buildable and checked.reason else "",
        tiles=tuple(_tiles(checked, lines)),
        findings=tuple(_findings(checked)),
        curves=[(name, curve) for name, curve in drawn if curve],
        steps=len(steps),
        image_size=size,
        view=_view(*size),
        first_step=_first_step(steps, max(size)),
        unit_radius=round(UNIT_RADIUS * max(size), 3),
        picture=picture_data_uri(*size),
        costs=costs_of(lines),
        drawing=_drawing(checked, lines),
        blocks=_blocks(lines),
        quiet=sum(line.figures["kind"] in QUIET and not line.findings for line in lines),
        totals=_totals(checked),
        resolutions=[_resolution(found.to_json()) for found in checked.resolutions],
        notes=[printable(note, limit=1000) for note in _notes(checked.resolutions)],
        data={"image_size": list(size), "rows": [line.figures for line in lines], "steps": _step_indices(lines)},
    )


def _first_step(steps: Sequence[LayerLine], side: int) -> int:
    """Where the slider stands at first: at a layer that sees a good part of the picture, and not yet all of it."""
    wide = (number for number, line in enumerate(steps) if max(curve_sides(line.figures["rf"])) >= FIRST_SEEN * side)
    return next(wide, len(steps) - 1)


def _image_size(checked: Checked, steps: Sequence[LayerLine]) -> tuple[int, int]:
    """(height, width) in px; of a sheet that does not say it, its largest map."""
    if checked.trace:
        return checked.trace.image_size
    said = (checked.understood or {}).get("image_size")
    sizes = [curve_sides(line.figures["size"]) for line in steps]
    return curve_sides(list(said) if isinstance(said, tuple) else said) if said else max(sizes, default=(1, 1))


def _drawing(checked: Checked, lines: Sequence[LayerLine]) -> Drawing | None:
    if checked.design is None or checked.trace is None:
        return None
    kinds = (row.kind for row in checked.design.plan)
    return drawing_of(lines, dict(zip(row_names(checked.design), kinds, strict=True)))


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("generator.report.design_page"),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _source(environment: jinja2.Environment, name: str) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def _name(checked: Checked) -> str:
    if checked.design:
        return checked.design.name
    stem = "Pasted cells" if checked.file == STANDARD_INPUT else Path(checked.file).stem
    return " ".join(filter(None, (stem, checked.sheet)))


def _where(checked: Checked) -> str:
    file = "standard input" if checked.file == STANDARD_INPUT else checked.file
    sheet = f"#{checked.sheet}" if checked.sheet else ""
    return f"{file}{sheet}" + (f" ({checked.table})" if checked.table else "")


def _tiles(checked: Checked, lines: Sequence[LayerLine]) -> Iterator[Tile]:
    final, claimed = checked.final or {}, checked.claimed or {}
    targets = checked.design.targets if checked.design else None
    own = checked.resolutions[0].figures() if checked.resolutions else final
    missed = {finding.field for finding in missed_targets(targets, own)} if targets else set()
    missed |= {finding.field for finding in checked.findings if finding.code.startswith("TG")}
    titles = {"rf": "receptive field", "size": "last map", "jump": "jump", "params": "parameters", "macs": "macs an image"}
    for name, title in titles.items():
        if final.get(name) is None:
            continue
        target = getattr(targets, name, None) if targets else None
        asides = [f"target {target_in_words(target)}"] if target else []
        if claimed.get(name) is not None and claimed[name] != final[name]:
            asides.append(f"the sheet says {amount_text(claimed[name])}")
        state = "missed" if name in missed else "met" if target else ""
        yield Tile(name, amount_text(final[name]), "; ".join([title, *asides]), state)
    yield Tile("layers", amount_text(len(lines)), "layers", "")


def _findings(checked: Checked) -> Iterator[ShownFinding]:
    shown = {finding.cell for finding in checked.findings if finding.cell and finding.cause is None}
    for finding in checked.findings:
        if finding.cause in shown:
            continue
        around = checked.surroundings.get(finding.cell, ()) if finding.cell else ()
        marked = column_index(finding.cell, checked) if finding.cell else None
        inherited = tuple(
            f"{other.cell}: {amount_text(other.claimed)}, right {amount_text(other.computed)}"
            for other in checked.findings
            if finding.cell and finding.cause is None and other.cause == finding.cell
        )
        yield ShownFinding(
            _printable(finding), finding_place_text(finding), _cut(around), -1 if marked is None else marked, inherited
        )


def _printable(finding: Finding) -> Finding:
    help = printable(finding.help, limit=1000) if finding.help else None
    return finding._replace(message=printable(finding.message, limit=2000), help=help)


def _cut(rows: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(printable(" ".join(cell.split()), limit=MAX_CELL_LETTERS) for cell in row) for row in rows)


def _view(height: int, width: int) -> tuple[float, float, float, float]:
    """Left, top, width and height of what the picture's drawing shows, in px of the image."""
    margin = round(MARGIN * max(height, width), 2)
    return -margin, -margin, width + 2 * margin, height + 2 * margin


def _step_indices(lines: Sequence[LayerLine]) -> list[int]:
    return [index for index, line in enumerate(lines) if line.looks]


def _blocks(lines: Sequence[LayerLine]) -> list[tuple[str, list[TableRow]]]:
    places = {index: step for step, index in enumerate(_step_indices(lines))}
    rows = [(line.block, _row(line, places.get(index, -1))) for index, line in enumerate(lines)]
    return [(printable(title), [row for _, row in group]) for title, group in groupby(rows, key=lambda item: item[0])]


def _row(line: LayerLine, step: int) -> TableRow:
    figures = line.figures
    cells = tuple((name, "–" if figures[name] is None else amount_text(figures[name])) for name in FIGURES)
    quiet = figures["kind"] in QUIET and not line.findings
    findings = tuple(map(_printable, line.findings))
    return TableRow(printable(figures["name"]), printable(figures["kind"]), cells, findings, step, quiet)


def _totals(checked: Checked) -> tuple[tuple[str, str], ...]:
    final = checked.final or {}
    channels = checked.trace.final.channels if checked.trace else None
    figures = {**final, "channels": channels}
    return tuple((name, "–" if figures.get(name) is None else amount_text(figures[name])) for name in FIGURES)


def _resolution(data: dict[str, Any]) -> dict[str, str]:
    names = ("image_size", "size", "rf", "rf_min", "jump", "macs", "batch_size", "activation_bytes")
    return {name: amount_text(data[name]) for name in names} | {"precision": data["precision"]}


def _notes(resolutions: Sequence[Resolution]) -> Iterator[str]:
    """What goes wrong at which image sizes."""
    found: dict[str, list[str]] = {}
    for resolution in resolutions:
        words = [str(misaligned) for misaligned in resolution.misaligned]
        if resolution.blind:
            names = ", ".join(resolution.blind)
            words.append(f"the input sees the whole image already, so these convolutions see nothing new: {names}")
        for word in words:
            found.setdefault(word, []).append("{} x {}".format(*resolution.image_size))
    for word, sizes in found.items():
        yield f"at {', '.join(sizes)} px: {word}"
