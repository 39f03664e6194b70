"""Design → a Keras script that stands by itself: the frame, the block functions that the plan uses, and the plan."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import jinja2

from generator.design.record import Design
from generator.network.buildable import check_buildable
from generator.network.calls import Call, UnitArguments, calls, short_window
from generator.network.expand import expand
from generator.network.trace import Trace, exact_number, trace
from generator.render.literals import python_identifier, python_literal
from generator.render.plan import rendered_plan_layout, rendered_plan_lines, unit_names
from generator.render.safety import check_script
from generator.render.source import Library
from generator.text import model_name, plain_text

TEXT_WIDTH = 120
"""Characters of a line of the module's docstring."""


def render_script(design: Design, blocks_source: str) -> str:
    """The text of a script whose `build_model()` gives the layers, names, weights and outputs of the direct build.

    Args:
        design: The network.
        blocks_source: The text of `tinymodel/blocks.py`; it is read, never imported, so that this package stays without Keras.

    Raises:
        InputError: The design cannot be built, or would put something into the script that does not belong there.
    """
    graph = expand(design)
    traced = trace(graph)
    check_buildable(graph)
    plan = calls(design, graph)
    library = Library(blocks_source)
    units = unit_names(plan)
    used = library.closure(_functions(plan, units))
    text = _template().render(
        docstring=_docstring(design, traced),
        library=library.text(used, {"keras", *("layers" for call in plan if call.is_layer)}),
        units=_unit_constants(units, library),
        plan=rendered_plan_layout(design, rendered_plan_lines(design, plan, traced, library, units)),
        channels=python_literal(graph.channels),
        model_name=python_identifier(model_name(design.name)),
        params=f"{traced.params:_}",
        params_shown=f"{traced.params:,}",
        fixed_size=graph.needs_image_size,
        **_signature(design, plan, graph.image_size if graph.needs_image_size else None),
    )
    check_script(text)
    return text


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("generator.render"),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        trim_blocks=True,
    )
    return environment.get_template("script.py.jinja")


def _functions(plan: Sequence[Call], units: Mapping[UnitArguments, str]) -> set[str]:
    functions = {call.function for call in plan if not call.is_layer} | {unit.conv for unit in units}
    return functions | ({"Unit"} if units else set())


def _signature(design: Design, plan: Sequence[Call], fixed_size: tuple[int, int] | None) -> dict[str, object]:
    """The parameters of `build_model`, and the condition under which the design's total holds."""
    uses_classes = any("classes" in call.arguments for call in plan)
    size_type = "int | tuple[int, int]" if fixed_size else "int | tuple[int, int] | None"
    default_size = python_literal(short_window(fixed_size))
    parameters = [f"image_size: {size_type} = {default_size}"]
    conditions = [f"image_size == {default_size}"] if fixed_size else []
    if uses_classes:
        parameters.append(f"classes: int = {python_literal(design.classes)}")
        conditions.append(f"classes == {python_literal(design.classes)}")
    return {"parameters": ", ".join(parameters), "condition": " and ".join(conditions), "classes": uses_classes}


def _unit_constants(units: Mapping[UnitArguments, str], library: Library) -> str:
    defaults = library.defaults("Unit")
    lines = []
    for unit, name in units.items():
        said = {key: value for key, value in unit._asdict().items() if key != "conv" and defaults[key] != value}
        arguments = [
            python_identifier(unit.conv),
            *(f"{python_identifier(key)}={python_literal(value)}" for key, value in said.items()),
        ]
        lines.append(f"{name} = Unit({', '.join(arguments)})")
    return "\n".join(lines)


def _docstring(design: Design, traced: Trace) -> str:
    """What the script is, where it comes from and what to expect, in plain characters only."""
    height, width = traced.image_size
    rf = [exact_number(axis.rf) for axis in (traced.final.height, traced.final.width)]
    paragraphs = [
        f"{textwrap.shorten(_quotable(design.name), 60)}: a network in Keras, rendered from its design.",
        f"Source: {_quotable(design.source)}" if design.source else "",
        f"Expected: {_quotable(design.expected)}" if design.expected else "",
        f"At {height}x{width} it has {traced.params:,} parameters ({traced.trainable_params:,} trainable), a receptive field of"
        f" {rf[0]:,}{f'x{rf[1]:,}' if rf[0] != rf[1] else ''} px and {traced.macs:,} multiply-accumulates an image.",
        "Behind each line of the plan: side of the map, jump and receptive field in px of the input, parameters.",
    ]
    return "\n\n".join(textwrap.fill(text, TEXT_WIDTH, break_on_hyphens=False) for text in paragraphs if text)


def _quotable(text: str) -> str:
    """Plain text that can neither end a docstring nor escape a character in it."""
    return plain_text(text).replace('"', "'").replace("\\", "/")
