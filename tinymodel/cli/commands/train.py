"""`train`: trains a design, or goes on with a training.

Keras is imported last: a mistake of the user's is said before its start.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from generator.design.suffixes import is_yaml
from generator.errors import InputError
from generator.network.expand import expand
from generator.network.trace import trace
from tinymodel.cli.arguments import add_changes, add_design, count
from tinymodel.cli.backend import BACKENDS, need_keras, quiet, start_keras
from tinymodel.cli.exit_codes import CLEAN, FOUND
from tinymodel.cli.inputs import open_data, read_design, warn_of_findings
from tinymodel.cli.training_plan import check_plan, measured_plan
from tinymodel.scripts import script_of

if TYPE_CHECKING:
    from generator.design.record import Design
    from generator.lint.finding import Checked
    from tinymodel.training.trainer import Result


def add_arguments(parser: ArgumentParser) -> None:
    """Declares what the command takes."""
    add_design(parser)
    parser.add_argument("--data", metavar="PATH", help="a Tiny ImageNet zip or folder, or a folder of class folders")
    parser.add_argument("--run", metavar="DIR", help="the run folder; a training that it holds is continued")
    add_changes(parser, "change a key of the design: phases.0.epochs=5")
    parser.add_argument("--backend", choices=tuple(BACKENDS), help="else KERAS_BACKEND, else the one that is installed")
    parser.add_argument("--resume", choices=("auto", "never", "must"), default="auto")
    parser.add_argument("--keep", metavar="N", type=count, default=3, help="checkpoints that stay (3)")
    parser.add_argument(
        "--copy-to", metavar="DIR", help="keep a copy there (Drive, a bucket); where DIR of --run is empty, go on from it"
    )
    parser.add_argument("--from", metavar="RUN", dest="start_from", help="begin with the best weights of this run")
    parser.add_argument("--dry-run", action="store_true", help="show the plan of phases; train nothing")


def run(options: Namespace) -> int:
    """Trains a design, or shows the plan of its phases."""
    from generator.design.overrides import with_changes

    read, checked = read_design(options)
    design = with_changes(read, options.set)
    check_plan(design)
    warn_of_findings(checked, options.design)
    if options.dry_run:
        print(measured_plan(design, options.backend, _images(options, design)))
        return CLEAN
    for name in ("data", "run"):
        if getattr(options, name) is None:
            raise InputError(f"a training needs --{name}", help="or --dry-run to see its plan only")
    from tinymodel.cli.streams import courtesy_stream

    with courtesy_stream():  # The result is the run folder: what is printed of it may fail.
        return _train(options, design, checked)


def _train(options: Namespace, design: Design, checked: Checked) -> int:
    from generator.design.overrides import changed_keys

    need_keras(options.backend)
    data = open_data(options.data)
    assert design.train is not None
    start_keras(options.backend, deterministic=design.train.deterministic)
    import keras

    with quiet():  # With any backend Keras seeds TensorFlow too where that is installed, and loads it for that.
        keras.utils.set_random_seed(0)
        from tinymodel.training.log.events import TerminalLog
        from tinymodel.training.machine import processes
        from tinymodel.training.machine.devices import devices_here
        from tinymodel.training.stopping import Diverged, NotWhole, Stopped
        from tinymodel.training.trainer import train

        processes.join_processes()
        devices_here()

    try:
        result = train(
            design,
            data,
            Path(options.run),
            resume=options.resume,
            log=TerminalLog(sys.stderr),
            sources=_sources(design, checked),
            sheet=_sheet_of(checked),
            changed=changed_keys(options.set),
            keep=options.keep,
            copy_to=Path(options.copy_to) if options.copy_to else None,
            weights_from=Path(options.start_from) if options.start_from else None,
        )
    except Stopped as stopped:
        print(f"{stopped}; the same command goes on with it", file=sys.stderr)
        return stopped.exit_code
    except Diverged as diverged:
        print(diverged, file=sys.stderr)
        return FOUND
    except NotWhole as failed:
        print(failed, file=sys.stderr)
        return FOUND
    if processes.is_chief():
        print(_summary(result))
    if result.unkept:
        print(f"the copy in {options.copy_to} is not whole; the same command completes it", file=sys.stderr)
    return FOUND if result.unkept else CLEAN


def _images(options: Namespace, design: Design) -> int | None:
    """Images that an epoch visits; None where no data is given."""
    if not options.data:
        return None
    assert design.train is not None
    return round(open_data(options.data).counts["train"] * (1.0 - design.train.holdout))


def _sources(design: Design, checked: Checked) -> dict[str, str | bytes]:
    """What a run folder keeps of where it comes from."""
    from generator.report.table import network_table, table_markdown

    sources: dict[str, str | bytes] = {
        "model.py": script_of(design),
        "table.md": table_markdown(network_table(design, trace(expand(design)))),
    }
    sheet = _sheet_of(checked)
    return {sheet: Path(checked.file).read_bytes(), **sources} if sheet else sources


def _sheet_of(checked: Checked) -> str | None:
    """The name under which a run folder keeps the file that a design was read from; of YAML it keeps its own reading."""
    file = Path(checked.file)
    if file.name in ("model.py", "table.md"):
        return None  # Names of what a run folder keeps anyway.
    return file.name if file.is_file() and not is_yaml(file) else None


def _summary(result: Result) -> str:
    files = sorted(str(path) for path in result.run.iterdir() if not path.name.startswith("."))
    best = result.best
    data = "validation" if best.compared_on == "val" else "holdout"
    head = f"best {data} accuracy {best.val_accuracy:.2%} in epoch {best.epoch}, at {best.image_size} px"
    return "\n".join([head, *(f"  {file}" for file in files)])
