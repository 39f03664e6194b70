"""Each rule's page is true: its failing example gives that code at the cell named and nothing else, its passing one nothing."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from generator.check.files import check_files
from generator.lint.finding import Finding
from generator.lint.options import CheckOptions
from generator.lint.rules import AGAINST, ALL
from tests.support.cells import addresses
from tests.support.rule_examples import examples_of, write_example

WITH_EXAMPLES = [rule for rule in ALL if rule not in AGAINST]
"""The examples of the others need a model; they are built in `tests/tinymodel/inspection/test_inspect.py`."""


def found_in(rule: ModuleType, word: str, path: Path) -> list[Finding]:
    (design, *_) = check_files([str(write_example(examples_of(rule)[word], path))], CheckOptions()).designs
    assert design.readable or rule.CODE == "FI004", design.reason
    return [finding for finding in design.findings if finding.cause is None and finding.code != "FI001"]


def with_notes_on_formulas(rule: ModuleType, word: str, path: Path) -> list[Finding]:
    (design, *_) = check_files([str(write_example(examples_of(rule)[word], path))], CheckOptions()).designs
    return [finding for finding in design.findings if finding.code == "FI001"]


@pytest.mark.parametrize("rule", WITH_EXAMPLES, ids=lambda rule: rule.CODE)
def test_the_failing_example_gives_the_code_at_its_cell(rule: ModuleType, tmp_path: Path) -> None:
    find = with_notes_on_formulas if rule.CODE == "FI001" else found_in
    found = [(finding.code, *addresses(finding.cell)) for finding in find(rule, "Fails", tmp_path / "fails.xlsx")]
    assert sorted(found, key=str) == sorted(examples_of(rule)["Fails"].found, key=str)


@pytest.mark.parametrize("rule", WITH_EXAMPLES, ids=lambda rule: rule.CODE)
def test_the_passing_example_gives_nothing(rule: ModuleType, tmp_path: Path) -> None:
    find = with_notes_on_formulas if rule.CODE == "FI001" else found_in
    assert [(finding.code, finding.cell, finding.message) for finding in find(rule, "Passes", tmp_path / "passes.xlsx")] == []


def test_codes_and_names_are_unique() -> None:
    assert len({rule.CODE for rule in ALL}) == len({rule.NAME for rule in ALL}) == len(ALL)
