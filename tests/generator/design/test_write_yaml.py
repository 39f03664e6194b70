"""Designs written as YAML read back as the same designs, whatever they hold, and look as a person would write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.check.files import read_one
from generator.design.parse import parse_design
from generator.design.read_yaml import design_of_yaml
from generator.design.write_yaml import design_to_yaml
from generator.lint.options import CheckOptions

SHIPPED = ("tiny-imagenet-v36.yaml", "tiny-imagenet-v4.yaml", "demo.xlsx", "Model Design.xlsx")

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
WINDOWS = st.integers(1, 9) | st.lists(st.integers(1, 9), min_size=2, max_size=2)
PADDINGS = st.sampled_from(["same", "valid", 1, [0, 2], [[0, 1], [1, 0]], [[1, 2], [1, 2]], [[2, 2], [2, 2]]])
FLOATS = st.floats(0, 1e6) | st.sampled_from([0.0, 1e-5, 1e-300, 3.0, 1e16])
UNIT = {
    "use_bias": st.booleans(),
    "batch_norm": st.booleans(),
    "activation": st.sampled_from([None, "relu", "gelu"]),
    "kernel_initializer": st.sampled_from(["he_normal", "glorot_uniform"]),
    "l2": FLOATS,
}
ROW = {
    "block": st.none() | st.integers() | TEXTS,
    "note": st.none() | TEXTS,
    "name": st.none() | st.sampled_from(["no", "null", "y", "true", "e5", "stem"]),
}


def a_row(kind: str, **own: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"kind": st.just(kind)}, optional={**ROW, **own})


FILTERS = {"filters": st.integers(1, 10**9) | st.just("classes")}
ROWS = st.one_of(
    a_row("conv", **UNIT, kernel_size=WINDOWS, strides=WINDOWS, padding=PADDINGS).map(lambda row: {"filters": 8, **row}),
    a_row("dense_block", **UNIT, convolutions=st.integers(1, 4)).map(lambda row: {"filters": "classes", **row}),
    a_row("concat").map(lambda row: {**row, "inputs": ["a", "a"]}),
    a_row("max_pool", pool_size=WINDOWS, strides=st.none() | WINDOWS, padding=PADDINGS),
    a_row("zero_padding", padding=PADDINGS.filter(lambda padding: not isinstance(padding, str))),
    a_row("dropout").map(lambda row: {**row, "rate": 0.25}),
)
DEFAULTS = st.fixed_dictionaries(
    {},
    optional={
        "all": st.fixed_dictionaries({}, optional={**UNIT, "strides": WINDOWS}),
        "conv": st.fixed_dictionaries({}, optional={**UNIT, "kernel_size": WINDOWS}),
        "dense_block": st.fixed_dictionaries({}, optional={**FILTERS, "convolutions": st.integers(1, 4)}),
        "max_pool": st.fixed_dictionaries({}, optional={"strides": st.none() | WINDOWS}),
    },
)
PHASE = st.fixed_dictionaries(
    {"image_size": st.integers(1, 512), "epochs": st.integers(1, 10**6), "batch_size": st.integers(1, 512)},
    optional={"augment": st.sampled_from(["none", "original_a"]), "learning_rate": st.floats(1e-8, 10)},
)
DESIGNS = st.fixed_dictionaries(
    {"name": TEXTS, "plan": st.lists(ROWS, min_size=1, max_size=6), "defaults": DEFAULTS},
    optional={
        "source": TEXTS,
        "classes": st.integers(1, 10**6),
        "input": st.fixed_dictionaries({}, optional={"image_size": WINDOWS, "channels": st.integers(1, 9)}),
        "targets": st.fixed_dictionaries({}, optional={"rf": st.just({"value": 100, "tolerance": 0.5})}),
        "train": st.fixed_dictionaries(
            {"phases": st.lists(PHASE, min_size=1, max_size=3)},
            optional={"optimizer": st.just({"name": "sgd", "momentum": 0.9}), "seed": st.integers(0, 99)},
        ),
    },
)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_designs_read_back_as_they_are(repository: Path, name: str) -> None:
    design = read_one(str(repository / "designs" / name), CheckOptions()).design
    assert design is not None
    assert design_of_yaml(design_to_yaml(design), "again") == design


@settings(max_examples=150, deadline=None)
@given(DESIGNS)
def test_any_design_reads_back_as_it_is(data: dict[str, Any]) -> None:
    design = parse_design(data)
    text = design_to_yaml(design)
    assert design_of_yaml(text, "again") == design
    # Another reader of YAML sees the same keys: nothing of a text became syntax.
    other = yaml.safe_load(text)
    assert set(other) <= {"name", "source", "input", "classes", "targets", "defaults", "plan", "train"}
    assert [row["kind"] for row in other["plan"]] == [row["kind"] for row in data["plan"]]
    assert other["name"] == data["name"]
    assert [row.get("note") for row in other["plan"]] == [row.get("note") for row in data["plan"]]


def test_rows_are_short_and_stand_on_a_line_each(repository: Path) -> None:
    design = read_one(str(repository / "designs" / "tiny-imagenet-v36.yaml"), CheckOptions()).design
    assert design is not None
    lines = design_to_yaml(design).splitlines()
    assert "  - {block: 1, kind: dense_block, filters: 64}" in lines
    assert "  - {block: 3, kind: concat, inputs: [bottleneck_0, bottleneck_1]}" in lines
    assert "  bottleneck: {kernel_initializer: he_normal, l2: 0.0001}" in lines
    assert "targets: {rf: {value: 100, tolerance: 10}, params: {max: 12_000_000}}" in lines
    assert sum(line.startswith("  - {") for line in lines) == len(design.plan)


def test_a_row_says_what_differs_from_its_defaults() -> None:
    plan = [{"kind": "conv", "filters": 8, "activation": None, "kernel_size": [3, 5]}, {"kind": "conv", "filters": 8}]
    text = design_to_yaml(parse_design({"name": "x", "defaults": {"all": {"activation": "gelu"}}, "plan": plan}))
    assert "  - {kind: conv, filters: 8, kernel_size: [3, 5], activation: null}\n  - {kind: conv, filters: 8}\n" in text


@pytest.mark.parametrize(
    "text", ["a: b", "x\nplan: []", "no", "- {kind: conv}", "*x", "&x", "!!python/name:os", "1e3", "# x", "x #y", "", " x"]
)
def test_text_that_looks_like_yaml_stays_text(text: str) -> None:
    design = parse_design({"name": text, "plan": [{"kind": "softmax", "note": text, "block": text}]})
    written = design_to_yaml(design)
    assert design_of_yaml(written, "again") == design
    assert yaml.safe_load(written)["plan"] == [{"block": text, "kind": "softmax", "note": text}]
