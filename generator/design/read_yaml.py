"""YAML text → plain data → `Design`, with line and column in every message.

Reads the events of the parser and builds the data itself: no anchors, aliases, merge keys or tags, so nothing can grow; a
key given twice is refused; scalars mean what they look like (`no` is text, `1e-3` is a number, `010` is neither).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path as FilePath
from typing import Any, NamedTuple

import yaml

from generator.design.parse import DesignProblems, Path, Problem, parse_design
from generator.design.record import Design
from generator.errors import InputError, combined_error, show

MAX_BYTES = 256 * 1024
"""Largest YAML text that is read; a plan of 1,000 rows takes about 60 KB."""
MAX_DEPTH = 20
"""Deepest nesting; a design needs five levels."""

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Of libyaml where there is one, which is ten times faster."""
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*(_[0-9]+)*)")
_FLOAT = re.compile(r"[-+]?([0-9][0-9_]*)?(\.[0-9]*)?([eE][-+]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}


class Mark(NamedTuple):
    """A place in the text, counted from 1."""

    line: int
    column: int


class YamlData(NamedTuple):
    """Plain data and where each key and list item of it stands."""

    value: Any
    marks: dict[Path, Mark]

    def mark(self, path: Path) -> Mark:
        """The place of a path, or of the nearest thing around it."""
        while path and path not in self.marks:
            path = path[:-1]
        return self.marks.get(path, Mark(1, 1))


def read_yaml(file: FilePath, understood: Callable[[Any], Any] = lambda data: data) -> Design:
    """The design in a YAML file.

    Args:
        file: The file.
        understood: Turns the plain data of the file into what it means now, where an earlier release wrote it.

    Raises:
        InputError: The file cannot be read, is no YAML of the allowed kind, or describes no design.
    """
    return design_of_yaml(_text_of(file), str(file), understood)


def read_yaml_data(file: FilePath) -> YamlData:
    """The plain data in a YAML file, with the place of every key.

    Raises:
        InputError: The file cannot be read, or is no YAML of the allowed kind.
    """
    return load_yaml(_text_of(file), str(file))


def design_of_yaml(text: str, place: str, understood: Callable[[Any], Any] = lambda data: data) -> Design:
    """The design that a YAML text describes; `place` names it in messages, and for `understood` see `read_yaml`.

    Raises:
        InputError: As `read_yaml`.
    """
    data = load_yaml(text, place)
    try:
        return parse_design(understood(data.value))
    except DesignProblems as problems:
        raise yaml_problems_error(problems, data, place) from None


def yaml_problems_error(problems: DesignProblems, data: YamlData, place: str) -> InputError:
    """All problems of a design as one error, each with its line and column."""
    return combined_error([_located(problem, data, place) for problem in problems.problems], place)


def yaml_row_place(file: FilePath, index: int) -> str:
    """Where a row of the plan stands in a YAML file, as `file:line:column`.

    Raises:
        InputError: As `read_yaml_data`.
    """
    mark = read_yaml_data(file).mark(("plan", index))
    return f"{file}:{mark.line}:{mark.column}"


def _located(problem: Problem, data: YamlData, place: str) -> InputError:
    mark = data.mark(problem.path)
    given = {} if problem.received is None else {"received": problem.received}
    return InputError(
        problem.fact, place=f"{place}:{mark.line}:{mark.column}", expected=problem.expected, help=problem.help, **given
    )


def _text_of(file: FilePath) -> str:
    place = str(file)
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", place=place) from None
    if len(raw) > MAX_BYTES:
        raise InputError(f"is larger than {MAX_BYTES // 1024} KB, the most that is read of a YAML file", place=place)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 text (byte {error.start})", place=place, help="save it as UTF-8") from None


def load_yaml(text: str, place: str) -> YamlData:
    """Plain data of a YAML text.

    Raises:
        InputError: Not YAML, or YAML with what is not allowed here; with line and column.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InputError(f"is larger than {MAX_BYTES // 1024} KB, the most that is read of YAML", place=place)
    return _Reader(text, place).read()


class _Reader:
    """Builds the data from the parser's events, one document, at most `MAX_DEPTH` levels."""

    def __init__(self, text: str, place: str) -> None:
        self.place = place
        self.marks: dict[Path, Mark] = {}
        self.events = self._events(text)

    def read(self) -> YamlData:
        event = self._next()
        while isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            raise InputError("is empty", place=self.place, help="start with `name:` and `plan:`")
        value = self._value(event, (), 0)
        self._next()
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._refusal("a second document starts here; one file holds one design", after)
        return YamlData(value, self.marks)

    def _events(self, text: str) -> Iterator[Any]:
        try:
            yield from yaml.parse(text, Loader=LOADER)
        except yaml.MarkedYAMLError as error:
            mark: Any = error.problem_mark or error.context_mark
            where = f"{self.place}:{mark.line + 1}:{mark.column + 1}" if mark else self.place
            fact = " ".join(part for part in (error.context, error.problem) if part)
            raise InputError(f"is not YAML: {fact}", place=where) from None
        except yaml.YAMLError as error:
            raise InputError(f"is not YAML: {str(error).splitlines()[0]}", place=self.place) from None

    def _next(self) -> Any:
        return next(self.events)

    def _refusal(self, fact: str, event: Any, help: str | None = None) -> InputError:
        mark = _mark_of(event)
        return InputError(fact, place=f"{self.place}:{mark.line}:{mark.column}", help=help)

    def _value(self, event: Any, path: Path, depth: int) -> Any:
        self.marks.setdefault(path, _mark_of(event))
        if isinstance(event, yaml.AliasEvent):
            raise self._refusal(
                f"*{event.anchor} is an alias, which is not allowed", event, 'put text that starts with * in "quotes"'
            )
        if event.anchor is not None:
            raise self._refusal(
                f"&{event.anchor} is an anchor, which is not allowed", event, 'put text that starts with & in "quotes"'
            )
        if event.tag is not None:
            raise self._refusal(f"{event.tag} is a tag, which is not allowed", event, 'put text that starts with ! in "quotes"')
        if depth >= MAX_DEPTH:
            raise self._refusal(f"is nested more than {MAX_DEPTH} levels deep", event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path, depth)
        return self._mapping(path, depth)

    def _sequence(self, path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._value(event, (*path, len(items)), depth + 1))
        return items

    def _mapping(self, path: Path, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event, path, values)
            values[key] = self._value(self._next(), (*path, key), depth + 1)
        return values

    def _key(self, event: Any, path: Path, values: dict[str, Any]) -> str:
        if not isinstance(event, yaml.ScalarEvent) or event.anchor or event.tag:
            raise self._refusal("a key must be plain text", event)
        key = str(event.value)
        if key == "<<":
            raise self._refusal("<< is a merge key, which is not allowed", event, "write the keys out, or use `defaults:`")
        if key in values:
            first = self.marks[(*path, key)]
            raise self._refusal(f"the key {show(key)} is given twice, first in line {first.line}", event, "remove one of them")
        self.marks[(*path, key)] = _mark_of(event)
        return key

    def _scalar(self, event: Any) -> Any:
        text = event.value
        if event.style not in (None, ""):
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _LEADING_ZERO.fullmatch(text):
            plain = text.lstrip("+-0_") or "0"
            raise self._refusal(
                f"{text} starts with a zero: some programs read it as octal", event, f'write {plain}, or "{text}" for text'
            )
        if len(text.replace("_", "")) > 40:
            return text
        if _INTEGER.fullmatch(text):
            return int(text.replace("_", ""))
        if _FLOAT.fullmatch(text) and any(character.isdigit() for character in text.partition("e")[0].partition("E")[0]):
            return float(text.replace("_", ""))
        return text


def _mark_of(event: Any) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)
