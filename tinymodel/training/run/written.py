"""Files of a run that follow from a checkpoint, each held against the record of what the run wrote (`files.json`).

log.csv timings.csv curves.png best.weights.h5 model.keras
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_type_hints

from generator.errors import InputError
from tinymodel import files
from tinymodel.training.log.events import EpochRow, Timing
from tinymodel.training.run import checkpoint, records
from tinymodel.training.run.names import CHECKPOINTS, FILES, LOG, OWN_FILES, TIMINGS
from tinymodel.training.run.records import RESTORE, FileRecord, FileRecords

MADE_AGAIN = "start the training's command again: it makes the file again from the checkpoint"

Row = TypeVar("Row", EpochRow, Timing)


class Follows(NamedTuple):
    """What a file follows from: an epoch, and the SHA-256 of the rows or the weights behind it."""

    epoch: int
    source: str


class WrittenFiles:
    """What the training of a run folder writes beside its checkpoints."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._there: FileRecords | None = None

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
            files.put_file(self._run / name, content)
            there[name] = (new[name],)

    def settle(self) -> None:
        """Leaves in the record only what is there."""
        if (self._run / FILES).exists() and (settled := self._settled()) != self.recorded():
            self._write_records(settled)

    def recorded(self) -> FileRecords:
        """What the files may hold; nothing where `files.json` is missing, as in a run of release 0.1.0, or damaged."""
        try:
            known = records.read_record(self._run / FILES, records.FILE_RECORDS)
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
            content = (self._run / name).read_bytes()
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", place=str(self._run / name), help=self.remedy()) from None
        known, found = self.recorded().get(name, ()), files.digest(content)
        epoch = next((record.epoch for record in known if record.sha256 == found), None)
        if known and epoch is None:
            raise InputError(
                "is not the file that the run wrote: it is cut off or changed", place=str(self._run / name), help=self.remedy()
            )
        return content, epoch

    def rows(self, name: str, row: type[Row]) -> list[Row]:
        """The rows of `log.csv` or `timings.csv`; none where the run has not written it yet.

        Raises:
            InputError: It is lost or not as the run wrote it, has other columns, or something that is no number.
        """
        if not (self._run / name).exists() and name not in self.recorded():
            return []
        content, kinds = self.read(name)[0], get_type_hints(row)
        try:
            table = csv.DictReader(io.StringIO(content.decode("ascii"), newline=""))
            return [row(**{column: kind(record[column]) for column, kind in kinds.items()}) for record in table]
        except (ValueError, KeyError, TypeError, csv.Error):
            help = "remove the file: nothing but times is lost" if name == TIMINGS else self.remedy()
            raise InputError("cannot be read: it is cut off or changed", place=str(self._run / name), help=help) from None

    def remedy(self) -> str:
        """What brings a file back that follows a checkpoint."""
        checkpoints = self._run / CHECKPOINTS
        saved = any(
            checkpoint.checkpoint_damage(checkpoints / name) is None for name in checkpoint.checkpoint_names(checkpoints)
        )
        return MADE_AGAIN if saved else "no checkpoint can be read either: " + RESTORE

    def epochs_logged(self) -> int:
        """Rows of `log.csv`, which is written behind a checkpoint."""
        return max(len((self._run / LOG).read_bytes().splitlines()) - 1, 0) if (self._run / LOG).is_file() else 0

    def add_timing(self, timing: Timing) -> None:
        """Adds a row to `timings.csv`; an epoch that was run again has two. What is no row is left out."""
        before = (self._run / TIMINGS).read_bytes() if (self._run / TIMINGS).exists() else b""
        columns = len(Timing._fields)
        lines = [line for line in before.decode("ascii", "replace").splitlines() if line.count(",") == columns - 1]
        rows = lines[1:] if lines and lines[0] == ",".join(Timing._fields) else lines
        row = ",".join([str(timing.epoch), *(f"{value:.3f}" for value in timing[1:])])
        files.put_file(self._run / TIMINGS, "\n".join([",".join(Timing._fields), *rows, row, ""]).encode())

    def _settled(self) -> FileRecords:
        """The record of each file that is there and as recorded; asked of the disk once, later remembered."""
        if self._there is None:
            there = {}
            for name, known in self.recorded().items():
                with suppress(OSError):
                    found = files.sha256(self._run / name)
                    there[name] = tuple(record for record in known if record.sha256 == found)[-1:]
            self._there = {name: known for name, known in there.items() if known}
        return self._there

    def _write_records(self, value: FileRecords) -> None:
        plain = {name: [record.model_dump() for record in known] for name, known in sorted(value.items())}
        files.put_file(self._run / FILES, records.record_json(plain))


def log_bytes(rows: Sequence[EpochRow]) -> bytes:
    """The content of `log.csv`, written anew each time, so that it never holds a row of an epoch that was not kept."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(EpochRow._fields)
    writer.writerows(rows)
    return text.getvalue().encode()
