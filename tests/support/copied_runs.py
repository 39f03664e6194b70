"""A run folder and its copy, as tests of the second folder make, damage and look at them."""

from pathlib import Path

import numpy as np

from tinymodel import files
from tinymodel.training.run import checkpoint

EPOCH = "checkpoints/epoch-{0:04d}-step-{0:08d}"


def save(run, step, keep=2):
    checkpoint.save_checkpoint(run / "checkpoints", step, step, {"a": np.full(50, step, np.float32)}, {"step": step}, keep)
    (run / "log.csv").write_text(f"epoch\n{step}\n")


def content(folder):
    """Every file by name, without those that stay in their own folder."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: data for name, data in files.items() if not Path(name).name.startswith(".") and name != "SHA256SUMS"}


def steps(folder):
    return [int(name[-8:]) for name in checkpoint.checkpoint_names(folder / "checkpoints")]


def flip(file):
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 4
    file.write_bytes(data)


def truncate(file):
    file.write_bytes(file.read_bytes()[:-3])


def kill(file):
    raise KeyboardInterrupt


def damaging(monkeypatch, damage, part):
    """What is written with `part` in its path is damaged before it is read back."""
    sync = files.sync

    def damaged(path):
        sync(path)
        if part in path.name and path.is_file():
            damage(path)

    monkeypatch.setattr(files, "sync", damaged)
