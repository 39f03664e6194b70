"""An optional copy of a run folder in a second place that forgets: Google Drive, a mounted bucket.

Such a place loses or cuts off files sometimes and goes away for a while. So what is written there is read back, what is lost
is copied again, what is taken from there is checked, and nothing that happens there ends a training; where the copy is not
whole at the end, that is said, and the next start of the run completes it. It is laid out as the run folder is, with a
`SHA256SUMS` of its own: of a file that is being replaced, it holds the old and the new digest.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

from generator.errors import InputError
from tinymodel import files
from tinymodel.training.log.events import Log
from tinymodel.training.run import checkpoint, locking
from tinymodel.training.run.checkpoint import SUMS, Unusable
from tinymodel.training.run.compare import Difference, differences
from tinymodel.training.run.folder import (
    BEST_WEIGHTS,
    CHECKPOINTS,
    CURVES,
    DATA,
    DESIGN,
    MODEL,
    RECIPE,
    LaterRelease,
    RunFolder,
)
from tinymodel.training.run.identity import changes
from tinymodel.training.run.state import record_of

TAKEN_BACK = (BEST_WEIGHTS, CURVES, MODEL)
"""Files that a run removes where no checkpoint holds what they are of."""
_ANOTHER = "give another second folder"


class SecondFolder:
    """A run folder and its copy, for the one process that holds the lock of the run folder.

    | when | call |
    |---|---|
    | before the run folder is made or locked | `SecondFolder(run, target)` |
    | in the lock of the run folder, around all that follows | `locked(log)` |
    | in the lock, before it is asked whether a run was begun; not where a new run is wanted | `restore()` |
    | in the lock, once, after `RunFolder.begin` or `RunFolder.check` | `check()`, then `update()` |
    | after each checkpoint (at the end of an epoch: after the other files too), and after `model.keras` | `update()` |

    Every call returns when it is done; nothing runs beside the training. The second folder needs room for one checkpoint more
    than the run keeps, and its file system must be able to rename a folder.

    Attributes:
        left_out: What `restore` found damaged and left out, a sentence each.

    Raises:
        InputError: One folder is the other or inside it, the second one is a file, or the folder above it is not there: a
            drive that is not mounted would pass for an empty one.
    """

    def __init__(self, run: Path, target: Path) -> None:
        self.run, self.target = run, target
        self.left_out: list[str] = []
        self._copied: dict[str, tuple[str, int]] = {}  # Files read back in the target: digest, bytes.
        self._read_back: dict[str, bytes] = {}  # Checkpoints read back in the target: their SHA256SUMS.
        self._reached = self._tidy = False
        with self._in_reach("cannot be reached"):
            ours, theirs = run.resolve(), target.resolve()
            if ours == theirs:
                raise self._refused("the second folder is the run folder itself")
            if ours in theirs.parents:
                raise self._refused("the second folder is inside the run folder")
            if theirs in ours.parents:
                raise self._refused("the run folder is inside the second folder")
            if target.exists() and not target.is_dir():
                raise self._refused("the second folder is a file")
            if not theirs.parent.is_dir():
                raise self._refused("the folder above the second folder is not there", help="mount it, or make it first")

    @property
    def begun(self) -> bool:
        """Whether the second folder holds a run."""
        return (self.target / RECIPE).is_file()

    # ------------------------------------------------------------------------------------------- at the start of a run

    @contextmanager
    def locked(self, log: Log) -> Iterator[None]:
        """Keeps other trainings out of the second folder. Where it cannot be locked now, that is told and no more.

        Raises:
            InputError: Another training is copied there.
        """
        with ExitStack() as held:
            try:
                if not self.target.parent.is_dir():  # Never made: it may be on a drive that is away.
                    raise FileNotFoundError(errno.ENOENT, "the folder above it is gone")
                if not held.enter_context(locking.locked(self.target)):
                    log.message(f"{self.target} knows no locks: make sure that no other training is copied there")
            except locking.Busy:
                raise self._refused("another training is copied to this folder", help=f"wait for it, or {_ANOTHER}") from None
            except OSError as error:
                log.message(f"{self.target} cannot be locked: {error.strerror or error}")
            yield

    def restore(self) -> bool:
        """Copies the run from the second folder where the run folder has none. After a kill, it is simply called again.

        Returns:
            Whether the run folder holds a run now that it did not hold before.

        Raises:
            InputError: The second folder holds something that is no run, or what a run cannot do without is damaged.
        """
        self.left_out = []
        if (self.run / RECIPE).is_file():
            return False
        with self._in_reach("cannot be copied into the run folder"):
            found = checkpoint.names(self.target / CHECKPOINTS)
            if not self.begun:
                if found or self._is_foreign():
                    raise self._refused(f"the second folder is not empty and holds no run: there is no {RECIPE}")
                return False
            damage = {name: checkpoint.damage(self.target / CHECKPOINTS / name) for name in found}
            self.left_out += [f"checkpoint {name} is left out: {reason}" for name, reason in damage.items() if reason]
            if found and all(damage.values()):
                raise self._refused("no checkpoint of the run can be read", help=f"{_ANOTHER} to train anew")
            sums = self._sums()
            there = _files(self.target)
            for name in (DESIGN, DATA, RECIPE):  # Before anything is copied.
                self._need(name, sums.get(name))
            for name in sorted({*there, *sums} - {RECIPE}):
                self._restore_file(name, name in there, sums.get(name))
            for name in found:
                if not damage[name]:
                    _copy_checkpoint(self.target / CHECKPOINTS / name, self.run / CHECKPOINTS / name)
            self._restore_file(RECIPE, True, sums.get(RECIPE))  # The last one: it marks a begun run.
        return True

    def check(self) -> None:
        """Makes sure that the second folder is empty or holds this run. What was lost or cut off there is no difference.

        Raises:
            InputError: It holds another run, or something that is no run; the first key that differs is named.
        """
        ours, theirs, changed, known = RunFolder(self.run), RunFolder(self.target), list[Difference](), False
        with self._in_reach("cannot be reached"):
            with _unless_damaged():
                if self._is_whole(DESIGN, RECIPE):
                    begun = [{"recipe": {"weights_from": one.weights_from()}} for one in (theirs, ours)]
                    changed = changes(theirs.design(), ours.design()) + differences(begun[0], begun[1])
                    known = True
            if not known and (other := self._checkpoint_of_another_run(ours)):
                raise self._refused(f"the second folder holds another run: {other} is of another one")
            with _unless_damaged():
                if self._is_whole(DATA):
                    identities = [
                        {"data": one.data().model_dump(include={"classes", "fingerprint"}, mode="json")}
                        for one in (theirs, ours)
                    ]
                    changed, known = changed + differences(identities[0], identities[1]), True
            if not known and (self._is_foreign() or checkpoint.names(theirs.checkpoints)):
                raise self._refused("the second folder is not empty and holds nothing that names its run")
        if changed:
            raise InputError(
                f"{changed[0].key} is not what the run in the second folder was begun with",
                place=str(self.target),
                received=changed[0].now,
                expected=str(changed[0].before),
                help=_ANOTHER,
            )

    # ------------------------------------------------------------------------------------------------ after each save

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
                checkpoint.tidy(self.target / CHECKPOINTS)
            files.remove_unfinished(self.target)
        digests = {name: files.sha256(self.run / name) for name in _files(self.run)}
        new = [name for name in digests if not self._has(name, digests[name])]
        known = self._sums()
        unknown = [name for name, digest in digests.items() if digest not in known.get(name, ())]
        sums = [(SUMS, partial(self._write_sums, digests))] if new or unknown else []
        first = [name for name in (DESIGN, DATA, RECIPE) if name in new]  # The last one of them marks a begun run.
        begin = [(name, partial(self._copy_file, name, digests[name])) for name in first]
        others = [(name, partial(self._copy_file, name, digests[name])) for name in new if name not in first]
        names = reversed(checkpoint.names(self.run / CHECKPOINTS))
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
        _copy_file(self.run / name, self.target / name, digest)
        self._copied[name] = digest, (self.run / name).stat().st_size

    def _copy_checkpoint(self, name: str) -> None:
        ours, theirs = self.run / CHECKPOINTS / name, self.target / CHECKPOINTS / name
        try:
            sums = (ours / SUMS).read_bytes()
        except OSError:
            if checkpoint.damage(ours):
                return
            raise
        if self._read_back.get(name) != sums or _sizes(theirs) != _sizes(ours):
            if checkpoint.damage(theirs) or (theirs / SUMS).read_bytes() != sums:
                if checkpoint.damage(ours):
                    return
                _copy_checkpoint(ours, theirs)
            self._read_back[name] = sums
        stored = checkpoint.names(self.target / CHECKPOINTS)
        for old in stored[: stored.index(name)] if name in stored else ():
            if not (self.run / CHECKPOINTS / old).exists():
                files.remove_folder(self.target / CHECKPOINTS / old)
                self._read_back.pop(old, None)

    def _write_sums(self, digests: dict[str, str]) -> None:
        before = self._sums() | {name: {digest} for name, (digest, _) in self._copied.items()}
        lines = [f"{each}  {name}\n" for name in digests for each in sorted({digests[name], *before.get(name, ())})]
        content = "".join(lines).encode(errors="replace")
        files.put(self.target / SUMS, content)

    # -------------------------------------------------------------------------------------------------- what is there

    def _sums(self) -> dict[str, set[str]]:
        sums: dict[str, set[str]] = {}
        with suppress(FileNotFoundError):
            for line in (self.target / SUMS).read_text("utf-8", errors="replace").splitlines():
                digest, _, name = line.partition("  ")
                if name:
                    sums.setdefault(name, set()).add(digest)
        return sums

    def _checkpoint_of_another_run(self, ours: RunFolder) -> str | None:
        """A checkpoint that is there and says that it is of another run; those of release 0.1.0 say nothing."""
        for name in checkpoint.names(self.target / CHECKPOINTS):
            with suppress(Unusable, InputError):
                record = record_of(checkpoint.load(self.target / CHECKPOINTS / name))
                if record.format and record.identity != ours.identity():
                    return name
        return None

    def _is_whole(self, *names: str) -> bool:
        """Whether files are there and as the checksums say, which may be lost themselves."""
        sums, places = self._sums(), [self.target / name for name in names]
        return all(file.is_file() and (file.name not in sums or files.sha256(file) in sums[file.name]) for file in places)

    def _is_foreign(self) -> bool:
        """Whether something is there, but not even SHA256SUMS, which is the first file of a copy."""
        entries = [entry.name for entry in self.target.iterdir()] if self.target.exists() else []
        ours = (locking.LOCK, files.UNFINISHED)
        return SUMS not in entries and not all(name.startswith(ours) for name in entries)

    def _restore_file(self, name: str, there: bool, sums: set[str] | None) -> None:
        digest = files.sha256(self.target / name) if there else ""
        if there and (sums is None or digest in sums):
            _copy_file(self.target / name, self.run / name, digest)
            return
        fact = "is cut off or changed" if there else "is missing"
        self.left_out.append(f"{name} is left out: it {fact}")

    def _need(self, name: str, sums: set[str] | None) -> None:
        file = self.target / name
        if not file.is_file() or (sums is not None and files.sha256(file) not in sums):
            fact = "is cut off or changed" if file.is_file() else "is missing"
            raise InputError(f"{fact}, and the run cannot do without it", place=str(file), help=_ANOTHER)

    def give_back(self, names: Sequence[str] | None = None) -> list[str]:
        """Copies whole checkpoints from the second folder over those of the run folder that cannot be used.

        Args:
            names: Of these; where they are not given, all that are there.

        Returns:
            Those that were copied.
        """
        found = checkpoint.names(self.target / CHECKPOINTS)
        whole = [
            name
            for name in found
            if (names is None or name in names) and not checkpoint.damage(self.target / CHECKPOINTS / name)
        ]
        for name in whole:
            _copy_checkpoint(self.target / CHECKPOINTS / name, self.run / CHECKPOINTS / name)
        return whole

    def _message(self, what: str, reason: str) -> str:
        return f"{what} could not be copied to {self.target}: {reason}; the next save or start tries again"

    def _refused(self, fact: str, help: str = _ANOTHER) -> InputError:
        return InputError(fact, place=str(self.target), help=help)

    @contextmanager
    def _in_reach(self, fact: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            place = str(error.filename or self.target)
            raise InputError(f"{fact}: {error.strerror or error}", place=place, help=f"try again, or {_ANOTHER}") from None
        except Unusable as reason:
            raise InputError(f"{fact}: {reason}", place=str(self.target), help=f"try again, or {_ANOTHER}") from None


# ------------------------------------------------------------------------------------------- copying, and reading it back


@contextmanager
def _unless_damaged() -> Iterator[None]:
    """What is damaged in the second folder is written anew; a run of a later release is not."""
    try:
        yield
    except LaterRelease:
        raise
    except InputError:
        return


def _files(folder: Path) -> list[str]:
    """Names of what is copied file by file: all but checkpoints, checksums, hidden and unfinished files."""
    found = (path.relative_to(folder) for path in sorted(folder.rglob("[!.]*")) if path.is_file())
    return [name.as_posix() for name in found if name.parts[0] not in (CHECKPOINTS, SUMS) and not name.parts[0].startswith(".")]


def _copy_file(source: Path, target: Path, digest: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if files.put_chunks(target, files.chunks_of(source)) != digest:
        raise Unusable("it changed while it was copied")


def _copy_checkpoint(source: Path, target: Path) -> None:
    """Copies a checkpoint beside, reads it back, and puts it in place of the one there, if any."""
    beside = files.beside(target)
    try:
        if beside.exists():
            shutil.rmtree(beside)
        beside.mkdir(parents=True)
        for file in sorted(source.iterdir()):
            files.write_chunks(beside / file.name, files.chunks_of(file))
        files.sync(beside)
        checkpoint.verify(beside)
        if target.exists():
            checkpoint.replace_folder(beside, target)
        else:
            beside.rename(target)
    except (OSError, Unusable):
        shutil.rmtree(beside, ignore_errors=True)
        raise
    files.sync(target.parent)


def _sizes(path: Path) -> dict[str, int]:
    """Bytes of a file, or of each file of a folder, by name; empty where there is none."""
    found = list(path.iterdir()) if path.is_dir() else [path]
    return {file.name: file.stat().st_size for file in found if file.is_file()}
