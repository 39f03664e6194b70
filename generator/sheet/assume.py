"""`--assume KEY=VALUE`: how an ambiguous sheet is to be understood."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ValidationError
from pydantic import Field as Bounds

from generator.design.fields import CONFIG, Count
from generator.errors import InputError, did_you_mean, show
from generator.sheet.headers import Field


class Assumptions(BaseModel):
    """What a person says about a sheet; None leaves it to the values.

    Attributes:
        conv: The convolution of rows with a kernel larger than 1x1.
        convolutions: How many of them a row stands for.
        merge: Whether a row's result is concatenated with its input.
        padding: Of convolutions that say nothing.
        image_size: px.
        channels: Of the image.
        columns: What columns mean, by their letters.
    """

    model_config = CONFIG

    conv: Literal["standard", "separable", "depthwise"] | None = None
    convolutions: Annotated[int, Bounds(ge=1, le=8)] | None = None
    use_bias: bool | None = None
    batch_norm: bool | None = None
    merge: Literal["concat", "none"] | None = None
    padding: Literal["same", "valid"] | None = None
    image_size: Count | None = None
    channels: Count | None = None
    activation: Literal["relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "linear"] | None = None
    columns: dict[str, Field] | None = None


def parse_assumptions(texts: Iterable[str], given: Mapping[str, Any] | None = None) -> Assumptions:
    """The assumptions that `KEY=VALUE` texts make; `columns.G=rf_in` says what column G means.

    >>> parse_assumptions(["conv=separable", "batch_norm=true"]).batch_norm
    True

    Args:
        texts: As the command line has them.
        given: Assumptions from elsewhere, which the texts go before.

    Raises:
        InputError: An unknown key, a wrong value, or a text without `=`.
    """
    known: dict[str, Any] = dict(given or {})
    for text in texts:
        key, separator, value = text.partition("=")
        if not separator:
            raise InputError("an assumption is KEY=VALUE", place="--assume", received=text, help="--assume conv=separable")
        name, dot, column = key.partition(".")
        if name == "columns" and dot:
            known["columns"] = {**known.get("columns", {}), **_column(column, value)}
            continue
        if key not in Assumptions.model_fields:
            raise InputError(f'unknown assumption "{key}"', place="--assume", help=did_you_mean(key, Assumptions.model_fields))
        known[key] = _plain(value)
    return _validated(known)


def _column(letters: str, field: str) -> dict[str, str]:
    if not re.fullmatch(r"[A-Za-z]{1,3}", letters):
        help = "name it by its letters: columns.G=rf_in"
        raise InputError(f"{show(letters)} is not a column", place="--assume", help=help)
    if field not in get_args(Field):
        help = did_you_mean(field, get_args(Field))
        raise InputError(f"{show(field)} is not what a column can mean", place="--assume", help=help)
    return {letters.upper(): field}


def _plain(value: str) -> object:
    words: Mapping[str, object] = {"true": True, "false": False}
    return int(value) if value.isdecimal() and len(value) < 10 else words.get(value.lower(), value)


def _validated(given: dict[str, Any]) -> Assumptions:
    try:
        return Assumptions.model_validate(given)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        key = str(detail["loc"][0])
        expected = str((detail.get("ctx") or {}).get("expected", detail["msg"])).replace("'", "")
        raise InputError(f"{key} is not right", place="--assume", received=given[key], expected=expected) from None
