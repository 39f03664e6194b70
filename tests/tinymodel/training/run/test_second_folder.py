import errno
import shutil
from pathlib import Path

import numpy as np
import pytest

from generator.errors import InputError
from tinymodel import files
from tinymodel.training import SilentLog
from tinymodel.training.run import checkpoint
from tinymodel.training.run.folder import RunFolder
from tinymodel.training.run.second_folder import SecondFolder

EPOCH = "checkpoints/epoch-{0:04d}-step-{0:08d}"


@pytest.fixture
def run(tmp_path, tiny) -> Path:
    """A run folder as it is after its first save."""
    folder = tmp_path / "run"
    (folder / "tensorboard").mkdir(parents=True)
    RunFolder(folder).begin(tiny.design(seed=1, checkpoint_minutes=10.0), tiny.FakeData(), {"sheet.xlsx": b"PK"})
    contents = {
        "log.csv": "epoch\n1\n",
        "best.weights.h5": "weights" * 100,
        "tensorboard/events.out": "events",
        ".lock": "",
        ".unfinished.keras": "half",
    }
    for name, content in contents.items():
        (folder / name).write_text(content)
    save(folder, 1)
    return folder


@pytest.fixture
def target(tmp_path) -> Path:
    return tmp_path / "drive" / "copy"


@pytest.fixture
def second(run, target) -> SecondFolder:
    target.parent.mkdir()
    return SecondFolder(run, target)


def save(run, step, keep=2):
    checkpoint.save(run / "checkpoints", step, step, {"a": np.full(50, step, np.float32)}, {"step": step}, keep)
    (run / "log.csv").write_text(f"epoch\n{step}\n")


def content(folder):
    """Every file by name, without those that stay in their own folder."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: data for name, data in files.items() if not Path(name).name.startswith(".") and name != "SHA256SUMS"}


def steps(folder):
    return [int(name[-8:]) for name in checkpoint.names(folder / "checkpoints")]


def flip(file):
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 4
    file.write_bytes(data)


def damaging(monkeypatch, damage, part):
    """What is written with `part` in its path is damaged before it is read back."""
    sync = files.sync

    def damaged(path):
        sync(path)
        if part in path.name and path.is_file():
            damage(path)

    monkeypatch.setattr(files, "sync", damaged)


def kill(file):
    raise KeyboardInterrupt


def truncate(file):
    file.write_bytes(file.read_bytes()[:-3])


# -------------------------------------------------------------------------------------------------------- there and back


def test_copy_and_restore_give_the_same_bytes(run, target, second, tmp_path):
    second.check()
    assert second.update() == []
    assert content(target) == content(run)
    assert not list(target.rglob(".*")), "neither the lock nor what is unfinished"
    (run / "model.keras").write_text("model")
    for step in (2, 3, 4):
        save(run, step)
        assert second.update() == []
        assert content(target) == content(run)
    assert steps(target) == [3, 4]

    back = SecondFolder(tmp_path / "back", target)
    assert back.begun
    assert back.restore() is True
    assert back.left_out == []
    assert content(tmp_path / "back") == content(run)
    back.check()
    assert back.restore() is False, "the run folder holds a run now"


def test_what_is_there_already_is_not_copied_again(run, target, second, monkeypatch):
    second.update()
    (run / "log.csv").write_text("epoch\n7\n")
    copied = []
    chunks_of = files.chunks_of
    monkeypatch.setattr(files, "chunks_of", lambda file: (copied.append(file), chunks_of(file))[1])
    assert second.update() == []
    assert [file for file in copied if run in file.parents] == [run / "log.csv"]
    assert SecondFolder(run, target).update() == []
    assert [file for file in copied if run in file.parents] == [run / "log.csv"], "nor by another process"


def test_what_is_there_already_is_not_read_again(run, target, second, monkeypatch):
    second.update()
    (run / "log.csv").write_text("epoch\n7\n")
    read = []
    chunks_of, digest = files.chunks_of, files.sha256
    monkeypatch.setattr(files, "chunks_of", lambda file: (read.append(file), chunks_of(file))[1])
    monkeypatch.setattr(files, "sha256", lambda file: (read.append(file), digest(file))[1])
    monkeypatch.setattr(checkpoint, "verify", lambda folder: read.append(folder))
    second.update()
    written = [files.beside(target / name).name for name in ("SHA256SUMS", "log.csv")]
    assert sorted(file.name for file in read if run not in file.parents) == written


@pytest.mark.parametrize("there", [False, True])
def test_nothing_to_restore(second, target, tmp_path, there):
    if there:
        target.mkdir()
    assert SecondFolder(tmp_path / "back", target).restore() is False
    assert not (tmp_path / "back").exists()


def test_a_restore_that_was_killed_is_done_again(run, target, second, tmp_path, monkeypatch):
    second.update()
    with monkeypatch.context() as patch:
        damaging(patch, kill, "record.json")
        with pytest.raises(KeyboardInterrupt):
            SecondFolder(tmp_path / "back", target).restore()
    assert not (tmp_path / "back" / "recipe.json").exists(), "no run is begun by half"
    assert SecondFolder(tmp_path / "back", target).restore() is True
    assert content(tmp_path / "back") == content(run)


# ------------------------------------------------------------------------------------------------------ a place that forgets


@pytest.mark.parametrize("damage", [truncate, flip])
def test_a_checkpoint_damaged_on_its_way_is_told_and_the_old_one_stays(run, target, second, monkeypatch, damage):
    second.update()
    save(run, 2, keep=1)
    with monkeypatch.context() as patch:
        damaging(patch, damage, "arrays.npz")
        assert second.update() == [
            f"checkpoint epoch-0002-step-00000002 could not be copied to {target}: what was read back is not what was written; "
            "the next save or start tries again"
        ]
    assert steps(target) == [1]
    assert not list(target.rglob(".unfinished*"))
    checkpoint.verify(target / EPOCH.format(1))
    assert second.update() == []
    assert content(target) == content(run)


def test_a_file_damaged_on_its_way_is_told_and_the_old_one_stays(run, target, second, monkeypatch):
    second.update()
    save(run, 2)
    with monkeypatch.context() as patch:
        damaging(patch, truncate, "log.csv")
        assert second.update() == [
            f"log.csv could not be copied to {target}: what was read back is not what was written; "
            "the next save or start tries again"
        ]
    assert (target / "log.csv").read_text() == "epoch\n1\n"
    assert steps(target) == [1, 2]
    assert second.update() == []
    assert content(target) == content(run)


def test_what_was_lost_or_cut_off_later_is_copied_again(run, target, second):
    save(run, 2)
    second.update()
    truncate(target / "best.weights.h5")
    (target / "recipe.json").unlink()
    truncate(target / EPOCH.format(1) / "arrays.npz")
    shutil.rmtree(target / EPOCH.format(2))
    second.check()
    assert second.update() == []
    assert content(target) == content(run)


def test_a_damaged_checkpoint_is_left_out_and_the_older_one_used(run, target, second, tmp_path):
    save(run, 2)
    second.update()
    flip(target / EPOCH.format(2) / "arrays.npz")
    back = SecondFolder(tmp_path / "back", target)
    assert back.restore() is True
    assert back.left_out == ["checkpoint epoch-0002-step-00000002 is left out: the checksum of arrays.npz is wrong"]
    assert steps(tmp_path / "back") == [1]
    back.check()
    assert back.update() == []
    save(tmp_path / "back", 2)
    assert back.update() == []
    assert content(target) == content(run), "the damaged one was replaced"


def test_a_checkpoint_that_is_damaged_in_the_run_folder_is_not_copied_and_no_reason_to_end_with_1(run, target, second):
    save(run, 2)
    flip(run / EPOCH.format(1) / "arrays.npz")
    assert second.update() == []
    assert steps(target) == [2]


def test_a_copy_that_lost_its_checksums_is_still_the_copy_of_its_run(run, target, second, tmp_path):
    second.update()
    (target / "SHA256SUMS").unlink()
    SecondFolder(run, target).check()
    assert SecondFolder(tmp_path / "back", target).restore() is True


def test_a_damaged_file_is_left_out_and_named(run, target, second, tmp_path):
    second.update()
    truncate(target / "best.weights.h5")
    (target / "log.csv").unlink()
    back = SecondFolder(tmp_path / "back", target)
    assert back.restore() is True
    assert back.left_out == ["best.weights.h5 is left out: it is cut off or changed", "log.csv is left out: it is missing"]
    assert "best.weights.h5" not in content(tmp_path / "back")


def test_killed_between_the_checksums_and_a_file(run, target, second, tmp_path, monkeypatch):
    """Old and new content are both good then; so they are for a process that comes later and is killed again."""
    second.update()
    for process, step in ((second, 2), (SecondFolder(run, target), 3)):
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


# ------------------------------------------------------------------------------------------- a place that is away or full


def test_a_folder_that_goes_away_is_told_and_caught_up_with(run, target, second):
    second.update()
    away = target.parent.rename(target.parent.with_name("away"))
    for step in (2, 3, 4):
        save(run, step)
        assert second.update() == [
            f"the run could not be copied to {target}: the second folder is gone; the next save or start tries again"
        ]
    assert not target.exists(), "nothing is made where a drive is not mounted"
    away.rename(target.parent)
    assert second.update() == []
    assert content(target) == content(run)


@pytest.mark.parametrize("part", ["arrays.npz", "log.csv"])
def test_a_full_disk_is_one_message_and_leaves_nothing(run, target, second, monkeypatch, part):
    second.update()
    save(run, 2, keep=1)

    def full(file):
        raise OSError(errno.ENOSPC, "No space left on device", str(file))

    with monkeypatch.context() as patch:
        damaging(patch, full, part)
        (message,) = second.update()
    what = "checkpoint epoch-0002-step-00000002" if part == "arrays.npz" else "log.csv"
    assert message.startswith(f"{what} could not be copied to {target}: No space left on device; the next save or start")
    assert not list(target.rglob(".unfinished*"))
    assert second.update() == []
    assert content(target) == content(run)


def test_a_folder_that_cannot_be_written(run, target, second, monkeypatch):
    second.update()
    save(run, 2)

    def read_only(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", read_only)
        assert len(second.update()) == 1
    assert second.update() == []
    assert content(target) == content(run)


def test_leftovers_of_a_killed_copy_go(run, target, second):
    second.update()
    (target / "checkpoints" / ".unfinished-epoch-0002-step-00000002").mkdir()
    (target / "checkpoints" / ".unfinished-old-epoch-0001-step-00000001").mkdir()
    (target / "tensorboard" / ".unfinished.events.out").write_text("ev")
    (target / ".unfinished.log.csv").write_text("ep")
    assert SecondFolder(run, target).update() == []
    assert not list(target.rglob(".unfinished*"))


def test_the_first_copy_killed_is_neither_a_run_nor_foreign(run, target, second, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        damaging(patch, kill, "recipe.json")
        with pytest.raises(KeyboardInterrupt):
            second.update()
    assert "design.yaml" in content(target)
    assert SecondFolder(tmp_path / "back", target).restore() is False
    again = SecondFolder(run, target)
    again.check()
    assert again.update() == []
    assert content(target) == content(run)


# ----------------------------------------------------------------------------------------------- the last good checkpoint


def test_the_last_good_one_is_never_removed_before_a_newer_one_was_read_back(run, target, second, monkeypatch):
    second.update()
    removed, verify, rmtree = [], checkpoint.verify, shutil.rmtree

    def remove(folder, **options):
        if target in Path(folder).parents and Path(folder).name.startswith(files.UNFINISHED):
            removed.append(max(steps(target), default=None))
            verify(target / EPOCH.format(removed[-1]))
        rmtree(folder, **options)

    monkeypatch.setattr(shutil, "rmtree", remove)
    for step in range(2, 6):
        save(run, step, keep=1)
        assert second.update() == []
    assert removed == [2, 3, 4, 5]


def test_a_newer_one_of_the_second_folder_stays_until_the_run_has_passed_it(run, target, second):
    save(run, 9)
    second.update()
    shutil.rmtree(run / EPOCH.format(9))  # The run went on from an older checkpoint.
    for step in (2, 3):
        save(run, step, keep=1)
        assert second.update() == []
        assert steps(target) == [step, 9]
    save(run, 10, keep=1)
    assert second.update() == []
    assert steps(target) == [10]


# ------------------------------------------------------------------------------------------- two trainings, half a copy


def test_a_copy_is_locked_like_a_run(run, target, second, tiny, tmp_path):
    other = SecondFolder(shutil.copytree(run, tmp_path / "other"), target)
    with second.locked(SilentLog()):
        assert refusal(lambda: other.locked(SilentLog()).__enter__()) == (
            f"{target}: another training is copied to this folder\n  help: wait for it, or give another second folder"
        )
    with other.locked(SilentLog()):
        pass
    assert not target.exists(), "nothing was copied"


def test_a_place_without_locks_is_told_and_used(target, second, monkeypatch):
    def unknown(*_):
        raise OSError(errno.ENOTSUP, "Operation not supported")

    said = []
    log = SilentLog()
    log.message = said.append
    monkeypatch.setattr("fcntl.flock", unknown)
    with second.locked(log):
        assert second.update() == []
    assert said == [f"{target} knows no locks: make sure that no other training is copied there"]


@pytest.mark.parametrize("part", ["recipe.json", "arrays.npz", "record.json", "best.weights.h5", "log.csv"])
def test_a_first_copy_that_was_killed_is_no_log_without_a_checkpoint(run, target, second, tmp_path, monkeypatch, part):
    """A training that starts from it begins at its first step, or goes on; it never finds a log without a checkpoint."""
    with monkeypatch.context() as patch:
        damaging(patch, kill, part)
        with pytest.raises(KeyboardInterrupt):
            second.update()
    back = SecondFolder(tmp_path / "back", target)
    if back.restore():
        assert (back.run / "log.csv").exists() <= bool(steps(back.run))


# -------------------------------------------------------------------------------------------------------------- refusals


def refusal(call):
    with pytest.raises(InputError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize(
    ("target", "fact", "help"),
    [
        ("run", "the second folder is the run folder itself", "give another second folder"),
        ("run/../run", "the second folder is the run folder itself", "give another second folder"),
        ("run/copy", "the second folder is inside the run folder", "give another second folder"),
        (".", "the run folder is inside the second folder", "give another second folder"),
        ("run/log.csv/..", "the second folder is the run folder itself", "give another second folder"),
        ("file", "the second folder is a file", "give another second folder"),
        ("no/drive", "the folder above the second folder is not there", "mount it, or make it first"),
    ],
)
def test_folders_that_cannot_be(run, tmp_path, target, fact, help):
    (tmp_path / "file").touch()
    place = tmp_path / target
    assert refusal(lambda: SecondFolder(run, place)) == f"{place}: {fact}\n  help: {help}"


def test_a_link_to_the_run_folder_is_the_run_folder(run, tmp_path):
    (tmp_path / "link").symlink_to(run)
    assert "the second folder is the run folder itself" in refusal(lambda: SecondFolder(run, tmp_path / "link"))


@pytest.mark.parametrize(
    ("name", "before", "now", "key", "received", "expected"),
    [
        ("recipe.json", '"seed": 1', '"seed": 2', "recipe.seed", "1", "2"),
        ("data.json", "96 30 4 0", "96 30 4 1", "data.fingerprint", '"96 30 4 0"', "96 30 4 1"),
        ("design.yaml", "rate: 0.2", "rate: 0.3", "design.plan.1.rate", "0.2", "0.3"),
    ],
)
def test_another_run(run, target, second, tmp_path, name, before, now, key, received, expected):
    other = shutil.copytree(run, tmp_path / "other")
    (other / name).write_text((other / name).read_text().replace(before, now))
    assert SecondFolder(other, target).update() == []
    assert refusal(second.check) == (
        f"{target}: {key} is not what the run in the second folder was begun with\n"
        f"  received: {received}\n  expected: {expected}\n  help: give another second folder"
    )


def test_what_is_free_to_change_and_what_was_cut_off_make_no_other_run(run, target, second):
    second.update()
    (run / "recipe.json").write_text(
        (run / "recipe.json").read_text().replace('"checkpoint_minutes": 10', '"checkpoint_minutes": 5')
    )
    (run / "data.json").write_text((run / "data.json").read_text().replace("no-cache", "another-cache"))
    (target / "design.yaml").write_text("classes: 1")
    second.check()
    assert second.update() == []
    assert content(target) == content(run)


@pytest.mark.parametrize("name", ["holiday.jpg", "checkpoints/epoch-0001-step-00000001/arrays.npz"])
def test_something_that_is_no_run(run, target, second, tmp_path, name):
    (target / name).parent.mkdir(parents=True)
    (target / name).touch()
    assert refusal(SecondFolder(tmp_path / "back", target).restore) == (
        f"{target}: the second folder is not empty and holds no run: there is no recipe.json\n"
        "  help: give another second folder"
    )
    assert refusal(second.check) == (
        f"{target}: the second folder is not empty and holds nothing that names its run\n  help: give another second folder"
    )
    assert not (tmp_path / "back").exists()


def test_no_checkpoint_that_can_be_read(target, second, tmp_path):
    second.update()
    flip(target / EPOCH.format(1) / "record.json")
    assert refusal(SecondFolder(tmp_path / "back", target).restore) == (
        f"{target}: no checkpoint of the run can be read\n  help: give another second folder to train anew"
    )
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize(
    ("name", "damage", "fact"),
    [
        ("recipe.json", truncate, "is cut off or changed"),
        ("data.json", truncate, "is cut off or changed"),
        ("design.yaml", Path.unlink, "is missing"),
    ],
)
def test_a_run_that_lost_what_it_cannot_do_without(target, second, tmp_path, name, damage, fact):
    second.update()
    damage(target / name)
    assert refusal(SecondFolder(tmp_path / "back", target).restore) == (
        f"{target / name}: {fact}, and the run cannot do without it\n  help: give another second folder"
    )
    assert not (tmp_path / "back" / "recipe.json").exists()


def test_a_second_folder_that_cannot_be_read(target, second, tmp_path, monkeypatch):
    second.update()

    def broken(file):
        if file.name == "best.weights.h5":
            raise OSError(errno.EIO, "Input/output error", str(file))
        return digest(file)

    digest = files.sha256

    monkeypatch.setattr(files, "sha256", broken)
    assert refusal(SecondFolder(tmp_path / "back", target).restore) == (
        f"{target / 'best.weights.h5'}: cannot be copied into the run folder: Input/output error\n"
        "  help: try again, or give another second folder"
    )


def test_a_checkpoint_that_vanishes_at_once_does_not_end_the_training(run, target, second, monkeypatch):
    sync, vanishing = files.sync, target / EPOCH.format(1)
    with monkeypatch.context() as patch:
        patch.setattr(files, "sync", lambda path: shutil.rmtree(vanishing) if path == vanishing.parent else sync(path))
        assert second.update() == []
        assert steps(target) == []
    assert second.update() == []
    assert content(target) == content(run)
