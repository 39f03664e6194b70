"""build, data, train, evaluate, doctor: the commands that need Keras or the data. They import it when they run."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from importlib import metadata, util
from pathlib import Path
from typing import Any

from generator.check import read_one
from generator.design import Design
from generator.errors import InputError, MissingExtra
from generator.lint.finding import Checked
from tinymodel.cli.paper import design_options, script_of, warn, write_output, yaml_of

DEFAULT_BACKEND = "tensorflow"
EXTRAS = {"train": ("keras", "tensorflow", "imgaug", "PIL"), "jax": ("jax", "keras", "h5py"), "tpu": ("libtpu",)}


def use_backend(name: str | None) -> str:
    """Chooses Keras' backend before Keras is imported.

    Raises:
        MissingExtra: The backend or Keras is not installed.
    """
    chosen = name or os.environ.get("KERAS_BACKEND") or DEFAULT_BACKEND
    os.environ["KERAS_BACKEND"] = chosen
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    extra = "jax" if chosen == "jax" else "train"
    for package in (chosen, "keras"):
        if util.find_spec(package) is None:
            raise MissingExtra(package, extra)
    return chosen


def build(options: argparse.Namespace) -> int:
    """`tinymodel build`."""
    if Path(options.output).suffix != ".keras":
        raise InputError("a model is saved as .keras", place=options.output, help="-o model.keras")
    checked = read_one(options.design, design_options(options))
    warn(checked)
    use_backend(None)
    import tempfile

    from tinymodel.build import build_model

    assert checked.design is not None
    model = build_model(checked.design, allow_large=options.allow_large)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "model.keras")
        model.save(file)
        write_output(options.output, file.read_bytes(), checked.file)
    print(f"{options.output}: {model.count_params():,} params")
    return 0


def data(options: argparse.Namespace) -> int:
    """`tinymodel data make-toy | prepare | info`."""
    _need_pictures()
    from tinymodel.data import describe, make_toy

    if options.action == "make-toy":
        make_toy(Path(options.path), seed=options.seed)
        print(options.path)
    else:
        print(describe(_prepared(options.path)))
    return 0


def train(options: argparse.Namespace) -> int:
    """`tinymodel train`."""
    checked = read_one(options.design, design_options(options))
    warn(checked)
    assert checked.design is not None
    checked = _changed(checked, options.set)
    if options.dry_run:
        return _print_plan(checked, options)
    use_backend(options.backend)
    _need_pictures()
    data_set = _prepared(options.data)
    from tinymodel.train import Diverged, Stopped, TerminalLog
    from tinymodel.train import train as train_design

    try:
        result = train_design(
            _design(checked),
            data_set,
            Path(options.run),
            resume=options.resume,
            log=TerminalLog(sys.stderr),
            sources=_sources(checked),
            keep=options.keep,
        )
    except Stopped as stop:
        print(f"{stop}; the same command goes on", file=sys.stderr)
        return stop.exit_code
    except Diverged as error:
        print(error, file=sys.stderr)
        return 1
    best = result.best
    print(f"{options.run}: best val accuracy {best.val_accuracy:.2%} at epoch {best.epoch} ({best.image_size} px)")
    print(f"  {Path(options.run, 'model.keras')}\n  {Path(options.run, 'log.csv')}")
    return 0


def _design(checked: Checked) -> Design:
    assert checked.design is not None
    return checked.design


def _changed(checked: Checked, settings: Sequence[str]) -> Checked:
    """The design with `--set KEY=VALUE` put in; keys of the recipe may leave out `train.`."""
    if not settings:
        return checked
    from dataclasses import replace

    from generator.expand import expand
    from generator.parse import DesignProblems, parse_design
    from generator.read_yaml import load_yaml, problem_error
    from generator.recipe import Recipe
    from generator.trace import trace

    tree = load_yaml(yaml_of(checked), "--set")
    for setting in settings:
        key, separator, text = setting.partition("=")
        if not separator:
            raise InputError("a setting is KEY=VALUE", place="--set", received=setting, help="--set classes=10")
        path = key.split(".")
        path = ["train", *path] if path[0] in Recipe.model_fields else path
        _put(tree.value, path, load_yaml(text, f"--set {key}").value, key)
    try:
        design = parse_design(tree.value)
    except DesignProblems as problems:
        error = problem_error(problems, tree, "--set")
        error.place = "--set"
        raise error from None
    traced = trace(expand(design))
    return replace(
        checked, design=design, trace=traced, final={**(checked.final or {}), "params": traced.params, "macs": traced.macs}
    )


def _put(data: Any, path: list[str], value: Any, key: str) -> None:
    for part in path[:-1]:
        try:
            data = data[int(part)] if isinstance(data, list) else data.setdefault(part, {})
        except (ValueError, IndexError, AttributeError):
            raise InputError(
                f'there is no key "{key}"', place="--set", help="keys are those of the YAML: phases.0.epochs"
            ) from None
    try:
        data[int(path[-1]) if isinstance(data, list) else path[-1]] = value
    except (ValueError, IndexError, TypeError):
        raise InputError(
            f'there is no key "{key}"', place="--set", help="keys are those of the YAML: phases.0.epochs"
        ) from None


def _sources(checked: Checked) -> dict[str, str | bytes]:
    from generator.report.table import table_markdown

    assert checked.trace is not None
    sources: dict[str, str | bytes] = {
        "design.yaml": yaml_of(checked),
        "model.py": script_of(checked),
        "table.md": table_markdown(_design(checked), checked.trace).rstrip("\n") + "\n",
    }
    if checked.sheet is not None:
        sources[Path(checked.file).name] = Path(checked.file).read_bytes()
    return sources


def _print_plan(checked: Checked, options: argparse.Namespace) -> int:
    recipe = _design(checked).train
    if recipe is None:
        raise InputError("the design has no recipe", place=options.design, help="add a `train:` block with `phases:`")
    print(f"{options.run}: {recipe.epochs} epochs, {recipe.optimizer.name}, augmentation by {recipe.augment_engine}")
    for number, phase in enumerate(recipe.phases):
        rate = phase.learning_rate or recipe.optimizer.learning_rate
        plan = f"{phase.epochs} epochs at {phase.image_size} px, batch {phase.batch_size}, {phase.augment}, rate {rate:g}"
        print(f"  phase {number}: {plan}")
    return 0


def evaluate(options: argparse.Namespace) -> int:
    """`tinymodel evaluate`."""
    from tinymodel.evaluate import backend_of
    from tinymodel.evaluate import evaluate as evaluate_run

    use_backend(backend_of(Path(options.run)))
    data_set = _prepared(options.data) if options.data else None
    evaluation = evaluate_run(Path(options.run), data_set, weights=options.weights)
    print(json.dumps(evaluation.to_json(), indent=1) if options.format == "json" else evaluation.to_text())
    return 0


def doctor(options: argparse.Namespace) -> int:
    """`tinymodel doctor`."""
    print(f"tinymodel {metadata.version('tinymodel')}, Python {platform.python_version()}, {os.cpu_count()} processors")
    for extra, packages in EXTRAS.items():
        missing = [package for package in packages if util.find_spec(package) is None]
        state = "complete" if not missing else f'lacks {", ".join(missing)}: pip install "tinymodel[{extra}]"'
        print(f"  {extra}: {state}")
    for package in ("keras", "tensorflow", "jax", "numpy", "openpyxl", "pydantic"):
        if util.find_spec(package) is not None:
            print(f"  {package} {metadata.version(package)}")
    return 0


def _need_pictures() -> None:
    if util.find_spec("PIL") is None:
        raise MissingExtra("pillow", "train")


def _prepared(path: str) -> Any:
    from tinymodel.data import prepare

    return prepare(Path(path), progress=_decoding_progress if sys.stderr.isatty() else None)


def _decoding_progress(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    print(f"\rdecoding {done:,} of {total:,} pictures", end=end, file=sys.stderr, flush=True)
