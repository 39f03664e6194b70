import errno
import shutil
from pathlib import Path

import pytest

from generator.errors import InputError
from tests.support.copied_runs import EPOCH, content, damaging, flip, kill, save, steps, truncate
from tinymodel import files
from tinymodel.training.log.events import SilentLog
from tinymodel.training.run.copier import Copier
from tinymodel.training.run.second_folder import SecondFolder


def refusal(call):
    with pytest.raises(InputError) as caught:
        call()
    return str(caught.value)


def test_copy_and_restore_give_the_same_bytes(run, target, second, copier, tmp_path):
    second.check()
    assert copier.update() == []
    assert content(target) == content(run)
    assert not list(target.rglob(".*")), "neither the lock nor what is unfinished"
    (run / "model.keras").write_text("model")
    for step in (2, 3, 4):
        save(run, step)
        assert copier.update() == []
        assert content(target) == content(run)
    assert steps(target) == [3, 4]

    back = SecondFolder(tmp_path / "back", target)
    assert back.begun
    assert back.restore() is True
    assert back.left_out == []
    assert content(tmp_path / "back") == content(run)
    back.check()
    assert back.restore() is False, "the run folder holds a run now"


@pytest.mark.parametrize("there", [False, True])
def test_nothing_to_restore(second, target, tmp_path, there):
    if there:
        target.mkdir()
    assert SecondFolder(tmp_path / "back", target).restore() is False
    assert not (tmp_path / "back").exists()


def test_a_restore_that_was_killed_is_done_again(run, target, copier, tmp_path, monkeypatch):
    copier.update()
    with monkeypatch.context() as patch:
        damaging(patch, kill, "record.json")
        with pytest.raises(KeyboardInterrupt):
            SecondFolder(tmp_path / "back", target).restore()
    assert not (tmp_path / "back" / "recipe.json").exists(), "no run is begun by half"
    assert SecondFolder(tmp_path / "back", target).restore() is True
    assert content(tmp_path / "back") == content(run)


# -------------------------------------------------------------------------------------------------------- what is damaged there


def test_a_damaged_checkpoint_is_left_out_and_the_older_one_used(run, target, copier, tmp_path):
    save(run, 2)
    copier.update()
    flip(target / EPOCH.format(2) / "arrays.npz")
    back = SecondFolder(tmp_path / "back", target)
    assert back.restore() is True
    assert back.left_out == ["checkpoint epoch-0002-step-00000002 is left out: the checksum of arrays.npz is wrong"]
    assert steps(tmp_path / "back") == [1]
    back.check()
    assert Copier(back.run, target).update() == []
    save(tmp_path / "back", 2)
    assert Copier(back.run, target).update() == []
    assert content(target) == content(run), "the damaged one was replaced"


def test_a_copy_that_lost_its_checksums_is_still_the_copy_of_its_run(run, target, copier, tmp_path):
    copier.update()
    (target / "SHA256SUMS").unlink()
    SecondFolder(run, target).check()
    assert SecondFolder(tmp_path / "back", target).restore() is True


def test_a_damaged_file_is_left_out_and_named(run, target, copier, tmp_path):
    copier.update()
    truncate(target / "best.weights.h5")
    (target / "log.csv").unlink()
    back = SecondFolder(tmp_path / "back", target)
    assert back.restore() is True
    assert back.left_out == ["best.weights.h5 is left out: it is cut off or changed", "log.csv is left out: it is missing"]
    assert "best.weights.h5" not in content(tmp_path / "back")


# ------------------------------------------------------------------------------------------------------- one training at a time


def test_a_copy_is_locked_like_a_run(run, target, second, tiny, tmp_path):
    other = SecondFolder(shutil.copytree(run, tmp_path / "other"), target)
    with second.locked(SilentLog()):
        assert refusal(lambda: other.locked(SilentLog()).__enter__()) == (
            f"{target}: another training is copied to this folder\n  help: wait for it, or give another second folder"
        )
    with other.locked(SilentLog()):
        pass
    assert not target.exists(), "nothing was copied"


def test_a_place_without_locks_is_told_and_used(target, second, copier, monkeypatch):
    def unknown(*_):
        raise OSError(errno.ENOTSUP, "Operation not supported")

    said = []
    log = SilentLog()
    log.message = said.append
    monkeypatch.setattr("fcntl.flock", unknown)
    with second.locked(log):
        assert copier.update() == []
    assert said == [f"{target} knows no locks: make sure that no other training is copied there"]


# --------------------------------------------------------------------------------------------------------------------- refusals


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
    assert Copier(other, target).update() == []
    assert refusal(second.check) == (
        f"{target}: {key} is not what the run in the second folder was begun with\n"
        f"  received: {received}\n  expected: {expected}\n  help: give another second folder"
    )


def test_what_is_free_to_change_and_what_was_cut_off_make_no_other_run(run, target, second, copier):
    copier.update()
    (run / "recipe.json").write_text(
        (run / "recipe.json").read_text().replace('"checkpoint_minutes": 10', '"checkpoint_minutes": 5')
    )
    (run / "data.json").write_text((run / "data.json").read_text().replace("no-cache", "another-cache"))
    (target / "design.yaml").write_text("classes: 1")
    second.check()
    assert copier.update() == []
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


def test_no_checkpoint_that_can_be_read(target, copier, tmp_path):
    copier.update()
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
def test_a_run_that_lost_what_it_cannot_do_without(target, copier, tmp_path, name, damage, fact):
    copier.update()
    damage(target / name)
    assert refusal(SecondFolder(tmp_path / "back", target).restore) == (
        f"{target / name}: {fact}, and the run cannot do without it\n  help: give another second folder"
    )
    assert not (tmp_path / "back" / "recipe.json").exists()


def test_a_second_folder_that_cannot_be_read(target, copier, tmp_path, monkeypatch):
    copier.update()

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
