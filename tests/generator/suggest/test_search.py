"""What is suggested: the smallest edits, in their order, each of them a design that is what it is said to be."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from generator.design.parse import parse_design
from generator.design.read_yaml import read_yaml
from generator.design.record import Design, Target, Targets
from generator.errors import InputError
from generator.network.buildable import check_buildable
from generator.network.expand import expand
from generator.network.resolutions import image_sizes
from generator.network.trace import Trace, trace
from generator.suggest import search
from generator.suggest.goals import wanted_targets
from generator.suggest.search import Suggestion, Suggestions, suggest
from tests.support.places import DESIGNS

RF_100 = Targets(rf=Target(value=100.0, tolerance=5.0))


def design_of(*plan: dict[str, Any], **header: Any) -> Design:
    head = [{"kind": "conv", "filters": "classes", "kernel_size": 1}, {"kind": "global_average_pool"}, {"kind": "softmax"}]
    return parse_design({"name": "small", "classes": 10, "plan": [*plan, *head], **header})


def walked(design: Design, image_size: tuple[int, int] | None = None) -> Trace:
    graph = expand(design)
    check_buildable(graph)
    return trace(graph, image_size)


def kinds(suggestion: Suggestion) -> list[str]:
    return [edit.kind for edit in suggestion.edits]


@pytest.fixture(scope="module")
def v4() -> Design:
    return read_yaml(DESIGNS / "tiny-imagenet-v4.yaml")


@pytest.fixture(scope="module")
def found(v4: Design) -> Suggestions:
    return suggest(v4, RF_100, limit=100)


def test_v4_comes_to_100_by_one_edit_that_keeps_its_parameters(v4: Design, found: Suggestions) -> None:
    best = found.suggestions[0]
    assert kinds(best) == ["move"]
    assert best.design.plan == read_yaml(DESIGNS / "tiny-imagenet-rf100.yaml").plan
    before, after = walked(v4), walked(best.design)
    assert (before.final.height.rf, after.final.height.rf) == (64, 100)
    assert after.params == before.params == 27_878_152


def test_every_suggestion_is_what_it_is_said_to_be(v4: Design, found: Suggestions) -> None:
    assert len(found.suggestions) > 10
    for suggestion in found.suggestions:
        assert [at.image_size for at in suggestion.after] == [(32, 32), (64, 64)]
        for at in suggestion.after:
            whole = walked(suggestion.design, at.image_size)
            assert 95 <= whole.final.height.rf <= 105
            said = at.figures()
            assert (said["rf"], said["params"], said["macs"]) == (whole.final.height.rf, whole.params, whole.macs)
            assert whole.rows[-1].shape == (200,)


def test_the_pools_that_are_moved_are_those_that_a_hand_finds() -> None:
    """The max-pool of the plain text is taken out and put into every other place; the rest is arithmetic of the trace."""
    raw = yaml.safe_load((DESIGNS / "tiny-imagenet-v4.yaml").read_text())
    pool = next(index for index, row in enumerate(raw["plan"]) if row["kind"] == "max_pool")
    moved = raw["plan"].pop(pool)
    reaching = set()
    for place in range(1, 19):
        plan = [*raw["plan"][:place], moved, *raw["plan"][place:]]
        rf = walked(parse_design({**raw, "plan": plan})).final.height.rf
        if 95 <= rf <= 105:
            reaching.add((place, rf))
    everything = suggest(read_yaml(DESIGNS / "tiny-imagenet-v4.yaml"), RF_100, limit=1000)
    moves = [each for each in everything.suggestions if kinds(each) == ["move"]]
    by_rf = {rf: {place for place, other in reaching if other == rf} for _, rf in reaching}
    assert {each.after[0].figures()["rf"]: each.alike + 1 for each in moves} == {rf: len(by_rf[rf]) for rf in by_rf}
    for each in moves:
        assert each.edits[0].above in by_rf[each.after[0].figures()["rf"]]


def test_the_closest_come_first_and_what_costs_parameters_comes_last(v4: Design, found: Suggestions) -> None:
    params = walked(v4).params
    figures = [suggestion.after[0].figures() for suggestion in found.suggestions]
    outside = [abs(each["params"] / params - 1) > 0.1 for each in figures]
    assert outside == sorted(outside)
    assert any(outside)
    inside = [abs(each["rf"] - 100) for each, out in zip(figures, outside, strict=True) if not out]
    assert inside == sorted(inside)


def test_without_a_single_edit_two_are_suggested(v4: Design) -> None:
    targets = wanted_targets(v4.targets, rf=100.0, params_max=20e6)
    found = suggest(v4, targets, limit=5)
    assert found.missed == ("rf", "params")
    assert [len(each.edits) for each in found.suggestions] == [2] * 5
    best = walked(found.suggestions[0].design)
    assert 95 <= best.final.height.rf <= 105
    assert best.params <= 20_000_000


def test_no_dilation_leaves_pixels_unseen(v4: Design) -> None:
    """Behind a first 3x3 a unit sees 3 pixels: taps may stand 3 apart, and no more."""
    design = design_of(*[{"kind": "conv", "filters": 8}] * 3, input={"image_size": 64})
    found = suggest(design, Targets(rf=Target(min=12.0, max=30.0)), limit=100)
    first = [(edit.rows, max(edit.to)) for each in found.suggestions for edit in each.edits if edit.argument == "dilation_rate"]
    assert first
    assert all(rate == 1 for rows, rate in first if 0 in rows)
    assert all(rate <= 3 for rows, rate in first if rows == (1,))


def test_no_window_comes_to_reach_over_its_map() -> None:
    """On a map of 8 px a kernel of 9, or of 5 with taps 2 apart, would read zeros at both ends whatever it looks at."""
    design = design_of(*[{"kind": "conv", "filters": 8}] * 3, input={"image_size": 8})
    found = suggest(design, Targets(rf=Target(min=8.0)), limit=1000)
    changed = [edit for each in found.suggestions for edit in each.edits if edit.kind == "change"]
    assert {max(edit.to) for edit in changed if edit.argument == "kernel_size"} == {5, 7}
    for each in found.suggestions:
        layers = [layer for layer in expand(each.design).layers if "kernel_size" in layer.arguments]
        by_name = {row.name: row for row in walked(each.design).rows}
        for layer in layers:
            window = max(layer.arguments["dilation_rate"]) * (max(layer.arguments["kernel_size"]) - 1) + 1
            assert window <= by_name[layer.inputs[0]].height.size


def test_a_merge_keeps_its_sizes() -> None:
    """The pool can go above both branches or below their merge, never into one of them."""
    design = design_of(
        {"kind": "conv", "filters": 8},
        {"kind": "conv", "filters": 8, "name": "short"},
        {"kind": "conv", "filters": 8, "name": "long"},
        {"kind": "add", "inputs": ["short", "long"]},
        {"kind": "conv", "filters": 8},
        {"kind": "max_pool"},
        {"kind": "conv", "filters": 8},
    )
    found = suggest(design, Targets(rf=Target(min=15.0)), limit=100)
    places = {edit.above for each in found.suggestions for edit in each.edits if edit.kind in ("move", "add")}
    assert places
    assert places <= {1, 4, 6, 7}


def test_edits_hold_at_every_image_size_of_the_recipe() -> None:
    """At 64 px there is room for one more pool, at 3 px there is not."""
    rows = [{"kind": "conv", "filters": 8, "padding": "valid"}, {"kind": "conv", "filters": 8}]
    wide = suggest(design_of(*rows, input={"image_size": 64}), Targets(rf=Target(min=6.0)), limit=100)
    phases = [{"image_size": 3, "epochs": 1, "batch_size": 1}]
    narrow = suggest(
        design_of(*rows, input={"image_size": 64}, train={"phases": phases}), Targets(rf=Target(min=6.0)), limit=100
    )
    assert "add" in {kind for each in wide.suggestions for kind in kinds(each)}
    for each in narrow.suggestions:
        assert image_sizes(each.design) == [(64, 64), (3, 3)]
        for size in image_sizes(each.design):
            walked(each.design, size)
    assert "add" not in {kind for each in narrow.suggestions for kind in kinds(each)}


def test_filters_are_scaled_for_a_limit_on_parameters() -> None:
    design = design_of({"kind": "conv", "filters": 64}, {"kind": "conv", "filters": 128}, {"kind": "conv", "filters": 256})
    limit = walked(design).params * 0.8
    found = suggest(design, Targets(params=Target(max=limit)), limit=3)
    scaled = next(each for each in found.suggestions if kinds(each) == ["scale"])
    assert walked(scaled.design).params <= limit
    assert walked(scaled.design).params > 0.7 * limit, "not less than is needed"
    assert [getattr(row, "filters", None) for row in scaled.design.plan[:3]] == [56, 112, 224]


def test_macs_count_at_the_largest_size_of_the_recipe_unless_one_is_named() -> None:
    train = {"phases": [{"image_size": 64, "epochs": 1, "batch_size": 1}]}
    design = design_of({"kind": "conv", "filters": 16}, {"kind": "conv", "filters": 16}, train=train)
    limit = walked(design, (64, 64)).macs * 0.9
    targets = Targets(macs=Target(max=limit))
    assert suggest(design, targets, (32, 32)).missed == ()
    found = suggest(design, targets)
    assert found.missed == ("macs",)
    assert found.suggestions
    assert all(walked(each.design, (64, 64)).macs <= limit for each in found.suggestions)


def test_the_memory_of_activations_is_a_target_like_the_others() -> None:
    train = {"phases": [{"image_size": 32, "epochs": 1, "batch_size": 8}]}
    design = design_of({"kind": "conv", "filters": 32}, {"kind": "conv", "filters": 32}, train=train)
    kept = 8 * 4 * sum(row.elements for row in walked(design).rows)
    found = suggest(design, Targets(activation_bytes=Target(max=kept * 0.8)))
    assert found.suggestions
    for each in found.suggestions:
        assert 8 * 4 * sum(row.elements for row in walked(each.design).rows) <= kept * 0.8


def test_a_row_that_is_read_by_name_is_read_still_when_its_name_has_changed() -> None:
    design = design_of(
        {"kind": "conv", "filters": 8},
        {"kind": "conv", "filters": 8},
        {"kind": "max_pool"},
        {"kind": "conv", "filters": 8},
        {"kind": "add", "inputs": ["max_pool_0", "conv_2"]},
    )
    found = suggest(design, Targets(rf=Target(value=18.0, tolerance=0.0)), limit=100)
    added = [each for each in found.suggestions if kinds(each) == ["add"] and each.edits[0].above == 1]
    assert [getattr(row, "inputs", None) for row in added[0].design.plan[:6]] == [*[None] * 5, ("max_pool_1", "conv_2")]
    repeated = suggest(design, Targets(rf=Target(value=12.0, tolerance=0.0)), limit=100)
    more = [each.design.plan[-4] for each in repeated.suggestions if kinds(each) == ["repeat"]]
    assert {row.inputs for row in more} == {("max_pool_0", "conv_3")}  # type: ignore[attr-defined]


def test_upsampling_is_judged_exactly() -> None:
    rows = [{"kind": "conv", "filters": 4}, {"kind": "max_pool"}, {"kind": "conv", "filters": 4}, {"kind": "upsample"}]
    design = parse_design({"name": "map", "plan": [*rows, {"kind": "conv", "filters": 4}, {"kind": "conv", "filters": 2}]})
    found = suggest(design, Targets(rf=Target(value=18.0, tolerance=1.0)), limit=100)
    assert found.suggestions
    for each in found.suggestions:
        assert 17 <= walked(each.design).final.height.rf <= 19
        assert walked(each.design).rows[-1].shape == walked(design).rows[-1].shape


def test_a_long_plan_is_searched_in_part_and_that_is_said(monkeypatch: pytest.MonkeyPatch, v4: Design) -> None:
    monkeypatch.setattr(search, "MAX_ROWS_WALKED", 22 * 100)
    found = suggest(v4, RF_100)
    assert found.judged == 100
    assert found.passed_over > 100


def test_pairs_are_those_of_the_most_promising_edits_and_that_is_said(monkeypatch: pytest.MonkeyPatch, v4: Design) -> None:
    monkeypatch.setattr(search, "MAX_PAIRS", 200)
    found = suggest(v4, wanted_targets(v4.targets, rf=100.0, params_max=20e6))
    assert found.pairs_cut
    assert found.judged < 700


def test_without_targets_the_message_says_how_to_set_one() -> None:
    with pytest.raises(InputError) as raised:
        wanted_targets(Targets())
    assert str(raised.value) == (
        "the design has no targets to be brought to\n"
        "  help: set one by --rf N, --params-max N or --macs-max N, or by `targets:` in the design"
    )


def test_a_value_without_tolerance_is_the_least_that_is_wanted(v4: Design) -> None:
    assert v4.targets.rf == Target(value=100.0)
    found = suggest(v4, wanted_targets(v4.targets), limit=100)
    assert all(each.after[0].figures()["rf"] >= 100 for each in found.suggestions)
    assert found.suggestions[0].after[0].figures()["rf"] == 100
