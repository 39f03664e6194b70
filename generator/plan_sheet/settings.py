"""Design → the rows of its sheets of settings: `Targets` (name, value, tolerance, min, max), `Recipe`, `About` (key, value)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from generator.design.record import Design, Targets
from generator.sheet.settings import TARGET_PARTS

KEY_HEADER = ("key", "value")
TARGETS_HEADER = ("name", *TARGET_PARTS)
TARGET_ROWS = {name: row for row, name in enumerate(Targets.model_fields, start=2)}
"""In which row of its sheet each target stands, whether there is one or not: formulas look there."""


def target_rows(design: Design) -> Iterator[tuple[Any, ...]]:
    """A row for every figure that may have a target."""
    yield TARGETS_HEADER
    for name in TARGET_ROWS:
        target = getattr(design.targets, name)
        yield name, *(getattr(target, part) if target else None for part in TARGET_PARTS)


def recipe_rows(design: Design) -> Iterator[tuple[Any, ...]]:
    """What the recipe says, a key a row."""
    yield KEY_HEADER
    if design.train is not None:
        yield from _flat("", _said(design.train))


def about_rows(design: Design) -> Iterator[tuple[Any, ...]]:
    """Name, where the design comes from, what to expect of it, and its defaults."""
    yield KEY_HEADER
    yield "name", design.name
    for key in ("source", "expected"):
        if (text := getattr(design, key)) is not None:
            yield key, text
    yield from _flat("defaults.", design.defaults)


def _said(record: BaseModel) -> dict[str, Any]:
    """What a record says, without what is its default."""
    fields = type(record).model_fields
    values = {key: getattr(record, key) for key in fields}
    return {key: value for key, value in values.items() if fields[key].is_required() or value != fields[key].get_default()}


def _flat(before: str, data: Any) -> Iterator[tuple[str, Any]]:
    """Nested data as rows of a dotted key and a value."""
    if isinstance(data, BaseModel):
        data = _said(data)
    if isinstance(data, list | tuple):
        data = dict(enumerate(data))
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _flat(f"{before}{key}.", value)
    else:
        yield before.removesuffix("."), data
