import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from generator.errors import InputError
from tests.support.failing import failing
from tests.support.processes import under_jax
from tinymodel.evaluation.evaluate import evaluate
from tinymodel.evaluation.which_run import backend_of
from tinymodel.files import UNFINISHED
from tinymodel.training.log.events import SilentLog
from tinymodel.training.run.folder import RunFolder
from tinymodel.training.run.written import Follows
from tinymodel.training.stopping import Stopped
from tinymodel.training.trainer import train


def final_rows(run):
    with (run / "log.csv").open() as stream:
        return [row for row in csv.DictReader(stream) if row["image_size"] == "16"]


def test_the_figures_are_those_of_the_best_epoch_in_the_log_exactly(tiny, run):
    best = max(final_rows(run), key=lambda row: float(row["val_accuracy"]))
    found = evaluate(run, tiny.FakeData())
    assert (found.weights, found.epoch, found.image_size, found.images) == ("best", int(best["epoch"]), 16, 30)
    assert (repr(found.top_1), repr(found.loss)) == (best["val_accuracy"], best["val_loss"])
    assert found.notes == ()


def test_the_last_weights_are_those_of_the_last_row(tiny, run):
    last = final_rows(run)[-1]
    found = evaluate(run, tiny.FakeData(), weights="last")
    assert (found.weights, repr(found.top_1), repr(found.loss)) == ("last", last["val_accuracy"], last["val_loss"])


def test_the_arrays_are_kept(tiny, run):
    found = evaluate(run, tiny.FakeData())
    with np.load(found.predictions, allow_pickle=False) as kept:
        assert kept["probabilities"].shape == (30, 4)
        assert kept["names"][29] == "val29"
        assert found.top_1 == np.mean(kept["probabilities"].argmax(1) == kept["labels"])
    names = ["predictions.npz", *(f"val-{name}.csv" for name in ("classes", "confusion", "pictures", "reliability"))]
    assert {entry.name for entry in found.predictions.parent.iterdir()} >= set(names)


def test_text_and_json_say_the_same(tiny, run):
    found = evaluate(run, tiny.FakeData())
    record = json.loads(json.dumps(found.to_json()))
    assert record["top_1"] == found.top_1
    assert record["top_5"] is None
    assert [one["name"] for one in record["classes"]] == ["c0", "c1", "c2", "c3"]
    text = found.to_text().splitlines()
    assert text[1].startswith(f"top-1 {found.top_1:.2%}  loss ")
    recalls = [float(line.split()[1].rstrip("%")) for line in text[4 : text.index("", 4)]]
    assert recalls == sorted(recalls)
    with np.load(found.predictions, allow_pickle=False) as kept:
        sure, right = kept["probabilities"].max(1), kept["probabilities"].argmax(1) == kept["labels"]
    assert [one["probability"] for one in record["mistakes"]] == pytest.approx(sorted(sure[~right], reverse=True)[:5])
    assert [one["probability"] for one in record["hits"]] == pytest.approx(sorted(sure[right])[:5])
    assert all(one["label"] != one["guess"] for one in record["mistakes"])
    heading = text.index("most confident mistakes")
    assert all(one["picture"] in line for one, line in zip(record["mistakes"], text[heading + 1 :], strict=False))


def test_classes_are_called_as_the_run_calls_them(tiny, run, copied):
    """The data may have come without `words.txt` this time."""
    record = json.loads((copied / "data.json").read_text())
    (copied / "data.json").write_text(json.dumps({**record, "titles": ["ant", "bee", "cow", "dog"]}))
    assert [figures.title for figures in evaluate(copied, tiny.FakeData()).classes] == ["ant", "bee", "cow", "dog"]


def test_top_5_is_given_where_there_are_more_classes(tiny, tmp_path):
    data = tiny.FakeData(classes=7)
    train(tiny.design(classes=7, phases=[{**tiny.PHASES[0], "epochs": 1}]), data, tmp_path)
    found = evaluate(tmp_path, data)
    assert found.top_1 < found.top_5 <= 1.0
    assert f"top-5 {found.top_5:.2%}" in found.to_text()


def test_without_an_epoch_at_the_final_size_the_last_weights_are_used_with_a_note(tiny, tmp_path):
    with pytest.raises(Stopped):
        train(tiny.design(), tiny.FakeData(), tmp_path, log=StopAt(15))
    found = evaluate(tmp_path, tiny.FakeData())
    assert (found.weights, found.epoch) == ("last", 1)
    assert "no epoch at the final image size is done yet" in found.to_text()


class StopAt(SilentLog):
    """Asks a training to stop at a step."""

    def __init__(self, step):
        self.left = step

    def progress(self, progress):
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGTERM)


def test_without_the_file_the_best_weights_of_the_checkpoint_are_used_with_a_note(tiny, run, copied):
    (copied / "best.weights.h5").unlink()
    found, whole = evaluate(copied, tiny.FakeData()), evaluate(run, tiny.FakeData())
    assert (found.weights, found.epoch, found.top_1, found.loss) == ("best", whole.epoch, whole.top_1, whole.loss)
    assert found.notes[0].startswith("best.weights.h5 is missing: these are the best weights of checkpoint epoch-0005")


def test_other_pictures_of_the_same_classes_are_noted(tiny, run):
    assert "not the pictures" in evaluate(run, tiny.FakeData(seed=9)).to_text()


def words_of(*arguments):
    with pytest.raises(InputError) as caught:
        evaluate(*arguments)
    return str(caught.value)


@pytest.fixture
def copied(run, tmp_path):
    """A copy of the run that may be damaged."""
    return shutil.copytree(run, tmp_path / "copy")


def test_refusals(tiny, run, copied, tmp_path):
    assert "is not a run folder" in words_of(tmp_path / "none", tiny.FakeData())
    assert "the data has other classes than the run was trained on" in words_of(run, tiny.FakeData(classes=3))
    assert "is no longer in the cache" in words_of(run)
    shutil.rmtree(copied / "checkpoints")
    (copied / "best.weights.h5").unlink()
    assert "best.weights.h5: is missing\n  help: no checkpoint can be read either" in words_of(copied, tiny.FakeData())
    (copied / "files.json").unlink()
    assert "there are no weights yet" in words_of(copied, tiny.FakeData())


def one_bit(file):
    """Flips one bit of a weight, so that the file opens and answers otherwise."""
    content = bytearray(file.read_bytes())
    content[-100] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("damage", [one_bit, lambda file: file.write_bytes(b"no weights")], ids=["a bit", "all of it"])
def test_weights_that_are_not_as_the_run_wrote_them_are_refused_with_what_makes_them_again(tiny, copied, damage):
    damage(copied / "best.weights.h5")
    said = words_of(copied, tiny.FakeData())
    assert said == (
        f"{copied / 'best.weights.h5'}: is not the file that the run wrote: it is cut off or changed\n"
        "  help: start the training's command again: it makes the file again from the checkpoint"
    )
    train(tiny.design(), tiny.FakeData(), copied)
    evaluate(copied, tiny.FakeData())


def test_weights_of_an_epoch_before_the_best_one_are_told(tiny, run, copied):
    """As a kill between the last checkpoint and the file leaves them: whole and recorded, and no longer the best."""
    best = evaluate(run, tiny.FakeData()).epoch
    RunFolder(copied).written.put(
        {"best.weights.h5": (copied / "best.weights.h5").read_bytes() + b"x"}, {"best.weights.h5": Follows(best - 1, "")}
    )
    found = evaluate(copied, tiny.FakeData())
    assert found.epoch == best - 1
    assert found.notes[0].startswith(f"the best epoch is {best} by now: start the training's command again")


@pytest.mark.parametrize("content", ["{}", "[]", '"x"', "[" * 100_000])
def test_a_record_of_the_data_that_says_too_little_is_refused(tiny, copied, content):
    (copied / "data.json").write_text(content)
    assert "data.json: cannot be read: " in words_of(copied, tiny.FakeData())


def test_a_design_that_was_changed_since_is_refused(tiny, copied):
    text = (copied / "design.yaml").read_text()
    assert "filters: 8" in text
    (copied / "design.yaml").write_text(text.replace("filters: 8", "filters: 6"))
    expected = "holds the weights of another network than design.yaml says"
    assert f"best.weights.h5: {expected}" in words_of(copied, tiny.FakeData())
    (copied / "best.weights.h5").unlink()
    assert "is of another design, recipe or data set than the run folder says" in words_of(copied, tiny.FakeData())


def test_image_sizes_that_cannot_be(tiny, run):
    with pytest.raises(InputError, match=r'layer "max_pool_0" cannot be: .* \(image size 1x1\)'):
        evaluate(run, tiny.FakeData(), image_size=1)


def test_a_folder_that_cannot_be_written_is_named(tiny, copied):
    shutil.rmtree(copied / "evaluation", ignore_errors=True)
    (copied / "evaluation").write_text("in the way")
    assert f"{copied / 'evaluation'}: cannot be written: File exists" in words_of(copied, tiny.FakeData())


@pytest.mark.parametrize(("call", "name"), [(1, "predictions.npz"), (3, "val-classes.csv"), (11, "val-confusion.png")])
def test_a_file_that_does_not_fit_is_one_message_and_stays_as_it_was(tiny, copied, call, name):
    (copied / "evaluation").mkdir(exist_ok=True)
    (copied / "evaluation" / name).write_bytes(b"old")
    with failing("fsync", call):
        said = words_of(copied, tiny.FakeData())
    assert f"{copied / 'evaluation'}: cannot be written: No space left on device" in said
    assert (copied / "evaluation" / name).read_bytes() == b"old"
    assert not list(copied.rglob(f"{UNFINISHED}*"))


@pytest.mark.slow
def test_under_the_other_backend_the_figures_are_the_same(tiny, copied):
    import keras

    other = {"tensorflow": "jax", "jax": "tensorflow"}[keras.backend.backend()]
    pytest.importorskip(other)
    code = (
        f"import json, pathlib, sys; sys.path.insert(0, {str(Path(tiny.__file__).parent)!r})\n"
        "import tiny\nfrom tinymodel.evaluation.evaluate import evaluate\n"
        "found = [evaluate(pathlib.Path(sys.argv[1]), tiny.FakeData(), weights=weights) for weights in ('best', 'last')]\n"
        "print(json.dumps([one.to_json() for one in found]))"
    )
    environment = {**under_jax(), "KERAS_BACKEND": other}
    done = subprocess.run([sys.executable, "-c", code, str(copied)], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    for weights, theirs in zip(("best", "last"), json.loads(done.stdout), strict=True):
        ours = evaluate(copied, tiny.FakeData(), weights=weights)
        assert theirs["loss"] == pytest.approx(ours.loss, rel=1e-4)
        assert theirs["top_1"] == pytest.approx(ours.top_1, abs=0.04)
        assert theirs["notes"] == [
            f"trained on {keras.backend.backend()}, evaluated on {other}: the last digits may differ",
            *ours.notes,
        ]


def test_cells_of_tables_run_no_formulas(tiny, tmp_path):
    from tinymodel.evaluation.figures import class_figures, confusion
    from tinymodel.evaluation.tables import write_tables

    class Data(NamedTuple):
        classes: tuple

    names = ("=1+1", "@x", " +1", "-1", "\udcff alone")
    probabilities, labels = np.eye(5, dtype=np.float32), np.arange(5)
    matrix = confusion(probabilities, labels)
    split = tiny.FakeSplit(None, labels, names)
    write_tables(tmp_path, "val", probabilities, split, matrix, Data(names), class_figures(matrix, names, names))
    cells = [cell for file in tmp_path.iterdir() for row in csv.reader(file.read_text("utf-8").splitlines()) for cell in row]
    assert len([cell for cell in cells if cell == "'=1+1"]) >= 5
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]


def test_the_backend_of_a_run_is_known_before_keras_is_imported(run, tmp_path, repository):
    code = (
        "import sys, pathlib; from tinymodel.evaluation.which_run import backend_of; "
        "print(backend_of(pathlib.Path(sys.argv[1])), 'keras' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code, str(run)], cwd=repository, capture_output=True, text=True, check=True)
    import keras

    assert said.stdout.split() == [keras.backend.backend(), "False"]
    assert backend_of(tmp_path) is None


def test_the_holdout_is_evaluated_where_there_is_one_and_pairs_are_named(tiny, run, tmp_path):
    from tinymodel.training.trainer import train

    with pytest.raises(InputError, match="held nothing out"):
        evaluate(run, tiny.FakeData(), on="holdout")
    phases = [{**tiny.PHASES[1], "epochs": 1}]
    train(tiny.design(phases=phases, holdout=0.25, ema_momentum=0.5), tiny.FakeData(), tmp_path)
    found = evaluate(tmp_path, tiny.FakeData(), on="holdout")
    with (tmp_path / "log.csv").open() as stream:
        (row,) = csv.DictReader(stream)
    assert (repr(found.top_1), repr(found.loss)) == (row["val_accuracy"], row["val_loss"])
    assert (found.on, found.images) == ("holdout", 24)
    assert "held out pictures at 16 px" in found.to_text()
    with (found.predictions.parent / "holdout-confusion.csv").open() as stream:
        _, *rows = csv.reader(stream)
    matrix = np.array([[int(cell) for cell in cells[1:]] for cells in rows])
    wrong = matrix - np.diag(np.diag(matrix))
    assert found.pairs[0].pictures == wrong.max()
    with (found.predictions.parent / "holdout-pictures.csv").open() as stream:
        pictures = list(csv.DictReader(stream))
    assert sum(int(one["right"]) for one in pictures) == round(found.top_1 * 24)
    mistakes = [float(one["probability"]) for one in pictures if one["right"] == "0"]
    assert mistakes == sorted(mistakes, reverse=True)


def test_another_image_size_gives_figures_and_keeps_no_arrays(tiny, run):
    found = evaluate(run, tiny.FakeData(), image_size=8)
    assert (found.image_size, found.predictions) == (8, None)


def test_weights_from_the_holdout_begin_another_training(tiny, tmp_path):
    from tinymodel.evaluation.class_weights import class_weights
    from tinymodel.training.trainer import train

    phases = [{**tiny.PHASES[1], "epochs": 1}]
    train(tiny.design(phases=phases, holdout=0.25), tiny.FakeData(), tmp_path / "first")
    found = evaluate(tmp_path / "first", tiny.FakeData(), on="holdout")
    weights = class_weights(found.classes)
    recalls = {figures.name: figures.recall for figures in found.classes}
    assert weights[min(recalls, key=recalls.get)] == max(weights.values())
    frozen = [{**tiny.PHASES[1], "epochs": 1, "learning_rate": 1e-30}]
    design = tiny.design(phases=frozen, holdout=0.25, class_weight=weights, optimizer={"name": "sgd"})
    train(design, tiny.FakeData(), tmp_path / "second", weights_from=tmp_path / "first")
    from tinymodel.evaluation.run_model import open_run

    first, second = (open_run(tmp_path / name).model for name in ("first", "second"))
    for one, other in zip(first.trainable_variables, second.trainable_variables, strict=True):
        assert one.numpy() == pytest.approx(other.numpy()), "nothing was learned since, at such a rate"
    with pytest.raises(InputError, match="to begin with"):
        train(design, tiny.FakeData(), tmp_path / "third", weights_from=tmp_path)
    assert not (tmp_path / "third").exists()
