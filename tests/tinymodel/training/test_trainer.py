import csv
import json
import os
import shutil
import signal

import keras
import numpy as np
import pytest

from generator.errors import InputError
from tinymodel.training.log.events import SilentLog
from tinymodel.training.run.folder import RunFolder
from tinymodel.training.stopping import Diverged, NotWhole, Stopped
from tinymodel.training.trainer import train


class Telling(SilentLog):
    """Keeps what is told, and sends a signal to this process at a step."""

    def __init__(self, stop_at=None, number=signal.SIGTERM):
        self.messages, self.rows, self.steps = [], [], 0
        self.stop_at, self.number = stop_at, number

    def message(self, text):
        self.messages.append(text)

    def progress(self, progress):
        self.steps += 1
        if self.steps == self.stop_at:
            os.kill(os.getpid(), self.number)

    def epoch(self, row, timing, progress, best):
        self.rows.append((row, best))


def rows_of(run):
    with (run / "log.csv").open() as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def stopped_run(tiny, tmp_path_factory):
    run = tmp_path_factory.mktemp("runs") / "stopped"
    with pytest.raises(Stopped):
        train(tiny.design(), tiny.FakeData(), run, log=Telling(15))
    return run


@pytest.fixture
def begun_run(stopped_run, tmp_path):
    """A run that was stopped at step 15, in its second epoch."""
    return shutil.copytree(stopped_run, tmp_path / "run")


def refusal(*arguments, **options):
    with pytest.raises(InputError) as caught:
        train(*arguments, **options)
    return str(caught.value)


# ------------------------------------------------------------------------------------------------- what a run leaves behind


def test_a_run_folder_says_everything_about_itself(tiny, finished_run):
    names = {entry.name for entry in finished_run.iterdir()}
    assert names >= {
        "design.yaml", "recipe.json", "data.json", "environment.json", "files.json", "log.csv", "timings.csv", "checkpoints",
        "best.weights.h5", "model.keras", "tensorboard", "model.py", "sheet.xlsx",
    }  # fmt: skip
    stored, drawn = RunFolder(finished_run).design(), tiny.design()
    assert (stored.plan, stored.train, stored.input, stored.classes) == (drawn.plan, drawn.train, drawn.input, drawn.classes)
    assert (finished_run / "sheet.xlsx").read_bytes() == b"PK"
    assert json.loads((finished_run / "recipe.json").read_text())["phases"][1]["augment"] == "original_b"
    assert json.loads((finished_run / "data.json").read_text())["classes"] == ["c0", "c1", "c2", "c3"]
    assert json.loads((finished_run / "environment.json").read_text())[0]["packages"]["keras"] == keras.__version__
    assert not [name for name in names if name.startswith(".unfinished")]


def test_the_log_has_a_row_an_epoch_through_both_phases(finished_run):
    rows = rows_of(finished_run)
    assert [(row["epoch"], row["phase"], row["image_size"], row["steps"], row["learning_rate"]) for row in rows] == [
        ("1", "1", "8", "12", "0.001"), ("2", "1", "8", "12", "0.001"),
        ("3", "2", "16", "9", "0.003"), ("4", "2", "16", "9", "0.003"), ("5", "2", "16", "9", "0.003"),
    ]  # fmt: skip


def test_one_optimizer_lives_through_all_phases(finished_run, state_on_disk):
    _, arrays = state_on_disk(finished_run)
    (iterations,) = [array for name, array in arrays.items() if name.endswith("/iteration")]
    assert iterations == 2 * 12 + 3 * 9


def test_the_best_epoch_is_the_first_highest_at_the_final_size_and_its_weights_are_kept(tiny, finished_run, state_on_disk):
    final = [row for row in rows_of(finished_run) if row["image_size"] == "16"]
    best = max(final, key=lambda row: float(row["val_accuracy"]))
    result = train(tiny.design(), tiny.FakeData(), finished_run)
    assert result.best.epoch == int(best["epoch"])
    model, again = (keras.models.load_model(finished_run / "model.keras") for _ in range(2))
    again.load_weights(finished_run / "best.weights.h5")
    weights = [array for name, array in state_on_disk(finished_run)[1].items() if name.startswith("best/")]
    for one, other in zip(model.get_weights(), again.get_weights(), strict=True):
        assert np.array_equal(one, other)
        assert any(one.shape == array.shape and np.array_equal(one, array) for array in weights)


def test_a_network_learns_what_can_be_learned(tiny, tmp_path):
    plan = [{"kind": "conv", "filters": 16}, {"kind": "bottleneck", "filters": "classes", "activation": None}, *tiny.PLAN[-2:]]
    phases = [{"image_size": 8, "epochs": 12, "batch_size": 8, "learning_rate": 0.02}]
    result = train(tiny.design(plan, phases), tiny.FakeData(), tmp_path / "run")
    assert result.best.val_accuracy > 0.9


def test_training_a_finished_run_again_says_so_and_changes_nothing(tiny, finished_run):
    before = {path: path.read_bytes() for path in finished_run.rglob("*") if path.is_file()}
    log = Telling()
    assert train(tiny.design(), tiny.FakeData(), finished_run, log=log).trained is False
    assert log.messages[-1].startswith("was finished before: 5 epochs, best validation accuracy")
    assert {path: path.read_bytes() for path in finished_run.rglob("*") if path.is_file()} == before


# --------------------------------------------------------------------------------------------------------- going on exactly


@pytest.mark.parametrize("steps", [[1, 11, 1], [20, 30]], ids=["between epochs", "over phases"])
def test_a_stopped_training_ends_as_the_uninterrupted_one(tiny, tmp_path, finished_run, assert_same_end, steps):
    for number, step in zip([signal.SIGTERM, signal.SIGINT] * 2, steps, strict=False):
        with pytest.raises(Stopped) as stopped:
            train(tiny.design(), tiny.FakeData(), tmp_path, log=Telling(step, number))
        assert stopped.value.exit_code == 128 + number
    train(tiny.design(), tiny.FakeData(), tmp_path, resume="must")
    assert_same_end(tmp_path, finished_run)


def test_a_training_stopped_in_validation_trains_no_step_twice(tiny, tmp_path, finished_run, assert_same_end, monkeypatch):
    from tinymodel.training import validate

    def interrupted(engine, split, between):
        os.kill(os.getpid(), signal.SIGTERM)
        return predict(engine, split, between)

    predict = validate.predict
    monkeypatch.setattr(validate, "predict", interrupted)
    with pytest.raises(Stopped, match="at step 12,"):
        train(tiny.design(), tiny.FakeData(), tmp_path)
    monkeypatch.undo()
    train(tiny.design(), tiny.FakeData(), tmp_path)
    assert_same_end(tmp_path, finished_run)


def test_a_damaged_checkpoint_is_passed_over_and_the_one_before_leads_to_the_same_end(
    tiny, tmp_path, finished_run, assert_same_end
):
    run = tmp_path / "run"
    shutil.copytree(finished_run, run)
    for name in ("epoch-0004-step-00000042", "epoch-0005-step-00000051"):
        (run / "checkpoints" / name / "arrays.npz").write_bytes(b"cut off")
    log = Telling()
    train(tiny.design(), tiny.FakeData(), run, log=log)
    assert log.messages[:2] == [
        f"checkpoint {name} is passed over: the checksum of arrays.npz is wrong"
        for name in ("epoch-0005-step-00000051", "epoch-0004-step-00000042")
    ]
    assert len(log.rows) == 2
    assert_same_end(run, finished_run)


def test_when_all_checkpoints_are_damaged_nothing_is_begun_anew(tiny, begun_run):
    for file in begun_run.glob("checkpoints/*/arrays.npz"):
        file.write_bytes(b"")
    assert "no checkpoint of this run can be read" in refusal(tiny.design(), tiny.FakeData(), begun_run)


def test_another_environment_is_told_and_noted(tiny, begun_run):
    file = begun_run / "environment.json"
    entries = json.loads(file.read_text())
    entries[0]["threads"] = 96
    file.write_text(json.dumps(entries))
    log = Telling(1)
    with pytest.raises(Stopped):
        train(tiny.design(), tiny.FakeData(), begun_run, log=log)
    assert any(
        message.startswith("from here on, numbers may differ") and "threads 96 → " in message for message in log.messages
    )
    assert [entry["from_step"] for entry in json.loads(file.read_text())] == [0, 15]


def test_a_damaged_list_of_environments_ends_nothing(tiny, begun_run, finished_run, assert_same_end):
    (begun_run / "environment.json").write_bytes(b"[{")
    log = Telling()
    train(tiny.design(), tiny.FakeData(), begun_run, log=log)
    assert "environment.json was damaged" in log.messages[0]
    assert_same_end(begun_run, finished_run)


def test_a_training_whose_machine_is_gone_goes_on_from_the_second_folder(tiny, tmp_path, finished_run, assert_same_end):
    for stop_at in (15, 30):
        with pytest.raises(Stopped):
            train(tiny.design(), tiny.FakeData(), tmp_path / "run", copy_to=tmp_path / "drive", log=Telling(stop_at))
        shutil.rmtree(tmp_path / "run")
    log = Telling()
    train(tiny.design(), tiny.FakeData(), tmp_path / "run", resume="must", copy_to=tmp_path / "drive", log=log)
    assert log.messages[0] == f"the run is taken from {tmp_path / 'drive'}"
    assert_same_end(tmp_path / "run", finished_run)
    assert_same_end(tmp_path / "drive", finished_run)
    assert (tmp_path / "drive" / "model.keras").read_bytes() == (tmp_path / "run" / "model.keras").read_bytes()


def test_resident_images_train_as_streamed_ones_do(tiny, tmp_path):
    phases = [{"image_size": 8, "epochs": 3, "batch_size": 10, "augment": "pad_crop", "cutmix": 0.5}]
    for images in ("resident", "streamed"):
        train(tiny.design(phases=phases, images=images), tiny.FakeData(), tmp_path / images)
    resident, streamed = (rows_of(tmp_path / images) for images in ("resident", "streamed"))
    for one, other in zip(resident, streamed, strict=True):
        assert float(one["loss"]) == pytest.approx(float(other["loss"]), rel=1e-5)
        assert float(one["val_loss"]) == pytest.approx(float(other["val_loss"]), rel=1e-5)


def test_checkpoints_are_written_every_so_many_steps_and_the_last_few_stay(tiny, tmp_path):
    train(tiny.design(phases=tiny.PHASES[:1], checkpoint_steps=5), tiny.FakeData(), tmp_path, keep=4)
    steps = [int(entry.name[-8:]) for entry in sorted((tmp_path / "checkpoints").iterdir())]
    assert steps == [12, 15, 20, 24]


# ------------------------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (lambda tiny: (tiny.design(seed=7), tiny.FakeData()), "recipe.seed is not what this run was begun with"),
        (
            lambda tiny: (tiny.design([{**tiny.PLAN[0], "filters": 9}, *tiny.PLAN[1:]]), tiny.FakeData()),
            "design.plan.0.filters is not what this run was begun with",
        ),
        (
            lambda tiny: (tiny.design(phases=[tiny.PHASES[0], {**tiny.PHASES[1], "epochs": 4}]), tiny.FakeData()),
            "recipe.phases.1.epochs is not what this run was begun with",
        ),
        (lambda tiny: (tiny.design(), tiny.FakeData(seed=1)), "data.fingerprint is not what this run was begun with"),
    ],
)
def test_a_run_does_not_go_on_as_another_one(tiny, begun_run, changed, words):
    assert words in refusal(*changed(tiny), begun_run)


def test_classes_in_another_order_are_other_data(tiny, begun_run):
    data = tiny.FakeData()
    data.classes = tuple(reversed(data.classes))
    said = refusal(tiny.design(), data, begun_run)
    assert "data.classes.0 is not what this run was begun with" in said
    assert 'received: "c3"' in said


def test_a_run_that_lost_its_checkpoints_is_not_begun_anew(tiny, begun_run):
    shutil.rmtree(begun_run / "checkpoints")
    assert "log.csv holds 1 epochs, but there is no checkpoint" in refusal(tiny.design(), tiny.FakeData(), begun_run)


def test_a_class_weight_for_no_class_is_refused_by_its_key(tiny, tmp_path):
    said = refusal(tiny.design(class_weight={"c9": 2.0}), tiny.FakeData(), tmp_path / "run")
    assert said.startswith("class_weight.c9: a class weight is for a class that the data does not have")


def test_what_does_not_touch_the_numbers_is_free_to_change(tiny, begun_run):
    log = Telling(1)
    with pytest.raises(Stopped, match="at step 16,"):
        train(tiny.design(checkpoint_minutes=3.0), tiny.FakeData(), begun_run, log=log)
    assert any(message.startswith("goes on at step 15 of 51") for message in log.messages)


def test_never_refuses_a_run_and_must_refuses_a_new_folder(tiny, begun_run, tmp_path):
    assert "the folder holds a run already" in refusal(tiny.design(), tiny.FakeData(), begun_run, resume="never")
    new = tmp_path / "new"
    assert "there is no run to go on with" in refusal(tiny.design(), tiny.FakeData(), new, resume="must")
    assert not new.exists()


def test_a_folder_with_something_else_in_it_is_left_alone(tiny, tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    assert "the folder is not empty and is no run" in refusal(tiny.design(), tiny.FakeData(), tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_cannot_be_a_run_folder(tiny, tmp_path):
    (tmp_path / "run").write_text("x")
    assert "cannot be a run folder" in refusal(tiny.design(), tiny.FakeData(), tmp_path / "run")


def test_two_trainings_cannot_share_a_folder(tiny, begun_run):
    with RunFolder(begun_run).locked():
        assert "another training is running in this folder" in refusal(tiny.design(), tiny.FakeData(), begun_run)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda tiny: tiny.design(train=False), "says nothing about training\n  help: add `train: {phases:"),
        (lambda tiny: tiny.design(classes=3), "--set classes=4"),
        (lambda tiny: tiny.design([*tiny.PLAN[:5], *tiny.PLAN[6:]]), "another number of outputs than the data has classes"),
        (lambda tiny: tiny.design(tiny.PLAN[:-1]), "it does not end in a softmax"),
        (lambda tiny: tiny.design(tiny.PLAN[:-2] + tiny.PLAN[-1:]), "it does not end in a softmax over a vector of classes"),
        (
            lambda tiny: tiny.design([{"kind": "flatten"}, {"kind": "dense", "units": "classes"}, {"kind": "softmax"}]),
            "phase 2 has another image size than the one that the network is fixed to",
        ),
    ],
)
def test_a_design_that_cannot_be_trained_is_refused_and_leaves_nothing(tiny, tmp_path, make, words):
    run = tmp_path / "run"
    assert words in refusal(make(tiny), tiny.FakeData(), run)
    assert not run.exists()


def test_a_disk_that_is_full_is_one_message_and_the_next_start_goes_on(tiny, tmp_path, failing, finished_run, assert_same_end):
    with failing("fsync", 60) as failed, pytest.raises(NotWhole) as caught:
        train(tiny.design(), tiny.FakeData(), tmp_path / "run")
    assert failed.reached
    assert "cannot be read or written: No space left on device\n  help: what was saved before is kept" in str(caught.value)
    assert not list(tmp_path.rglob(".unfinished*"))
    train(tiny.design(), tiny.FakeData(), tmp_path / "run")
    assert_same_end(tmp_path / "run", finished_run)


def test_a_loss_that_is_no_number_stops_with_step_and_batch(tiny, tmp_path):
    phases = [{**tiny.PHASES[0], "epochs": 1}, {**tiny.PHASES[1], "learning_rate": 1e30}]
    plan = [row for row in tiny.PLAN if row["kind"] != "dropout"]
    optimizer = {"name": "sgd", "learning_rate": 0.001, "momentum": 0.9}
    with pytest.raises(Diverged, match=r"is not a finite number at step 1\d \(epoch 2, batch \d\)"):
        train(tiny.design(plan, phases, optimizer=optimizer), tiny.FakeData(), tmp_path)
    assert [entry.name for entry in (tmp_path / "checkpoints").iterdir()] == ["epoch-0001-step-00000012"]
