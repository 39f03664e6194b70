"""Keeping a run's copy in a second folder up with the run. Knows nothing of a start that is taken from the copy.

A mounted place loses or cuts off files sometimes and goes away for a while. So what is written there is read back, what is lost
is copied again, and nothing that happens there ends a training; where the copy is not whole at the end, that is said, and the
next start of the run completes it.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tinymodel import files
from tinymodel.training.run import checkpoint
from tinymodel.training.run.carrying import carry_checkpoint, carry_file, names_of_files, read_sums, write_sums
from tinymodel.training.run.checkpoint import SUMS, Unusable
from tinymodel.training.run.names import BEST_WEIGHTS, CHECKPOINTS, CURVES, DATA, DESIGN, MODEL, RECIPE

TAKEN_BACK = (BEST_WEIGHTS, CURVES, MODEL)
"""Files that a run removes where no checkpoint holds what they are of."""


class Copier:
    """Copies a run folder into its second folder, for the one process that holds the locks of both.

    `update()` is called once after `SecondFolder.check`, then after each checkpoint (at the end of an epoch: after the other
    files too) and after `model.keras`. It returns when it is done; nothing runs beside the training. The second folder needs
    room for one checkpoint more than the run keeps, and its file system must be able to rename a folder.
    """

    def __init__(self, run: Path, target: Path) -> None:
        self.run, self.target = run, target
        self._copied: dict[str, tuple[str, int]] = {}  # Files read back in the target: digest, bytes.
        self._read_back: dict[str, bytes] = {}  # Checkpoints read back in the target: their SHA256SUMS.
        self._reached = self._tidy = False

    def update(self) -> list[str]:
        """Copies what is new, changed or lost. The first time in a process, what is there already is read once.

        Checkpoints go before the files that follow from them, the newest first. One that is no longer in the run folder stays
        until a newer one was read back; one that is damaged there is left where it is.

        Returns:
            What could not be copied, a sentence each; empty where all is well. The next call tries again.
        """
        messages: list[str] = []
        what = "the run"
        try:
            for what, job in self._jobs():
                try:
                    job()
                except Unusable as reason:
                    messages.append(self._message(what, str(reason)))
        except OSError as error:
            messages.append(self._message(what, error.strerror or str(error)))
        self._tidy = not messages
        return messages

    def _jobs(self) -> Iterator[tuple[str, Callable[[], None]]]:
        if not self._reached:
            self.target.mkdir(exist_ok=True)
        elif not self.target.is_dir():  # Never made anew: it may be on a drive that is away.
            raise FileNotFoundError(errno.ENOENT, "the second folder is gone")
        self._reached = True
        if not self._tidy:
            if (self.target / CHECKPOINTS).is_dir():
                checkpoint.tidy_checkpoints(self.target / CHECKPOINTS)
            files.remove_unfinished(self.target)
        digests = {name: files.sha256(self.run / name) for name in names_of_files(self.run)}
        new = [name for name in digests if not self._has(name, digests[name])]
        known = read_sums(self.target)
        unknown = [name for name, digest in digests.items() if digest not in known.get(name, ())]
        sums = [(SUMS, partial(self._write_sums, digests))] if new or unknown else []
        first = [name for name in (DESIGN, DATA, RECIPE) if name in new]  # The last one of them marks a begun run.
        begin = [(name, partial(self._copy_file, name, digests[name])) for name in first]
        others = [(name, partial(self._copy_file, name, digests[name])) for name in new if name not in first]
        names = reversed(checkpoint.checkpoint_names(self.run / CHECKPOINTS))
        checkpoints = [(f"checkpoint {name}", partial(self._copy_checkpoint, name)) for name in names]
        # What follows from a checkpoint comes behind it: a log without one could not be gone on with.
        yield from [*sums, *begin, *checkpoints, *others]
        for name in TAKEN_BACK:
            if name not in digests and (self.target / name).is_file():
                yield name, (self.target / name).unlink

    def _has(self, name: str, digest: str) -> bool:
        """Whether the target has this file: read the first time, later told by what is remembered and by its size."""
        size = _sizes(self.target / name).get(Path(name).name)
        if name not in self._copied and size is not None and files.sha256(self.target / name) == digest:
            self._copied[name] = digest, size
        return self._copied.get(name) == (digest, size)

    def _copy_file(self, name: str, digest: str) -> None:
        carry_file(self.run / name, self.target / name, digest)
        self._copied[name] = digest, (self.run / name).stat().st_size

    def _copy_checkpoint(self, name: str) -> None:
        ours, theirs = self.run / CHECKPOINTS / name, self.target / CHECKPOINTS / name
        try:
            sums = (ours / SUMS).read_bytes()
        except OSError:
            if checkpoint.checkpoint_damage(ours):
                return
            raise
        if self._read_back.get(name) != sums or _sizes(theirs) != _sizes(ours):
            if checkpoint.checkpoint_damage(theirs) or (theirs / SUMS).read_bytes() != sums:
                if checkpoint.checkpoint_damage(ours):
                    return
                carry_checkpoint(ours, theirs)
            self._read_back[name] = sums
        stored = checkpoint.checkpoint_names(self.target / CHECKPOINTS)
        for old in stored[: stored.index(name)] if name in stored else ():
            if not (self.run / CHECKPOINTS / old).exists():
                files.remove_folder(self.target / CHECKPOINTS / old)
                self._read_back.pop(old, None)

    def _write_sums(self, digests: dict[str, str]) -> None:
        before = read_sums(self.target) | {name: {digest} for name, (digest, _) in self._copied.items()}
        write_sums(self.target, {name: {digest, *before.get(name, ())} for name, digest in digests.items()})

    def _message(self, what: str, reason: str) -> str:
        return f"{what} could not be copied to {self.target}: {reason}; the next save or start tries again"


def _sizes(path: Path) -> dict[str, int]:
    """Bytes of a file, or of each file of a folder, by name; empty where there is none."""
    found = list(path.iterdir()) if path.is_dir() else [path]
    return {file.name: file.stat().st_size for file in found if file.is_file()}
