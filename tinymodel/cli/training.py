"""`build`, `train`, `evaluate` and `weights`. Keras is imported last: a mistake of the user's is said before its start."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from generator.errors import InputError
from generator.network.expand import expand
from generator.network.trace import trace
from tinymodel.cli.backend import need_keras, quiet, start_keras
from tinymodel.cli.paper import read_design, script_of, warn_of_findings
from tinymodel.cli.plan import check_plan, measured_plan

if TYPE_CHECKING:
    from generator.design.record import Design
    from generator.lint.finding import Checked
    from tinymodel.data import DataSet
    from tinymodel.training import Result

DIVERGED = NOT_WHOLE = 1
"""Exit codes of a training whose loss is no number any more, and of one whose run or copy could not be made whole."""


def build(options: Namespace) -> int:
    """Builds the model and saves it."""
    from tinymodel.cli.output import protect, suffix_of, write

    suffix_of(options.output, (".keras",))
    checked = read_design(options)
    assert checked.design is not None
    protect(options.output, checked.file)
    start_keras()
    from tinymodel.build import build_model
    from tinymodel.training.run.weights_files import model_bytes

    model = build_model(checked.design, allow_large=options.allow_large)
    warn_of_findings(checked, options.design)
    write(options.output, bytes(model_bytes(model)), checked.file)
    print(f"{options.output}: {model.name}, {model.count_params():,} parameters")
    return 0


def train(options: Namespace) -> int:
    """Trains a design, or shows the plan of its phases."""
    from generator.design.overrides import with_changes

    checked = read_design(options)
    assert checked.design is not None
    design = with_changes(checked.design, options.set)
    check_plan(design)
    warn_of_findings(checked, options.design)
    if options.dry_run:
        print(measured_plan(design, options.backend, _images(options, design)))
        return 0
    for name in ("data", "run"):
        if getattr(options, name) is None:
            raise InputError(f"a training needs --{name}", help="or --dry-run to see its plan only")
    from tinymodel.cli.streams import courtesy

    with courtesy():  # The result is the run folder: what is printed of it may fail.
        return _train(options, design, checked)


def _train(options: Namespace, design: Design, checked: Checked) -> int:
    from generator.design.overrides import changed_keys
    from tinymodel.cli.data import open_data

    need_keras(options.backend)
    data = open_data(options.data)
    assert design.train is not None
    start_keras(options.backend, deterministic=design.train.deterministic)
    import keras

    with quiet():  # With any backend Keras seeds TensorFlow too where that is installed, and loads it for that.
        keras.utils.set_random_seed(0)
        from tinymodel.training import Diverged, NotWhole, Stopped, TerminalLog
        from tinymodel.training import train as run_training
        from tinymodel.training.machine import processes
        from tinymodel.training.machine.devices import devices_here

        processes.join()
        devices_here()

    try:
        result = run_training(
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
        return DIVERGED
    except NotWhole as failed:
        print(failed, file=sys.stderr)
        return NOT_WHOLE
    if processes.is_chief():
        print(_summary(result))
    if result.unkept:
        print(f"the copy in {options.copy_to} is not whole; the same command completes it", file=sys.stderr)
    return NOT_WHOLE if result.unkept else 0


def _images(options: Namespace, design: Design) -> int | None:
    """Images that an epoch visits; None where no data is given."""
    if not options.data:
        return None
    from tinymodel.cli.data import open_data

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
    return file.name if file.is_file() and file.suffix.lower() not in (".yaml", ".yml") else None


def _summary(result: Result) -> str:
    files = sorted(str(path) for path in result.run.iterdir() if not path.name.startswith("."))
    best = result.best
    data = "validation" if best.compared_on == "val" else "holdout"
    head = f"best {data} accuracy {best.val_accuracy:.2%} in epoch {best.epoch}, at {best.image_size} px"
    return "\n".join([head, *(f"  {file}" for file in files)])


def evaluate(options: Namespace) -> int:
    """Prints the figures of a run at each image size that was asked for."""
    run, data = _opened(options)
    import keras

    from tinymodel.evaluation.evaluate import evaluate as evaluate_run

    found = []
    for index, size in enumerate(dict.fromkeys(options.image_size or [None])):
        if index:
            keras.backend.clear_session()
        found.append(evaluate_run(run, data, weights=options.weights, on=options.on, image_size=size))
    if options.format == "json":
        plain = [one.to_json() for one in found]
        print(json.dumps(plain if len(plain) > 1 else plain[0], indent=2))
    else:
        print("\n\n".join(one.to_text() for one in found))
    return 0


def weights(options: Namespace) -> int:
    """Prints class weights for the next training, from the holdout of a run, and writes them."""
    from tinymodel.cli.output import suffix_of, write

    if options.output:
        suffix_of(options.output, (".yaml", ".yml"))
    run, data = _opened(options)
    from tinymodel.evaluation.class_weights import class_weights
    from tinymodel.evaluation.evaluate import evaluate as evaluate_run

    found = evaluate_run(run, data, on="holdout")

    lines = [f"{json.dumps(name)}: {weight:g}" for name, weight in class_weights(found.classes).items()]
    text = f"# Class weights from the holdout of {run.name}, epoch {found.epoch}.\n" + "\n".join(lines) + "\n"
    if options.output is None:
        sys.stdout.write(text)
        return 0
    write(options.output, text, *(str(file) for file in run.iterdir()))
    print(f"{options.output}: train with --set class_weight=@{options.output}")
    return 0


def _opened(options: Namespace) -> tuple[Path, DataSet | None]:
    """The run folder and the data that was given, with Keras on the backend of the run."""
    from tinymodel.evaluation.which_run import backend_of, run_at

    run = run_at(options.run)
    start_keras(backend_of(run))
    if not options.data:
        return run, None
    from tinymodel.cli.data import open_data

    return run, open_data(options.data)
