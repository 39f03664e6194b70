"""Opening a run folder: a new training in it, or the state of the one that it holds. Knows no network and no engine."""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Literal, NamedTuple

import numpy as np

from generator.design.parse import parse_design
from generator.design.record import Design
from generator.errors import InputError
from tinymodel import files
from tinymodel.data.dataset import DataSet
from tinymodel.training.log.events import Log
from tinymodel.training.machine import processes
from tinymodel.training.run import checkpoint, identity
from tinymodel.training.run.checkpoint import Checkpoint
from tinymodel.training.run.folder import LaterRelease, RunFolder, identity_if_begun
from tinymodel.training.run.names import LOG, OWN_FILES
from tinymodel.training.run.records import OF_ANOTHER_RUN
from tinymodel.training.run.second_folder import SecondFolder
from tinymodel.training.run.state import record_of, state_of

Resume = Literal["auto", "never", "must"]


class Asked(NamedTuple):
    """What a command asks to be trained.

    Attributes:
        design: With its recipe.
        data: The data set.
        sources: Files to keep in a new run folder, by name.
        sheet: Of these, the one that the design was read from, where it was not YAML.
        changed: Keys that the command itself sets, as `recipe.seed` and `design.classes`.
        weights_from: The SHA-256 of the weights of another run that it asks to begin with.
    """

    design: Design
    data: DataSet
    sources: Mapping[str, str | bytes]
    sheet: str | None
    changed: Collection[str]
    weights_from: str | None


class Opened(NamedTuple):
    """A run folder, opened: the design to train, the newest checkpoint that can be used, whether a run was begun."""

    design: Design
    saved: Checkpoint | None
    begun: bool


def check_resume(folder: RunFolder, second: SecondFolder | None, resume: Resume) -> None:
    """Refuses before anything is made in the folder.

    Raises:
        InputError: "never" and there is a run, or "must" and there is none.
    """
    place = str(folder.path)
    begun = folder.begun or bool(second and second.begun)
    if begun and resume == "never":
        raise InputError(
            "the folder holds a run already", place=place, help="--resume auto goes on with it; or give --run another"
        )
    if not begun and resume == "must":
        raise InputError("there is no run to go on with", place=place, help="--resume auto begins one")


def open_run(folder: RunFolder, second: SecondFolder | None, resume: Resume, asked: Asked, log: Log) -> Opened:
    """Finds what there is to go on with in the folder, which is locked; where nothing was begun, nothing is made.

    Raises:
        InputError: The run was begun with something else, or has no checkpoint that can be used.
        OSError: The folder cannot be read or written.
    """
    if second and second.begun and not folder.begun:
        _check_copy(RunFolder(second.target), asked)
    if second and second.restore():
        log.message(f"the run is taken from {second.target}")
        for damage in second.left_out:
            log.message(damage)
    if folder.checkpoints.is_dir():
        checkpoint.tidy_checkpoints(folder.checkpoints)
    files.remove_unfinished(folder.path)
    if not folder.begun:
        return Opened(asked.design, None, False)
    saved = _newest_checkpoint(folder, second, resume, log)
    design = _agreed(folder, saved, asked, log)
    begins_with = folder.weights_from()
    if saved and asked.weights_from not in (None, begins_with):
        log.message("the weights of another run are not used: this run has begun already")
    elif not saved and begins_with != asked.weights_from:
        raise InputError(
            "this run was begun with other weights, and has no checkpoint yet",
            place=str(folder.path),
            received=asked.weights_from,
            expected=str(begins_with),
            help="give --from as it was, or --run another folder",
        )
    return Opened(design, saved, True)


def _check_copy(copy: RunFolder, asked: Asked) -> None:
    """Refuses a copy of another run before anything of it is taken; what is damaged there is judged later.

    Raises:
        InputError: The command is not of the run that was copied.
    """
    stored, data = None, None
    with suppress(InputError):
        stored = copy.design()
    with suppress(InputError):
        data = copy.data()
    if data:
        copy.check_data(asked.data)
    if stored:
        identity.hold_identity(stored, asked.design, only=_named(copy, asked), place=str(copy.path))


def _agreed(folder: RunFolder, saved: Checkpoint | None, asked: Asked, log: Log) -> Design:
    """The design that the run goes on with. Files that say what the run is are written again if the checkpoint vouches for it.

    Raises:
        InputError: They cannot be read, or the command is not of this run.
    """
    record = record_of(saved) if saved else None
    vouched = record.identity if record and record.format else None
    stored, damage = None, None
    try:
        stored = folder.design()
        if vouched and folder.identity() != vouched:
            fact = f"checkpoint {saved.name if saved else ''} {OF_ANOTHER_RUN}"
            damage = InputError(fact, place=str(folder.path), help="give --run another folder")
    except LaterRelease:
        raise
    except InputError as error:
        damage = error
    if stored is None or damage:
        assert damage is not None
        if not vouched or not asked.design.train or identity_if_begun(asked.design, asked.data, asked.weights_from) != vouched:
            raise damage
        folder.write_identity(asked.design, asked.data, asked.weights_from)
        log.message(f"{damage.place}: {damage.fact}; written again: the newest checkpoint is of this design and this data")
        return asked.design
    folder.check_data(asked.data)
    agreed = identity.hold_identity(stored, asked.design, only=_named(folder, asked), place=str(folder.path))
    if agreed.otherwise:
        log.message(agreed.otherwise)
    return agreed.design


def _named(folder: RunFolder, asked: Asked) -> Collection[str] | None:
    """The keys that the command names: of a sheet that has not changed since only those that it sets itself."""
    if asked.sheet is None or asked.sheet in OWN_FILES or not (folder / asked.sheet).is_file():
        return None
    content = asked.sources[asked.sheet]
    same = (folder / asked.sheet).read_bytes() == (content.encode() if isinstance(content, str) else content)
    return asked.changed if same else None


def _newest_checkpoint(folder: RunFolder, second: SecondFolder | None, resume: Resume, log: Log) -> Checkpoint | None:
    passed_over: list[str] = []
    place = str(folder.path)

    def note(name: str, reason: str) -> None:
        passed_over.append(name)
        log.message(f"checkpoint {name} is passed over: {reason}")

    saved = checkpoint.newest_checkpoint(folder.checkpoints, note, state_of)
    if second and (passed_over or (saved is None and folder.written.epochs_logged())):
        given = second.give_back(passed_over or None)
        if given:
            log.message(f"taken from {second.target}: {', '.join(given)}")
            saved = checkpoint.newest_checkpoint(folder.checkpoints, lambda name, reason: None, state_of)
    if saved is None and passed_over:
        raise InputError("no checkpoint of this run can be read", place=place, help="train anew in another --run folder")
    if saved is None and (epochs := folder.written.epochs_logged()):
        raise InputError(
            f"{LOG} holds {epochs} epochs, but there is no checkpoint of them any more",
            place=place,
            help="put the folder `checkpoints` back, or train anew in another --run folder",
        )
    if saved is None and resume == "must":
        raise InputError("there is no checkpoint to go on from", place=place, help="--resume auto begins from the start")
    return saved


def taken_up_by_all(opened: Opened | None) -> Opened:
    """What the chief has opened, in every process."""
    if processes.count_processes() == 1:
        assert opened is not None
        return opened
    arrays, record = io.BytesIO(), b""
    if opened:
        saved = opened.saved
        plain = {"design": opened.design.model_dump(mode="json"), "begun": opened.begun, "saved": saved and saved.name}
        record = json.dumps({**plain, "record": saved.record.decode() if saved else ""}).encode()
        np.savez(arrays, **(saved.arrays if saved else {}))  # type: ignore[arg-type]
    told = json.loads(processes.from_chief(record))
    content = processes.from_chief(arrays.getvalue())
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        found = {name: stored[name] for name in stored.files}
    checkpoint_told = Checkpoint(told["saved"], found, told["record"].encode()) if told["saved"] else None
    return Opened(parse_design(told["design"]), checkpoint_told, told["begun"])
