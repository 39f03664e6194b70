import errno
import shutil
from pathlib import Path

import pytest

from tests.support.copied_runs import EPOCH, content, damaging, flip, kill, save, steps, truncate
from tinymodel import files
from tinymodel.training.run import checkpoint
from tinymodel.training.run.copier import Copier
from tinymodel.training.run.second_folder import SecondFolder


def test_what_is_there_already_is_not_copied_again(run, target, copier, monkeypatch):
    copier.update()
    (run / "log.csv").write_text("epoch\n7\n")
    copied = []
    chunks_of = files.chunks_of
    monkeypatch.setattr(files, "chunks_of", lambda file: (copied.append(file), chunks_of(file))[1])
    assert copier.update() == []
    assert [file for file in copied if run in file.parents] == [run / "log.csv"]
    assert Copier(run, target).update() == []
    assert [file for file in copied if run in file.parents] == [run / "log.csv"], "nor by another process"


def test_what_is_there_already_is_not_read_again(run, target, copier, monkeypatch):
    copier.update()
    (run / "log.csv").write_text("epoch\n7\n")
    read = []
    chunks_of, digest = files.chunks_of, files.sha256
    monkeypatch.setattr(files, "chunks_of", lambda file: (read.append(file), chunks_of(file))[1])
    monkeypatch.setattr(files, "sha256", lambda file: (read.append(file), digest(file))[1])
    monkeypatch.setattr(checkpoint, "verify_checkpoint", lambda folder: read.append(folder))
    copier.update()
    written = [files.unfinished_beside(target / name).name for name in ("SHA256SUMS", "log.csv")]
    assert sorted(file.name for file in read if run not in file.parents) == written


# --------------------------------------------------------------------------------------------------------- a place that forgets


@pytest.mark.parametrize("damage", [truncate, flip])
def test_a_checkpoint_damaged_on_its_way_is_told_and_the_old_one_stays(run, target, copier, monkeypatch, damage):
    copier.update()
    save(run, 2, keep=1)
    with monkeypatch.context() as patch:
        damaging(patch, damage, "arrays.npz")
        assert copier.update() == [
            f"checkpoint epoch-0002-step-00000002 could not be copied to {target}: what was read back is not what was written; "
            "the next save or start tries again"
        ]
    assert steps(target) == [1]
    assert not list(target.rglob(".unfinished*"))
    checkpoint.verify_checkpoint(target / EPOCH.format(1))
    assert copier.update() == []
    assert content(target) == content(run)


def test_a_file_damaged_on_its_way_is_told_and_the_old_one_stays(run, target, copier, monkeypatch):
    copier.update()
    save(run, 2)
    with monkeypatch.context() as patch:
        damaging(patch, truncate, "log.csv")
        assert copier.update() == [
            f"log.csv could not be copied to {target}: what was read back is not what was written; "
            "the next save or start tries again"
        ]
    assert (target / "log.csv").read_text() == "epoch\n1\n"
    assert steps(target) == [1, 2]
    assert copier.update() == []
    assert content(target) == content(run)


def test_what_was_lost_or_cut_off_later_is_copied_again(run, target, second, copier):
    save(run, 2)
    copier.update()
    truncate(target / "best.weights.h5")
    (target / "recipe.json").unlink()
    truncate(target / EPOCH.format(1) / "arrays.npz")
    shutil.rmtree(target / EPOCH.format(2))
    second.check()
    assert copier.update() == []
    assert content(target) == content(run)


def test_a_checkpoint_that_is_damaged_in_the_run_folder_is_not_copied_and_no_reason_to_end_with_1(run, target, copier):
    save(run, 2)
    flip(run / EPOCH.format(1) / "arrays.npz")
    assert copier.update() == []
    assert steps(target) == [2]


def test_a_checkpoint_that_vanishes_at_once_does_not_end_the_training(run, target, copier, monkeypatch):
    sync, vanishing = files.sync, target / EPOCH.format(1)
    with monkeypatch.context() as patch:
        patch.setattr(files, "sync", lambda path: shutil.rmtree(vanishing) if path == vanishing.parent else sync(path))
        assert copier.update() == []
        assert steps(target) == []
    assert copier.update() == []
    assert content(target) == content(run)


def test_killed_between_the_checksums_and_a_file(run, target, copier, tmp_path, monkeypatch):
    """Old and new content are both good then; so they are for a process that comes later and is killed again."""
    copier.update()
    for process, step in ((copier, 2), (Copier(run, target), 3)):
        save(run, step)
        with monkeypatch.context() as patch:
            damaging(patch, kill, "log.csv")
            with pytest.raises(KeyboardInterrupt):
                process.update()
        back = SecondFolder(tmp_path / f"back{step}", target)
        assert back.restore() is True
        assert back.left_out == []
        assert (back.run / "log.csv").read_text() == "epoch\n1\n"
        assert steps(back.run)[-1] == step


# ------------------------------------------------------------------------------------------------- a place that is away or full


def test_a_folder_that_goes_away_is_told_and_caught_up_with(run, target, copier):
    copier.update()
    away = target.parent.rename(target.parent.with_name("away"))
    for step in (2, 3, 4):
        save(run, step)
        assert copier.update() == [
            f"the run could not be copied to {target}: the second folder is gone; the next save or start tries again"
        ]
    assert not target.exists(), "nothing is made where a drive is not mounted"
    away.rename(target.parent)
    assert copier.update() == []
    assert content(target) == content(run)


@pytest.mark.parametrize("part", ["arrays.npz", "log.csv"])
def test_a_full_disk_is_one_message_and_leaves_nothing(run, target, copier, monkeypatch, part):
    copier.update()
    save(run, 2, keep=1)

    def full(file):
        raise OSError(errno.ENOSPC, "No space left on device", str(file))

    with monkeypatch.context() as patch:
        damaging(patch, full, part)
        (message,) = copier.update()
    what = "checkpoint epoch-0002-step-00000002" if part == "arrays.npz" else "log.csv"
    assert message.startswith(f"{what} could not be copied to {target}: No space left on device; the next save or start")
    assert not list(target.rglob(".unfinished*"))
    assert copier.update() == []
    assert content(target) == content(run)


def test_a_folder_that_cannot_be_written(run, target, copier, monkeypatch):
    copier.update()
    save(run, 2)

    def read_only(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", read_only)
        assert len(copier.update()) == 1
    assert copier.update() == []
    assert content(target) == content(run)


# ------------------------------------------------------------------------------------------------------------------ half a copy


def test_leftovers_of_a_killed_copy_go(run, target, copier):
    copier.update()
    (target / "checkpoints" / ".unfinished-epoch-0002-step-00000002").mkdir()
    (target / "checkpoints" / ".unfinished-old-epoch-0001-step-00000001").mkdir()
    (target / "tensorboard" / ".unfinished.events.out").write_text("ev")
    (target / ".unfinished.log.csv").write_text("ep")
    assert Copier(run, target).update() == []
    assert not list(target.rglob(".unfinished*"))


def test_the_first_copy_killed_is_neither_a_run_nor_foreign(run, target, copier, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        damaging(patch, kill, "recipe.json")
        with pytest.raises(KeyboardInterrupt):
            copier.update()
    assert "design.yaml" in content(target)
    assert SecondFolder(tmp_path / "back", target).restore() is False
    SecondFolder(run, target).check()
    assert Copier(run, target).update() == []
    assert content(target) == content(run)


@pytest.mark.parametrize("part", ["recipe.json", "arrays.npz", "record.json", "best.weights.h5", "log.csv"])
def test_a_first_copy_that_was_killed_is_no_log_without_a_checkpoint(run, target, copier, tmp_path, monkeypatch, part):
    """A training that starts from it begins at its first step, or goes on; it never finds a log without a checkpoint."""
    with monkeypatch.context() as patch:
        damaging(patch, kill, part)
        with pytest.raises(KeyboardInterrupt):
            copier.update()
    back = SecondFolder(tmp_path / "back", target)
    if back.restore():
        assert (back.run / "log.csv").exists() <= bool(steps(back.run))


# ----------------------------------------------------------------------------------------------------- the last good checkpoint


def test_the_last_good_one_is_never_removed_before_a_newer_one_was_read_back(run, target, copier, monkeypatch):
    copier.update()
    removed, verify, rmtree = [], checkpoint.verify_checkpoint, shutil.rmtree

    def remove(folder, **options):
        if target in Path(folder).parents and Path(folder).name.startswith(files.UNFINISHED):
            removed.append(max(steps(target), default=None))
            verify(target / EPOCH.format(removed[-1]))
        rmtree(folder, **options)

    monkeypatch.setattr(shutil, "rmtree", remove)
    for step in range(2, 6):
        save(run, step, keep=1)
        assert copier.update() == []
    assert removed == [2, 3, 4, 5]


def test_a_newer_one_of_the_second_folder_stays_until_the_run_has_passed_it(run, target, copier):
    save(run, 9)
    copier.update()
    shutil.rmtree(run / EPOCH.format(9))  # The run went on from an older checkpoint.
    for step in (2, 3):
        save(run, step, keep=1)
        assert copier.update() == []
        assert steps(target) == [step, 9]
    save(run, 10, keep=1)
    assert copier.update() == []
    assert steps(target) == [10]
