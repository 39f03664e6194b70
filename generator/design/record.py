"""The `Design` record: a plan of rows with its input, classes, targets and recipe. Frozen; unknown keys refused."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, InstanceOf, SerializeAsAny, model_validator
from pydantic_core import PydanticCustomError

from generator.design.fields import CONFIG, Count, Number, Text, Window
from generator.design.recipe import Recipe
from generator.design.rows import Row

MAX_ROWS = 5_000
"""Longest plan that is read; the deepest published networks have about 1,200 layers."""


class Input(BaseModel):
    """The picture that the network reads: `image_size` in px (one number or `[height, width]`), channels."""

    model_config = CONFIG

    image_size: Window = (32, 32)
    channels: Count = 3


class Target(BaseModel):
    """What a figure of the design should be: `value` within `tolerance`, at least `min`, at most `max`."""

    model_config = CONFIG

    value: Number | None = None
    tolerance: Annotated[Number, Field(ge=0.0)] | None = None
    min: Number | None = None
    max: Number | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Target:
        if self.value is None and self.min is None and self.max is None:
            raise PydanticCustomError("empty_target", "a target needs a value, a min or a max")
        return self

    def bounds(self) -> tuple[float | None, float | None]:
        """Smallest and largest figure that meets the target; None where it is open.

        A value without tolerance is a figure to reach, as people write it over a sheet: at least that much.

        >>> Target(value=100.0, tolerance=10.0).bounds(), Target(value=100.0).bounds(), Target(max=12e6).bounds()
        ((90.0, 110.0), (100.0, None), (None, 12000000.0))
        """
        low, high = self.min, self.max
        if self.value is not None:
            low = self.value - (self.tolerance or 0.0)
            high = self.value + self.tolerance if self.tolerance is not None else high
        return low, high


class Targets(BaseModel):
    """What the design is to reach at every image size, each optional; `activation_bytes` are those of a batch."""

    model_config = CONFIG

    rf: Target | None = None
    params: Target | None = None
    macs: Target | None = None
    activation_bytes: Target | None = None


class Design(BaseModel):
    """One network: the plan, row by row, and what is known about it.

    Made from plain data by `parse.parse_design`, which merges `defaults` (by kind, and `all`) into the rows, so that every
    row of `plan` is complete. What a row says goes before its kind's defaults, and those go before `all`.
    """

    model_config = CONFIG

    name: Text
    source: Text | None = None
    expected: Text | None = None
    input: Input = Input.model_construct()
    classes: Count | None = None
    targets: Targets = Targets.model_construct()
    defaults: dict[str, dict[str, Any]] = {}
    plan: Annotated[tuple[SerializeAsAny[InstanceOf[Row]], ...], Field(min_length=1, max_length=MAX_ROWS)]
    train: Recipe | None = None
