"""The files of a run, except its checkpoints: what it is, what it ran on, what it logged; and what each file should hold.

design.yaml recipe.json data.json environment.json files.json log.csv timings.csv curves.png best.weights.h5
model.keras tensorboard/ .lock
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from generator.design import Design
from generator.errors import InputError
from generator.read_yaml import design_of_yaml, read_yaml
from tinymodel import files
from tinymodel.data import DataSet
from tinymodel.train import checkpoint, identity, records
from tinymodel.train.compare import differences
from tinymodel.train.identity import DataIdentity
from tinymodel.train.locking import LOCK, Busy, locked
from tinymodel.train.log import EpochRow, Timing
from tinymodel.train.records import RESTORE, DataRecord, FileRecord, FileRecords

DESIGN, RECIPE, DATA, ENVIRONMENT, FILES = "design.yaml", "recipe.json", "data.json", "environment.json", "files.json"
LOG, TIMINGS, CURVES, BEST_WEIGHTS, MODEL = "log.csv", "timings.csv", "curves.png", "best.weights.h5", "model.keras"
CHECKPOINTS, TENSORBOARD = "checkpoints", "tensorboard"
OWN_FILES = frozenset({DESIGN, RECIPE, DATA, ENVIRONMENT, FILES, LOG, TIMINGS, CURVES, BEST_WEIGHTS, MODEL, LOCK})
"""Names that no source of a run may have."""

MADE_AGAIN = "start the training's command again: it makes the file again from the checkpoint"


class LaterRelease(InputError):
    """A run of a later release, whose keys may mean what this one does not know."""


class RunFolder:
    """The folder of one training."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._there: FileRecords | None = None
        self.checkpoints = path / CHECKPOINTS
        self.tensorboard = path / TENSORBOARD

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @property
    def begun(self) -> bool:
        """Whether a training was started here; `recipe.json` is the last file of `begin`."""
        return (self / RECIPE).is_file() or bool(checkpoint.names(self.checkpoints))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Makes the folder if need be and keeps other trainings out of it.

        Raises:
            InputError: Another training holds it, it cannot be written, or it holds something that is no run.
        """
        with ExitStack() as held:
            try:
                entries = [entry.name for entry in self.path.iterdir()] if self.path.is_dir() else []
                foreign = bool(entries) and not self.begun and LOCK not in entries
                if not foreign:
                    held.enter_context(locked(self.path))
            except Busy:
                raise InputError(
                    "another training is running in this folder",
                    place=str(self.path),
                    help="wait for it, or give --run another",
                ) from None
            except OSError as error:
                raise InputError(f"cannot be a run folder: {error.strerror}", place=str(self.path)) from None
            if foreign:
                raise InputError("the folder is not empty and is no run", place=str(self.path), help="give --run a new folder")
            yield

    # ------------------------------------------------------------------------------------------------- what the run is

    def begin(self, design: Design, data: DataSet, sources: Mapping[str, str | bytes]) -> None:
        """Writes what the run is: `sources` as they come, and every key of the design and its recipe.

        Raises:
            OSError: The folder cannot be written; the next start begins again.
        """
        for name, content in sources.items():
            if name not in OWN_FILES:
                files.put(self / name, content.encode() if isinstance(content, str) else content)
        self.write_identity(design, data)

    def write_identity(self, design: Design, data: DataSet) -> None:
        """Writes `design.yaml`, `data.json` and, last of all, `recipe.json`."""
        assert design.train is not None
        files.put(self / DESIGN, identity.design_text(design).encode())
        record = DataRecord(
            titles=tuple(data.titles), counts=dict(data.counts), cache=str(data.folder), **data_identity(data)._asdict()
        )
        files.put(self / DATA, records.to_json(record))
        files.put(self / RECIPE, records.to_json(identity.recipe_data(design.train)))

    def design(self) -> Design:
        """The design as the run was begun with it, with its recipe, whatever defaults this release has.

        Raises:
            InputError: `design.yaml` or `recipe.json` is missing or damaged, or of a later release.
        """
        recipe = records.read(self / RECIPE, records.MAPPING)
        written = recipe.pop("format", 0)
        if not isinstance(written, int) or not 0 <= written <= identity.FORMAT:
            raise LaterRelease(
                "was written by a later release than this one",
                place=str(self / RECIPE),
                received=written,
                expected=f"a format up to {identity.FORMAT}",
                help="go on with the release that environment.json names",
            )
        return self._read(
            identity.recipe_with_earlier_meanings(recipe, written), lambda data: identity.with_earlier_meanings(data, written)
        )

    def identity(self) -> str:
        """What the files say the run is, as `identity.digest`.

        Raises:
            InputError: One of them is missing or damaged.
        """
        recipe, data = records.read(self / RECIPE, records.MAPPING), self.data()
        recipe.pop("format", None)
        return identity.digest(self._read(recipe, lambda data: data), DataIdentity(data.classes, data.fingerprint))

    def _read(self, recipe: Mapping[str, Any], understood: Callable[[Any], Any]) -> Design:
        design = read_yaml(self / DESIGN, understood)
        try:
            return design.model_copy(update={"train": records.parse(records.to_json(recipe), records.RECIPE)})
        except ValueError as error:
            raise InputError(f"cannot be read: {error}", place=str(self / RECIPE), help=RESTORE) from None

    def data(self) -> DataRecord:
        """What the run was trained on.

        Raises:
            InputError: `data.json` is missing or damaged.
        """
        record = records.read(self / DATA, records.DATA_RECORD)
        if len(record.titles) != len(record.classes):
            raise InputError("has not as many titles as classes", place=str(self / DATA), help=RESTORE)
        return record

    def check_data(self, data: DataSet) -> None:
        """Makes sure that this is the data that the run was begun with.

        Raises:
            InputError: It is not; the first key that differs is named.
        """
        before = self.data()
        theirs = {"classes": list(before.classes), "fingerprint": before.fingerprint}
        ours = {"classes": list(data.classes), "fingerprint": data.fingerprint}
        if found := differences({"data": theirs}, {"data": ours}):
            raise identity.refused(found, str(self.path))

    def note_environment(self, environment: dict[str, Any], step: int) -> list[str]:
        """Adds the environment to the list of those that the run had, if it is another one; returns what has changed."""
        entries: list[dict[str, Any]] = []
        with suppress(InputError):
            entries = records.read(self / ENVIRONMENT, records.ENVIRONMENTS)
        said = [f"{ENVIRONMENT} was damaged, so that nobody knows what it ran on before"]
        said = said if (self / ENVIRONMENT).exists() and not entries else []
        before = {key: value for key, value in entries[-1].items() if key != "from_step"} if entries else None
        if before == environment:
            return []
        files.put(self / ENVIRONMENT, records.to_json([*entries, {"from_step": step, **environment}]))
        return said if before is None else [str(change) for change in differences(before, environment)]

    # ----------------------------------------------------------------------------------- files that follow a checkpoint

    def put(self, contents: Mapping[str, Any], epoch: int | Mapping[str, int]) -> None:
        """Puts files in place and records what they hold; at any moment the record allows what is there.

        Args:
            contents: Bytes by name.
            epoch: What `FileRecord.epoch` says, of all or by name.

        Raises:
            OSError: One could not be written; those before it are in place.
        """
        new = {
            name: FileRecord(sha256=files.digest(content), epoch=epoch if isinstance(epoch, int) else epoch[name])
            for name, content in contents.items()
        }
        there = self._settled()
        self._write_records(there | {name: (*there.get(name, ()), record) for name, record in new.items()})
        for name, content in contents.items():
            files.put(self / name, content)
            there[name] = (new[name],)

    def settle(self) -> None:
        """Leaves in the record only what is there."""
        if (self / FILES).exists() and (settled := self._settled()) != self.recorded():
            self._write_records(settled)

    def recorded(self) -> FileRecords:
        """What the files may hold; nothing where `files.json` is missing, as in a run of release 0.1.0, or damaged."""
        try:
            return records.read(self / FILES, records.FILE_RECORDS)
        except InputError:
            return {}

    def epoch_of(self, name: str) -> int | None:
        """The epoch that a file is of; None where it is missing, or not as the run wrote it."""
        known = self._settled().get(name)
        return known[0].epoch if known else None

    def read(self, name: str) -> tuple[bytes, int | None]:
        """A file as the run wrote it, and the epoch that it is of; None where the run recorded nothing, as release 0.1.0.

        Raises:
            InputError: It cannot be read, or is not as the run wrote it; with what helps.
        """
        try:
            content = (self / name).read_bytes()
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", place=str(self / name), help=self.remedy()) from None
        known, found = self.recorded().get(name, ()), files.digest(content)
        epoch = next((record.epoch for record in known if record.sha256 == found), None)
        if known and epoch is None:
            raise InputError(
                "is not the file that the run wrote: it is cut off or changed", place=str(self / name), help=self.remedy()
            )
        return content, epoch

    def remedy(self) -> str:
        """What brings a file back that follows a checkpoint."""
        saved = any(checkpoint.damage(self.checkpoints / name) is None for name in checkpoint.names(self.checkpoints))
        return MADE_AGAIN if saved else "no checkpoint can be read either: " + RESTORE

    def epochs_logged(self) -> int:
        """Rows of `log.csv`, which is written behind a checkpoint."""
        return max(len((self / LOG).read_bytes().splitlines()) - 1, 0) if (self / LOG).is_file() else 0

    def add_timing(self, timing: Timing) -> None:
        """Adds a row to `timings.csv`; an epoch that was run again has two. What is no row is left out."""
        before = (self / TIMINGS).read_bytes() if (self / TIMINGS).exists() else b""
        columns = len(Timing._fields)
        lines = [line for line in before.decode("ascii", "replace").splitlines() if line.count(",") == columns - 1]
        rows = lines[1:] if lines and lines[0] == ",".join(Timing._fields) else lines
        row = ",".join([str(timing.epoch), *(f"{value:.3f}" for value in timing[1:])])
        files.put(self / TIMINGS, "\n".join([",".join(Timing._fields), *rows, row, ""]).encode())

    def _settled(self) -> FileRecords:
        """The record of each file that is there and as recorded; asked of the disk once, later remembered."""
        if self._there is None:
            there = {}
            for name, known in self.recorded().items():
                with suppress(OSError):
                    found = files.sha256(self / name)
                    there[name] = tuple(record for record in known if record.sha256 == found)[-1:]
            self._there = {name: known for name, known in there.items() if known}
        return self._there

    def _write_records(self, value: FileRecords) -> None:
        plain = {name: [record.model_dump() for record in known] for name, known in sorted(value.items())}
        files.put(self / FILES, records.to_json(plain))


def log_bytes(rows: Sequence[EpochRow]) -> bytes:
    """The content of `log.csv`, written anew each time, so that it never holds a row of an epoch that was not kept."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(EpochRow._fields)
    writer.writerows(rows)
    return text.getvalue().encode()


def data_identity(data: DataSet) -> DataIdentity:
    """What of a data set identifies a run."""
    return DataIdentity(tuple(data.classes), data.fingerprint)


def identity_if_begun(design: Design, data: DataSet) -> str:
    """What `RunFolder.identity` would say of a run that is begun with a design now.

    Raises:
        InputError: The design cannot be written as a run writes it.
    """
    assert design.train is not None
    recipe = {key: value for key, value in identity.recipe_data(design.train).items() if key != "format"}
    again = design_of_yaml(identity.design_text(design), "the design")
    train = records.parse(records.to_json(recipe), records.RECIPE)
    return identity.digest(again.model_copy(update={"train": train}), data_identity(data))
