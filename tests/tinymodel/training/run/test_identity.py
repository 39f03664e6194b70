"""What makes a run this one, and how one of an earlier release is understood."""

import pytest

from generator.design.read_yaml import design_of_yaml
from generator.design.rows import ROWS, Conv
from generator.errors import InputError
from tests.support.plans_of_all_kinds import random_design
from tinymodel.training.run import identity
from tinymodel.training.run.folder import RunFolder, identity_if_begun
from tinymodel.training.run.identity import DataIdentity, design_text, hold_identity, identity_digest

DATA = DataIdentity(("a", "b"), "f")


def test_the_digest_knows_rows_by_their_positions(tiny):
    plan = [
        {"kind": "conv", "filters": 4, "name": "one", "note": "first", "block": 1},
        {"kind": "conv", "filters": 4, "name": "two"},
        {"kind": "concat", "inputs": ["one", "two"]},
        *tiny.PLAN[-3:],
    ]
    renamed = [
        {**plan[0], "name": "eins", "note": "x", "block": "B"},
        plan[1],
        {**plan[2], "inputs": ["eins", "two"]},
        *plan[3:],
    ]
    other = [plan[0], {**plan[1], "inputs": ["input"]}, *plan[2:]]
    said = [{**plan[0], "inputs": ["input"]}, {**plan[1], "inputs": ["one"]}, *plan[2:]]
    digests = [identity_digest(tiny.design(one), DATA) for one in (plan, renamed, said, other)]
    assert digests[0] == digests[1] == digests[2] != digests[3]
    assert [change.key for change in identity.identity_changes(tiny.design(plan), tiny.design(other))] == [
        "design.plan.1.inputs.0"
    ]


@pytest.mark.parametrize(
    "changed",
    [{"seed": 1}, {"label_smoothing": 0.1}, {"optimizer": {"name": "sgd"}}, {"class_weight": {"c1": 2.0}}, {"holdout": 0.1}],
)
def test_the_identity_tells_recipes_apart(tiny, changed):
    assert identity_if_begun(tiny.design(**changed), tiny.FakeData(), None) != identity_if_begun(
        tiny.design(), tiny.FakeData(), None
    )
    assert identity_if_begun(tiny.design(), tiny.FakeData(seed=1), None) != identity_if_begun(
        tiny.design(), tiny.FakeData(), None
    )


def test_what_is_free_to_change_and_whether_a_default_is_written_make_no_other_run(tiny):
    spelled = {
        "checkpoint_minutes": 3.0,
        "precision": "float32",
        "seed": 0,
        "sampling": "natural",
        "optimizer": {"name": "adam"},
    }
    assert identity_if_begun(tiny.design(**spelled), tiny.FakeData(), None) == identity_if_begun(
        tiny.design(), tiny.FakeData(), None
    )


def test_the_identity_of_a_run_is_that_of_its_files_whatever_later_releases_know(tiny, tmp_path, monkeypatch):
    folder = RunFolder(tmp_path)
    folder.begin(tiny.design(), tiny.FakeData(), {})
    before = folder.identity()
    assert before == identity_if_begun(tiny.design(), tiny.FakeData(), None)
    monkeypatch.setattr(identity, "EARLIER", {0: {}, 1: {"recipe.label_smoothing": 0.5, "plan.conv.use_bias": False}})
    monkeypatch.setattr(identity, "FORMAT", 2)
    assert folder.identity() == before
    text = (tmp_path / "recipe.json").read_text()
    (tmp_path / "recipe.json").write_text(text.replace(' "sampling": "natural",\n', ""))
    assert '"sampling"' in text
    assert folder.identity() != before, "a key that a release does not write is not one that it wrote"


def test_every_kind_of_row_is_stored_with_all_its_keys_and_means_the_same():
    for design in map(random_design, range(40)):
        again = design_of_yaml(design_text(design), "design.yaml")
        assert again.plan == design.plan
        for row in again.plan:
            assert set(ROWS[row.kind].model_fields) - {"name", "note", "block", "inputs"} <= row.model_fields_set


def test_keys_that_are_not_written_mean_what_they_meant_in_their_format(tiny, monkeypatch):
    monkeypatch.setattr(
        identity,
        "EARLIER",
        {
            0: {"plan.conv.batch_norm": True, "recipe.optimizer.momentum": 0.5, "recipe.phases.augment": "pad_crop"},
            1: {"plan.conv.batch_norm": False, "plan.conv.activation": "elu", "recipe.seed": 7},
        },
    )
    raw = {
        "defaults": {"all": {"activation": "gelu"}},
        "plan": [{"kind": "conv", "filters": 2}],
        "train": {"phases": [{"image_size": 8}]},
    }
    assert identity.with_earlier_meanings(raw, 0)["defaults"] == {"all": {"activation": "gelu"}, "conv": {"batch_norm": True}}
    assert identity.with_earlier_meanings(raw, 1)["defaults"] == {"all": {"activation": "gelu"}, "conv": {"batch_norm": False}}
    assert identity.with_earlier_meanings(raw, 2) == raw
    recipe = {"phases": [{"image_size": 8}], "optimizer": {"name": "sgd"}}
    assert identity.recipe_with_earlier_meanings(recipe, 0) == {
        "phases": [{"image_size": 8, "augment": "pad_crop"}], "optimizer": {"name": "sgd", "momentum": 0.5}, "seed": 7,
    }  # fmt: skip
    assert identity.recipe_with_earlier_meanings(recipe, 2) == recipe


# ------------------------------------------------------------------------------------------------ what a command contradicts


def test_a_key_that_the_command_does_not_name_stays_and_is_told(tiny):
    stored = tiny.design([{**tiny.PLAN[0], "use_bias": False}, *tiny.PLAN[1:]], label_smoothing=0.1, checkpoint_minutes=3.0)
    asked = tiny.design()
    found = hold_identity(stored, asked, only=None, place="run")
    assert (found.design.plan, found.design.train) == (stored.plan, stored.train)
    assert found.otherwise == (
        "the design reads otherwise by now (design.plan.0.use_bias False → True, recipe.label_smoothing 0.1 → 0.0); "
        "the run goes on with its own plan and recipe"
    )


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"seed": 0}, "recipe.seed"),
        ({"optimizer": {"learning_rate": 0.001}}, "recipe.optimizer.learning_rate"),
        ({"plan": [{"kind": "conv", "filters": 9}]}, "design.plan"),
    ],
)
def test_a_key_that_it_names_is_refused_even_where_it_names_the_default(tiny, changed, key):
    stored = tiny.design(seed=7, optimizer={"name": "adam", "learning_rate": 0.01})
    with pytest.raises(InputError, match=f"^run: {key} is not what this run was begun with"):
        hold_identity(stored, tiny.design(**changed), only=None, place="run")


def test_what_is_free_to_change_is_as_the_command_says_and_else_as_the_run_says(tiny):
    stored = tiny.design(checkpoint_minutes=3.0, checkpoint_steps=5)
    found = hold_identity(stored, tiny.design(checkpoint_steps=9), only=None, place="run")
    assert (found.design.train.checkpoint_minutes, found.design.train.checkpoint_steps, found.otherwise) == (3.0, 9, "")


def test_of_a_sheet_that_is_read_otherwise_only_what_the_command_sets_is_refused(tiny):
    stored, asked = tiny.design(), tiny.design([{**tiny.PLAN[0], "filters": 9}, *tiny.PLAN[1:]])
    found = hold_identity(stored, asked, only=(), place="run")
    assert found.design.plan == stored.plan
    assert "design.plan.0.filters 8 → 9" in found.otherwise
    with pytest.raises(InputError, match=r"design.plan.0.filters is not"):
        hold_identity(stored, asked, only=("design.plan.0.filters",), place="run")


def test_a_default_that_the_command_sets_counts_as_naming_what_it_gives(tiny):
    stored, asked = tiny.design(), tiny.design([{**tiny.PLAN[0], "l2": 0.5}, *tiny.PLAN[1:]])
    for name in ("design.defaults.conv.l2", "design.defaults.all.l2"):
        with pytest.raises(InputError, match=r"design.plan.0.l2 is not"):
            hold_identity(stored, asked, only=(name,), place="run")
    assert hold_identity(stored, asked, only=("design.defaults.dense.l2",), place="run").otherwise


def test_names_notes_and_targets_of_the_command_are_its_own(tiny):
    stored = tiny.design([{**tiny.PLAN[0], "name": "stem"}, *tiny.PLAN[1:]])
    found = hold_identity(stored, tiny.design().model_copy(update={"name": "another"}), only=None, place="run")
    assert (found.design.name, found.design.plan[0].name, found.otherwise) == ("another", "stem", "")
    assert isinstance(found.design.plan[0], Conv)
