"""`ReportInputs` → one HTML text. Computes what the page says and hands it to the templates; reads no run folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from generator.errors import printable
from generator.report.table import HEADER, NetworkTable, network_table
from generator.report.text import amount_text
from tinymodel.evaluation.figures import ClassFigures, class_figures, confused_pairs, confusion
from tinymodel.evaluation.layer_field import LayerField
from tinymodel.report_page import embed
from tinymodel.report_page.advice import Evidence, advice
from tinymodel.report_page.comparison import Comparison, compare, comparison_headline, comparison_value
from tinymodel.report_page.cues import colour_cues
from tinymodel.report_page.curves import curves, curves_readout
from tinymodel.report_page.heat import MAP_SIDE, HeatMaps, heat_maps
from tinymodel.report_page.inputs import ReportInputs
from tinymodel.report_page.matrix import matrix_cells, matrix_orders
from tinymodel.report_page.pictures import MAX_PICTURES, PARTS, picture_columns, ranked_pictures
from tinymodel.report_page.spent import PARTS as SPENT_PARTS
from tinymodel.report_page.spent import spent_bars, spent_by_phase
from tinymodel.report_page.sprites import COLUMNS, ROWS, pack_sprites
from tinymodel.training.log.events import duration

MAX_PAIRS = 40
UNITS = ((10**9, "G"), (10**6, "M"), (10**3, "k"))
NO_HEAT = HeatMaps(np.zeros(0, int), np.zeros((0, MAP_SIDE, MAP_SIDE), np.uint8), np.zeros((0, 2)))


class ClassRow(NamedTuple):
    """A line of the table of classes.

    Attributes:
        number: Of the class.
        mistaken_for: (number, pictures) of the class that it was most often taken for; None where it never was for another.
        change: Of its recall since the former run, None without one.
    """

    number: int
    title: str
    figures: ClassFigures
    mistaken_for: tuple[int, int] | None
    change: float | None


def report_html(inputs: ReportInputs) -> str:
    """The page of a run: nothing is read from or sent to elsewhere when it is opened.

    Args:
        inputs: What it says.
    """
    predictions, titles = inputs.predictions, tuple(map(printable, inputs.titles))
    matrix = confusion(predictions.probabilities, predictions.labels)
    classes = class_figures(matrix, inputs.classes, inputs.titles)
    order, pairs = ranked_pictures(predictions), confused_pairs(matrix, MAX_PAIRS)
    heat = heat_maps(inputs.heat, inputs.field, order, predictions.probabilities.argmax(axis=1)) if inputs.heat else NO_HEAT
    sprites = pack_sprites(inputs.images, order.positions)
    compared = compare(inputs, inputs.former) if inputs.former else None
    figures, phases = comparison_headline(predictions), spent_by_phase(inputs.rows, inputs.timings)
    design = inputs.checked.design
    evidence = Evidence(
        place=inputs.place,
        classes=classes,
        cues=colour_cues(pairs[:10], inputs.images, predictions.labels),
        rows=inputs.rows,
        spent=phases,
        recipe=design.train if design else None,
        resolutions=inputs.checked.resolutions,
        taken=matrix.sum(axis=0).tolist(),
        accuracy=figures.top_1,
        confidence=float(predictions.probabilities.max(axis=1).mean()),
    )
    data = {
        "titles": titles,
        "classes": tuple(map(printable, inputs.classes)),
        "parts": PARTS,
        "pictures": picture_columns(predictions, order.positions),
        "mistakes": order.mistakes,
        "sprites": {"side": sprites.side, "columns": COLUMNS, "each": COLUMNS * ROWS},
        "heat": {"side": MAP_SIDE, "ranks": heat.ranks.tolist(), "hottest": heat.hottest.ravel().tolist()},
        "field": _field(inputs.field),
        "cells": matrix_cells(matrix),
        "orders": matrix_orders(matrix, titles),
        "figures": [(one.precision, one.recall, one.f1, one.support) for one in classes],
        "former": [one.recall for one in compared.val.former_classes] if compared else None,
        "epochs": curves_readout(inputs.rows),
    }
    style, script = embed.embedded_style(), embed.embedded_script()
    return _environment().get_template("page.html.jinja").render(
        inputs=inputs,
        titles=titles,
        figures=figures,
        advice=advice(evidence),
        curves=curves(inputs.rows),
        phases=design.train.phases if design and design.train else (),
        spent=phases,
        bars=spent_bars(phases),
        parts=SPENT_PARTS,
        pairs=pairs,
        classes=class_rows(matrix, classes, titles, compared),
        compared=compared,
        table=_table(inputs),
        header=HEADER,
        order=order,
        most_pictures=MAX_PICTURES,
        has_heat=bool(len(heat.ranks)),
        policy=embed.content_policy(style, script),
        style=Markup(style),  # a file of this package
        script=Markup(script),  # files of this package
        data=Markup(embed.script_json(data)),  # holds no character that HTML reads
        heat_bytes=embed.embedded_base64(heat.maps.tobytes()),
        sprites=[embed.embedded_base64(jpeg) for jpeg in sprites.jpegs],
    )  # fmt: skip


def class_rows(
    matrix: np.ndarray, classes: Sequence[ClassFigures], titles: Sequence[str], compared: Comparison | None
) -> tuple[ClassRow, ...]:
    """The table of classes, the worst recall first."""
    off = matrix.copy()
    np.fill_diagonal(off, 0)
    rows = []
    for number, figures in enumerate(classes):
        other = int(off[number].argmax())
        mistaken = (other, int(off[number, other])) if off[number, other] else None
        change = figures.recall - compared.val.former_classes[number].recall if compared else None
        rows.append(ClassRow(number, titles[number], figures, mistaken, change))
    return tuple(sorted(rows, key=lambda row: (row.figures.recall, row.title.casefold())))


def _field(field: LayerField | None) -> dict[str, Any] | None:
    """What the page needs to outline what a unit sees, px."""
    if field is None:
        return None
    return {"layer": printable(field.layer), "rf": field.theoretical, "effective": field.effective, "size": field.image_size}


def _table(inputs: ReportInputs) -> NetworkTable | None:
    checked = inputs.checked
    return network_table(checked.design, checked.trace, checked.resolutions) if checked.design and checked.trace else None


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("tinymodel.report_page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        amount=amount_text,
        printable=_printable,
        percent=_percent,
        duration=duration,
        short=_short,
        said=comparison_value,
        signed=_signed,
        signed_loss=_signed_loss,
    )
    return made


def _printable(value: Any) -> str:
    return printable(str(value), limit=2000)


def _percent(share: float, digits: int = 1) -> str:
    return f"{share:.{digits}%}"


def _signed(share: float) -> str:
    """Percent points with their sign.

    >>> _signed(0.025), _signed(-0.1), _signed(0.0)
    ('+2.5', '−10.0', '0.0')
    """
    return f"{100 * share:+.1f}".replace("-", "−") if round(share, 4) else "0.0"


def _signed_loss(difference: float) -> str:
    """A difference of losses with its sign.

    >>> _signed_loss(-0.40451)
    '−0.4045'
    """
    return f"{difference:+.4f}".replace("-", "−")


def _short(number: int) -> str:
    """A large number in three digits.

    >>> _short(91010), _short(11178211), _short(640)
    ('91 k', '11.2 M', '640')
    """
    return next((f"{number / unit:.3g} {name}" for unit, name in UNITS if number >= unit), str(number))
