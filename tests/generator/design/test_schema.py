"""The schema for editors: up to date, and it takes what the reader takes."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.design.parse import DesignProblems, parse_design
from generator.design.rows import ROWS
from generator.design.schema import design_schema, schema_text
from tests.support.places import REPOSITORY
from tests.support.plans_of_all_kinds import random_data

FILE = REPOSITORY / "designs" / "design.schema.json"
SCHEMA = design_schema()

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def problems(value: Any, schema: Any) -> Iterator[str]:
    """What the schema has against a value, by the words of JSON Schema that ours uses; any other word fails the test."""
    if schema is False:
        yield "not allowed"
        return
    known = {"$ref", "type", "enum", "const", "anyOf", "allOf", "if", "then", "properties", "required", "additionalProperties"}
    known |= {"items", "prefixItems", "minItems", "maxItems", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
    known |= {"pattern", "maxLength", "maxProperties", "default", "description", "title", "$schema", "$defs"}
    assert schema.keys() <= known, schema.keys() - known
    if "$ref" in schema:
        yield from problems(value, SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")])
    if "type" in schema and not _is(value, schema["type"]):
        yield f"{value!r} is not of type {schema['type']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{value!r} is none of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{value!r} is not {schema['const']!r}"
    if "anyOf" in schema and all(list(problems(value, option)) for option in schema["anyOf"]):
        yield f"{value!r} is none of {len(schema['anyOf'])} ways"
    for part in schema.get("allOf", ()):
        yield from problems(value, part)
    if "if" in schema and not list(problems(value, schema["if"])):
        yield from problems(value, schema["then"])
    if isinstance(value, dict):
        yield from _in_mapping(value, schema)
    elif isinstance(value, list):
        yield from _in_list(value, schema)
    elif isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{value!r} does not match"
        if len(value) > schema.get("maxLength", len(value)):
            yield "too long"
    elif _is(value, "number"):
        low, high = schema.get("minimum", value), schema.get("maximum", value)
        above, below = schema.get("exclusiveMinimum", value - 1), schema.get("exclusiveMaximum", value + 1)
        if not (low <= value <= high and above < value < below):
            yield f"{value!r} is out of bounds"


def _is(value: Any, name: str) -> bool:
    if name in ("number", "integer"):
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer() and name == "integer")
        return not isinstance(value, bool) and (whole or (name == "number" and isinstance(value, float)))
    return isinstance(value, TYPES[name])


def _in_mapping(value: dict[str, Any], schema: Any) -> Iterator[str]:
    yield from (f"{key} is missing" for key in schema.get("required", ()) if key not in value)
    for key, part in value.items():
        if key in schema.get("properties", {}):
            yield from problems(part, schema["properties"][key])
        elif schema.get("additionalProperties", True) is not True:
            other = schema["additionalProperties"]
            yield from [f"{key} is unknown"] if other is False else problems(part, other)


def _in_list(value: list[Any], schema: Any) -> Iterator[str]:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield f"{len(value)} items"
    first = schema.get("prefixItems", [])
    for number, part in enumerate(value):
        yield from problems(part, first[number] if number < len(first) else schema.get("items", {}))


def test_the_file_is_up_to_date(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--accept-golden"):
        FILE.write_text(schema_text())
    assert FILE.read_text() == schema_text(), f"to accept: python -m pytest {__file__} --accept-golden"


@pytest.mark.parametrize("file", sorted((REPOSITORY / "designs").glob("*.yaml")), ids=lambda file: file.name)
def test_the_shipped_designs_are_valid(file: Path) -> None:
    assert list(problems(yaml.safe_load(file.read_text()), SCHEMA)) == []


@pytest.mark.parametrize("seed", range(60))
def test_what_the_reader_takes_is_valid(seed: int) -> None:
    data = json.loads(json.dumps(random_data(seed)))
    parse_design(copy.deepcopy(data))
    assert list(problems(data, SCHEMA)) == []


ROW = {"kind": "conv", "filters": 8}
WRONG: list[dict[str, Any]] = [
    {"plan": [ROW]},
    {"name": "x", "plan": []},
    {"name": "x", "plan": [ROW], "clases": 3},
    {"name": "x", "plan": [{**ROW, "kind": "convolution"}]},
    {"name": "x", "plan": [{"filters": 8}]},
    {"name": "x", "plan": [{**ROW, "fitlers": 8}]},
    {"name": "x", "plan": [{**ROW, "filters": 0}]},
    {"name": "x", "plan": [{**ROW, "filters": "class"}]},
    {"name": "x", "plan": [{**ROW, "filters": 1.5}]},
    {"name": "x", "plan": [{**ROW, "kernel_size": 0}]},
    {"name": "x", "plan": [{**ROW, "kernel_size": [3, 3, 3]}]},
    {"name": "x", "plan": [{**ROW, "padding": "full"}]},
    {"name": "x", "plan": [{**ROW, "padding": -1}]},
    {"name": "x", "plan": [{**ROW, "name": "two words"}]},
    {"name": "x", "plan": [{**ROW, "activation": "swish2"}]},
    {"name": "x", "plan": [{"kind": "dropout", "rate": 1.0}]},
    {"name": "x", "plan": [{"kind": "max_pool", "filters": 3}]},
    {"name": "x", "plan": [ROW], "defaults": {"conv": {"name": "a"}}},
    {"name": "x", "plan": [ROW], "defaults": {"dense_blocks": {}}},
    {"name": "x", "plan": [ROW], "input": {"image_size": "32"}},
    {"name": "x", "plan": [ROW], "targets": {"rf": 100}},
    {"name": "x", "plan": [ROW], "train": {"phases": []}},
    {"name": "x", "plan": [ROW], "train": {"phases": [{"image_size": 32, "epochs": 1, "batch_size": 1, "augment": "all"}]}},
    {"name": "x", "plan": [ROW], "train": {"phases": [{"image_size": 32, "epochs": 1, "batch_size": 1}], "holdout": 0.9}},
]  # fmt: skip


@pytest.mark.parametrize("data", WRONG, ids=str)
def test_what_is_wrong_is_refused_by_the_reader_and_by_the_schema(data: dict[str, Any]) -> None:
    with pytest.raises(DesignProblems):
        parse_design(copy.deepcopy(data))
    assert list(problems(data, SCHEMA))


def test_every_kind_and_key_is_explained_or_named() -> None:
    assert SCHEMA["$defs"].keys() >= ROWS.keys()
    for kind, record in ROWS.items():
        assert SCHEMA["$defs"][kind]["properties"].keys() == record.model_fields.keys()
        assert SCHEMA["$defs"][kind]["description"]
    assert SCHEMA["$defs"]["Optimizer"]["properties"]["weight_decay"]["description"].startswith("On kernels only")
    assert SCHEMA["$defs"]["conv"]["properties"]["kernel_size"] == {"$ref": "#/$defs/Window", "default": 3}
