import json
import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from tinymodel import files
from tinymodel.training.run import checkpoint


def save(folder, step, keep=3, epoch=1):
    return checkpoint.save_checkpoint(folder, epoch, step, {"a/0": np.full(5, step, np.float32)}, {"step": step}, keep)


def newest(folder):
    passed_over = []
    found = checkpoint.newest_checkpoint(folder, lambda name, reason: passed_over.append(f"{name}: {reason}"))
    return found, passed_over


def test_what_is_saved_comes_back(tmp_path):
    save(tmp_path, 7)
    found, passed_over = newest(tmp_path)
    assert json.loads(found.record) == {"step": 7}
    assert found.arrays["a/0"].dtype == np.float32
    assert found.arrays["a/0"].tolist() == [7.0] * 5
    assert passed_over == []


def test_the_last_few_stay(tmp_path):
    for step in range(1, 6):
        save(tmp_path, step, keep=2)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["epoch-0001-step-00000004", "epoch-0001-step-00000005"]


def test_of_what_a_kill_leaves_a_whole_checkpoint_is_taken_up_and_the_rest_goes(tmp_path):
    whole = save(tmp_path, 2)
    whole.rename(tmp_path / f".unfinished-77-{whole.name}")
    torn = save(tmp_path, 3)
    (torn / "arrays.npz").write_bytes(b"")
    torn.rename(tmp_path / f".unfinished-77-{torn.name}")
    (tmp_path / ".unfinished-old").touch()
    checkpoint.tidy_checkpoints(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == [whole.name]
    assert json.loads(newest(tmp_path)[0].record) == {"step": 2}


def test_damaged_ones_ahead_take_no_place_of_good_ones(tmp_path):
    for step in (7, 8, 9):
        flip(save(tmp_path, step) / "arrays.npz")
    save(tmp_path, 4, keep=1)
    save(tmp_path, 5, keep=1)
    assert json.loads(newest(tmp_path)[0].record) == {"step": 5}
    assert len(list(tmp_path.iterdir())) == 4


def test_names_sort_by_number(tmp_path):
    save(tmp_path, 5, epoch=9_999)
    save(tmp_path, 5, epoch=10_000)
    assert newest(tmp_path)[0].name == "epoch-10000-step-00000005"


def flip(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 4
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "damage", "reason"),
    [
        ("arrays.npz", flip, "the checksum of arrays.npz is wrong"),
        ("record.json", flip, "the checksum of record.json is wrong"),
        ("arrays.npz", lambda file: file.write_bytes(file.read_bytes()[:-9]), "the checksum of arrays.npz is wrong"),
        ("arrays.npz", lambda file: file.write_bytes(b""), "the checksum of arrays.npz is wrong"),
        ("arrays.npz", lambda file: file.unlink(), "arrays.npz is missing"),
        ("SHA256SUMS", lambda file: file.unlink(), "SHA256SUMS is missing"),
        ("SHA256SUMS", lambda file: file.write_bytes(b"\xff"), "cannot be read"),
    ],
)
def test_a_damaged_one_is_passed_over_with_the_reason(tmp_path, name, damage, reason):
    save(tmp_path, 1)
    damage(save(tmp_path, 2) / name)
    found, passed_over = newest(tmp_path)
    assert json.loads(found.record) == {"step": 1}
    assert len(passed_over) == 1
    assert passed_over[0].startswith(f"epoch-0001-step-00000002: {reason}")


@pytest.mark.parametrize("call", range(1, 9))
def test_a_full_disk_leaves_the_earlier_ones(tmp_path, failing, call):
    save(tmp_path, 1)
    with failing("fsync", call), pytest.raises(OSError, match="No space left"):
        [save(tmp_path, step, keep=1) for step in (2, 3)]
    assert not list(tmp_path.glob(".unfinished*"))
    assert newest(tmp_path)[0] is not None


def test_saving_the_same_step_again_replaces_a_damaged_one(tmp_path):
    flip(save(tmp_path, 1) / "arrays.npz")
    save(tmp_path, 1)
    assert json.loads(newest(tmp_path)[0].record) == {"step": 1}


@pytest.mark.parametrize("name", ["fsync", "rename", "rmdir"])
@pytest.mark.parametrize("content", ["the same", "another"])
def test_saving_the_same_step_again_never_leaves_none(tmp_path, failing, name, content):
    """A training that is stopped twice at one step saves one state twice; with a single checkpoint that is all there is."""
    for call in range(1, 9):
        folder = tmp_path / str(call)
        save(folder, 5, keep=1)
        array = np.full(5, 5 if content == "the same" else 6, np.float32)
        with failing(name, call) as failed, suppress(OSError):
            checkpoint.save_checkpoint(folder, 1, 5, {"a/0": array}, {"step": 5}, 1)
        checkpoint.tidy_checkpoints(folder)
        assert newest(folder)[0] is not None
    assert not failed.reached, "every call was hit"


def test_a_kill_between_the_two_renames_of_a_replacement_loses_nothing(tmp_path, monkeypatch):
    save(tmp_path, 5, keep=1)
    rename = Path.rename

    def killed(path, target):
        if path.name.startswith(files.UNFINISHED):
            raise KeyboardInterrupt
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", killed)
        patch.setattr(shutil, "rmtree", lambda *arguments, **options: None)
        with pytest.raises(KeyboardInterrupt):
            checkpoint.save_checkpoint(tmp_path, 1, 5, {"a/0": np.zeros(5, np.float32)}, {"step": 5}, 1)
    assert newest(tmp_path)[0] is None
    checkpoint.tidy_checkpoints(tmp_path)
    assert newest(tmp_path)[0] is not None
    assert len(list(tmp_path.iterdir())) == 1


def test_no_folder_no_checkpoint(tmp_path):
    assert newest(tmp_path / "none") == (None, [])
