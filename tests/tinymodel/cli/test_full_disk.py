"""Files that do not fit on their disk: one message, exit code 2, the old file as it was, and nothing beside it."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import pytest

from generator.errors import InputError
from generator.spreadsheet.xlsx.stored_values import bytes_without_stored_values, with_computed_values
from tests.support.failing import failing
from tinymodel import files
from tinymodel.cli import main
from tinymodel.data.prepare import prepare
from tinymodel.data.toy import make_toy

NO_SPACE, TOO_LARGE = "No space left on device", "File too large"
SMALL = """
name: small
input: {image_size: 16}
classes: 10
plan: [{kind: conv, filters: 10}, {kind: global_average_pool}, {kind: softmax}]
"""
OUTPUTS = {
    "model.py": ["render", "small.yaml", "-o"],
    "model.ipynb": ["render", "small.yaml", "-o"],
    "design.yaml": ["render", "small.yaml", "-o"],
    "design.xlsx": ["render", "small.yaml", "-o"],
    "table.xlsx": ["table", "small.yaml", "-o"],
    "table.png": ["table", "small.yaml", "-o"],
    "table.csv": ["table", "small.yaml", "-o"],
    "table.json": ["table", "small.yaml", "-o"],
    "table.html": ["table", "small.yaml", "-o"],
}
"""What is written, and the words of the command before it."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the command: a design and a sheet with a wrong cell."""
    (tmp_path / "small.yaml").write_text(SMALL)
    header = ("Kernel Size", "No. of kernels", "Output resolution", "Receptive Field")
    book = openpyxl.Workbook()
    for row in (("Input Size", 28), header, ("3*3", 8, 28, 3), ("maxpool", "-", 14, "=D3*2"), ("1*1", 10, 14, "=D4")):
        book.worksheets[0].append(row)
    (tmp_path / "sheet.xlsx").write_bytes(with_computed_values(bytes_without_stored_values(book)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Lets no file of this process grow further: to any library that writes one, it is as if the disk were full."""
    limits, bytecode = resource.getrlimit(resource.RLIMIT_FSIZE), sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # Python itself puts torn files in place.
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        sys.dont_write_bytecode = bytecode


@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_that_does_not_fit_is_one_message(folder: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (folder / name).write_text("old")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    help = "name a file in a folder that can be written"
    with failing("fsync", 1):
        assert main([*OUTPUTS[name], name]) == 2
    assert capsys.readouterr().err == f"{name}: cannot be written: {NO_SPACE}\n  help: {help}\n"
    with largest_file(10):
        assert main([*OUTPUTS[name], name]) == 2
    said = capsys.readouterr().err
    assert f"cannot be written: {TOO_LARGE}\n" in said
    assert said.startswith(f"{name}: ") or name.endswith(".xlsx"), "openpyxl writes its sheets to a temporary folder first"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_corrected_copy_that_does_not_fit_is_one_message(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["check", "sheet.xlsx", "--fix", "fixed.xlsx"]
    assert main(words) == 1, "there is something to mend"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    capsys.readouterr()
    with failing("fsync", 1):
        assert main(words) == 2
    said = capsys.readouterr().err
    assert said == f"fixed.xlsx: cannot be written: {NO_SPACE}\n  help: name a file in a folder that can be written\n"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


# ---------------------------------------------------------------------------------------------------------------- data sets


@pytest.mark.parametrize("there", [False, True])
def test_toy_pictures_that_do_not_fit_leave_nothing(folder: Path, capsys: pytest.CaptureFixture[str], there: bool) -> None:
    if there:
        (folder / "toy").mkdir()
    with largest_file(1_000):
        assert main(["data", "make-toy", "toy", "--train-per-class", "1", "--val-per-class", "1"]) == 2
    assert capsys.readouterr().err == f"toy: cannot write: {TOO_LARGE}\n  help: name another folder\n"
    assert (folder / "toy").exists() == there
    assert not list(folder.rglob("*.JPEG"))
    (folder / "toy" / f"{files.UNFINISHED}-toy" / "train").mkdir(parents=True)  # as a kill leaves it
    make_toy(folder / "toy", train_per_class=1, val_per_class=1)
    assert sorted(path.name for path in (folder / "toy").iterdir()) == ["train", "val", "wnids.txt", "words.txt"]


def test_a_cache_that_does_not_fit_leaves_nothing(folder: Path) -> None:
    make_toy(folder / "toy", train_per_class=1, val_per_class=1)
    with largest_file(20_000), pytest.raises(InputError, match="cannot write the cache: File too large"):
        prepare(folder / "toy", cache=folder / "cache")
    assert [path.suffix for path in (folder / "cache").iterdir()] == [".lock"]
    data = prepare(folder / "toy", cache=folder / "cache")
    with largest_file(1_000), pytest.raises(InputError, match="cannot write the cache: File too large"):
        data.split("val", 32)
    assert not list(data.folder.glob(".*"))
    assert len(data.split("val", 32).images) == 10
