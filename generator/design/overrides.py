"""`--set KEY=VALUE`: a design with some of its keys changed, by the same keys as in YAML, joined by dots."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from generator.design.parse import DesignProblems, Path, Problem, dotted, parse_design
from generator.design.read_yaml import load_yaml
from generator.design.recipe import Recipe
from generator.design.record import Design
from generator.design.write_yaml import design_to_yaml
from generator.errors import InputError, did_you_mean


class _Change(NamedTuple):
    key: str
    path: Path
    value: Any

    @property
    def place(self) -> str:
        return f"--set {self.key}"


def with_changes(design: Design, texts: Iterable[str]) -> Design:
    """The design with every `KEY=VALUE` applied; keys of `train` may leave that word out.

    Raises:
        InputError: A text without `=`, an unknown key, a value that does not fit; its place names the key.
    """
    changes = [_change(text) for text in texts]
    if not changes:
        return design
    data = load_yaml(design_to_yaml(design), "the design").value
    for change in changes:
        _apply(data, change)
    try:
        return parse_design(data)
    except DesignProblems as problems:
        raise _error(problems.problems[0], changes) from None


def changed_keys(texts: Iterable[str]) -> list[str]:
    """The keys of `KEY=VALUE`, as a run tells them: `recipe.` before those of the recipe, `design.` before the others.

    >>> changed_keys(["seed=1", "train.phases.0.epochs=2", "classes=10"])
    ['recipe.seed', 'recipe.phases.0.epochs', 'design.classes']
    """
    paths = [_change(text).path for text in texts]
    told = [("recipe", *path[1:]) if path[0] == "train" else ("design", *path) for path in paths]
    return [dotted(path) for path in told]


def _change(text: str) -> _Change:
    key, separator, value = text.partition("=")
    key = key.strip()
    if not separator or not value.strip():
        raise InputError("expects KEY=VALUE", place="--set", received=text, help="--set phases.0.epochs=5")
    parts = [int(part) if part.isdecimal() and len(part) < 6 else part for part in key.split(".")]
    known = [*Recipe.model_fields, *Design.model_fields]
    if parts[0] not in known:
        raise InputError(f'unknown key "{parts[0]}"', place=f"--set {key}", help=did_you_mean(str(parts[0]), known))
    path = ("train", *parts) if parts[0] in Recipe.model_fields else tuple(parts)
    return _Change(key, path, _value(value, f"--set {key}"))


def _value(text: str, place: str) -> Any:
    """A value in YAML, or the content of the YAML file behind an `@`."""
    if not text.startswith("@"):
        return load_yaml(text, place).value
    file = FilePath(text[1:])
    try:
        return load_yaml(file.read_text("utf-8"), str(file)).value
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", place=f"{place}=@{file}") from None


def _apply(data: Any, change: _Change) -> None:
    for part, following in zip(change.path, (*change.path[1:], None), strict=True):
        if isinstance(data, list):
            if not isinstance(part, int) or part > len(data):
                raise InputError(
                    f'there is no "{part}" in a list of {len(data)}', place=change.place, help="list items count from 0"
                )
            if part == len(data):
                data.append(None)
        elif isinstance(data, dict):
            data.setdefault(part, None)
        else:
            raise InputError(f'"{part}" is below something that holds one value', place=change.place)
        if following is None:
            data[part] = change.value
        elif data[part] is None:
            data[part] = [] if isinstance(following, int) else {}
        data = data[part]


def _error(problem: Problem, changes: list[_Change]) -> InputError:
    """The problem at the key that brought it."""

    def near(change: _Change) -> bool:
        common = min(len(change.path), len(problem.path))
        return change.path[:common] == problem.path[:common]

    blamed = [change for change in changes if near(change)] or changes
    given = {} if problem.received is None else {"received": problem.received}
    return InputError(problem.fact, place=blamed[-1].place, expected=problem.expected, help=problem.help, **given)
