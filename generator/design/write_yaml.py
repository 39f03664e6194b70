"""Design → YAML text that reads back as an equal design, in the form that a person would write: a row a line, short."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from generator.design.fields import short_form
from generator.design.recipe import Recipe
from generator.design.record import Design
from generator.design.rows import Row, Unit
from generator.design.yaml_comments import Line, with_comments

INDENT = "  "
LARGE = 100_000
"""From here on, digits are grouped by `_`."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./%()+-]*( [A-Za-z0-9_./%()+-]+)*")
"""Text that means itself in every version of YAML: no indicator, no colon, no blank at an end."""
_SPECIAL = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_FIRST, _LAST = ("block", "kind", "inputs"), ("name", "note")


def design_to_yaml(design: Design, before: str | None = None) -> str:
    """The text; what a row takes from `defaults` or from its record is left out.

    `design_of_yaml(design_to_yaml(design), ...) == design`.

    Args:
        design: What is written.
        before: The YAML text of the design that it was made from; its comments are kept.
    """
    lines = list(_lines(design))
    texts = with_comments(lines, design.plan, before) if before else [line.text for line in lines]
    return "\n".join(texts) + "\n"


def _lines(design: Design) -> Iterator[Line]:
    for key in ("name", "source", "expected"):
        if (text := getattr(design, key)) is not None:
            yield Line(f"{key}: {_scalar(text)}", (key,))
    yield Line(f"input: {_flow(_data(design.input, every=True))}", ("input",))
    if design.classes is not None:
        yield Line(f"classes: {_scalar(design.classes)}", ("classes",))
    if targets := _data(design.targets):
        yield Line(f"targets: {_flow(targets)}", ("targets",))
    if design.defaults:
        yield from (Line(""), Line("defaults:", ("defaults",)))
        for kind, values in design.defaults.items():
            yield Line(f"{INDENT}{kind}: {_flow(values)}", ("defaults", kind))
    yield from (Line(""), Line("plan:", ("plan",)))
    for number, row in enumerate(design.plan):
        if number and design.plan[number - 1].block != row.block:
            yield Line("")
        yield Line(f"{INDENT}- {_flow(_row(row, design.defaults))}", ("plan", number))
    if design.train is not None:
        yield from (Line(""), Line("train:", ("train",)), *_recipe(design.train))


def _recipe(recipe: Recipe) -> Iterator[Line]:
    data = _data(recipe)
    phases = data.pop("phases")
    for key, value in data.items():
        yield Line(f"{INDENT}{key}: {_flow(value)}", ("train", key))
    yield Line(f"{INDENT}phases:", ("train", "phases"))
    for number, phase in enumerate(phases):
        yield Line(f"{INDENT * 2}- {_flow(phase)}", ("train", "phases", number))


def _data(record: BaseModel, *, every: bool = False) -> dict[str, Any]:
    """What a record says, without what is its default (unless `every`)."""
    data: dict[str, Any] = {}
    for key, field in type(record).model_fields.items():
        value = getattr(record, key)
        if every or field.is_required() or value != field.get_default():
            data[key] = _inner(value)
    return data


def _inner(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _data(value)
    if isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        return [_data(item) for item in value]
    return short_form(value)


def _row(row: Row, defaults: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    fields = type(row).model_fields
    inherited = {
        **{key: value for key, value in defaults.get("all", {}).items() if key in fields},
        **defaults.get(row.kind, {}),
    }
    said: dict[str, Any] = {"kind": row.kind}
    for key, field in fields.items():
        value = short_form(getattr(row, key))
        if key in inherited:
            same = short_form(inherited[key]) == value
        else:
            same = not field.is_required() and short_form(field.get_default()) == value
        if not same:
            said[key] = value
    return {key: said[key] for key in sorted(said, key=lambda key: _position(key, type(row)))}


def _position(key: str, record: type[Row]) -> tuple[int, int]:
    """Block and kind first, then what is the kind's own, what units share, name and note last."""
    order = [*_FIRST, *(own for own in record.model_fields if own not in Unit.model_fields), *Unit.model_fields]
    return (1, _LAST.index(key)) if key in _LAST else (0, order.index(key))


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_scalar(key)}: {_flow(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_flow(inner) for inner in value)}]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    """A scalar that is read as what it is, by every version of YAML.

    >>> _scalar(1e-05), _scalar(12e6), _scalar("no"), _scalar("a: {b}"), _scalar(None)
    ('1.0e-05', '12_000_000', '"no"', '"a: {b}"', 'null')
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return f"{value:_}" if abs(value) >= LARGE else str(value)
    if isinstance(value, float):
        return _float(value)
    return value if _PLAIN.fullmatch(value) and value.lower() not in _SPECIAL else f'"{_escaped(value)}"'


def _float(value: float) -> str:
    if value.is_integer() and abs(value) < 2**53:
        return _scalar(int(value))
    mantissa, sign, exponent = repr(value).partition("e")
    return (mantissa if "." in mantissa or not sign else f"{mantissa}.0") + sign + exponent


def _escaped(text: Iterable[str]) -> str:
    return "".join(map(_escaped_character, text))


def _escaped_character(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
