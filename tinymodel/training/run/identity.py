"""What makes a training this one: its network, its recipe, its data; and how a run of an earlier release is understood.

Names, notes, sources and targets identify nothing; a row is named by its position. A run is stored with every key and its
value, so that it goes on as it was begun, whatever a later release knows and does by default.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel

from generator.design.fields import short_form
from generator.design.recipe import Recipe
from generator.design.record import Design
from generator.design.rows import ROWS
from generator.design.write_yaml import design_to_yaml
from generator.errors import InputError
from generator.network.expand import row_names
from tinymodel.training.run.compare import Difference, compare_records

FORMAT = 1
"""Of `recipe.json`: raised by a release in which a key that is not written means something else than before."""

EARLIER: Mapping[int, Mapping[str, Any]] = {0: {}}
"""What a key that is not written meant in each earlier format, by `recipe.KEY`, `recipe.phases.KEY` or `plan.KIND.KEY`.

A format that does not name a key agrees with the next one, and the last one with the records. Format 0 is what release 0.1.0
wrote: its `recipe.json` has no format, and its `design.yaml` leaves out what is the default of a row.
"""

FREE_TO_CHANGE = frozenset({"checkpoint_minutes", "checkpoint_steps", "precision", "images", "steps_per_call", "deterministic"})
"""Keys of a recipe that do not touch what is learned: when it is saved, and how a machine computes it. What came of the latter
stands in `environment.json`, and a change of it is said."""

LABELS = frozenset({"name", "note", "block"})
"""Keys of a row that tell people what it is."""

MAX_TOLD = 3
"""Differences that are told one by one."""


class DataIdentity(NamedTuple):
    """What of a data set identifies a run: class names in their order, and the fingerprint of the pictures."""

    classes: tuple[str, ...]
    fingerprint: str


def identity_digest(design: Design, data: DataIdentity, weights_from: str | None = None) -> str:
    """The identity of a training as one SHA-256, for checkpoints: over the keys that its files name, with their values.

    A run names every key that its release knew, so neither a new key nor another default of a later release changes the digest
    of a run; nor do names, notes and what is free to change.

    Args:
        design: As the files of a run name it, before keys that they do not name get a meaning.
        data: What the run was begun with.
        weights_from: The SHA-256 of the weights of another run that it begins with, if any.
    """
    assert design.train is not None
    reads = _reads(design)
    named = [row.model_dump(mode="json", exclude_unset=True, exclude=set(LABELS)) for row in design.plan]
    record = {
        "input": design.input.model_dump(mode="json", exclude_unset=True),
        "classes": design.classes,
        "plan": [{**row, "inputs": reads[index]} for index, row in enumerate(named)],
        "recipe": design.train.model_dump(mode="json", exclude_unset=True, exclude=set(FREE_TO_CHANGE)),
        "data": data,
        **({"weights_from": weights_from} if weights_from else {}),
    }
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def identity_changes(before: Design, now: Design) -> list[Difference]:
    """Where two trainings differ, as `design.KEY` and `recipe.KEY`."""
    rows = len(before.plan) == len(now.plan)  # Otherwise their numbers tell more than all that differs behind the change.
    plain = [{"design": _network(one, rows), "recipe": _recipe(one.train)} for one in (before, now)]
    return compare_records(plain[0], plain[1])


class Agreed(NamedTuple):
    """The design that a run goes on with, and how it differs from what the command says now; empty where it does not."""

    design: Design
    otherwise: str


def hold_identity(stored: Design, asked: Design, *, only: Collection[str] | None, place: str) -> Agreed:
    """Holds the design of a command against that of the run: the run goes on as it was begun.

    A key that the command names must have the run's value, unless it is free to change. A key that it does not name has the
    run's value: it may have another default by now.

    Args:
        stored: As the run was begun, with its recipe.
        asked: What the command's design reads as now.
        only: Keys that count as named, as `recipe.seed` and `design.classes`; where it is not given, those that the design
            itself names.
        place: The run folder.

    Raises:
        InputError: The first key that the command contradicts.
    """
    found = [
        change for change in identity_changes(stored, asked) if asked.train is not None or not change.key.startswith("recipe")
    ]
    named = [change for change in found if _is_named(change.key, asked, only)]
    if named:
        raise identity_refused(named, place)
    otherwise = ""
    if found:
        more = f" and {len(found) - MAX_TOLD} more" if len(found) > MAX_TOLD else ""
        listed = ", ".join(map(str, found[:MAX_TOLD])) + more
        otherwise = f"the design reads otherwise by now ({listed}); the run goes on with its own plan and recipe"
    assert stored.train is not None
    free = {key: getattr(asked.train, key) for key in FREE_TO_CHANGE if asked.train and key in asked.train.model_fields_set}
    own = {key: getattr(stored, key) for key in ("input", "classes", "defaults", "plan")}
    return Agreed(asked.model_copy(update={**own, "train": stored.train.model_copy(update=free)}), otherwise)


def identity_refused(found: list[Difference], place: str) -> InputError:
    """The refusal of a command that is not of the run, by the first key that differs."""
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return InputError(
        f"{found[0].key} is not what this run was begun with{more}",
        place=place,
        received=found[0].now,
        expected=str(found[0].before),
        help="give --run another folder, or go back to what it was",
    )


def with_earlier_meanings(raw: Any, format: int) -> Any:
    """The plain data of a design in which every key that has another default by now says what it meant in a format."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get("defaults", {}), Mapping):
        return raw
    written = raw.get("defaults", {})
    defaults = {kind: dict(values) if isinstance(values, Mapping) else values for kind, values in written.items()}
    for key, value in _earlier(format).items():
        part, _, rest = key.partition(".")
        kind, _, name = rest.partition(".")
        if part == "plan" and name not in {**_mapping(written.get("all")), **_mapping(written.get(kind))}:
            defaults[kind] = {**_mapping(defaults.get(kind)), name: value}
    return {**raw, "defaults": defaults} if defaults else raw


def recipe_with_earlier_meanings(raw: Mapping[str, Any], format: int) -> dict[str, Any]:
    """The same of a recipe's plain data."""
    found = dict(raw)
    for key, value in _earlier(format).items():
        part, *path = key.split(".")
        if part == "recipe" and path[0] == "phases":
            phases = found.get("phases")
            found["phases"] = [{path[1]: value, **_mapping(phase)} for phase in phases] if isinstance(phases, list) else phases
        elif part == "recipe" and len(path) == 2:
            found[path[0]] = {path[1]: value, **_mapping(found.get(path[0]))}
        elif part == "recipe":
            found.setdefault(path[0], value)
    return found


def design_text(design: Design) -> str:
    """The `design.yaml` of a run: its `defaults` name every key of the kinds in the plan, so that no release can change one."""
    written, spelled = design.defaults, {}
    for kind in dict.fromkeys(row.kind for row in design.plan):
        own = {key: field.default for key, field in ROWS[kind].model_fields.items() if not field.is_required()}
        general = {key: value for key, value in written.get("all", {}).items() if key in own}
        known = {**own, **general, **written.get(kind, {})}
        spelled[kind] = {key: short_form(value) for key, value in known.items() if key not in {*LABELS, "kind", "inputs"}}
    return design_to_yaml(design.model_copy(update={"defaults": {kind: keys for kind, keys in spelled.items() if keys}}))


def recipe_data(recipe: Recipe) -> dict[str, Any]:
    """The plain data of the `recipe.json` of a run: every key."""
    return {"format": FORMAT, **recipe.model_dump(mode="json")}


# ------------------------------------------------------------------------------------------------------- as plain data


def _network(design: Design, rows: bool) -> dict[str, Any]:
    reads = _reads(design)
    plan = [
        {**row.model_dump(mode="json", exclude=set(LABELS)), "inputs": reads[index]} for index, row in enumerate(design.plan)
    ]
    network = design.model_dump(mode="json", include={"input", "classes"})
    return {**network, "plan": plan if rows else f"{len(plan)} rows"}


def _reads(design: Design) -> list[list[int]]:
    """The positions of the rows that each row reads, -1 for the input."""
    positions = {"input": -1, **{name: index for index, name in enumerate(row_names(design))}}
    named = [getattr(row, "inputs", None) for row in design.plan]
    return [[index - 1] if one is None else [positions[name] for name in one] for index, one in enumerate(named)]


def _recipe(recipe: Recipe | None) -> dict[str, Any]:
    return recipe.model_dump(mode="json", exclude=set(FREE_TO_CHANGE)) if recipe else {}


def _earlier(format: int) -> dict[str, Any]:
    """What keys that are not written meant in a format, where that is something else than now."""
    return {key: value for one in sorted(EARLIER, reverse=True) if one >= format for key, value in EARLIER[one].items()}


def _is_named(key: str, asked: Design, only: Collection[str] | None) -> bool:
    if only is not None:
        if any(_is_default_of(name, key, asked) for name in only):
            return True
        return any(f"{key}.".startswith(f"{name}.") or f"{name}.".startswith(f"{key}.") for name in only)
    part, *path = key.split(".")
    if path[2:3] == ["inputs"]:
        return True  # A row without `inputs` says where it reads too: from the row before.
    return _says(asked.train if part == "recipe" else asked, path)


def _is_default_of(name: str, key: str, asked: Design) -> bool:
    """Whether `design.defaults.KIND.KEY`, set by a command, is what gives `design.plan.N.KEY` its value."""
    (_, part, *said), (_, where, *path) = name.split("."), key.split(".")
    if (part, where) != ("defaults", "plan") or len(said) < 2 or len(path) < 2 or not path[0].isdecimal():
        return False
    return said[1] == path[1] and said[0] in ("all", asked.plan[int(path[0])].kind)


def _says(value: Any, path: list[str]) -> bool:
    """Whether a record names the key at a path; a merge of defaults into a row counts."""
    if not path:
        return True
    if isinstance(value, BaseModel):
        return path[0] in value.model_fields_set and _says(getattr(value, path[0]), path[1:])
    if isinstance(value, tuple) and path[0].isdecimal() and int(path[0]) < len(value):
        return _says(value[int(path[0])], path[1:])
    return True


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
