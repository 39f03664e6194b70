"""What the JSON files of a run say, validated like any other input: nothing else of them comes further."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from generator.design.parse import dotted
from generator.design.recipe import Recipe
from generator.errors import InputError
from tinymodel.training.log.events import EpochRow

T = TypeVar("T")
_CONFIG = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=True)
"""Keys of later releases are passed over."""

OF_ANOTHER_RUN = "is of another design, recipe or data set than the run folder says"
"""Of a checkpoint."""

RESTORE = "restore the file of the run, or take the run from its copy: train with --copy-to into a new --run folder"


class DataRecord(BaseModel):
    """`data.json`: the data set of a run.

    Attributes:
        titles: What people call the classes.
        counts: Pictures of each split.
        cache: The folder that it was decoded into.
        classes: Sorted class names.
        fingerprint: SHA-256 over classes, order, labels and pixels.
    """

    model_config = _CONFIG

    titles: tuple[str, ...]
    counts: dict[str, int]
    cache: str
    classes: tuple[str, ...]
    fingerprint: str


class CheckpointRecord(BaseModel):
    """`record.json` of a checkpoint.

    Attributes:
        identity: What it is of (see `identity.identity_digest`).
        format: Of the identity; release 0.1.0 wrote none, and hashed other things.
        rows: The completed epochs.
        best_epoch: The best of them at the final image size, from 1; None before there is one.
    """

    model_config = _CONFIG

    identity: str
    format: int = 0
    rows: tuple[EpochRow, ...]
    best_epoch: int | None


class FileRecord(BaseModel):
    """One content of a file that a run wrote.

    Attributes:
        sha256: Of the content, in hexadecimal digits.
        epoch: That its weights are of, or that it was written behind; epochs count from 1.
        source: The SHA-256 of what it follows from: rows, or weights.
    """

    model_config = _CONFIG

    sha256: str
    epoch: int
    source: str = ""


FileRecords = dict[str, tuple[FileRecord, ...]]
"""`files.json`: the contents that a file of a run may have, by its name: two while it is being replaced, the new one behind."""

FILE_RECORDS: TypeAdapter[FileRecords] = TypeAdapter(FileRecords)
ENVIRONMENTS: TypeAdapter[list[dict[str, Any]]] = TypeAdapter(list[dict[str, Any]])
DATA_RECORD: TypeAdapter[DataRecord] = TypeAdapter(DataRecord)
CHECKPOINT_RECORD: TypeAdapter[CheckpointRecord] = TypeAdapter(CheckpointRecord)
RECIPE: TypeAdapter[Recipe] = TypeAdapter(Recipe)
MAPPING: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


def parse_record(content: bytes, kind: TypeAdapter[T]) -> T:
    """The record in a JSON text.

    Raises:
        ValueError: It is no JSON, or JSON of something else; in one line.
    """
    try:
        return kind.validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = dotted(first["loc"])
        raise ValueError(f"{where}: {first['msg']}" if where else str(first["msg"])) from None


def read_record(file: Path, kind: TypeAdapter[T], help: str = RESTORE) -> T:
    """The record in a JSON file.

    Raises:
        InputError: The file is missing, no JSON, or JSON of something else.
    """
    try:
        return parse_record(file.read_bytes(), kind)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise InputError(f"cannot be read: {reason}", place=str(file), help=help) from None


def record_json(value: Any) -> bytes:
    """A record as it is written."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return (json.dumps(plain, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "replace")
