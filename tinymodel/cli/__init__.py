"""The `tinymodel` command: results on stdout, messages on stderr, one exit code; never a traceback for a user's mistake.

Light to import: a command's own modules are imported when it runs, and Keras only by commands that need it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

UNUSABLE = 2
"""Exit code: the input cannot be read or used, or the command is used wrongly."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: The words behind `tinymodel`; those of the process where they are not given.

    Returns:
        The exit code.
    """
    from generator.errors import InputError, MissingExtra
    from tinymodel.cli.parser import parse

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # A terminal may not know every letter of a sheet.
    run, options = parse(arguments)
    try:
        code = run(options)
        sys.stdout.flush()
    except MissingExtra as missing:
        print(f"{missing.fact}: {missing.help}", file=sys.stderr)
        return UNUSABLE
    except InputError as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python would complain when it flushes once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return code
