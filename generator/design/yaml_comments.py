"""The comments of a YAML text, put into the lines of a design that was made from it.

A comment stands above a key or a row of the plan, or behind it. Rows may have been moved, changed, added or removed since: a
comment goes with its row; above a row that is gone it stays, above the next one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import NamedTuple

import yaml

from generator.design.parse import Path
from generator.design.read_yaml import LOADER, design_of_yaml, load_yaml
from generator.design.rows import Row

_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")


class Line(NamedTuple):
    """A line of a design in YAML and what it says: a key, a row of the plan, or nothing (an empty line)."""

    text: str
    path: Path | None = None


class _Comment(NamedTuple):
    """Lines of comments that stand together, `apart` if an empty line stands above them."""

    path: Path | None
    lines: tuple[str, ...]
    behind: bool = False
    apart: bool = False


def with_comments(lines: Sequence[Line], plan: Sequence[Row], before: str) -> list[str]:
    """The lines of a design with the comments of the text that it was made from.

    Args:
        lines: Of the design, each path once.
        plan: Of the design.
        before: The YAML text of the former design.
    """
    places = {line.path: number for number, line in enumerate(lines) if line.path}
    rows = _rows_now(design_of_yaml(before, "the design before").plan, plan)
    above: dict[int, list[_Comment]] = {}
    behind: dict[int, str] = {}
    for comment in _comments(before):
        place, gone = _place_now(comment.path, rows, places, len(lines))
        if comment.behind and not gone and place not in behind:
            behind[place] = comment.lines[0]
        elif not (comment.behind and gone):
            above.setdefault(place, []).append(comment)
    written: list[str] = []
    for number, line in enumerate((*lines, Line(""))):
        indent = line.text[: len(line.text) - len(line.text.lstrip())]
        for comment in above.get(number, ()):
            if comment.apart and written and written[-1]:
                written.append("")
            written += [f"{indent}{text}" if text else "" for text in comment.lines]
        if number < len(lines):
            written.append(f"{line.text}  {behind[number]}" if number in behind else line.text)
    return written


def _place_now(
    path: Path | None, rows: Mapping[int, tuple[int, bool]], places: Mapping[Path, int], end: int
) -> tuple[int, bool]:
    """The number of the line that says now what a comment belongs to, and whether its row is gone."""
    gone = False
    if path and path[0] == "plan" and len(path) > 1:
        row, gone = rows[int(path[1])]
        path = ("plan", row, *path[2:])
        if path[:2] not in places:  # Behind the last row of all.
            following = [number for key, number in places.items() if number > places["plan",] and key[0] != "plan"]
            return min(following, default=end), gone
    while path and path not in places:
        path = path[:-1]
    return places[path] if path else end, gone


def _rows_now(old: Sequence[Row], new: Sequence[Row]) -> dict[int, tuple[int, bool]]:
    """For each former row its number now; for one that is gone, the number of the next row, and True."""
    before, after = ([row.model_dump_json() for row in plan] for plan in (old, new))
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    now = {number: number for number in range(same)}  # Most plans are the same but for a few rows, and long ones take long.
    for tag, first, last, start, end in SequenceMatcher(None, before[same:], after[same:], autojunk=False).get_opcodes():
        if tag == "equal" or (tag == "replace" and last - first == end - start):
            now.update(zip(range(same + first, same + last), range(same + start, same + end), strict=True))
    free = sorted(set(range(len(new))) - set(now.values()))
    for number in sorted(set(range(len(old))) - set(now)):
        moved = next((place for place in free if after[place] == before[number]), None)
        if moved is not None:
            now[number] = moved
            free.remove(moved)
    found = {number: (place, False) for number, place in now.items()}
    for number in reversed(range(len(old))):
        if number not in found:
            found[number] = (found[number + 1][0] if number + 1 in found else len(new), True)
    return found


def _comments(text: str) -> Iterator[_Comment]:
    """The comments of a text from the top to the bottom, each with the path that it belongs to."""
    lines, starts = _BREAK.split(text), dict[int, Path]()
    for path, mark in load_yaml(text, "the design before").marks.items():
        if path and len(path) < len(starts.get(mark.line - 1, (*path, ""))):
            starts[mark.line - 1] = path
    ordered, columns = sorted(starts), _columns(text, lines)
    number = 0
    while number < len(lines):
        column = columns.get(number)
        if column is None:
            number += 1
            continue
        after = bisect_left(ordered, number)
        if lines[number][:column].strip():
            own = starts.get(number) or (starts[ordered[after - 1]] if after else None)
            yield _Comment(own, (lines[number][column:].rstrip(),), behind=True)
            number += 1
            continue
        first = number
        while number < len(lines) and _is_between(lines[number], columns.get(number)):
            number += 1
        kept = [lines[each].strip() for each in range(first, number)]
        last = after == len(ordered)
        while last and kept and not kept[-1]:
            kept.pop()
        apart = first > 0 and not lines[first - 1].strip()
        yield _Comment(None if last else starts[ordered[after]], tuple(kept), apart=apart)


def _is_between(line: str, column: int | None) -> bool:
    """Whether a line is empty or nothing but a comment."""
    return not line.strip() or (column is not None and not line[:column].strip())


def _columns(text: str, lines: Sequence[str]) -> dict[int, int]:
    """For each line with a comment the column where it begins; a # within a scalar begins none."""
    found = {
        number: [match.start() for match in re.finditer(r"(?:(?<=\s)|^)#", line)]
        for number, line in enumerate(lines)
        if "#" in line
    }
    scalars = [
        ((token.start_mark.line, token.start_mark.column), (token.end_mark.line, token.end_mark.column))
        for token in yaml.scan(text, Loader=LOADER)
        if isinstance(token, yaml.ScalarToken)
    ]
    begun: dict[int, int] = {}
    for number, columns in found.items():
        for column in columns:
            before = bisect_left(scalars, ((number, column + 1),)) - 1
            if before < 0 or scalars[before][1] <= (number, column):
                begun[number] = column
                break
    return begun
