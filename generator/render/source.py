"""The text of the block functions as a library: which definitions a script needs, and their text, word for word.

The text is read, never run or imported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

Definition = ast.FunctionDef | ast.ClassDef | ast.Assign


class Library:
    """The top-level definitions of a Python text.

    Args:
        source: A module of imports, functions, classes and named types.
    """

    def __init__(self, source: str) -> None:
        self._lines = source.splitlines()
        body = ast.parse(source).body
        self._imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
        self._definitions = {_name_of(node): node for node in body if isinstance(node, Definition)}
        self._docstrings = {
            _name_of(node): following
            for node, following in pairwise(body)
            if isinstance(node, ast.Assign) and isinstance(following, ast.Expr)
        }

    @property
    def names(self) -> frozenset[str]:
        """Names of all definitions."""
        return frozenset(self._definitions)

    def closure(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """The wanted definitions and all that those use, in the order of the text."""
        found: set[str] = set()
        waiting = list(wanted)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += _names_in(self._definitions[name]) & self._definitions.keys()
        return tuple(name for name in self._definitions if name in found)

    def text(self, names: Sequence[str], others: Iterable[str]) -> str:
        """The imports that the named definitions and some other names need, then the definitions, blank lines included."""
        written = self._import_lines(set(others).union(*(_names_in(self._definitions[name]) for name in names)))
        close = True
        for name in names:
            node = self._definitions[name]
            short = isinstance(node, ast.Assign)
            last = self._docstrings.get(name, node)
            written += "\n\n" if close and short else "\n\n\n"
            written += "\n".join(self._lines[node.lineno - 1 : last.end_lineno])
            close = short
        return written

    def _import_lines(self, used: set[str]) -> str:
        groups: list[list[str]] = [[]]
        end = self._imports[0].lineno
        for node in self._imports:
            if node.lineno > end + 1:
                groups.append([])
            end = node.end_lineno or node.lineno
            kept = [alias for alias in node.names if (alias.asname or alias.name) in used]
            if kept:
                line = ast.Import(kept) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, kept, node.level)
                groups[-1].append(ast.unparse(line))
        return "\n\n".join("\n".join(group) for group in groups if group)

    def defaults(self, name: str) -> Mapping[str, Any]:
        """Default values of a function's keyword-only arguments, or of a record's fields."""
        node = self._definitions[name]
        if isinstance(node, ast.ClassDef):
            fields = [field for field in node.body if isinstance(field, ast.AnnAssign)]
            pairs = [(_name_of(field), field.value) for field in fields]
        elif isinstance(node, ast.FunctionDef):
            pairs = [(argument.arg, value) for argument, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)]
        else:
            pairs = []
        return {argument: ast.literal_eval(value) for argument, value in pairs if value is not None}


def _name_of(node: Definition | ast.AnnAssign) -> str:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return ast.unparse(target)


def _names_in(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
