"""A run folder: who may train in it, what its run is and what it ran on. What the training writes is in `written`.

design.yaml recipe.json data.json environment.json .lock
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from generator.design.read_yaml import design_of_yaml, read_yaml
from generator.design.record import Design
from generator.errors import InputError
from tinymodel import files
from tinymodel.data.dataset import DataSet
from tinymodel.training.run import checkpoint, identity, records
from tinymodel.training.run.compare import compare_records
from tinymodel.training.run.identity import DataIdentity
from tinymodel.training.run.locking import LOCK, Busy, locked
from tinymodel.training.run.names import (
    BEST_WEIGHTS,
    CHECKPOINTS,
    DATA,
    DESIGN,
    ENVIRONMENT,
    LOG,
    MODEL,
    OWN_FILES,
    RECIPE,
    TENSORBOARD,
)
from tinymodel.training.run.records import RESTORE, DataRecord
from tinymodel.training.run.written import WrittenFiles

WEIGHTS_FROM = "weights_from"
"""Key of `recipe.json` beside those of the recipe."""


class LaterRelease(InputError):
    """A run of a later release, whose keys may mean what this one does not know."""


class RunFolder:
    """The folder of one training.

    Attributes:
        written: What the training writes beside its checkpoints.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoints = path / CHECKPOINTS
        self.tensorboard = path / TENSORBOARD
        self.written = WrittenFiles(path)

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @property
    def begun(self) -> bool:
        """Whether a training was started here; `recipe.json` is the last file of `begin`, and may be lost later."""
        return any((self / name).exists() for name in (RECIPE, LOG, BEST_WEIGHTS, MODEL)) or bool(
            checkpoint.checkpoint_names(self.checkpoints)
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
                files.put_file(self / name, content.encode() if isinstance(content, str) else content)
        self.write_identity(design, data, weights_from)

    def write_identity(self, design: Design, data: DataSet, weights_from: str | None) -> None:
        """Writes `design.yaml`, `data.json` and, last of all, `recipe.json`."""
        assert design.train is not None
        files.put_file(self / DESIGN, identity.design_text(design).encode())
        record = DataRecord(
            titles=tuple(data.titles), counts=dict(data.counts), cache=str(data.folder), **data_identity(data)._asdict()
        )
        files.put_file(self / DATA, records.record_json(record))
        files.put_file(self / RECIPE, records.record_json({**identity.recipe_data(design.train), WEIGHTS_FROM: weights_from}))

    def design(self) -> Design:
        """The design as the run was begun with it, with its recipe, whatever defaults this release has.

        Raises:
            InputError: `design.yaml` or `recipe.json` is missing or damaged, or of a later release.
        """
        recipe = records.read_record(self / RECIPE, records.MAPPING)
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
        """What the files say the run is, as `identity.identity_digest`.

        Raises:
            InputError: One of them is missing or damaged.
        """
        recipe, data = records.read_record(self / RECIPE, records.MAPPING), self.data()
        recipe.pop("format", None)
        begun_with = recipe.pop(WEIGHTS_FROM, None)
        return identity.identity_digest(
            self._read(recipe, lambda data: data), DataIdentity(data.classes, data.fingerprint), begun_with
        )

    def weights_from(self) -> Any:
        """The SHA-256 of the weights of another run that this one begins with; None where it begins with its own.

        Raises:
            InputError: `recipe.json` is missing or damaged.
        """
        return records.read_record(self / RECIPE, records.MAPPING).get(WEIGHTS_FROM)

    def _read(self, recipe: Mapping[str, Any], understood: Callable[[Any], Any]) -> Design:
        design = read_yaml(self / DESIGN, understood)
        try:
            return design.model_copy(update={"train": records.parse_record(records.record_json(recipe), records.RECIPE)})
        except ValueError as error:
            raise InputError(f"cannot be read: {error}", place=str(self / RECIPE), help=RESTORE) from None

    def data(self) -> DataRecord:
        """What the run was trained on.

        Raises:
            InputError: `data.json` is missing or damaged.
        """
        record = records.read_record(self / DATA, records.DATA_RECORD)
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
        if found := compare_records({"data": theirs}, {"data": ours}):
            raise identity.identity_refused(found, str(self.path))

    def note_environment(self, environment: dict[str, Any], step: int) -> list[str]:
        """Adds the environment to the list of those that the run had, if it is another one; returns what has changed."""
        entries: list[dict[str, Any]] = []
        with suppress(InputError):
            entries = records.read_record(self / ENVIRONMENT, records.ENVIRONMENTS)
        said = [f"{ENVIRONMENT} was damaged, so that nobody knows what it ran on before"]
        said = said if (self / ENVIRONMENT).exists() and not entries else []
        before = {key: value for key, value in entries[-1].items() if key != "from_step"} if entries else None
        if before == environment:
            return []
        files.put_file(self / ENVIRONMENT, records.record_json([*entries, {"from_step": step, **environment}]))
        return said if before is None else [str(change) for change in compare_records(before, environment)]


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
    train = records.parse_record(records.record_json(recipe), records.RECIPE)
    return identity.identity_digest(again.model_copy(update={"train": train}), data_identity(data), weights_from)
