"""The files of a run, except its checkpoints: what it is, what it ran on, what it logged; and the lock on all of it.

design.yaml recipe.json data.json environment.json log.csv timings.csv curves.png best.weights.h5
model.keras tensorboard/ .lock
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import yaml

from generator.design import Design
from generator.errors import InputError
from generator.read_yaml import read_yaml
from generator.recipe import Recipe
from tinymodel.data import DataSet
from tinymodel.train.compare import differences
from tinymodel.train.log import EpochRow, Timing

LOCK, DESIGN, RECIPE, DATA, ENVIRONMENT = ".lock", "design.yaml", "recipe.json", "data.json", "environment.json"
LOG, TIMINGS, CURVES, BEST_WEIGHTS, MODEL = "log.csv", "timings.csv", "curves.png", "best.weights.h5", "model.keras"

FREE_TO_CHANGE = frozenset({"checkpoint_minutes", "checkpoint_steps", "precision", "images", "steps_per_call", "deterministic"})
"""Keys of a recipe that do not touch what is learned: when it is saved, and how a machine computes it. What came of the latter
stands in `environment.json`, and a change of it is said."""


class RunFolder:
    """The folder of one training."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoints = path / "checkpoints"
        self.tensorboard = path / "tensorboard"

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @property
    def begun(self) -> bool:
        """Whether a training was started here; `recipe.json` is the last file of `begin`."""
        return (self / RECIPE).is_file()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Makes the folder if need be and keeps other trainings out of it.

        Raises:
            InputError: Another training holds it, it cannot be written, or it holds something that is no run.
        """
        try:
            foreign = self.path.is_dir() and any(self.path.iterdir()) and not self.begun and not (self / LOCK).exists()
            if not foreign:
                self.path.mkdir(parents=True, exist_ok=True)
                stream = (self / LOCK).open("a")
        except OSError as error:
            raise InputError(f"cannot be a run folder: {error.strerror}", place=str(self.path)) from None
        if foreign:
            raise InputError("the folder is not empty and is no run", place=str(self.path), help="give --run a new folder")
        with stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(
                    "another training is running in this folder",
                    place=str(self.path),
                    help="wait for it, or give --run another",
                ) from None
            yield

    def begin(self, design: Design, data: DataSet, sources: Mapping[str, str | bytes]) -> None:
        """Writes what the run is: `sources` as they come, and a `design.yaml` of our own where there is none among them."""
        text = yaml.safe_dump(design.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
        for name, content in {DESIGN: text, **sources}.items():
            write(self / name, content.encode() if isinstance(content, str) else content)
        record = {"titles": list(data.titles), "counts": dict(data.counts), "cache": str(data.folder), **_data_identity(data)}
        write_json(self / DATA, record)
        write_json(self / RECIPE, _recipe_of(design))
        self.check(design, data)

    def check(self, design: Design, data: DataSet) -> None:
        """Compares design, recipe and data with those that the run was begun with.

        Raises:
            InputError: One has changed; the first changed key is named.
        """
        stored = read_yaml(self / DESIGN)
        before = identity(stored, read_json(self / DATA)) | {"recipe": _compared(read_json(self / RECIPE))}
        changed = differences(before, identity(design, _data_identity(data)))
        if changed:
            first = changed[0]
            more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
            raise InputError(
                f"{first.key} is not what this run was begun with{more}",
                place=str(self.path),
                received=first.now,
                expected=str(first.before),
                help="give --run another folder, or go back to what it was",
            )

    def note_environment(self, environment: dict[str, Any], step: int) -> list[str]:
        """Adds the environment to the list of those that the run had, if it is another one; returns what has changed."""
        try:
            entries: list[dict[str, Any]] = read_json(self / ENVIRONMENT) if (self / ENVIRONMENT).is_file() else []
            before = {key: value for key, value in entries[-1].items() if key != "from_step"} if entries else None
        except (InputError, AttributeError, KeyError, IndexError):
            write_json(self / ENVIRONMENT, [{"from_step": step, **environment}])
            return [f"{ENVIRONMENT} was damaged, so that nobody knows what it ran on before"]
        if before == environment:
            return []
        write_json(self / ENVIRONMENT, [*entries, {"from_step": step, **environment}])
        return [str(change) for change in differences(before, environment)] if before is not None else []

    def epochs_logged(self) -> int:
        """Rows of `log.csv`, which is written behind a checkpoint."""
        file = self / LOG
        return max(len(file.read_bytes().splitlines()) - 1, 0) if file.is_file() else 0

    def write_log(self, rows: Sequence[EpochRow]) -> None:
        """Writes `log.csv` anew, so that it never holds a row of an epoch that was not kept."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(EpochRow._fields)
        writer.writerows(rows)
        write(self / LOG, text.getvalue().encode())

    def add_timing(self, timing: Timing) -> None:
        """Adds a row to `timings.csv`; an epoch that was run again has two."""
        new = not (self / TIMINGS).exists()
        with (self / TIMINGS).open("a", encoding="ascii", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerows(([Timing._fields] if new else []) + [(timing.epoch, *(f"{value:.3f}" for value in timing[1:]))])

    def save_weights(self, model: keras.Model) -> None:
        """Writes the model's weights as the best ones."""
        beside = self / ".unfinished.weights.h5"
        model.save_weights(beside)
        beside.replace(self / BEST_WEIGHTS)

    def save_model(self, model: keras.Model) -> None:
        """Writes the whole model."""
        beside = self / ".unfinished.keras"
        model.save(beside)
        beside.replace(self / MODEL)


def identity(design: Design, data: Mapping[str, Any]) -> dict[str, Any]:
    """What makes a training this one: the network, the recipe, the data. Names, sources and targets are free to change."""
    network = design.model_dump(mode="json", include={"input", "classes", "plan"})
    return {
        "design": network,
        "recipe": _compared(_recipe_of(design)),
        "data": {"classes": data["classes"], "fingerprint": data["fingerprint"]},
    }


def identity_digest(design: Design, data: DataSet) -> str:
    """The identity as one SHA-256, for checkpoints."""
    record = identity(design, _data_identity(data))
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def write(file: Path, content: bytes) -> None:
    """Replaces a file in one step: a reader sees the old one or the new one."""
    beside = file.with_name(f".unfinished.{file.name}")
    beside.write_bytes(content)
    os.replace(beside, file)


def write_json(file: Path, value: Any) -> None:
    """Replaces a JSON file."""
    write(file, (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode())


def read_json(file: Path) -> Any:
    """The content of a JSON file.

    Raises:
        InputError: It is missing or is no JSON.
    """
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {error}", place=str(file), help="give --run another folder") from None


def _data_identity(data: DataSet) -> dict[str, Any]:
    return {"classes": list(data.classes), "fingerprint": data.fingerprint}


def _recipe_of(design: Design) -> Any:
    return design.train.model_dump(mode="json") if design.train else None


def _compared(recipe: Any) -> Any:
    """A recipe in the form in which runs are compared: with the keys that it did not have when the run was begun."""
    if not recipe:
        return None
    whole = Recipe.model_validate_json(json.dumps(recipe)).model_dump(mode="json")
    return {key: value for key, value in whole.items() if key not in FREE_TO_CHANGE}
