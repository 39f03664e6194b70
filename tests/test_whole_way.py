"""The main job on the real sheet and real pictures, by the command as a process. Its single options: `test_cli`."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import tinymodel, under_jax

RUN = "import sys; from tinymodel.cli import main; sys.exit(main())"


def alone(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in a process that begins with nothing."""
    command = [sys.executable, "-c", RUN, *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})


@pytest.fixture
def sheet(repository: Path) -> Path:
    return repository / "designs" / "Model Design.xlsx"


@pytest.fixture
def v36(repository: Path) -> Path:
    return repository / "designs" / "tiny-imagenet-v36.yaml"


def test_check_names_every_wrong_cell_and_ends_with_1(sheet: Path) -> None:
    done = alone("check", sheet, "--rf", 100)
    assert done.returncode == 1
    for words in ("J7", "H28", "H30", "H31", "H33", "I28", "I30", "I31", "I33", "J35", "110,720", "15,561,992", "64"):
        assert words in done.stdout
    assert done.stderr == ""


def test_check_prints_the_json_that_other_programs_read(sheet: Path, tmp_path: Path) -> None:
    done = alone("check", sheet, tmp_path / "none.yaml", "--format", "json", "--rf", 100)
    report = json.loads(done.stdout)
    assert (done.returncode, report["schema"]) == (2, 1)
    first, second = report["designs"]
    assert list(first) == [
        "file", "sheet", "table", "layers", "status", "reason", "buildable", "understood", "final", "claimed", "findings",
    ]  # fmt: skip
    assert (first["table"], first["status"], second["status"]) == ("A4:J33", "findings", "unreadable")
    finding = next(item for item in first["findings"] if item["cell"] == "I33")
    assert (finding["claimed"], finding["computed"], finding["cause"], finding["field"]) == (102, 64, "I28", "rf_out")


def test_table_gives_the_same_numbers_in_every_format(v36: Path) -> None:
    texts = {style: alone("table", v36, "--format", style).stdout for style in ("text", "markdown", "csv", "json")}
    assert "11,178,211" in texts["text"]
    assert "11,178,211" in texts["markdown"]
    rows = json.loads(texts["json"])["designs"][0]["rows"]
    lines = list(csv.DictReader(io.StringIO(texts["csv"])))
    assert sum(row["params"] for row in rows) == 11_178_211
    assert len([line for line in lines if line["name"] in {row["name"] for row in rows}]) == len(rows)


@pytest.mark.slow
def test_real_pictures_are_learned_and_the_evaluation_equals_the_log(
    shared_dir: Path, repository: Path, tmp_path: Path
) -> None:
    arguments = (
        "train",
        repository / "designs" / "demo.xlsx",
        "--data",
        shared_dir / "data" / "tiny-imagenet-10.zip",
        "--run",
        tmp_path / "r",
    )
    phases = ("phases.0.epochs=1", "phases.0.image_size=16", "phases.1.epochs=1", "phases.1.image_size=32")
    short = [word for setting in phases for word in ("--set", setting)]
    done = tinymodel(*arguments, *short)
    assert done.returncode == 0, done.stderr
    evaluation = json.loads(tinymodel("evaluate", tmp_path / "r", "--format", "json").stdout)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "r" / "log.csv").read_text())))
    assert repr(evaluation["top_1"]) == rows[-1]["val_accuracy"]
    assert evaluation["top_1"] > 0.1


def test_a_wrong_assumption_names_its_key(sheet: Path) -> None:
    done = alone("table", sheet, "--assume", "convv=separable")
    assert done.returncode == 2
    assert 'unknown assumption "convv"\n  help: did you mean "conv"?' in done.stderr


def make_few(folder: Path) -> Path:
    from tinymodel.data.toy import make_toy

    make_toy(folder, train_per_class=20, val_per_class=4)
    return folder


SMALL = """\
name: small
input: {image_size: 16, channels: 3}
classes: 10
plan:
  - {kind: conv, filters: 8, strides: 2, batch_norm: true}
  - {kind: bottleneck, filters: classes}
  - {kind: global_average_pool}
  - {kind: softmax}
train:
  phases:
    - {image_size: 16, epochs: 1, batch_size: 40, augment: original_a}
    - {image_size: 24, epochs: 1, batch_size: 40, augment: original_a}
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "settings"),
    [("tensorflow", ("augment_engine=imgaug", "phases.1.augment=original_b")), ("jax", ())],
)
def test_a_short_training_by_imgaug_and_on_jax(tmp_path: Path, backend: str, settings: tuple[str, ...]) -> None:
    if settings:
        pytest.importorskip("cv2", reason="cv2 cannot load", exc_type=ImportError)
    data = make_few(tmp_path / "toy")
    design = tmp_path / "small.yaml"
    design.write_text(SMALL)
    changes = [word for setting in settings for word in ("--set", setting)]
    words = ("train", design, "--data", data, "--run", tmp_path / "r", "--backend", backend, *changes)
    done = tinymodel(*words) if backend == "tensorflow" else alone(*words, **under_jax())
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO((tmp_path / "r" / "log.csv").read_text())))
    assert [row["image_size"] for row in rows] == ["16", "24"]
    evaluation = json.loads(tinymodel("evaluate", tmp_path / "r", "--format", "json").stdout)
    assert evaluation["top_1"] == pytest.approx(float(rows[-1]["val_accuracy"]), abs=1e-6)
