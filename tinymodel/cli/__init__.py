"""The `tinymodel` command: results on stdout, messages on stderr, one exit code; never a traceback for a user's mistake.

Light to import: a command's own modules are imported when it runs, and Keras only by commands that need it.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: The words behind `tinymodel`; those of the process where they are not given.

    Returns:
        The exit code.
    """
    from tinymodel.cli.exit_codes import UNUSABLE
    from tinymodel.cli.streams import Unwritable, guarded_streams

    with guarded_streams():
        try:
            return _run(arguments)
        except Unwritable as failure:
            if failure.reader_gone:
                return 128 + signal.SIGPIPE
            print(failure, file=sys.stderr)
            return UNUSABLE
        except KeyboardInterrupt:
            return 128 + signal.SIGINT


def _run(arguments: Sequence[str] | None) -> int:
    """Runs a command to the last letter of its output."""
    from generator.errors import InputError
    from tinymodel.cli.exit_codes import UNUSABLE
    from tinymodel.cli.parser import parse
    from tinymodel.extras import MissingExtra

    try:
        run, options = parse(arguments)
        code = run(options)
    except MissingExtra as missing:
        print(f"{missing.fact}: {missing.help}", file=sys.stderr)
        code = UNUSABLE
    except InputError as error:
        print(error, file=sys.stderr)
        code = UNUSABLE
    except SystemExit:
        sys.stdout.flush()  # The help, which ends the command from within.
        raise
    sys.stdout.flush()
    return code
