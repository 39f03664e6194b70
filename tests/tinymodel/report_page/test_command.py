"""`tinymodel report` on trainings of a toy data set."""

import json
import re
import shutil

import numpy as np
import pytest

from tinymodel.cli import main

pytestmark = pytest.mark.slow

DESIGN = """
name: toy
input: {image_size: 8}
classes: 10
plan:
  - {kind: conv, filters: 8, batch_norm: true}
  - {kind: max_pool}
  - {kind: conv, filters: 16}
  - {kind: bottleneck, filters: classes}
  - {kind: global_average_pool}
  - {kind: softmax}
train:
  holdout: 0.2
  phases:
    - {image_size: 8, epochs: 1, batch_size: 20}
    - {image_size: 16, epochs: 1, batch_size: 20, augment: original_a}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a design, a toy data set, and a run of each of two recipes."""
    from tinymodel.data.toy import make_toy

    folder = tmp_path_factory.mktemp("report")
    (folder / "toy.yaml").write_text(DESIGN)
    make_toy(folder / "data", train_per_class=20, val_per_class=6)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.chdir(folder)
        for name in ("first", "second"):
            change = "label_smoothing=0.0" if name == "first" else "label_smoothing=0.1"
            assert main(["train", "toy.yaml", "--data", "data", "--run", name, "--set", change]) == 0
        yield folder


@pytest.fixture
def tinymodel(place, capsys):
    """Runs a command in the folder; gives its exit code and what it wrote."""

    def run(*arguments):
        capsys.readouterr()
        code = main(arguments)
        return code, *capsys.readouterr()

    return run


def data_of(html):
    return json.loads(re.search(r'id="data">(.*?)</script>', html).group(1))


def test_the_page_says_what_evaluate_says(place, tinymodel):
    code, said, complained = tinymodel("report", "second", "--compare", "first")
    assert (code, complained) == (0, "")
    assert said.startswith("second/report.html: ")
    html = (place / "second" / "report.html").read_text("utf-8")
    for run, label in (("second", '<dd id="top-1">{:.2%}</dd>'), ("first", "<td>{:.2%}</td>")):
        figures = json.loads(tinymodel("evaluate", run, "--format", "json")[1])
        assert label.format(figures["top_1"]) in html
    assert "<th>label_smoothing</th><td>0.0</td><td>0.1</td>" in html
    held = html[html.index("On the holdout") :]
    for run in ("second", "first"):
        figures = json.loads(tinymodel("evaluate", run, "--on", "holdout", "--format", "json")[1])
        assert f"<td>{figures['top_1']:.2%}</td>" in held
    assert "theoretical rf" in html
    data = data_of(html)
    assert len(data["pictures"]["name"]) == 60
    assert len(data["heat"]["ranks"]) == 60
    assert max(len(one) for one in data["pictures"]["name"]) < 60


def test_evaluate_at_several_sizes_prints_one_list_and_draws(place, tinymodel):
    sizes = [word for size in (8, 16, 8) for word in ("--image-size", str(size))]
    code, said, complained = tinymodel("evaluate", "first", *sizes, "--format", "json")
    assert (code, complained) == (0, "")
    assert [figures["image_size"] for figures in json.loads(said)] == [8, 16]
    drawn = {file.name for file in (place / "first" / "evaluation").glob("*.png")}
    assert drawn >= {"val-confusion.png", "val-classes.png", "val-reliability.png"}
    code, said, complained = tinymodel("evaluate", "first", "--image-size", "1")
    assert (code, said) == (2, "")
    assert 'layer "max_pool_0" cannot be: ' in complained


def test_predictions_of_other_weights_are_made_anew(place, tinymodel):
    shutil.copytree(place / "second", place / "third")
    kept = place / "third" / "evaluation" / "predictions.npz"
    kept.parent.mkdir(exist_ok=True)
    assert tinymodel("evaluate", "third")[0] == 0
    with np.load(kept) as arrays:
        right = dict(arrays)
    np.savez(kept, **{**right, "probabilities": np.roll(right["probabilities"], 1, axis=1)})
    assert tinymodel("report", "third", "-o", "page.html")[0] == 0
    with np.load(kept) as arrays:
        np.testing.assert_allclose(arrays["probabilities"], right["probabilities"], atol=1e-6)
    top_1 = np.mean(right["probabilities"].argmax(axis=1) == right["labels"])
    assert f'<dd id="top-1">{top_1:.2%}</dd>' in (place / "page.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "there is no such run folder"),
        (["data"], "is not a run folder"),
        (["second", "--compare", "nowhere"], "there is no such run folder"),
        (["second", "-o", "page.pdf"], "the suffix does not say what to write"),
        (["second", "--data", "nowhere"], "nowhere"),
        (["other", "--compare", "second"], "other classes"),
        (["empty"], "empty/best.weights.h5: is missing"),
        (["broken"], "broken/log.csv: is not the file that the run wrote"),
    ],
)
def test_one_message_for_a_mistake(place, tinymodel, arguments, words):
    if arguments[0] in ("other", "empty", "broken") and not (place / arguments[0]).exists():
        shutil.copytree(place / "second", place / arguments[0])
    if arguments[0] == "other":
        record = json.loads((place / "second" / "data.json").read_text())
        (place / "other" / "data.json").write_text(
            json.dumps({**record, "classes": [f"x{name}" for name in record["classes"]]})
        )
    if arguments[0] == "empty":
        (place / "empty" / "best.weights.h5").unlink()
        shutil.rmtree(place / "empty" / "checkpoints")
    if arguments[0] == "broken":
        (place / "broken" / "timings.csv").unlink()
        text = (place / "broken" / "log.csv").read_text()
        (place / "broken" / "log.csv").write_text(text.replace("val_accuracy", "accuracy_of_val"))
    code, said, complained = tinymodel("report", *arguments)
    assert (code, said) == (2, "")
    assert words in complained


def test_the_page_of_a_real_run_is_quiet(place, tinymodel, browser):
    assert tinymodel("report", "first")[0] == 0
    file = place / "first" / "report.html"
    with browser() as page:
        page.open(file)
        page.click_on("[data-class]")
        page.wait("/[0-9] mistake|^No/.test(document.querySelector('#gallery-text').innerText)")
        assert page.complaints() == []
        assert page.requests() == [file.as_uri()]
