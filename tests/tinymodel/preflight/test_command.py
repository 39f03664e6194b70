"""The `preflight` command from outside: the TPU compiler itself on a small network, refusals, the arithmetic for GPUs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.places import REPOSITORY
from tinymodel.cli import main
from tinymodel.extras import install_command

ONE_AFTER_ANOTHER = """
import json, sys
from tinymodel.cli import main
for words in json.loads(sys.argv[1]):
    code = main(words)
    for stream in (sys.stdout, sys.stderr):
        print("exit", code, file=stream, flush=True)
"""
SMALL = """
name: small
input: {image_size: 16}
classes: 10
plan:
  - {kind: conv, filters: 4, strides: 2}
  - {kind: conv, filters: classes, kernel_size: 1}
  - {kind: global_average_pool}
  - {kind: softmax}
train: {phases: [{image_size: 16, epochs: 2, batch_size: 16, augment: original_a, cutmix: 0.5}]}
"""
compiling = [pytest.mark.slow, pytest.mark.skipif(find_spec("libtpu") is None, reason="needs libtpu")]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    file = tmp_path / "small.yaml"
    file.write_text(SMALL)
    return file


def run(cache: Path, *commands: Sequence[object]) -> list[subprocess.CompletedProcess[str]]:
    """Runs the command several times in one process, with Keras on JAX there: to load them takes longer than to compile."""
    words = [sys.executable, "-c", ONE_AFTER_ANOTHER, json.dumps([["preflight", *map(str, command)] for command in commands])]
    inherited = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    environment = {**inherited, "XDG_CACHE_HOME": str(cache), "KERAS_BACKEND": "tensorflow"}
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    printed, said = (re.split(r"^exit (\d+)\n", text, flags=re.MULTILINE) for text in (done.stdout, done.stderr))
    assert [*map(len, (printed, said))] == [2 * len(commands) + 1] * 2, "something is said behind the end"
    parts = zip(printed[1::2], printed[::2], said[::2], strict=False)
    return [subprocess.CompletedProcess(words, int(code), out, err) for code, out, err in parts]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A small network, the same again, and one that is too large."""
    folder = tmp_path_factory.mktemp("preflight")
    (folder / "small.yaml").write_text(SMALL)
    (folder / "large.yaml").write_text(SMALL.replace("filters: 4, strides: 2", "filters: 1024"))
    small = (folder / "small.yaml", "--topology", "v5e:2x4", "--images", 96)
    phases = "phases=[{image_size: 2048, epochs: 1, batch_size: 2}]"
    large = (folder / "large.yaml", "--topology", "v2:1x1", "--set", phases)
    return run(folder / "cache", (*small, "--format", "json"), small, large)


class TestCompiled:
    pytestmark = compiling

    def test_a_small_network_fits_and_is_compiled_once_and_what_the_compiler_refuses_does_not_fit(self, runs):
        found, again, refused = runs  # One test: two workers would compile twice.
        assert found.returncode == 0, found.stderr
        report = json.loads(found.stdout)
        (size,) = report["sizes"]
        assert (report["by"], report["devices"], report["precision"], report["fits"]) == ("compiler", 8, "bfloat16", True)
        assert report["limit_bytes"] == 15.75 * 2**30
        assert 0 < size["used_bytes"] < 2**24
        assert (size["largest_batch"], size["refused_batch"]) == (96, None)
        assert size["step_flops"] > 6 * 16 * 8 * 8 * (27 * 4 + 4 * 10)
        lines = found.stderr.splitlines()
        assert lines[0] == "building the network"
        assert all(line.startswith("16 px, batch ") for line in lines[1:]), "nothing of libtpu's own words"
        assert "building" not in again.stderr
        assert "16 px, batch 16 (2 a device): known from an earlier preflight" in again.stderr
        assert again.stdout.endswith("\nfits\n")
        assert refused.returncode == 1, refused.stderr
        assert "batch 2 (1 a device): DOES NOT FIT" in refused.stdout
        assert "of 7.48 GiB a device" in refused.stdout
        assert "largest batch: none that was tried; 2 does not fit" in refused.stdout
        assert refused.stdout.endswith("does not fit: batch 2 at 2048 px; a smaller batch\n")

    def test_the_trainers_arrays_have_the_shapes_that_are_compiled(self, small):
        """In its own process too: JAX must be the backend."""
        found = subprocess.run(
            [sys.executable, REPOSITORY / "tests" / "support" / "shapes.py", small],
            capture_output=True, text=True, check=False, env={**os.environ, "KERAS_BACKEND": "jax"},
        )  # fmt: skip
        assert found.returncode == 0, found.stderr


def test_a_gpu_is_reckoned(small, capsys):
    assert main(["preflight", str(small), "--topology", "h100:2", "--images", "1000"]) == 0
    out, err = capsys.readouterr()
    assert "small on h100:2: 2 chips, by arithmetic: nothing was compiled" in out
    assert "largest batch: 1000" in out
    assert out.endswith("\nfits, by arithmetic\n")
    assert err == ""


def test_what_does_not_fit_gives_1(small, capsys):
    phases = "phases=[{image_size: 512, epochs: 1, batch_size: 10000}]"
    assert main(["preflight", str(small), "--topology", "t4", "--set", phases, "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    (size,) = report["sizes"]
    assert (report["fits"], size["fits"], size["compile_seconds"]) == (False, False, None)
    assert size["refused_batch"] == size["largest_batch"] + 1


def test_batch_size_is_for_every_phase(small, capsys):
    assert main(["preflight", str(small), "--topology", "v100", "--batch-size", "8", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["sizes"][0]["batch_size"] == 8


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (["--topology", "v5f:2x4"], "there is no such chip"),
        (["--topology", "h100", "--images", "10"], "phase 1 takes batches of more images than there are"),
    ],
)
def test_wrong_usage_gives_2(small, capsys, words, fact):
    assert main(["preflight", str(small), *words]) == 2
    out, err = capsys.readouterr()
    assert (out, fact in err) == ("", True)


def test_without_libtpu_it_says_what_to_install(small, capsys, monkeypatch):
    monkeypatch.setattr("tinymodel.cli.commands.preflight.installed", lambda package: package != "libtpu")
    assert main(["preflight", str(small), "--topology", "v5e:2x4"]) == 2
    assert capsys.readouterr().err == (f"this command needs libtpu, which is not installed: {install_command('tpu')}\n")


def test_without_a_recipe_it_says_what_to_add(tmp_path, capsys):
    file = tmp_path / "bare.yaml"
    file.write_text(SMALL[: SMALL.index("train:")])
    assert main(["preflight", str(file), "--topology", "h100"]) == 2
    assert "says nothing about training" in capsys.readouterr().err
