"""Runs of release 0.1.0 go on: the folders in `tests/data/release_0_1_0` are as it left them, byte for byte.

`design.yaml` was trained on `data.zip` with `train --run finished`, and once more with a SIGTERM at the 22nd of 24 steps.
"""

import csv
import shutil
from contextlib import contextmanager

import numpy as np
import pytest

from generator.design.read_yaml import read_yaml
from generator.design.recipe import Recipe
from generator.design.record import Design
from generator.design.rows import Conv
from generator.errors import InputError
from tinymodel.data.prepare import prepare
from tinymodel.evaluation.evaluate import evaluate
from tinymodel.report_page.load import load
from tinymodel.report_page.page import report_html
from tinymodel.training.log.events import SilentLog
from tinymodel.training.run import identity, records
from tinymodel.training.run.folder import RunFolder
from tinymodel.training.stopping import Stopped
from tinymodel.training.trainer import train


class Telling(SilentLog):
    """Keeps what is told; asks a training to stop at a step."""

    def __init__(self, stop_at=None):
        self.messages, self.steps, self.stop_at = [], 0, stop_at

    def message(self, text):
        self.messages.append(text)

    def progress(self, progress):
        import os
        import signal

        self.steps += 1
        if self.steps == self.stop_at:
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture(scope="module")
def release(repository):
    return repository / "tests" / "data" / "release_0_1_0"


@pytest.fixture(scope="module")
def data(release, tmp_path_factory):
    return prepare(release / "data.zip", cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture
def design(release):
    return read_yaml(release / "design.yaml")


@pytest.fixture
def left(release, tmp_path):
    """A copy of one of the folders."""
    return lambda name, to="run": shutil.copytree(release / name, tmp_path / to)


@contextmanager
def another_default(record, key, value):
    """A record of a release in which a key that is not written means something else."""
    field = record.model_fields[key]
    before, field.default = field.default, value
    try:
        for built in (record, Design):
            built.model_rebuild(force=True)
        records.RECIPE.rebuild(force=True)
        yield
    finally:
        field.default = before
        for built in (record, Design):
            built.model_rebuild(force=True)
        records.RECIPE.rebuild(force=True)


def test_a_stopped_run_goes_on_at_its_step_to_the_same_bits_each_time(left, design, data, state_on_disk):
    rows, ends = (left("stopped", "before") / "log.csv").read_bytes(), []
    for name in ("one", "other"):
        run, log = left("stopped", name), Telling()
        train(design, data, run, log=log)
        assert any(message.startswith("goes on at step 22 of 24") for message in log.messages)
        assert (run / "log.csv").read_bytes().startswith(rows)
        ends.append((state_on_disk(run), (run / "log.csv").read_bytes()))
    ((one_name, one), one_log), ((other_name, other), other_log) = ends
    assert (one_name, one_log) == (other_name, other_log)
    assert all(np.array_equal(one[key], other[key]) for key in one.keys() | other.keys())
    assert len(list(csv.reader(one_log.decode().splitlines()))) == 6


def test_a_finished_run_stays_finished_and_gets_its_record(left, design, data):
    run, log = left("finished"), Telling()
    before = {name: (run / name).read_bytes() for name in ("log.csv", "design.yaml", "recipe.json", "data.json", "timings.csv")}
    assert train(design, data, run, log=log).trained is False
    assert {name: (run / name).read_bytes() for name in before} == before
    assert (
        "made again from the checkpoint, as nothing was recorded of them: log.csv, curves.png, best.weights.h5, model.keras"
        in log.messages
    )
    again = Telling()
    train(design, data, run, log=again)
    assert len(again.messages) == 1


@pytest.mark.parametrize("name", ["stopped", "finished"])
def test_both_evaluate_and_report(left, data, name):
    run = left(name)
    found = evaluate(run, data)
    assert (found.weights, found.epoch, found.notes) == ("best", 3, ())
    assert "small-0-1-0" in report_html(load(run, data))


def test_weights_that_the_checkpoint_does_not_have_are_refused(left, data, release):
    """Release 0.1.0 recorded no sums: the checkpoint says what the file should hold."""
    run = left("finished")
    shutil.rmtree(run / "checkpoints" / "epoch-0005-step-00000024")
    stopped = RunFolder(run)
    content = bytearray((run / "best.weights.h5").read_bytes())
    at = content.rfind(np.load(next((run / "checkpoints").glob("*24/arrays.npz")))["best/model/0000/kernel"].tobytes()[:16])
    content[at] ^= 1
    (stopped / "best.weights.h5").write_bytes(content)
    with pytest.raises(InputError, match="does not hold the best weights of epoch 3") as caught:
        evaluate(run, data)
    assert "help: start the training's command again: it makes the file again from the checkpoint" in str(caught.value)


def test_a_renamed_row_is_the_same_run(left, design, data):
    plan = tuple(row.model_copy(update={"name": {"stem": "first"}.get(row.name, row.name)}) for row in design.plan)
    assert train(design.model_copy(update={"plan": plan}), data, left("finished")).trained is False


def test_a_run_of_an_earlier_format_keeps_what_its_keys_meant(left, release, data, monkeypatch):
    """In this release a convolution has no bias and classes are drawn evenly unless a design says otherwise."""
    monkeypatch.setattr(identity, "FORMAT", 2)
    monkeypatch.setattr(identity, "EARLIER", {0: {"plan.conv.use_bias": True}, 1: {}})
    run, log = left("stopped"), Telling()
    with another_default(Conv, "use_bias", False), another_default(Recipe, "sampling", "class_balanced"):
        train(read_yaml(release / "design.yaml"), data, run, log=log)
        assert (RunFolder(run).design().plan[0].use_bias, RunFolder(run).design().train.sampling) == (True, "natural")
        assert evaluate(run, data).epoch == 3
    assert (
        "the design reads otherwise by now (design.plan.0.use_bias True → False, design.plan.3.use_bias True → False, "
        "recipe.sampling natural → class_balanced); the run goes on with its own plan and recipe" in log.messages
    )
    assert (run / "log.csv").read_bytes() == (release / "finished" / "log.csv").read_bytes()


def test_a_run_of_this_release_keeps_its_defaults_without_any_table(tmp_path, release, data):
    train(read_yaml(release / "design.yaml"), data, tmp_path / "whole")
    with pytest.raises(Stopped):
        train(read_yaml(release / "design.yaml"), data, tmp_path / "run", log=Telling(20))
    with another_default(Conv, "use_bias", False), another_default(Recipe, "sampling", "class_balanced"):
        train(read_yaml(release / "design.yaml"), data, tmp_path / "run")
    assert (tmp_path / "run" / "log.csv").read_bytes() == (tmp_path / "whole" / "log.csv").read_bytes()


def test_a_run_of_a_later_release_is_refused(left, design, data):
    run = left("finished")
    (run / "recipe.json").write_text((run / "recipe.json").read_text().replace("{", '{"format": 9, ', 1))
    with pytest.raises(InputError, match="was written by a later release than this one"):
        train(design, data, run)
    with pytest.raises(InputError, match="was written by a later release than this one"):
        evaluate(run, data)
