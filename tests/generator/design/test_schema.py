"""The schema for editors: up to date, and it takes what the reader takes."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from generator.design.parse import DesignProblems, parse_design
from generator.design.rows import ROWS
from generator.design.schema import design_schema, schema_text
from tests.support.places import REPOSITORY
from tests.support.plans_of_all_kinds import random_data

FILE = REPOSITORY / "designs" / "design.schema.json"
SCHEMA = design_schema()

VALIDATOR = Draft202012Validator(SCHEMA)
NO_OTHER_WORDS = {
    "$id": "urn:test:no-other-words",
    "$dynamicAnchor": "meta",
    "$ref": Draft202012Validator.META_SCHEMA["$id"],
    "unevaluatedProperties": False,
}
"""The schema of schemas, which by itself takes words that it does not know, and ignores them."""


def test_the_schema_is_one_and_all_its_words_mean_something() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    strict = Draft202012Validator(NO_OTHER_WORDS)
    assert list(strict.iter_errors(SCHEMA)) == []
    assert not strict.is_valid({"properties": {"filters": {"type": "integer", "ge": 1}}})


def test_the_file_is_up_to_date(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--accept-golden"):
        FILE.write_text(schema_text())
    assert FILE.read_text() == schema_text(), f"to accept: python -m pytest {__file__} --accept-golden"


@pytest.mark.parametrize("file", sorted((REPOSITORY / "designs").glob("*.yaml")), ids=lambda file: file.name)
def test_the_shipped_designs_are_valid(file: Path) -> None:
    assert list(VALIDATOR.iter_errors(yaml.safe_load(file.read_text()))) == []


@pytest.mark.parametrize("seed", range(60))
def test_what_the_reader_takes_is_valid(seed: int) -> None:
    data = json.loads(json.dumps(random_data(seed)))
    parse_design(copy.deepcopy(data))
    assert list(VALIDATOR.iter_errors(data)) == []


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
    assert not VALIDATOR.is_valid(data)


def test_every_kind_and_key_is_explained_or_named() -> None:
    assert SCHEMA["$defs"].keys() >= ROWS.keys()
    for kind, record in ROWS.items():
        assert SCHEMA["$defs"][kind]["properties"].keys() == record.model_fields.keys()
        assert SCHEMA["$defs"][kind]["description"]
    assert SCHEMA["$defs"]["Optimizer"]["properties"]["weight_decay"]["description"].startswith("On kernels only")
    assert SCHEMA["$defs"]["conv"]["properties"]["kernel_size"] == {"$ref": "#/$defs/Window", "default": 3}
