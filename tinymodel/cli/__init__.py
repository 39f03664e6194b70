"""The `tinymodel` command: arguments, messages and exit codes. What a command needs is imported when it runs."""

from tinymodel.cli.main import main

__all__ = ["main"]
