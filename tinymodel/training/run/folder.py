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
from typing import Any, NamedTuple, TypeVar, get_type_hints

from generator.design.read_yaml import design_of_yaml, read_yaml
from generator.design.record import Design
from generator.errors import InputError
from tinymodel import files
from tinymodel.data import DataSet
from tinymodel.training.log.events import EpochRow, Timing
from tinymodel.training.run import checkpoint, identity, records
from tinymodel.training.run.compare import differences
from tinymodel.training.run.identity import DataIdentity
from tinymodel.training.run.locking import LOCK, Busy, locked
from tinymodel.training.run.records import RESTORE, DataRecord, FileRecord, FileRecords

DESIGN, RECIPE, DATA, ENVIRONMENT, FILES = "design.yaml", "recipe.json", "data.json", "environment.json", "files.json"
WEIGHTS_FROM = "weights_from"
"""Key of `recipe.json` beside those of the recipe."""
LOG, TIMINGS, CURVES, BEST_WEIGHTS, MODEL = "log.csv", "timings.csv", "curves.png", "best.weights.h5", "model.keras"
CHECKPOINTS, TENSORBOARD = "checkpoints", "tensorboard"
OWN_FILES = frozenset({DESIGN, RECIPE, DATA, ENVIRONMENT, FILES, LOG, TIMINGS, CURVES, BEST_WEIGHTS, MODEL, LOCK})
"""Names that no source of a run may have."""

Row = TypeVar("Row", EpochRow, Timing)

MADE_AGAIN = "start the training's command again: it makes the file again from the checkpoint"


class Follows(NamedTuple):
    """What a file follows from: an epoch, and the SHA-256 of the rows or the weights behind it."""

    epoch: int
    source: str


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
        """Whether a training was started here; `recipe.json` is the last file of `begin`, and may be lost later."""
        return any((self / name).exists() for name in (RECIPE, LOG, BEST_WEIGHTS, MODEL)) or bool(
            checkpoint.names(self.checkpoints)
        )

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

    def begin(self, design: Design, data: DataSet, sources: Mapping[str, str | bytes], weights_from: str | None = None) -> None:
        """Writes what the run is: `sources` as they come, and every key of the design and its recipe.

        Args:
            design: With its recipe.
            data: The data set.
            sources: Files to keep, by name.
            weights_from: The SHA-256 of the weights that it begins with, where they are another run's.

        Raises:
            OSError: The folder cannot be written; the next start begins again.
        """
        for name, content in sources.items():
            if name not in OWN_FILES:
                files.put(self / name, content.encode() if isinstance(content, str) else content)
        self.write_identity(design, data, weights_from)

    def write_identity(self, design: Design, data: DataSet, weights_from: str | None) -> None:
        """Writes `design.yaml`, `data.json` and, last of all, `recipe.json`."""
        assert design.train is not None
        files.put(self / DESIGN, identity.design_text(design).encode())
        record = DataRecord(
            titles=tuple(data.titles), counts=dict(data.counts), cache=str(data.folder), **data_identity(data)._asdict()
        )
        files.put(self / DATA, records.to_json(record))
        files.put(self / RECIPE, records.to_json({**identity.recipe_data(design.train), WEIGHTS_FROM: weights_from}))

    def design(self) -> Design:
        """The design as the run was begun with it, with its recipe, whatever defaults this release has.

        Raises:
            InputError: `design.yaml` or `recipe.json` is missing or damaged, or of a later release.
        """
        recipe = records.read(self / RECIPE, records.MAPPING)
        written = recipe.pop("format", 0)
        recipe.pop(WEIGHTS_FROM, None)
        if not isinstance(written, int) or written < 0:
            raise InputError("cannot be read: its format is no number", place=str(self / RECIPE), help=RESTORE)
        if written > identity.FORMAT:
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
        begun_with = recipe.pop(WEIGHTS_FROM, None)
        return identity.digest(self._read(recipe, lambda data: data), DataIdentity(data.classes, data.fingerprint), begun_with)

    def weights_from(self) -> Any:
        """The SHA-256 of the weights of another run that this one begins with; None where it begins with its own.

        Raises:
            InputError: `recipe.json` is missing or damaged.
        """
        return records.read(self / RECIPE, records.MAPPING).get(WEIGHTS_FROM)

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

    def put(self, contents: Mapping[str, Any], follows: Mapping[str, Follows]) -> None:
        """Puts files in place and records what they hold; at any moment the record allows what is there.

        Args:
            contents: Bytes by name.
            follows: What each of them follows from.

        Raises:
            OSError: One could not be written; those before it are in place.
        """
        new = {
            name: FileRecord(sha256=files.digest(content), epoch=follows[name].epoch, source=follows[name].source)
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
            known = records.read(self / FILES, records.FILE_RECORDS)
        except InputError:
            return {}
        return {name: known[name] for name in OWN_FILES & known.keys()}

    def follows(self, name: str) -> Follows | None:
        """What a file follows from; None where it is missing, or not as the run wrote it."""
        known = self._settled().get(name)
        return Follows(known[0].epoch, known[0].source) if known else None

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

    def rows(self, name: str, row: type[Row]) -> list[Row]:
        """The rows of `log.csv` or `timings.csv`; none where the run has not written it yet.

        Raises:
            InputError: It is lost or not as the run wrote it, has other columns, or something that is no number.
        """
        if not (self / name).exists() and name not in self.recorded():
            return []
        content, kinds = self.read(name)[0], get_type_hints(row)
        try:
            table = csv.DictReader(io.StringIO(content.decode("ascii"), newline=""))
            return [row(**{column: kind(record[column]) for column, kind in kinds.items()}) for record in table]
        except (ValueError, KeyError, TypeError, csv.Error):
            help = "remove the file: nothing but times is lost" if name == TIMINGS else self.remedy()
            raise InputError("cannot be read: it is cut off or changed", place=str(self / name), help=help) from None

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


def identity_if_begun(design: Design, data: DataSet, weights_from: str | None) -> str:
    """What `RunFolder.identity` would say of a run that is begun with a design now.

    Raises:
        InputError: The design cannot be written as a run writes it.
    """
    assert design.train is not None
    recipe = {key: value for key, value in identity.recipe_data(design.train).items() if key != "format"}
    again = design_of_yaml(identity.design_text(design), "the design")
    train = records.parse(records.to_json(recipe), records.RECIPE)
    return identity.digest(again.model_copy(update={"train": train}), data_identity(data), weights_from)
