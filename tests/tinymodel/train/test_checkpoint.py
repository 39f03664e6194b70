import errno

import numpy as np
import pytest

from tinymodel.train import checkpoint


def save(folder, step, keep=3, epoch=1):
    return checkpoint.save(folder, epoch, step, {"a/0": np.full(5, step, np.float32)}, {"step": step}, keep)


def newest(folder):
    passed_over = []
    found = checkpoint.newest(folder, lambda name, reason: passed_over.append(f"{name}: {reason}"))
    return found, passed_over


def test_what_is_saved_comes_back(tmp_path):
    save(tmp_path, 7)
    found, passed_over = newest(tmp_path)
    assert found.record == {"step": 7}
    assert found.arrays["a/0"].dtype == np.float32
    assert found.arrays["a/0"].tolist() == [7.0] * 5
    assert passed_over == []


def test_the_last_few_stay_and_leftovers_of_a_killed_save_go(tmp_path):
    (tmp_path / ".unfinished-epoch-0001-step-00000001").mkdir()
    for step in range(1, 6):
        save(tmp_path, step, keep=2)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["epoch-0001-step-00000004", "epoch-0001-step-00000005"]


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
    assert found.record == {"step": 1}
    assert len(passed_over) == 1
    assert passed_over[0].startswith(f"epoch-0001-step-00000002: {reason}")


def test_a_full_disk_leaves_the_earlier_ones(tmp_path, monkeypatch):
    save(tmp_path, 1)

    def full(stream, **arrays):
        stream.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        save(tmp_path, 2)
    assert [entry.name for entry in tmp_path.iterdir()] == ["epoch-0001-step-00000001"]
    assert newest(tmp_path)[0].record == {"step": 1}


def test_saving_the_same_step_again_replaces_it(tmp_path):
    flip(save(tmp_path, 1) / "arrays.npz")
    save(tmp_path, 1)
    assert newest(tmp_path)[0].record == {"step": 1}


def test_no_folder_no_checkpoint(tmp_path):
    assert newest(tmp_path / "none") == (None, [])
