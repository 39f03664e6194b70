"""Standard streams that fail: one message or silence, the right exit code, and no traceback."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support import commands_on_streams
from tests.support.commands_on_streams import FULL
from tests.support.places import REPOSITORY
from tinymodel.cli import main
from tinymodel.cli.streams import Unwritable, guarded_streams

pytestmark = pytest.mark.skipif(not os.path.exists(FULL), reason=f"needs {FULL}")

SMALL = """
name: small
input: {image_size: 16}
classes: 10
plan: [{kind: conv, filters: 10}, {kind: global_average_pool}, {kind: softmax}]
train: {phases: [{image_size: 16, epochs: 2, batch_size: 10}]}
"""
PRINTING = {
    "check": ["check", "small.yaml"],
    "table": ["table", "small.yaml"],
    "rules": ["rules"],
    "suggest": ["suggest", "small.yaml", "--rf", "5"],
    "doctor": ["doctor"],
    "info": ["data", "info", "toy"],
    "help": ["--help"],
}
"""Commands whose result is what they print."""
TRAIN = ["train", "small.yaml", "--data", "toy", "--run", "run"]
MISSING = ["check", "nowhere.yaml"]
DISK_FULL = "standard output cannot be written: No space left on device\n"
CASES: dict[str, tuple[list[str], str, str]] = {
    **{f"{name} full": (words, "full", "file") for name, words in PRINTING.items()},
    **{f"{name} unread": (words, "unread", "file") for name, words in PRINTING.items() if name in ("check", "doctor")},
    **{f"{name} closed": (words, "closed", "file") for name, words in PRINTING.items() if name in ("check", "info")},
    **{f"{kind} stderr": (MISSING, "file", kind) for kind in ("full", "closed", "unread")},
    "both full": (PRINTING["check"], "full", "full"),
    "both closed": (PRINTING["check"], "closed", "closed"),
    "silent closed": (["render", "small.yaml", "-o", "model.py"], "closed", "closed"),
    **{f"train {kind}": (TRAIN, kind, "file") for kind in ("full", "closed", "unread")},
    **{f"train {kind} stderr": (TRAIN, "file", kind) for kind in ("full", "closed", "unread")},
    "dry run full": ([*TRAIN, "--dry-run"], "full", "file"),
}
"""Words, kind of stdout and kind of stderr, by what is tried."""


class Ended(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """What became of each case."""
    from tinymodel.data.prepare import prepare
    from tinymodel.data.toy import make_toy

    folder, results = tmp_path_factory.mktemp("streams"), tmp_path_factory.mktemp("results")
    (folder / "small.yaml").write_text(SMALL)
    make_toy(folder / "toy", train_per_class=1, val_per_class=1)
    prepare(folder / "toy", cache=folder / "cache" / "tinymodel")
    cases = json.dumps([[name, *case] for name, case in CASES.items()])
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "PYTHONPATH": str(REPOSITORY)}
    program = [sys.executable, commands_on_streams.__file__, str(results), cases]
    done = subprocess.run(program, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def said(file: Path) -> str:
        return file.read_text() if file.exists() else ""

    return {
        name: Ended(int((results / f"{name}.code").read_text()), said(results / f"{name}.out"), said(results / f"{name}.err"))
        for name in CASES
    }


@pytest.mark.parametrize("name", PRINTING)
def test_a_full_disk_under_the_output_is_one_line(ended: dict[str, Ended], name: str) -> None:
    assert ended[f"{name} full"] == (2, "", DISK_FULL)


@pytest.mark.parametrize("name", ["check", "info"])
def test_a_closed_output_is_one_line(ended: dict[str, Ended], name: str) -> None:
    assert ended[f"{name} closed"] == (2, "", "standard output cannot be written: it is closed\n")


@pytest.mark.parametrize("name", ["check", "doctor"])
def test_a_reader_that_has_gone_is_silence(ended: dict[str, Ended], name: str) -> None:
    assert ended[f"{name} unread"] == (128 + 13, "", "")


def test_who_prints_nothing_needs_no_output(ended: dict[str, Ended]) -> None:
    assert ended["silent closed"].code == 0


@pytest.mark.parametrize("kind", ["full", "closed", "unread"])
def test_messages_that_nobody_takes_are_lost(ended: dict[str, Ended], kind: str) -> None:
    assert ended[f"{kind} stderr"] == (2, "", ""), "nothing goes to the output instead"


@pytest.mark.parametrize("kind", ["full", "closed"])
def test_two_streams_that_fail_leave_the_exit_code(ended: dict[str, Ended], kind: str) -> None:
    assert ended[f"both {kind}"].code == 2


@pytest.mark.parametrize(
    ("kind", "last"),
    [("full", DISK_FULL), ("closed", "standard output cannot be written: it is closed\n"), ("unread", "")],
)
def test_a_training_goes_on_without_an_output(ended: dict[str, Ended], kind: str, last: str) -> None:
    assert ended[f"train {kind}"] == (0, "", f"epoch 1\nepoch 2\n{last}")


@pytest.mark.parametrize("kind", ["full", "closed", "unread"])
def test_a_training_goes_on_without_a_log(ended: dict[str, Ended], kind: str) -> None:
    assert ended[f"train {kind} stderr"] == (0, "a library's words\nthe summary\n", "")


def test_the_plan_of_a_training_is_a_result(ended: dict[str, Ended]) -> None:
    assert ended["dry run full"] == (2, "", DISK_FULL)


# ------------------------------------------------------------------------------------------------------ as a shell starts it


@pytest.mark.parametrize(
    ("streams", "code", "said"),
    [
        (f"> {FULL}", 2, DISK_FULL),
        (">&- <&-", 2, "standard output cannot be written: it is closed\n"),
    ],
)
def test_a_process_of_its_own(streams: str, code: int, said: str) -> None:
    program = f"{sys.executable} -c 'import sys; from tinymodel.cli import main; sys.exit(main())'"
    done = subprocess.run(["bash", "-c", f"exec {program} --help {streams}"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", said)


def test_no_file_takes_the_number_of_a_closed_stream(tmp_path: Path) -> None:
    code = (
        "import os, subprocess, sys; from tinymodel.cli.streams import guarded_streams\n"
        "with guarded_streams(): file = open('weights', 'w'); os.write(1, b'native'); os.write(2, b'native')\n"
        "with guarded_streams(): subprocess.run(['sh', '-c', 'echo child; echo child >&2'], check=True)\n"
        "file.write(str(file.fileno()))"
    )
    words = ["bash", "-c", 'exec "$@" <&- >&- 2>&-', "bash", sys.executable, "-c", code]
    assert subprocess.run(words, cwd=tmp_path, check=False).returncode == 0
    assert (tmp_path / "weights").read_text() == "3"


# ------------------------------------------------------------------------------------------------------ inside a process


@contextmanager
def on_full_disks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process's own stdout and stderr are on a full disk."""
    kept = [os.dup(number) for number in (1, 2)]
    with monkeypatch.context() as patched, open(FULL, "w") as full:
        for number, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(full.fileno(), number)
            patched.setattr(sys, name, os.fdopen(number, "w", buffering=1, closefd=False))
        try:
            yield
        finally:
            for number, copy in zip((1, 2), kept, strict=True):
                os.dup2(copy, number)
                os.close(copy)


def test_the_first_failure_is_told_once_and_is_none_of_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    with on_full_disks(monkeypatch):
        before = sys.stdout, sys.stderr
        with guarded_streams():
            print("lost", file=sys.stderr)
            with pytest.raises(Unwritable, match="No space left on device"):
                print("told", flush=True)
            print("lost", flush=True)
        assert (sys.stdout, sys.stderr) == before
        assert main(["check", "nowhere.yaml"]) == 2
    assert not issubclass(Unwritable, OSError)


def test_a_stream_of_somebody_else_is_left_alone(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    class Notebook(io.StringIO):
        """As a notebook's, it is no `TextIOWrapper` and has no descriptor."""

    streams: Any = Notebook(), Notebook()
    monkeypatch.setattr(sys, "stdout", streams[0])
    monkeypatch.setattr(sys, "stderr", streams[1])
    with guarded_streams():
        assert (sys.stdout, sys.stderr) == streams
    assert main(["check", "nowhere.yaml", "--format", "json"]) == 2
    assert main(["check", "nowhere.yaml"]) == 2
    assert '"schema": 1' in streams[0].getvalue()
    assert "there is no such file" in streams[1].getvalue()
