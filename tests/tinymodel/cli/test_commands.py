"""The `tinymodel` command from outside: words, files, exit codes, and which modules a command loads."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from generator.design.read_yaml import read_yaml
from tests.support.processes import start_tinymodel, tinymodel
from tinymodel.cli import main
from tinymodel.extras import install_command

TINYMODEL = (sys.executable, "-c", "import sys; from tinymodel.cli import main; sys.exit(main())")
FRAMEWORKS = {"keras", "tensorflow", "jax", "torch", "cv2", "imgaug", "matplotlib"}
SMALL = """
name: small
input: {image_size: 16}
classes: 10
plan:
  - {kind: conv, filters: 4, strides: 2}
  - {kind: conv, filters: classes, kernel_size: 1}
  - {kind: global_average_pool}
  - {kind: softmax}
train: {phases: [{image_size: 16, epochs: 2, batch_size: 10}]}
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    file = tmp_path / "small.yaml"
    file.write_text(SMALL)
    return file


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    words = [*TINYMODEL, *map(str, arguments)]
    # A framework imported by another test has set its own level of messages for all processes it starts.
    inherited = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    return subprocess.run(words, capture_output=True, text=True, env={**inherited, **environment}, check=False)


# ------------------------------------------------------------------------------------------------------ check


def test_check_of_the_sheet_gives_findings_and_exit_code_1(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(repository / "designs" / "Model Design.xlsx"), "--rf", "100"]) == 1
    out, err = capsys.readouterr()
    assert "error RF001 H28" in out
    assert err == ""


def test_check_of_a_clean_design_gives_0(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(small), "--rf", "3", "--params-max", "1e6"]) == 0
    assert "targets: rf 3: met, params at most 1,000,000: met" in capsys.readouterr().out


def test_the_highest_exit_code_counts_and_json_is_printed_all_the_same(
    repository: Path, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(small), "nowhere.yaml", "--format", "json"]) == 2
    designs = json.loads(capsys.readouterr().out)["designs"]
    assert [(design["status"], design["reason"] is None) for design in designs] == [("clean", True), ("unreadable", False)]


def test_unreadable_input_is_a_message_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "nowhere.yaml"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "nowhere.yaml: there is no such file\n  help: check the path\n"


def test_check_at_several_image_sizes(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", str(small), "--image-size", "16", "--image-size", "64", "--format", "json"])
    assert [design["final"]["size"] for design in json.loads(capsys.readouterr().out)["designs"]] == [8, 32]


def test_ignored_codes_are_left_out(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(small), "--rf", "100", "--ignore", "TG001"]) == 0
    assert main(["check", str(small), "--rf", "100", "--format", "github"]) == 1
    assert "::error file=" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [["check"], ["chek", "x"], ["check", "x", "--rf", "nan"], ["check", "x", "--image-size", "0"], []]
)
def test_wrong_usage_gives_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: tinymodel" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------------------ table, render


def test_table_prints_totals_and_writes_by_suffix(small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", str(small)]) == 0
    assert "parameters 162 (162 trainable)" in capsys.readouterr().out
    assert main(["table", str(small), "-o", str(tmp_path / "t.csv")]) == 0
    assert (tmp_path / "t.csv").read_text().splitlines()[-1].startswith(",total,")
    assert main(["table", str(small), "--image-size", "32", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["designs"][0]["rows"][0]["size"] == 32


def test_render_writes_a_script_and_yaml(repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    design = repository / "designs" / "tiny-imagenet-v36.yaml"
    assert main(["render", str(design), "-o", str(tmp_path / "m.py")]) == 0
    assert "def build_model(" in (tmp_path / "m.py").read_text()
    assert "warning: the design has 1 finding" in capsys.readouterr().err
    assert main(["render", str(design), "-o", str(tmp_path / "d.yaml")]) == 0
    assert read_yaml(tmp_path / "d.yaml") == read_yaml(design)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.yaml", "m.py"], "nothing is left behind"


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("small.yaml", "the output is the file that is read"),
        ("x.txt", "the suffix does not say what to write"),
        ("no/such/x.py", "cannot be written"),
        ("small.yaml/x.py", "cannot be written"),
        ("x" * 300 + ".py", "cannot be written"),
    ],
)
def test_outputs_that_cannot_be(small: Path, output: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", str(small), "-o", str(small.parent / output)]) == 2
    assert message in capsys.readouterr().err
    assert small.read_text() == SMALL
    assert [path.name for path in small.parent.iterdir()] == ["small.yaml"]


@pytest.mark.parametrize("command", [["check"], ["table"], ["render", "-o", "m.py"]])
def test_paper_commands_load_no_framework(repository: Path, tmp_path: Path, command: list[str]) -> None:
    words = [command[0], str(repository / "designs" / "demo.xlsx"), *command[1:]]
    code = f"import sys; from tinymodel.cli import main; main({words!r}); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "generator" in loaded
    assert not loaded & FRAMEWORKS


def test_a_check_of_yaml_loads_no_sheet_reader(small: Path) -> None:
    code = f"import sys; from tinymodel.cli import main; main(['check', {str(small)!r}]); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"openpyxl", "numpy", "jinja2"} & set(done.stderr.split())


def test_a_closed_pipe_is_no_error(repository: Path) -> None:
    words = [*TINYMODEL, "table", str(repository / "designs" / "tiny-imagenet-v36.yaml"), "--format", "json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 128 + signal.SIGPIPE


# ------------------------------------------------------------------------------------------------------ --set, --dry-run


def dry_run(design: Path, *settings: str) -> int:
    words = (word for setting in settings for word in ("--set", setting))
    return main(["train", str(design), "--dry-run", "--backend", "tensorflow", *words])


def test_a_dry_run_shows_the_phases_as_they_are_set(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = ("phases.0.epochs=3", "train.optimizer.learning_rate=0.5", "phases.1={image_size: 32, epochs: 4, batch_size: 8}")
    assert dry_run(small, *settings) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "small: 7 epochs, adam, constant learning rate, augmentation by native"
    assert lines[2].split()[:7] == ["1", "16", "1-3", "10", "none", "0.5", "9,472"]
    assert lines[3].split()[:4] == ["2", "32", "4-7", "8"]
    memory, unit, images_per_second, time = lines[2].split()[7:]
    assert (unit, time) == ("GB", "-")
    assert float(memory) >= 0.0
    assert float(images_per_second.replace(",", "")) > 0.0
    assert lines[4] == "on 1 CPU device, tensorflow; float32; measured with 10 and 8 images a step"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("phases.0.epoch=3", '--set phases.0.epoch: unknown key "epoch"\n  help: did you mean "epochs"?\n'),
        (
            "phases.0.epochs=some",
            '--set phases.0.epochs: epochs is not right\n  received: "some"\n  expected: a whole number\n',
        ),
        ("phases.5.epochs=3", '--set phases.5.epochs: there is no "5" in a list of 1\n  help: list items count from 0\n'),
        ("clases=3", '--set clases: unknown key "clases"\n  help: did you mean "classes"?\n'),
        ("classes.x=3", '--set classes.x: "x" is below something that holds one value\n'),
        ("classes", '--set: expects KEY=VALUE\n  received: "classes"\n  help: --set phases.0.epochs=5\n'),
        ("plan.1.filters=0", "--set plan.1.filters: filters is not right\n"),
    ],
)
def test_a_wrong_setting_is_named(small: Path, setting: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert dry_run(small, setting) == 2
    assert capsys.readouterr().err.startswith(message)


def test_a_design_without_a_recipe_gets_one_by_set(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small.write_text(SMALL.partition("train:")[0])
    assert dry_run(small) == 2
    assert "says nothing about training" in capsys.readouterr().err
    assert dry_run(small, "phases.0.image_size=16", "phases.0.epochs=1", "phases.0.batch_size=2") == 0


def test_a_training_needs_data_and_a_run(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(small)]) == 2
    assert "a training needs --data" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------------------ what is missing


def blocked(package: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.modules[{package!r}] = None; {TINYMODEL[-1]}"
    words = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("package", "backend", "extra"), [("keras", "jax", "jax"), ("tensorflow", "tensorflow", "train"), ("jax", "jax", "jax")]
)
def test_a_missing_extra_is_one_line(small: Path, package: str, backend: str, extra: str) -> None:
    done = blocked(package, "train", small, "--data", small.parent, "--run", small.parent / "run", "--backend", backend)
    assert done.returncode == 2
    assert done.stderr == f"this command needs {package}, which is not installed: {install_command(extra)}\n"
    assert not (small.parent / "run").exists()


def test_missing_data_and_runs_are_one_message_each(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(small), "--data", "nowhere", "--run", str(small.parent / "run")]) == 2
    assert main(["evaluate", "nowhere"]) == 2
    assert main(["data", "info", "nowhere"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("nowhere: ") == 3
    assert "Traceback" not in err


# ------------------------------------------------------------------------------------------------------ with Keras


@pytest.mark.slow
def test_from_toy_pictures_to_an_evaluated_model(small: Path, tmp_path: Path) -> None:
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "KERAS_BACKEND": "tensorflow"}
    pictures, folder = tmp_path / "toy", tmp_path / "run"
    assert run("data", "make-toy", pictures, "--train-per-class", 10, "--val-per-class", 4).returncode == 0
    described = run("data", "info", pictures, **cache)
    classes = int(described.stdout.split()[1].rstrip(":"))
    training = ("train", small, "--data", pictures, "--run", folder, "--set", f"classes={classes}")

    with start_tinymodel(*training, "--set", "phases.0.epochs=100000", **cache) as process:
        deadline = time.monotonic() + 60
        while not (folder / "log.csv").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130, "stopped by SIGINT, with the state saved"
    changed = tinymodel(*training, **cache)
    assert changed.returncode == 2
    assert "recipe.phases" in changed.stderr

    folder = tmp_path / "other"
    done = tinymodel("train", small, "--data", pictures, "--run", folder, "--set", f"classes={classes}", **cache)
    assert done.returncode == 0, done.stderr
    assert "best validation accuracy" in done.stdout
    assert str(folder / "model.keras") in done.stdout
    assert read_yaml(folder / "design.yaml").classes == classes
    assert {"model.py", "table.md"} <= {path.name for path in folder.iterdir()}

    figures = json.loads(tinymodel("evaluate", folder, "--format", "json", **cache).stdout)
    rows = list(csv.DictReader((folder / "log.csv").read_text().splitlines()))
    assert figures["top_1"] == pytest.approx(max(float(row["val_accuracy"]) for row in rows))


@pytest.mark.slow
def test_build_saves_a_model_and_starts_quietly(small: Path, tmp_path: Path) -> None:
    done = run("build", small, "-o", tmp_path / "m.keras", KERAS_BACKEND="tensorflow")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{tmp_path / 'm.keras'}: small, 162 parameters\n"
    assert (tmp_path / "m.keras").stat().st_size > 1000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.keras", "small.yaml"]


@pytest.mark.slow
def test_doctor_names_versions_devices_and_extras() -> None:
    done = tinymodel("doctor")
    assert done.returncode == 0
    assert "[train]    complete" in done.stdout
    assert "tensorflow" in done.stdout.split("backend")[1]
    assert "training   1 CPU device, tensorflow" in done.stdout
