"""The last look at a finished script: only the Python that our templates and blocks are made of, or no script.

Whatever reached the text by a way that nobody thought of is stopped here. The lists are short on purpose: a new block that
needs another name or statement adds it here.
"""

from __future__ import annotations

import ast
import builtins

from generator.errors import InputError

IMPORTS = frozenset(
    {"from collections.abc import Callable", "from typing import NamedTuple", "import keras", "from keras import layers"}
)

BUILTINS = frozenset({"int", "str", "float", "bool", "tuple", "isinstance", "max", "range", "ValueError", "__name__"})

ATTRIBUTES = frozenset({
    "Activation", "Add", "AveragePooling2D", "BatchNormalization", "Concatenate", "Conv2D", "Conv2DTranspose", "Cropping2D",
    "Dense", "DepthwiseConv2D", "Dropout", "Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "Input", "KerasTensor",
    "L2", "LayerNormalization", "MaxPooling2D", "Model", "Multiply", "Rescaling", "Reshape", "SeparableConv2D", "UpSampling2D",
    "ZeroPadding2D", "count_params", "regularizers", "shape", "summary",
    "_replace", "activation", "batch_norm", "conv", "epsilon", "groups", "kernel_initializer", "l2", "use_bias",
})  # fmt: skip
"""Of Keras, and of the blocks' `Unit`."""

STATEMENTS: tuple[type[ast.AST], ...] = (
    ast.Module, ast.Import, ast.ImportFrom, ast.alias, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign, ast.AugAssign,
    ast.Expr, ast.Return, ast.If, ast.For, ast.Raise,
)  # fmt: skip

EXPRESSIONS: tuple[type[ast.AST], ...] = (
    ast.arguments, ast.arg, ast.keyword, ast.Constant, ast.Name, ast.Attribute, ast.Call, ast.Tuple, ast.List, ast.Subscript,
    ast.JoinedStr, ast.FormattedValue, ast.IfExp, ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.Compare, ast.boolop, ast.operator,
    ast.unaryop, ast.cmpop, ast.expr_context,
)  # fmt: skip


def check_script(text: str) -> None:
    """Passes a script that is made of the allowed parts.

    Raises:
        InputError: Anything else, with the line.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        if not all(" " <= character <= "~" for character in line):
            _refuse("a character that is not printable ASCII", number)
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InputError("the rendered script is not Python", help="report the design that made it") from None
    _check_top(tree)
    defined = _defined_names(tree)
    for node in ast.walk(tree):
        _check_node(node, defined)


def _check_top(tree: ast.Module) -> None:
    """At the top: imports, definitions, constants, docstrings, and the last `if` that calls `main`."""
    for node in tree.body:
        what = ast.unparse(node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            allowed = what in IMPORTS
        elif isinstance(node, ast.Expr):
            allowed = isinstance(node.value, ast.Constant)
        elif isinstance(node, ast.If):
            allowed = node is tree.body[-1] and what == "if __name__ == '__main__':\n    main()"
        else:
            allowed = isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Assign)
        if not allowed:
            _refuse("a statement that no script has at its top", node.lineno)


def _defined_names(tree: ast.Module) -> set[str]:
    names = set(BUILTINS)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def _check_node(node: ast.AST, defined: set[str]) -> None:
    line = getattr(node, "lineno", 0)
    if not isinstance(node, STATEMENTS + EXPRESSIONS):
        _refuse(f"a {type(node).__name__}", line)
    if isinstance(node, ast.Import | ast.ImportFrom) and ast.unparse(node) not in IMPORTS:
        _refuse("an import", line)
    if isinstance(node, ast.Attribute) and node.attr not in ATTRIBUTES:
        _refuse("an attribute", line)
    if isinstance(node, ast.Name):
        _check_name(node, defined)
    if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.decorator_list:
        _refuse("a decorator", line)


def _check_name(node: ast.Name, defined: set[str]) -> None:
    if node.id not in defined:
        _refuse("a name that the script does not define", node.lineno)
    hides_builtin = isinstance(node.ctx, ast.Store) and hasattr(builtins, node.id)
    if hides_builtin or (node.id.startswith("_") and node.id not in BUILTINS):
        _refuse("a name that is not its own", node.lineno)


def _refuse(what: str, line: int) -> None:
    raise InputError(
        f"the rendered script would hold {what} on line {line}, which no script of ours has",
        help="look for unusual characters in the design's names and texts",
    )
