"""A copy of a run in a second place that forgets (Google Drive, a mounted bucket): held against the run, and taken back from.

Such a place loses or cuts off files sometimes and goes away for a while, so what is taken from there is checked. It is laid out
as the run folder is, with a `SHA256SUMS` of its own: of a file that is being replaced, it holds the old and the new digest.
Knows nothing of how the copy is kept up with the run (`copier`).
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from generator.errors import InputError
from tinymodel import files
from tinymodel.training.log.events import Log
from tinymodel.training.run import checkpoint, locking
from tinymodel.training.run.carrying import carry_checkpoint, carry_file, names_of_files, read_sums
from tinymodel.training.run.checkpoint import SUMS, Unusable
from tinymodel.training.run.compare import Difference, compare_records
from tinymodel.training.run.folder import LaterRelease, RunFolder
from tinymodel.training.run.identity import identity_changes
from tinymodel.training.run.names import CHECKPOINTS, DATA, DESIGN, RECIPE
from tinymodel.training.run.state import record_of

_ANOTHER = "give another second folder"


class SecondFolder:
    """A run folder and its copy, for the one process that holds the lock of the run folder.

    | when | call |
    |---|---|
    | before the run folder is made or locked | `SecondFolder(run, target)` |
    | in the lock of the run folder, around all that follows | `locked(log)` |
    | in the lock, before it is asked whether a run was begun; not where a new run is wanted | `restore()` |
    | in the lock, once, after `RunFolder.begin` or `RunFolder.check_data` | `check()`, then `Copier.update()` |

    Attributes:
        left_out: What `restore` found damaged and left out, a sentence each.

    Raises:
        InputError: One folder is the other or inside it, the second one is a file, or the folder above it is not there: a
            drive that is not mounted would pass for an empty one.
    """

    def __init__(self, run: Path, target: Path) -> None:
        self.run, self.target = run, target
        self.left_out: list[str] = []
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
            found = checkpoint.checkpoint_names(self.target / CHECKPOINTS)
            if not self.begun:
                if found or self._is_foreign():
                    raise self._refused(f"the second folder is not empty and holds no run: there is no {RECIPE}")
                return False
            damage = {name: checkpoint.checkpoint_damage(self.target / CHECKPOINTS / name) for name in found}
            self.left_out += [f"checkpoint {name} is left out: {reason}" for name, reason in damage.items() if reason]
            if found and all(damage.values()):
                raise self._refused("no checkpoint of the run can be read", help=f"{_ANOTHER} to train anew")
            sums = read_sums(self.target)
            there = names_of_files(self.target)
            for name in (DESIGN, DATA, RECIPE):  # Before anything is copied.
                self._need(name, sums.get(name))
            for name in sorted({*there, *sums} - {RECIPE}):
                self._restore_file(name, name in there, sums.get(name))
            for name in found:
                if not damage[name]:
                    carry_checkpoint(self.target / CHECKPOINTS / name, self.run / CHECKPOINTS / name)
            self._restore_file(RECIPE, True, sums.get(RECIPE))  # The last one: it marks a begun run.
        return True

    def give_back(self, names: Sequence[str] | None = None) -> list[str]:
        """Copies whole checkpoints from the second folder over those of the run folder that cannot be used.

        Args:
            names: Of these; where they are not given, all that are there.

        Returns:
            Those that were copied.
        """
        found = checkpoint.checkpoint_names(self.target / CHECKPOINTS)
        whole = [
            name
            for name in found
            if (names is None or name in names) and not checkpoint.checkpoint_damage(self.target / CHECKPOINTS / name)
        ]
        for name in whole:
            carry_checkpoint(self.target / CHECKPOINTS / name, self.run / CHECKPOINTS / name)
        return whole

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
                    changed = identity_changes(theirs.design(), ours.design()) + compare_records(begun[0], begun[1])
                    known = True
            if not known and (other := self._checkpoint_of_another_run(ours)):
                raise self._refused(f"the second folder holds another run: {other} is of another one")
            with _unless_damaged():
                if self._is_whole(DATA):
                    identities = [
                        {"data": one.data().model_dump(include={"classes", "fingerprint"}, mode="json")}
                        for one in (theirs, ours)
                    ]
                    changed, known = changed + compare_records(identities[0], identities[1]), True
            if not known and (self._is_foreign() or checkpoint.checkpoint_names(theirs.checkpoints)):
                raise self._refused("the second folder is not empty and holds nothing that names its run")
        if changed:
            raise InputError(
                f"{changed[0].key} is not what the run in the second folder was begun with",
                place=str(self.target),
                received=changed[0].now,
                expected=str(changed[0].before),
                help=_ANOTHER,
            )

    def _checkpoint_of_another_run(self, ours: RunFolder) -> str | None:
        """A checkpoint that is there and says that it is of another run; those of release 0.1.0 say nothing."""
        for name in checkpoint.checkpoint_names(self.target / CHECKPOINTS):
            with suppress(Unusable, InputError):
                record = record_of(checkpoint.load_checkpoint(self.target / CHECKPOINTS / name))
                if record.format and record.identity != ours.identity():
                    return name
        return None

    def _is_whole(self, *names: str) -> bool:
        """Whether files are there and as the checksums say, which may be lost themselves."""
        sums, places = read_sums(self.target), [self.target / name for name in names]
        return all(file.is_file() and (file.name not in sums or files.sha256(file) in sums[file.name]) for file in places)

    def _is_foreign(self) -> bool:
        """Whether something is there, but not even SHA256SUMS, which is the first file of a copy."""
        entries = [entry.name for entry in self.target.iterdir()] if self.target.exists() else []
        ours = (locking.LOCK, files.UNFINISHED)
        return SUMS not in entries and not all(name.startswith(ours) for name in entries)

    def _restore_file(self, name: str, there: bool, sums: set[str] | None) -> None:
        digest = files.sha256(self.target / name) if there else ""
        if there and (sums is None or digest in sums):
            carry_file(self.target / name, self.run / name, digest)
            return
        fact = "is cut off or changed" if there else "is missing"
        self.left_out.append(f"{name} is left out: it {fact}")

    def _need(self, name: str, sums: set[str] | None) -> None:
        file = self.target / name
        if not file.is_file() or (sums is not None and files.sha256(file) not in sums):
            fact = "is cut off or changed" if file.is_file() else "is missing"
            raise InputError(f"{fact}, and the run cannot do without it", place=str(file), help=_ANOTHER)

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


@contextmanager
def _unless_damaged() -> Iterator[None]:
    """What is damaged in the second folder is written anew; a run of a later release is not."""
    try:
        yield
    except LaterRelease:
        raise
    except InputError:
        return
