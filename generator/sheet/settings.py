"""Sheets of settings beside the design: targets (name, value, tolerance, min, max) and keys of the design (key, value).

They are known by their header, not by their title. Keys are the YAML's, with dots: `phases.0.image_size`, `source`,
`defaults.conv.padding`; what stands behind `class_weight.` is the name of a class, dots and all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from generator.design.recipe import Recipe
from generator.design.record import Targets
from generator.errors import InputError, did_you_mean, show
from generator.spreadsheet.cells import Sheet
from generator.spreadsheet.reference import reference_address

DESIGN_KEYS = ("name", "source", "expected", "classes")
TARGET_PARTS = ("value", "tolerance", "min", "max")


def is_settings(sheet: Sheet) -> bool:
    """Whether a sheet holds settings: its first row is `key, value` or `name, value, ...`."""
    return _header(sheet)[:2] in (["key", "value"], ["name", "value"])


def read_settings(sheets: Iterable[Sheet], place: str) -> dict[str, Any]:
    """What the settings sheets say, as plain data with the keys of a design.

    Raises:
        InputError: An unknown key, with its cell.
    """
    data: dict[str, Any] = {}
    for sheet in sheets:
        header = _header(sheet)
        if header[:2] == ["name", "value"]:
            data["targets"] = _targets(sheet, header, place)
        elif header[:2] == ["key", "value"]:
            for row in range(2, sheet.last_row + 1):
                key = sheet.text(row, 1)
                if key:
                    _put(data, _full_key(key, f"{place}#{sheet.title}!{reference_address(row, 1)}"), sheet.value(row, 2))
    return {key: _as_lists(value) for key, value in data.items()}


def _header(sheet: Sheet) -> list[str]:
    return [sheet.text(1, column).lower() for column in range(1, sheet.last_column + 1)]


def _targets(sheet: Sheet, header: list[str], place: str) -> dict[str, Any]:
    targets: dict[str, Any] = {}
    for row in range(2, sheet.last_row + 1):
        name = sheet.text(row, 1)
        parts = {part: sheet.value(row, header.index(part) + 1) for part in TARGET_PARTS if part in header}
        given = {part: value for part, value in parts.items() if value is not None}
        if name and given:
            if name not in Targets.model_fields:
                where = f"{place}#{sheet.title}!{reference_address(row, 1)}"
                raise InputError(
                    f"unknown target {show(name)}", place=where, help=did_you_mean(name, list(Targets.model_fields))
                )
            targets[name] = given
    return targets


def _full_key(key: str, place: str) -> list[str]:
    parts = key.removeprefix("train.").split(".")
    if parts[0] == "class_weight" and len(parts) > 1:
        return ["train", parts[0], ".".join(parts[1:])]
    if parts[0] in Recipe.model_fields:
        return ["train", *parts]
    if (parts[0] in DESIGN_KEYS and len(parts) == 1) or (parts[0] == "defaults" and len(parts) > 2):
        return parts
    raise InputError(f"unknown key {show(key)}", place=place, help=did_you_mean(parts[0], [*DESIGN_KEYS, *Recipe.model_fields]))


def _put(data: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        inner = data.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        data = inner
    data[path[-1]] = value


def _as_lists(data: Any) -> Any:
    """Mappings with the keys 0, 1, 2... as lists; classes may have numbers for names."""
    if not isinstance(data, Mapping):
        return data
    values = {key: value if key == "class_weight" else _as_lists(value) for key, value in data.items()}
    if values and all(key.isdecimal() for key in values):
        return [values[key] for key in sorted(values, key=int)]
    return values
