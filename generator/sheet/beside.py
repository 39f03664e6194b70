"""The YAML beside a sheet, `book.yaml` beside `book.xlsx`: how the sheet is to be understood, and the targets of its designs.

    assume: {conv: separable, batch_norm: true}
    targets: {rf: {value: 100, tolerance: 10}}
    sheets:
      Second try: {assume: {columns: {G: rf_in}}}

A YAML file that describes a network of its own may stand there as well; it says nothing about the sheet.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from generator.design import suffixes
from generator.design.fields import CONFIG
from generator.design.read_yaml import YamlData, read_yaml_data
from generator.design.record import Targets
from generator.errors import InputError, did_you_mean
from generator.sheet.assume import Assumptions, parse_assumptions


class AboutSheet(BaseModel):
    """What is said of one sheet."""

    model_config = CONFIG

    assume: Assumptions = Assumptions()
    targets: Targets | None = None


class Beside(AboutSheet):
    """What is said of all sheets of a file, and of some by their titles; these go before."""

    sheets: dict[str, AboutSheet] = {}

    def assumptions(self, title: str, texts: Iterable[str]) -> Assumptions:
        """How a sheet is understood: by the command line, else by its own entry, else by the file's."""
        own = self.sheets.get(title, AboutSheet()).assume
        given = {**self.assume.model_dump(exclude_none=True), **own.model_dump(exclude_none=True)}
        return parse_assumptions(texts, given)

    def targets_data(self, title: str) -> dict[str, Any]:
        """The targets of a sheet as plain data of a design; empty without any."""
        own = self.sheets.get(title, AboutSheet()).targets or self.targets
        return {"targets": own.model_dump(exclude_none=True)} if own else {}


def read_beside(file: Path) -> Beside:
    """What the YAML beside a sheet says; nothing where there is none.

    Raises:
        InputError: It is there and cannot be read, or a key of it is not known.
    """
    for suffix in suffixes.YAML:
        path = file.with_suffix(suffix)
        if path != file and path.is_file():
            data = read_yaml_data(path)
            if isinstance(data.value, dict) and "plan" not in data.value:
                return _validated(data, str(path))
    return Beside()


def _validated(data: YamlData, place: str) -> Beside:
    try:
        return Beside.model_validate(data.value)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        path = tuple(detail["loc"])
        mark = data.mark(path)
        where, key = f"{place}:{mark.line}:{mark.column}", str(path[-1])
        if detail["type"] == "extra_forbidden":
            record: type[BaseModel] = Assumptions if "assume" in path else Targets if "targets" in path else Beside
            raise InputError(f'unknown key "{key}"', place=where, help=did_you_mean(key, record.model_fields)) from None
        raise InputError(f"{key} is not right", place=where, received=detail["input"], expected=detail["msg"]) from None
