"""Plain data (from YAML, a sheet, `--set`) → `Design`: every problem found, each with the path of its key.

Knows nothing of files; the reader that called adds line and column, or the cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from generator.design.record import Design
from generator.design.rows import ROWS, Row
from generator.errors import did_you_mean, nearest, printable

Path = tuple[str | int, ...]
"""Keys and list positions from the top of the design: `("plan", 3, "filters")`."""

MERGED_BY_NAME = frozenset({"kind", "name", "inputs", "block", "note"})
"""Keys that only a row itself can say; defaults for them would make no sense."""


class Problem(NamedTuple):
    """One thing that is wrong with the data of a design."""

    path: Path
    fact: str
    received: object = None
    expected: str | None = None
    help: str | None = None


def dotted(path: Iterable[object]) -> str:
    """A path of keys and of places in lists as people type it.

    >>> dotted(("train", "phases", 0, "epochs"))
    'train.phases.0.epochs'
    """
    return ".".join(map(str, path))


class DesignProblems(Exception):
    """All problems of one design, in the order of its keys."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.fact for problem in problems))
        self.problems = tuple(problems)


def parse_design(raw: Any) -> Design:
    """The design that plain data describes.

    Args:
        raw: Mappings, lists and scalars with the keys of `Design`.

    Raises:
        DesignProblems: Unknown or missing keys, wrong types, numbers out of range, each with its path.
    """
    if not isinstance(raw, Mapping):
        raise DesignProblems([Problem((), "a design is a mapping of keys", raw, help="start with `name:` and `plan:`")])
    problems: list[Problem] = []
    defaults = _parse_defaults(raw.get("defaults", {}), problems)
    plan = _parse_plan(raw.get("plan"), defaults, problems) if "plan" in raw else None
    header = {key: value for key, value in raw.items() if key not in ("plan", "defaults")}
    # A plan with problems of its own is stood in for, so that the header's problems are found in the same pass.
    stand_in = plan or (ROWS["softmax"].model_construct(),)
    try:
        design = Design.model_validate({**header, "defaults": defaults, **({"plan": stand_in} if "plan" in raw else {})})
    except ValidationError as error:
        raise DesignProblems([*_problems_of(error, Design, ()), *problems]) from None
    if problems:
        raise DesignProblems(problems)
    return design


def _parse_defaults(raw: Any, problems: list[Problem]) -> dict[str, dict[str, Any]]:
    if not isinstance(raw, Mapping):
        problems.append(Problem(("defaults",), "defaults is a mapping by kind", raw, help="`defaults: {all: {...}}`"))
        return {}
    checked: dict[str, dict[str, Any]] = {}
    for kind, values in raw.items():
        path: Path = ("defaults", kind)
        if kind != "all" and kind not in ROWS:
            problems.append(Problem(path, f"unknown kind {_quoted(kind)}", help=did_you_mean(str(kind), ["all", *ROWS])))
        elif not isinstance(values, Mapping):
            problems.append(Problem(path, "defaults of a kind are a mapping", values))
        else:
            known = _default_keys(kind)
            for key in values:
                if key not in known:
                    problems.append(_unknown_key((*path, key), key, known))
            checked[kind] = {key: value for key, value in values.items() if key in known}
    return checked


def _default_keys(kind: str) -> list[str]:
    records = ROWS.values() if kind == "all" else [ROWS[kind]]
    keys = {key for record in records for key in record.model_fields}
    return sorted(keys - MERGED_BY_NAME)


def _parse_plan(raw: Any, defaults: Mapping[str, Mapping[str, Any]], problems: list[Problem]) -> tuple[Row, ...] | None:
    if not isinstance(raw, list | tuple) or not raw:
        problems.append(Problem(("plan",), "plan is a list of rows, at least one", raw))
        return None
    rows = [_parse_row(row, ("plan", index), defaults, problems) for index, row in enumerate(raw)]
    complete = tuple(row for row in rows if row is not None)
    return complete if len(complete) == len(rows) else None


def _parse_row(raw: Any, path: Path, defaults: Mapping[str, Mapping[str, Any]], problems: list[Problem]) -> Row | None:
    if not isinstance(raw, Mapping):
        problems.append(Problem(path, "a row is a mapping", raw, help="`- {kind: conv, filters: 32}`"))
        return None
    kind = raw.get("kind")
    if not isinstance(kind, str) or kind not in ROWS:
        fact = f"unknown kind {_quoted(kind)}" if "kind" in raw else "the row has no kind"
        where = (*path, "kind") if "kind" in raw else path
        problems.append(Problem(where, fact, help=did_you_mean(str(kind or ""), ROWS)))
        return None
    record = ROWS[kind]
    general = {key: value for key, value in defaults.get("all", {}).items() if key in record.model_fields}
    try:
        return record.model_validate({**general, **defaults.get(kind, {}), **raw})
    except ValidationError as error:
        problems.extend(_problems_of(error, record, path))
        return None


def _problems_of(error: ValidationError, record: type[BaseModel], path: Path) -> list[Problem]:
    found: dict[Path, Problem] = {}
    for detail in error.errors(include_url=False):
        location = (*path, *detail["loc"])
        # The members of a union report one by one; the first message of a key stands for it.
        known = _known_location(location, path, record)
        found.setdefault(known, _problem_of(dict(detail), known, record))
    return list(found.values())


def _known_location(location: Path, path: Path, record: type[BaseModel]) -> Path:
    """The location without what pydantic adds for the members of a union (`filters.literal[...]`)."""
    kept = list(path)
    for part in location[len(path) :]:
        if isinstance(part, str) and not part.isidentifier():
            break
        if kept and len(kept) > len(path) and part in ("int", "str", "constrained"):
            break
        kept.append(part)
    return tuple(kept) if len(kept) > len(path) or not location[len(path) :] else location


def _problem_of(detail: dict[str, Any], path: Path, record: type[BaseModel]) -> Problem:
    key = str(path[-1]) if path else ""
    kind, received, context = detail["type"], detail.get("input"), detail.get("ctx") or {}
    if kind == "extra_forbidden":
        return _unknown_key(path, key, _siblings(path, record))
    if kind == "missing":
        return Problem(path[:-1], f'the key "{key}" is missing', help=f"add `{key}:`")
    if kind == "value_error":
        return Problem(path, f"{key} is not right", received, str(context["error"]).removeprefix("expected "))
    if kind == "literal_error":
        expected = str(context["expected"]).replace("'", '"')
        if key in ("filters", "units"):
            expected = 'a whole number of at least 1, or "classes"'
        names = expected.replace('"', "").replace(" or ", ", ").split(", ")
        guess = nearest(received, names) if isinstance(received, str) else None
        return Problem(path, f"{key} is not right", received, expected, f'did you mean "{guess}"?' if guess else None)
    return Problem(path, f"{key} is not right" if key else "not right", received, _expected(kind, context, detail["msg"]))


def _expected(kind: str, context: Mapping[str, Any], message: str) -> str:
    words = {
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "float_type": "a number",
        "bool_type": "true or false",
        "string_type": "text",
        "model_type": "a mapping of keys",
        "model_attributes_type": "a mapping of keys",
        "tuple_type": "a list",
        "list_type": "a list",
        "greater_than_equal": "at least {ge}",
        "greater_than": "more than {gt}",
        "less_than_equal": "at most {le}",
        "less_than": "less than {lt}",
        "too_short": "at least {min_length} of them",
        "too_long": "at most {max_length} of them",
        "string_too_long": "at most {max_length} characters",
    }
    return words[kind].format(**context) if kind in words else message


def _siblings(path: Path, record: type[BaseModel]) -> list[str]:
    """Keys that the record holding `path` knows: found by walking the annotations down from the top."""
    holder: Any = record
    for part in path[:-1]:
        fields = getattr(holder, "model_fields", {})
        if part in fields:
            holder = _record_in(fields[part].annotation) or holder
    return list(getattr(holder, "model_fields", {}))


def _record_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _record_in(argument)
        if found is not None:
            return found
    return None


def _unknown_key(path: Path, key: object, known: Sequence[str]) -> Problem:
    return Problem(path, f"unknown key {_quoted(key)}", help=did_you_mean(str(key), known))


def _quoted(value: object) -> str:
    return f'"{printable(str(value), limit=60)}"'
