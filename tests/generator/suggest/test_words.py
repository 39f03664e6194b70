"""The words of edits: those of a sheet by its rows, those of a plan by names."""

from __future__ import annotations

from typing import Any

import pytest

from generator.design.parse import parse_design
from generator.design.record import Design
from generator.network.expand import row_names
from generator.suggest.catalogue import edits_of
from generator.suggest.edits import Edit, plan_of
from generator.suggest.lines import lines_of
from generator.suggest.words import Places, edit_words, suggestion_words

PLAN: list[dict[str, Any]] = [
    {"kind": "conv", "filters": 8, "block": "stem"},
    {"kind": "conv", "filters": 16, "block": 1, "strides": 2},
    {"kind": "conv", "filters": 16, "block": 1, "padding": 1},
    {"kind": "max_pool", "block": 2},
    {"kind": "dense_block", "filters": 8, "block": 2},
    {"kind": "dense_block", "filters": 8, "block": 2, "kernel_size": 5},
    {"kind": "conv", "filters": "classes", "kernel_size": 1},
    {"kind": "global_average_pool"},
]
SHEET_ROWS = (5, 6, 6, 9, 10, 11, None, None)
"""As of a sheet whose row 6 stands for two convolutions."""


def all_words(places: Places, design: Design) -> dict[str, Edit]:
    return {edit_words(edit, places): edit for edit in edits_of(plan_of(lines_of(design)), filters=True)}


@pytest.fixture(scope="module")
def design() -> Design:
    return parse_design({"name": "test", "classes": 10, "plan": PLAN})


@pytest.fixture(scope="module")
def of_plan(design: Design) -> dict[str, Edit]:
    return all_words(Places(plan_of(lines_of(design)), row_names(design)), design)


@pytest.fixture(scope="module")
def of_sheet(design: Design) -> dict[str, Edit]:
    return all_words(Places(plan_of(lines_of(design)), row_names(design), SHEET_ROWS), design)


@pytest.mark.parametrize(
    "words",
    [
        "move max_pool_0 (row 4 of the plan) above conv_1 (row 2)",
        "move max_pool_0 (row 4 of the plan) above conv_3 (row 7)",
        "add a 2x2 max-pool above dense_block_1 (row 6)",
        "leave out max_pool_0 (row 4 of the plan)",
        "leave out dense_block_0 (row 5 of the plan)",
        "repeat dense_block_0 (row 5 of the plan) below itself",
        "repeat conv_1 (row 2 of the plan) below itself, the copy with stride 1",
        "repeat rows 2 and 3 of the plan (block 1), the copy with stride 1",
        "move the stride of 2 from conv_1 (row 2 of the plan) to conv_2 (row 3)",
        "stride 1 instead of 2 in conv_1 (row 2 of the plan)",
        "stride 2 instead of 1 in conv_0 (row 1 of the plan)",
        "kernel 7x7 instead of 3x3 in conv_0 (row 1 of the plan)",
        "kernel 5x5 instead of 3x3 and padding 2 in conv_2 (row 3 of the plan)",
        "kernel 7x7 in rows 5 and 6 of the plan (block 2)",
        "kernel 9x9 instead of 3x3 in rows 1-3 of the plan (all of kind conv)",
        "dilation 2 instead of 1 in dense_block_0 (row 5 of the plan)",
        "dilation 2 instead of 1 and padding 2 in conv_2 (row 3 of the plan)",
        "3 convolutions instead of 2 in dense_block_0 (row 5 of the plan)",
        "1 convolution instead of 2 in rows 5 and 6 of the plan (block 2)",
        "window 3x3 instead of 2x2 in max_pool_0 (row 4 of the plan)",
        "3/4 of the filters in rows 1-3, 5 and 6 of the plan (all above the head)",
        "1/2 of the filters in rows 2 and 3 of the plan (block 1)",
    ],
)
def test_words_of_a_plan(words: str, of_plan: dict[str, Edit]) -> None:
    assert words in of_plan


@pytest.mark.parametrize(
    "words",
    [
        "move the max-pool of row 9 above convolution 1 of row 6",
        "move the max-pool of row 9 below row 11",
        "add a 2x2 max-pool above row 11",
        "leave out the max-pool of row 9",
        "leave out row 10",
        "kernel 7x7 instead of 3x3 in convolution 1 of row 6",
        "kernel 7x7 instead of 3x3 in row 5",
        "kernel 7x7 in rows 10 and 11 (block 2)",
        "window 3x3 instead of 2x2 in the max-pool of row 9",
        "move the stride of 2 from convolution 1 of row 6 to row 5",
        "3/4 of the filters in rows 5, 6, 10 and 11 (all above the head)",
    ],
)
def test_words_of_a_sheet(words: str, of_sheet: dict[str, Edit]) -> None:
    assert words in of_sheet


def test_every_edit_has_words_of_its_own(design: Design, of_plan: dict[str, Edit]) -> None:
    edits = list(edits_of(plan_of(lines_of(design)), filters=True))
    assert len(of_plan) == len(edits)


def test_the_head_is_left_alone(of_plan: dict[str, Edit]) -> None:
    assert all(max(edit.rows, default=0) < 6 for edit in of_plan.values())
    assert all(edit.above is None or edit.above <= 6 for edit in of_plan.values())


def test_lines_of_a_text_are_called_so(design: Design) -> None:
    places = Places(plan_of(lines_of(design)), row_names(design), SHEET_ROWS, "line")
    assert "move the max-pool of line 9 above line 11" in all_words(places, design)


def test_two_edits_are_one_sentence(design: Design, of_plan: dict[str, Edit]) -> None:
    first, second = "leave out max_pool_0 (row 4 of the plan)", "stride 2 instead of 1 in conv_0 (row 1 of the plan)"
    places = Places(plan_of(lines_of(design)), row_names(design))
    assert suggestion_words([of_plan[first], of_plan[second]], places) == f"{first}, and {second}"
