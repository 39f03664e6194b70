"""Files that a command writes: in one step, and never over what it reads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from generator.errors import InputError


@contextmanager
def replacing(output: str, *sources: str) -> Iterator[Path]:
    """A path beside the output to write to, which takes the output's place at the end and vanishes after a failure.

    Args:
        output: The file to make or replace.
        sources: The files that the command reads, or what else it reads.

    Raises:
        InputError: The output is one of the sources, or cannot be written.
    """
    file = Path(output)
    beside = file.with_name(f".unfinished-{os.getpid()}{file.suffix}")
    try:
        if file.exists() and any(os.path.exists(source) and os.path.samefile(file, source) for source in sources):
            raise InputError("the output is the file that is read", place=output, help="name another file behind -o")
        if file.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        yield beside
        os.replace(beside, file)
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror or error}", place=output, help="name a file in a folder that can be written"
        ) from None
    finally:
        with suppress(OSError):
            beside.unlink()


def write(output: str, text: str, source: str) -> None:
    """Replaces a text file (see `replacing`)."""
    with replacing(output, source) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")


def suffix_of(output: str, known: tuple[str, ...]) -> str:
    """The suffix of an output file.

    Raises:
        InputError: It is none of the known ones.
    """
    suffix = Path(output).suffix.lower()
    if suffix not in known:
        raise InputError("the suffix does not say what to write", place=output, expected=" or ".join(known))
    return suffix
