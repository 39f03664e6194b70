"""A program that runs commands on streams of all kinds: Python starts once, and each command ends as a process of its own.

python commands_on_streams.py FOLDER '[[NAME, WORDS, STDOUT, STDERR], ...]', a stream being one of `STREAMS`

What a command writes to a stream that is a file lies in FOLDER/NAME.out or .err afterwards, its exit code in FOLDER/NAME.code.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from importlib import import_module
from pathlib import Path

STREAMS = ("file", "full", "closed", "unread")
"""The last one is a pipe whose reader has gone."""
FULL = "/dev/full"
LOADED = (
    "generator.lint.checked_network", "generator.report.json_report", "generator.report.table_text", "generator.suggest.search",
    "tinymodel.cli.commands.check", "tinymodel.cli.commands.data", "tinymodel.cli.commands.suggest", "tinymodel.data.toy",
)  # fmt: skip
"""What the commands import, once for all; no thread runs when they are forked."""


def main() -> int:
    for name in LOADED:
        import_module(name)
    from tinymodel.cli import main as command
    from tinymodel.cli.commands import doctor, train

    # To load a framework takes longer than all tests of a stream together, and it prints nothing there.
    doctor._keras = lambda: iter(["backend    none"])
    train._train = _train
    train.measured_plan = lambda *_: "the plan"
    gc.freeze()  # Else each process copies what it only collects at its end.
    folder = Path(sys.argv[1])
    for name, words, stdout, stderr in json.loads(sys.argv[2]):
        child = os.fork()
        if not child:
            _connect(1, stdout, folder / f"{name}.out")
            _connect(2, stderr, folder / f"{name}.err")
            return command(words)
        _, status = os.waitpid(child, 0)
        (folder / f"{name}.code").write_text(str(os.waitstatus_to_exitcode(status)))
    return 0


def _connect(number: int, kind: str, file: Path) -> None:
    """Makes a standard stream of this process as if it had been started with it."""
    if kind == "closed":
        os.close(number)
        for name in ("stdout", "__stdout__") if number == 1 else ("stderr", "__stderr__"):
            setattr(sys, name, None)
        return
    if kind == "unread":
        reader, opened = os.pipe()
        os.close(reader)
    else:
        opened = os.open(FULL if kind == "full" else file, os.O_WRONLY | os.O_CREAT)
    os.dup2(opened, number)
    os.close(opened)


def _train(*_: object) -> int:
    """In the place of a training: what is printed while it runs, and at its end."""
    print("epoch 1", file=sys.stderr)
    print("a library's words", flush=True)
    sys.stderr.write("epoch 2\n")
    print("the summary")
    return 0


if __name__ == "__main__":
    sys.exit(main())
