"""`MODEL.keras` or `MODULE:FUNCTION` → a Keras model. A file is never run as code; a module is, because it was named."""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout, suppress
from importlib import import_module
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import keras

from generator.errors import InputError, did_you_mean

REFERENCE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
"""`keras.applications:ResNet50`."""
SUFFIX = ".keras"


def load_model(reference: str, *, top: bool = True, image_size: tuple[int, int] | None = None) -> keras.Model:
    """The model that a reference names.

    Args:
        reference: A .keras file, or `module:function` of a function that gives a model. It is called with `weights=None`
            where it has that parameter.
        top: False calls it with `include_top=False`.
        image_size: (height, width), px; a function whose model is for another size, or cannot be at this one, is called again
            with `input_shape`, where it has that parameter.

    Raises:
        InputError: There is no such model, it holds code, or its function cannot be called so.
    """
    try:
        if Path(reference).suffix.lower() == SUFFIX or Path(reference).exists():
            if not top:
                raise InputError("a file holds its model as it is", help="leave --no-top out, or name a function")
            return _from_file(Path(reference))
        if REFERENCE.fullmatch(reference):
            return _from_function(reference, top, image_size)
    except InputError as error:
        raise error.at(reference) from None
    raise InputError(
        "is no model",
        place=reference,
        expected="a .keras file, or MODULE:FUNCTION such as keras.applications:ResNet50",
    )


def is_model_reference(reference: str) -> bool:
    """Whether a reference names a model rather than a design.

    >>> is_model_reference("m.keras"), is_model_reference("keras.applications:VGG16"), is_model_reference("m.yaml")
    (True, True, False)
    """
    return Path(reference).suffix.lower() == SUFFIX or (
        REFERENCE.fullmatch(reference) is not None and not Path(reference).exists()
    )


def _from_file(file: Path) -> keras.Model:
    if not file.is_file():
        raise InputError("there is no such file", help="check the path")
    if file.suffix.lower() != SUFFIX:
        raise InputError(f'models are not read from "{file.suffix}" files', expected=SUFFIX, help=f"save it as {SUFFIX}")
    if not is_zipfile(file):
        raise InputError("cannot be opened: it is no archive, or only a part of one", help=f"save the model again as {SUFFIX}")
    try:
        model = keras.models.load_model(file, safe_mode=True, compile=False)
    except Exception as error:
        # Keras has no type of error for what it refuses; its words say which it was.
        raise _refusal(str(error)) from None
    return _checked(model)


def _refusal(words: str) -> InputError:
    if "deserialization of a `Lambda`" in words:
        return InputError(
            "holds a Lambda layer, whose code would run as soon as the file is opened",
            help="give MODULE:FUNCTION of the code that builds the model; a file's code is not run",
        )
    missing = re.search(r"Could not locate (?:class|function) '(\w+)'", words)
    if missing:
        return InputError(
            f'holds a layer of somebody\'s own: "{missing[1]}", whose code is not in the file',
            help="give MODULE:FUNCTION of the code that builds the model",
        )
    return InputError(f"cannot be opened: {words.strip().splitlines()[0] if words.strip() else 'no reason given'}")


def _from_function(reference: str, top: bool, image_size: tuple[int, int] | None) -> keras.Model:
    """The model of a function. What somebody's code prints is no result of the command, and goes where messages go."""
    module_name, _, function_name = reference.partition(":")
    with redirect_stdout(sys.stderr):
        function = _named(_module(module_name), module_name, function_name)
        if isinstance(function, keras.Model):
            return function
        if not callable(function):
            raise InputError(f'"{function_name}" is no function', help="name a function that gives a model")
        arguments = _arguments(function, function_name, top=top)
        model = _checked(_called(function, function_name, arguments))
        other = image_size and _other_shape(model, image_size)
        if other and "input_shape" in _parameters(function):
            # What it refuses to build, its model may still be at: that is seen where the model is walked.
            with suppress(InputError):
                model = _checked(_called(function, function_name, {**arguments, "input_shape": other}))
    return model


def _other_shape(model: keras.Model, image_size: tuple[int, int]) -> tuple[int, int, int] | None:
    """What a model of that image size reads, where this one is for another size, or cannot be at that one."""
    shape = tuple(model.inputs[0].shape[1:]) if model.inputs else ()
    if len(shape) != 3 or shape[2] is None or shape[:2] == image_size:
        return None
    wanted = *image_size, shape[2]
    if None in shape:
        try:
            model.compute_output_spec(keras.KerasTensor((None, *wanted), dtype=model.inputs[0].dtype))
        except Exception:
            # Whatever a layer raises here means the same: it does not take maps of this size.
            return wanted
        return None
    return wanted


def _named(module: Any, module_name: str, function_name: str) -> Any:
    function: Any = module
    for part in function_name.split("."):
        if not hasattr(function, part):
            raise InputError(
                f'module "{module_name}" has no "{part}"',
                help=did_you_mean(
                    part, [name for name in dir(function) if name[0] != "_" and callable(getattr(function, name))]
                ),
            )
        function = getattr(function, part)
    return function


def _module(name: str) -> Any:
    # A command does not look for modules where it was started; whoever names one there means it.
    here = os.getcwd()
    added = here not in sys.path
    if added:
        sys.path.insert(0, here)
    try:
        return import_module(name)
    except (Exception, SystemExit) as error:
        # A module may fail with anything when it is run, and a script may end there.
        raise InputError(
            f'module "{name}" cannot be imported: {_said(error)}',
            help="name it as `import` does; modules are looked for in this folder too",
        ) from None
    finally:
        if added:
            sys.path.remove(here)


def _parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(function).parameters
    except ValueError:  # Of some functions that are not written in Python.
        return {}


def _arguments(function: Callable[..., Any], name: str, *, top: bool) -> dict[str, Any]:
    parameters = _parameters(function)
    arguments: dict[str, Any] = {"weights": None} if "weights" in parameters else {}
    if not top:
        if "include_top" not in parameters:
            raise InputError(f'"{name}" has no parameter include_top', help="leave --no-top out")
        arguments["include_top"] = False
    missing = [
        parameter.name
        for parameter in parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.POSITIONAL_ONLY, parameter.KEYWORD_ONLY)
        and parameter.name not in arguments
    ]
    if missing:
        raise InputError(
            f'"{name}" cannot be called without {" and ".join(missing)}', help="name a function that needs no arguments"
        )
    return arguments


def _called(function: Callable[..., Any], name: str, arguments: Mapping[str, Any]) -> Any:
    try:
        return function(**arguments)
    except (Exception, SystemExit) as error:
        # A user's function may fail with anything.
        raise InputError(f'"{name}" fails: {_said(error)}') from None


def _said(error: BaseException) -> str:
    """An error of somebody's code in a line."""
    words = str(error).strip().splitlines()
    return f"{type(error).__name__}{f': {words[0]}' if words else ''}"


def _checked(model: Any) -> keras.Model:
    if not isinstance(model, keras.Model):
        raise InputError(f"gives no Keras model but {type(model).__name__}")
    return model
