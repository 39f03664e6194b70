"""Files that a command writes: whole or not at all, and never over what it reads."""

from __future__ import annotations

import os
from pathlib import Path

from generator.errors import InputError
from tinymodel import files


def write_output(output: str, content: str | bytes, *sources: str) -> None:
    """Makes or replaces a file.

    Args:
        output: The file.
        content: Its bytes, or its text.
        sources: The files that the command reads, or what else it reads.

    Raises:
        InputError: The output is one of the sources, or cannot be written; what was there stays.
    """
    protect_inputs_from_output(output, *sources)
    # A name of a file that is no text, as Unix allows, may stand in a text as half a character.
    encoded = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    try:
        if os.path.isdir(output):
            raise IsADirectoryError(None, "it is a folder")
        if os.path.exists(output) and not os.path.isfile(output):
            Path(output).write_bytes(encoded)  # A device or a pipe, which nothing may take the place of.
        else:
            files.put_file(Path(output).resolve(), encoded)  # Where a link points to, not the link.
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror or error}", place=output, help="name a file in a folder that can be written"
        ) from None


def protect_inputs_from_output(output: str, *sources: str) -> None:
    """Refuses an output that would take the place of what is read; `write_output` asks it too, after the work.

    Raises:
        InputError: The output is one of the sources.
    """
    for source in sources:
        if os.path.exists(output) and os.path.exists(source) and os.path.samefile(output, source):
            raise InputError("the output is the file that is read", place=output, help="name another file behind -o")
