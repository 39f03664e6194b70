"""The training part of a design: optimizer and phases. Records only; what they do is in `tinymodel.train`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from generator.fields import CONFIG, Count, Fraction, Number

AugmentName = Literal["none", "original_a", "original_b"]
EngineName = Literal["native", "imgaug"]


class Optimizer(BaseModel):
    """Adam as Keras has it, or stochastic gradient descent with momentum."""

    model_config = CONFIG

    name: Literal["adam", "sgd"] = "adam"
    learning_rate: Annotated[Number, Field(gt=0.0)] = 0.001
    momentum: Fraction = 0.0
    nesterov: bool = False


class Phase(BaseModel):
    """A part of the training with one image size (px), batch size and augmentation."""

    model_config = CONFIG

    image_size: Annotated[int, Field(ge=1, le=4096)]
    epochs: Count
    batch_size: Count
    augment: AugmentName = "none"
    learning_rate: Annotated[Number, Field(gt=0.0)] | None = None


class Recipe(BaseModel):
    """How a design is trained. One model, its weights and optimizer state go through all phases."""

    model_config = CONFIG

    optimizer: Optimizer = Optimizer.model_construct()
    phases: Annotated[
        tuple[Phase, ...],
        BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
        Field(min_length=1, max_length=1000),
    ]
    augment_engine: EngineName = "native"
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    label_smoothing: Fraction = 0.0
    checkpoint_minutes: Annotated[Number, Field(gt=0.0)] = 10.0

    @property
    def epochs(self) -> int:
        """Epochs of all phases together."""
        return sum(phase.epochs for phase in self.phases)
