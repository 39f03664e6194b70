"""Which findings a project wants, from `tinymodel.toml` or `pyproject.toml`; everything that is left out says why.

[tool.tinymodel.check]                       # in tinymodel.toml: [check]
select = ["RF", "SZ"]
ignore = {"PA005" = "the head is counted elsewhere"}

[tool.tinymodel.check.per-file-ignores]
"old/*.xlsx" = {"RF" = "kept as it was handed in"}
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from generator.design.parse import dotted
from generator.errors import InputError, did_you_mean
from generator.lint.codes import check_codes

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Ignores = dict[str, Reason]
"""Codes, or their beginnings, with the reason why they are left out."""
FILES = ("tinymodel.toml", "pyproject.toml")
"""Names of the files that may hold the settings, the first before the second in one folder."""


class CheckSettings(BaseModel):
    """What the table `check` may say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    select: tuple[str, ...] = ()
    ignore: Ignores = {}
    per_file_ignores: dict[str, Ignores] = Field(default={}, alias="per-file-ignores")


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    check: CheckSettings = CheckSettings()


class Config(NamedTuple):
    """Settings and the folder of their file, which the patterns of file names are relative to."""

    folder: Path
    settings: CheckSettings

    def ignored_in(self, file: str, selected: Iterable[str]) -> tuple[str, ...]:
        """Codes that the settings leave out of a file's findings; what the command line selects is not left out."""
        found = dict(self.settings.ignore)
        for pattern, ignores in self.settings.per_file_ignores.items():
            if self._matches(file, pattern):
                found.update(ignores)
        return tuple(code for code in found if not any(wanted.startswith(code) for wanted in selected))

    def _matches(self, file: str, pattern: str) -> bool:
        path = Path(file).resolve()
        inside = path.relative_to(self.folder).as_posix() if path.is_relative_to(self.folder) else path.as_posix()
        return fnmatch(inside, pattern) or fnmatch(path.name, pattern)


def find_config(start: Path) -> Config | None:
    """The settings of the nearest file from a folder upward; None where there are none.

    A `pyproject.toml` without a table `tool.tinymodel` is passed over.

    Raises:
        InputError: A file is no TOML, or says something that is not known.
    """
    for folder in (start.resolve(), *start.resolve().parents):
        for name in FILES:
            file = folder / name
            data = _table(file) if file.is_file() else None
            if data is not None:
                return Config(folder, _checked(data, file))
    return None


def _table(file: Path) -> Any:
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"is not TOML: {error}", place=str(file)) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", place=str(file)) from None
    if file.name == FILES[0]:
        return data
    tool = data.get("tool")
    return tool.get("tinymodel") if isinstance(tool, Mapping) else None


def _checked(data: Any, file: Path) -> CheckSettings:
    at_top = "" if file.name == FILES[0] else "tool.tinymodel."
    try:
        settings = _Settings.model_validate(data).check
    except ValidationError as error:
        raise _refusal(error, file, at_top) from None
    check_codes(settings.select, f"{file}: {at_top}check.select")
    check_codes(settings.ignore, f"{file}: {at_top}check.ignore")
    for pattern, ignores in settings.per_file_ignores.items():
        check_codes(ignores, f"{file}: {at_top}check.per-file-ignores.{pattern}")
    return settings


def _refusal(error: ValidationError, file: Path, at_top: str) -> InputError:
    """The first problem, with its key."""
    problem = error.errors(include_url=False)[0]
    path = [str(part) for part in problem["loc"]]
    place = f"{file}: {at_top}{dotted(path)}"
    if problem["type"] == "extra_forbidden":
        known = {1: ["check"], 2: ["select", "ignore", "per-file-ignores"]}.get(len(path), [])
        return InputError(f'unknown key "{path[-1]}"', place=place, help=did_you_mean(path[-1], known))
    if any(part.endswith("ignores") or part == "ignore" for part in path):
        return InputError(
            "each code that is ignored needs its reason",
            place=place,
            received=problem["input"],
            expected='a table of codes and reasons, {"PA005" = "the head is counted elsewhere"}',
        )
    return InputError(
        problem["msg"].lower(), place=place, received=problem["input"], expected='a list of codes, ["RF", "SZ001"]'
    )
