"""A run folder and its copy are what the newest checkpoint says, at every start: what is not is made again, or said."""

import json
import os
import shutil
import signal

import h5py
import keras
import numpy as np
import pytest

from generator.errors import InputError
from tinymodel import files
from tinymodel.training.log.events import SilentLog
from tinymodel.training.run import checkpoint
from tinymodel.training.run.checkpoint import Checkpoint, Unusable
from tinymodel.training.run.folder import RunFolder
from tinymodel.training.run.second_folder import SecondFolder
from tinymodel.training.run.state import state_of
from tinymodel.training.run.written import Follows
from tinymodel.training.stopping import NotWhole, Stopped
from tinymodel.training.trainer import Loop, train


class Telling(SilentLog):
    def __init__(self):
        self.messages = []

    def message(self, text):
        self.messages.append(text)


@pytest.fixture(scope="module")
def copied_run(tiny, tmp_path_factory):
    """A finished run with a copy."""
    folder = tmp_path_factory.mktemp("copied")
    train(tiny.design(), tiny.FakeData(), folder / "run", copy_to=folder / "copy")
    return folder


@pytest.fixture
def run(copied_run, tmp_path):
    shutil.copytree(copied_run / "copy", tmp_path / "copy")
    return shutil.copytree(copied_run / "run", tmp_path / "run")


@pytest.fixture
def go_on(tiny, run):
    """Starts the training again; what it said."""

    def start(place=run, **options):
        log = Telling()
        result = train(tiny.design(), tiny.FakeData(), place, log=log, **options)
        return result, [message for message in log.messages if not message.startswith("from here on")]

    return start


def weights(file):
    """Every tensor in a file of weights, by its place."""
    found = {}
    with h5py.File(file) as stored:
        stored.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def content(folder):
    """Every file but those that tell of the machine, by name."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: data for name, data in files.items() if name not in (".lock", "SHA256SUMS", "files.json", "model.keras")}


def cut(file):
    file.write_bytes(file.read_bytes()[:-100])


def flip(file):
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 64
    file.write_bytes(data)


def remove(file):
    file.unlink()


@pytest.mark.parametrize(
    ("name", "damage"), [("best.weights.h5", flip), ("log.csv", cut), ("curves.png", remove), ("model.keras", flip)]
)
def test_what_follows_from_the_checkpoint_is_made_again_in_a_finished_run(copied_run, run, go_on, name, damage):
    damage(run / name)
    result, said = go_on()
    assert result.trained is False
    assert said[0] == f"made again from the checkpoint: {name}"
    assert content(run).keys() == content(copied_run / "run").keys()
    assert weights(run / "best.weights.h5").keys() == weights(copied_run / "run" / "best.weights.h5").keys()
    for place, array in weights(copied_run / "run" / "best.weights.h5").items():
        assert np.array_equal(weights(run / "best.weights.h5")[place], array)
    for file in ("log.csv", "curves.png"):
        assert (run / file).read_bytes() == (copied_run / "run" / file).read_bytes()
    models = [keras.models.load_model(place / "model.keras") for place in (run, copied_run / "run")]
    assert all(np.array_equal(*pair) for pair in zip(*(model.get_weights() for model in models), strict=True))
    assert go_on()[1][0].startswith("was finished before"), "once"


def test_a_stale_file_of_an_earlier_epoch_is_made_again(run, go_on):
    """As a kill between the last checkpoint and the files behind it leaves them: whole and recorded, but of an epoch before."""
    right = (run / "log.csv").read_bytes()
    stale = Follows(1, "")
    RunFolder(run).written.put(
        {"log.csv": b"epoch\n1\n", "best.weights.h5": b"of epoch 1"}, {"log.csv": stale, "best.weights.h5": stale}
    )
    assert go_on()[1][0] == "made again from the checkpoint: log.csv, best.weights.h5"
    assert (run / "log.csv").read_bytes() == right
    assert weights(run / "best.weights.h5")


def test_files_of_another_training_of_as_many_epochs_are_made_again(run, go_on):
    """As when somebody puts the checkpoints of another machine, with other bits, into the folder."""
    folder = RunFolder(run)
    epochs = folder.written.follows("log.csv").epoch
    text = (run / "log.csv").read_bytes()
    folder.written.put({"log.csv": text.replace(b"1,8,12,0.001,", b"1,8,12,0.001,9")}, {"log.csv": Follows(epochs, "another")})
    assert go_on()[1][0] == "made again from the checkpoint: log.csv"
    assert (run / "log.csv").read_bytes() == text


def test_a_run_that_lost_its_recipe_and_its_checkpoints_is_not_begun_anew(run, tiny):
    shutil.rmtree(run / "checkpoints")
    (run / "recipe.json").unlink()
    (run / "log.csv").unlink()
    for resume in ("auto", "never"):
        with pytest.raises(InputError):
            train(tiny.design(), tiny.FakeData(), run, resume=resume)
    assert (run / "model.keras").exists()
    assert (run / "best.weights.h5").exists()


def test_damaged_checkpoints_are_taken_from_the_copy(run, go_on, tmp_path):
    for name in checkpoint.checkpoint_names(run / "checkpoints"):
        (run / "checkpoints" / name / "arrays.npz").write_bytes(b"")
    result, said = go_on(copy_to=tmp_path / "copy")
    assert result.trained is False
    assert any(message.startswith(f"taken from {tmp_path / 'copy'}: epoch-0003") for message in said)


def test_the_copy_of_another_run_is_refused_before_anything_is_taken_from_it(copied_run, tiny, tmp_path, run):
    with pytest.raises(InputError, match=r"recipe.seed is not"):
        train(tiny.design(seed=8), tiny.FakeData(), tmp_path / "new", copy_to=tmp_path / "copy")
    assert not (tmp_path / "new").exists()
    (tmp_path / "copy" / "design.yaml").unlink()
    with pytest.raises(Stopped):
        train(tiny.design(seed=8), tiny.FakeData(), tmp_path / "other", log=StopAt(3))
    with pytest.raises(InputError, match=r"the second folder holds another run: epoch-000\d-step-\d+ is of another one"):
        train(tiny.design(seed=8), tiny.FakeData(), tmp_path / "other", copy_to=tmp_path / "copy")


class StopAt(SilentLog):
    """Asks a training to stop at a step."""

    def __init__(self, step):
        self.left = step

    def progress(self, progress):
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGTERM)


def test_a_run_that_begins_with_other_weights_is_another_run_and_needs_them_until_it_is_saved(run, tiny, tmp_path, failing):
    new = tmp_path / "new"
    with failing("replace", 5) as failed, pytest.raises(NotWhole):
        train(tiny.design(), tiny.FakeData(), new, weights_from=run)
    assert failed.reached
    assert RunFolder(new).begun
    assert not checkpoint.checkpoint_names(new / "checkpoints")
    with pytest.raises(InputError, match="this run was begun with other weights, and has no checkpoint yet"):
        train(tiny.design(), tiny.FakeData(), new)
    with pytest.raises(Stopped):
        train(tiny.design(), tiny.FakeData(), new, weights_from=run, log=StopAt(3))
    assert RunFolder(new).identity() != RunFolder(run).identity()
    with pytest.raises(InputError, match=r"recipe.weights_from is not"):
        train(tiny.design(), tiny.FakeData(), new, copy_to=tmp_path / "copy")


def test_what_is_ahead_of_every_checkpoint_goes(run, go_on):
    for name in checkpoint.checkpoint_names(run / "checkpoints")[1:]:
        shutil.rmtree(run / "checkpoints" / name)
    result, said = go_on()
    assert "model.keras is removed: no checkpoint holds the state that it is of" in said
    assert result.trained
    assert (run / "model.keras").exists()


def test_spare_checkpoints_and_half_files_of_a_killed_start_go(run, go_on):
    oldest = checkpoint.checkpoint_names(run / "checkpoints")[0]
    shutil.copytree(run / "checkpoints" / oldest, run / "checkpoints" / "epoch-0001-step-00000003")
    (run / ".unfinished-77-best.weights.h5").write_bytes(b"half")
    (run / "checkpoints" / ".unfinished-77-epoch-0009-step-00000099").mkdir()
    go_on()
    assert len(checkpoint.checkpoint_names(run / "checkpoints")) == 3
    assert not list(run.rglob(".unfinished*"))


def test_a_copy_that_lacks_something_is_completed_by_any_later_start(copied_run, run, go_on, tmp_path):
    for name in ("model.keras", "best.weights.h5", "log.csv"):
        (tmp_path / "copy" / name).unlink()
    flip(tmp_path / "copy" / "curves.png")
    shutil.rmtree(tmp_path / "copy" / "checkpoints")
    result, _ = go_on(copy_to=tmp_path / "copy")
    assert (result.trained, result.unkept) == (False, ())
    assert content(tmp_path / "copy") == content(copied_run / "copy")


def test_a_copy_that_cannot_be_completed_is_said(run, go_on, tmp_path, failing):
    (tmp_path / "copy" / "model.keras").unlink()
    with failing("fsync", 1):
        result, said = go_on(copy_to=tmp_path / "copy")
    assert len(result.unkept) == 1
    assert "could not be copied" in result.unkept[0]
    assert result.unkept[0] in said
    assert go_on(copy_to=tmp_path / "copy")[0].unkept == ()


@pytest.mark.parametrize(("name", "damage"), [("best.weights.h5", flip), ("log.csv", remove), ("files.json", flip)])
def test_a_run_taken_from_a_damaged_copy_is_whole(copied_run, go_on, tmp_path, run, name, damage):
    damage(tmp_path / "copy" / name)
    result, said = go_on(tmp_path / "elsewhere", copy_to=tmp_path / "copy")
    assert (result.trained, result.unkept) == (False, ())
    assert said[0] == f"the run is taken from {tmp_path / 'copy'}"
    assert any(name in message for message in said[1:-1])
    for place in (tmp_path / "elsewhere", tmp_path / "copy"):
        assert content(place).keys() == content(copied_run / "run").keys()
        assert (place / "log.csv").read_bytes() == (copied_run / "run" / "log.csv").read_bytes()
        assert weights(place / "best.weights.h5").keys() == weights(copied_run / "run" / "best.weights.h5").keys()


def test_a_run_that_is_copied_by_another_training_is_refused(run, tiny, tmp_path):
    with (
        SecondFolder(tmp_path / "elsewhere", tmp_path / "copy").locked(SilentLog()),
        pytest.raises(InputError, match="another training is copied to this folder"),
    ):
        train(tiny.design(), tiny.FakeData(), run, copy_to=tmp_path / "copy")


# ----------------------------------------------------------------------------------------- files that say what the run is


NO_RECORDS = [b"", b"[]", b"{}", b'"x"', b"null", b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe"]


@pytest.mark.parametrize(("name", "content"), [("recipe.json", b'"x"'), ("data.json", b"[" * 100_000), ("design.yaml", None)])
def test_what_says_what_the_run_is_is_written_again_where_the_checkpoint_vouches_for_it(run, go_on, name, content):
    before = (run / name).read_bytes()
    (run / name).unlink()
    if content is not None:
        (run / name).write_bytes(content)
    _, said = go_on()
    assert said[0].startswith(str(run / name))
    assert said[0].endswith("written again: the newest checkpoint is of this design and this data")
    assert (run / name).read_bytes() == before


@pytest.mark.parametrize("content", NO_RECORDS)
def test_nothing_that_is_read_of_a_run_brings_a_traceback(run, content):
    for name, read in (("recipe.json", RunFolder.design), ("data.json", RunFolder.data), ("design.yaml", RunFolder.design)):
        kept = (run / name).read_bytes()
        (run / name).write_bytes(content)
        with pytest.raises(InputError, match=name) as caught:
            read(RunFolder(run))
        assert len(str(caught.value).splitlines()) <= 5
        (run / name).write_bytes(kept)
    (run / "files.json").write_bytes(content)
    assert RunFolder(run).written.recorded() == {}
    (run / "environment.json").write_bytes(content)
    assert RunFolder(run).note_environment({"threads": 1}, 0) == [
        "environment.json was damaged, so that nobody knows what it ran on before"
    ]


def test_without_a_checkpoint_a_damaged_recipe_is_one_message(run, tiny):
    shutil.rmtree(run / "checkpoints")
    (run / "log.csv").unlink()
    (run / "recipe.json").write_text("[]")
    with pytest.raises(InputError, match=r"recipe.json: cannot be read: Input should be an object\n  help: restore the file"):
        train(tiny.design(), tiny.FakeData(), run)


def test_a_changed_digit_in_the_plan_of_the_run_is_found_out(run, go_on):
    before = (run / "design.yaml").read_text()
    (run / "design.yaml").write_text(before.replace("filters: 8", "filters: 9"))
    assert "is of another design, recipe or data set than the run folder says; written again" in go_on()[1][0]
    assert (run / "design.yaml").read_text() == before


@pytest.mark.parametrize("content", [*NO_RECORDS, b'{"identity": "x", "rows": [{}], "best_epoch": 3}'])
def test_a_record_that_says_nothing_is_unusable(content):
    with pytest.raises(Unusable, match=r"record.json cannot be read: "):
        state_of(Checkpoint("epoch-0001-step-00000001", {}, content))


def test_a_checkpoint_whose_record_says_nothing_is_passed_over(run, go_on):
    newest = run / "checkpoints" / checkpoint.checkpoint_names(run / "checkpoints")[-1]
    (newest / "record.json").write_text("[]")
    sums = [f"{files.sha256(newest / name)}  {name}\n" for name in ("arrays.npz", "record.json")]
    (newest / "SHA256SUMS").write_text("".join(sums))
    result, said = go_on()
    assert said[0] == f"checkpoint {newest.name} is passed over: record.json cannot be read: Input should be an object"
    assert result.trained


def test_a_damaged_record_of_files_makes_them_again(run, go_on):
    (run / "files.json").write_text('{"log.csv": [{}]}')
    assert go_on()[1][0].startswith("made again from the checkpoint: ")
    assert json.loads((run / "files.json").read_text()).keys() == {"best.weights.h5", "curves.png", "log.csv", "model.keras"}


def test_a_half_row_of_timings_goes(run, tiny, tmp_path, monkeypatch):
    file = run / "timings.csv"
    rows = file.read_text().splitlines()
    file.write_text("\n".join([*rows, "6,0.1"]))
    for name in checkpoint.checkpoint_names(run / "checkpoints")[-1:]:
        shutil.rmtree(run / "checkpoints" / name)
    train(tiny.design(), tiny.FakeData(), run)
    assert file.read_text().splitlines()[:-1] == rows
    assert {line.count(",") for line in file.read_text().splitlines()} == {5}


# ------------------------------------------------------------------------------------------------- a disk that fails once


def test_an_error_behind_the_last_checkpoint_leaves_nothing_stale(copied_run, tiny, tmp_path, failing, monkeypatch):
    """The log, the curves, the best weights and the model come behind it; the next start makes them."""
    run = tmp_path / "run"
    save = Loop._save

    def then_fail(loop):
        save(loop)
        if len(loop.state.rows) == loop.schedule.epochs:
            raise OSError(28, "No space left on device", str(run / "log.csv"))

    with monkeypatch.context() as patch:
        patch.setattr(Loop, "_save", then_fail)
        with pytest.raises(NotWhole, match="No space left"):
            train(tiny.design(), tiny.FakeData(), run)
    log = Telling()
    result = train(tiny.design(), tiny.FakeData(), run, log=log)
    assert result.trained is False
    assert log.messages[0].startswith("made again from the checkpoint: log.csv, curves.png")
    assert (run / "log.csv").read_bytes() == (copied_run / "run" / "log.csv").read_bytes()
    assert (run / "curves.png").read_bytes() == (copied_run / "run" / "curves.png").read_bytes()
    assert (run / "model.keras").exists()
