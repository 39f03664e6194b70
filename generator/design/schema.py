"""The records of a design as a JSON Schema, for editors: they complete keys, explain them, and mark what cannot be.

It says less than the reader: a row need not have all its arguments, because `defaults` may give them.
"""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import BaseModel

from generator.design.fields import MAX_WINDOW, NAME_PATTERN, short_form
from generator.design.parse import MERGED_BY_NAME
from generator.design.record import Design
from generator.design.rows import ROWS

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
"""Bounds that pydantic leaves in its own words behind a validator."""

ITEMS = {"minLength": "minItems", "maxLength": "maxItems"}


def design_schema() -> Schema:
    """The schema of a design in YAML or JSON."""
    schema = _of(Design)
    definitions = schema.pop("$defs")
    del definitions["Row"]
    kinds = {kind: _row(kind) for kind in ROWS}
    properties = schema["properties"]
    properties["plan"]["items"] = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": list(ROWS)}},
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
                "then": {"$ref": f"#/$defs/{kind}"},
            }
            for kind in ROWS
        ],
    }
    properties["defaults"] = {
        "type": "object",
        "description": "Arguments by kind of row, and for `all`; what a row says goes before them.",
        "additionalProperties": False,
        "properties": {"all": _all_kinds(kinds), **{kind: _defaults(row) for kind, row in kinds.items()}},
    }
    return {"$schema": DIALECT, "title": "A network for tinymodel", **schema, "$defs": {**definitions, **_pairs(), **kinds}}


def schema_text() -> str:
    """The schema as the text of a file."""
    return json.dumps(design_schema(), indent=2) + "\n"


def _of(record: type[BaseModel]) -> Schema:
    found: Schema = _plain(record.model_json_schema())
    return found


def _row(kind: str) -> Schema:
    schema = _of(ROWS[kind])
    schema["required"] = ["kind"]
    schema["properties"]["kind"] = {"const": kind}
    for key in {"name", "inputs"} & schema["properties"].keys():
        text = schema["properties"][key]
        _strings(text)["pattern"] = f"^{NAME_PATTERN.pattern}$"
    return schema


def _strings(schema: Schema) -> Schema:
    """The part of a schema that is about a text."""
    options = schema.get("anyOf", [schema])
    found = next(option for option in options if option.get("type") in ("string", "array"))
    return _strings(found["items"]) if found["type"] == "array" else found


def _defaults(row: Schema) -> Schema:
    properties = {key: value for key, value in row["properties"].items() if key not in MERGED_BY_NAME}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _all_kinds(rows: dict[str, Schema]) -> Schema:
    """Every argument of any kind; where kinds differ in one, each of their ways."""
    ways: dict[str, list[Schema]] = {}
    for row in rows.values():
        for key, value in _defaults(row)["properties"].items():
            bare = {name: said for name, said in value.items() if name != "default"}
            if bare not in ways.setdefault(key, []):
                ways[key].append(bare)
    properties = {key: found[0] if len(found) == 1 else {"anyOf": found} for key, found in sorted(ways.items())}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _pairs() -> dict[str, Schema]:
    """Windows and margins as people write them."""

    def whole(least: int) -> Schema:
        return {"type": "integer", "minimum": least, "maximum": MAX_WINDOW}

    def axes(part: Schema) -> Schema:
        return {"type": "array", "prefixItems": [part, part], "items": False, "minItems": 2, "maxItems": 2}

    side = {"anyOf": [whole(0), axes(whole(0))]}
    return {
        "Window": {"description": "One number for both axes, or [height, width].", "anyOf": [whole(1), axes(whole(1))]},
        "Margins": {
            "description": "Pixels: one number, [height, width], or [[top, bottom], [left, right]].",
            "anyOf": [whole(0), axes(side)],
        },
    }


def _plain(schema: Any) -> Any:
    """Pydantic's schema in the words of an editor: no titles, descriptions of keys from docstrings, pairs by reference."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "prefixItems" in schema:
        inner = schema["prefixItems"][0]
        pair: Schema = {"$ref": "#/$defs/Margins" if "prefixItems" in inner else "#/$defs/Window"}
        return pair | ({"default": short_form(schema["default"])} if "default" in schema else {})
    found: Schema = {}
    for key, value in schema.items():
        if key != "title" or isinstance(value, dict):
            found[BOUNDS.get(str(key), str(key))] = _plain(value)
    if found.get("type") == "array":
        found = {ITEMS.get(key, key): value for key, value in found.items()}
    if "default" in found:
        found["default"] = short_form(schema["default"])
    if "properties" in found and "description" in found:
        found["description"], said = _described(found["description"])
        for key, words in said.items():
            found["properties"][key]["description"] = words
    return found


def _described(docstring: str) -> tuple[str, dict[str, str]]:
    r"""The first paragraph of a record's docstring, and what it says of each attribute.

    >>> _described("A thing.\n\nMore.\n\nAttributes:\n    a, b: One\n        and two.\n    c: Three.")
    ('A thing.', {'a': 'One and two.', 'b': 'One and two.', 'c': 'Three.'})
    """
    head, _, attributes = docstring.partition("Attributes:")
    said: dict[str, str] = {}
    for names, words in re.findall(r"^ {4}(\w[\w, ]*): (.*(?:\n {8}.*)*)", attributes, re.MULTILINE):
        said |= {name: " ".join(words.split()) for name in names.split(", ")}
    return " ".join(head.split("\n\n")[0].split()), said
