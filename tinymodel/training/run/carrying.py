"""Files and checkpoints of a run carried from one folder into another, each read back; and the checksums of a copy.

Knows neither which way they go nor what becomes of one that cannot be carried.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from tinymodel import files
from tinymodel.training.run import checkpoint
from tinymodel.training.run.checkpoint import SUMS, Unusable
from tinymodel.training.run.names import CHECKPOINTS


def names_of_files(folder: Path) -> list[str]:
    """Names of what is copied file by file: all but checkpoints, checksums, hidden and unfinished files."""
    found = (path.relative_to(folder) for path in sorted(folder.rglob("[!.]*")) if path.is_file())
    return [name.as_posix() for name in found if name.parts[0] not in (CHECKPOINTS, SUMS) and not name.parts[0].startswith(".")]


def carry_file(source: Path, target: Path, digest: str) -> None:
    """Copies a file whose SHA-256 was `digest` a moment ago.

    Raises:
        OSError: It cannot be read or written, or was read back otherwise.
        Unusable: It has changed meanwhile.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if files.put_chunks(target, files.chunks_of(source)) != digest:
        raise Unusable("it changed while it was copied")


def carry_checkpoint(source: Path, target: Path) -> None:
    """Copies a checkpoint beside, reads it back, and puts it in place of the one there, if any.

    Raises:
        OSError: It cannot be read or written.
        Unusable: It is damaged.
    """
    beside = files.unfinished_beside(target)
    try:
        if beside.exists():
            shutil.rmtree(beside)
        beside.mkdir(parents=True)
        for file in sorted(source.iterdir()):
            files.write_chunks(beside / file.name, files.chunks_of(file))
        files.sync(beside)
        checkpoint.verify_checkpoint(beside)
        if target.exists():
            checkpoint.replace_folder(beside, target)
        else:
            beside.rename(target)
    except (OSError, Unusable):
        shutil.rmtree(beside, ignore_errors=True)
        raise
    files.sync(target.parent)


def read_sums(copy: Path) -> dict[str, set[str]]:
    """The `SHA256SUMS` of a copy: the digests that a file may have, by its name."""
    sums: dict[str, set[str]] = {}
    with suppress(FileNotFoundError):
        for line in (copy / SUMS).read_text("utf-8", errors="replace").splitlines():
            digest, _, name = line.partition("  ")
            if name:
                sums.setdefault(name, set()).add(digest)
    return sums


def write_sums(copy: Path, sums: Mapping[str, Iterable[str]]) -> None:
    """Writes the `SHA256SUMS` of a copy."""
    lines = [f"{digest}  {name}\n" for name, digests in sums.items() for digest in sorted(digests)]
    files.put_file(copy / SUMS, "".join(lines).encode(errors="replace"))
