"""The training part of a design: optimizer, learning rate, phases, data. Records only; what they do: `tinymodel.training`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from generator.design.fields import CONFIG, Count, Fraction, Number, Pair, Penalty, Positive, height_and_width

AugmentName = Literal["none", "original_a", "original_b", "pad_crop"]
EngineName = Literal["native", "imgaug"]
Share = Annotated[Number, Field(ge=0.0, le=1.0)]


class Optimizer(BaseModel):
    """Adam as Keras has it, or stochastic gradient descent with momentum.

    Attributes:
        weight_decay: On kernels only, never on biases and batch norm. `sgd` adds it to the gradient, so that it is an L2
            penalty (as in the published SGD recipes); `adam` takes it from the weight, times the learning rate (AdamW).
    """

    model_config = CONFIG

    name: Literal["adam", "sgd"] = "adam"
    learning_rate: Positive = 0.001
    momentum: Fraction = 0.0
    nesterov: bool = False
    weight_decay: Penalty = 0.0


class LearningRate(BaseModel):
    """How the learning rate moves over the training, as a factor on the phase's or the optimizer's.

    Attributes:
        name: `constant`; `cosine` falls from 1 to `final` in half a cosine; `one_cycle` rises in a straight line to 1 at the
            share `peak` of the training and falls in a straight line to `final`.
        warmup_epochs: `constant` and `cosine` first rise from 0 in a straight line.
        peak: Share of the training, `one_cycle` only.
        final: The factor at the end.
    """

    model_config = CONFIG

    name: Literal["constant", "cosine", "one_cycle"] = "constant"
    warmup_epochs: Penalty = 0.0
    peak: Fraction = 0.3
    final: Share = 0.0


class Phase(BaseModel):
    """A part of the training with one image size (px), batch size and augmentation.

    Attributes:
        cutmix: Probability that an image gets a rectangle of another one, and its label by the share of the area.
    """

    model_config = CONFIG

    image_size: Annotated[int, Field(ge=1, le=4096)]
    epochs: Count
    batch_size: Count
    augment: AugmentName = "none"
    cutmix: Share = 0.0
    learning_rate: Positive | None = None

    @property
    def input_size(self) -> Pair:
        """Height and width of its pictures, px."""
        return height_and_width(self.image_size)


class Recipe(BaseModel):
    """How a design is trained. One model, its weights and optimizer state go through all phases.

    Attributes:
        ema_momentum: Weights are averaged over the steps with this momentum, and the averages are validated and kept as best.
        holdout: Share of each class's training images that is held out, to compare epochs and choose the best on; without it
            that is done on val.
        class_weight: Factor on the loss of an image by the name of its class; a class that is not named has 1.
        sampling: `class_balanced` shows every class equally often.
        precision: What layers compute in; `auto` asks the device.
        images: Where they lie while training; `auto` puts them on an accelerator if they fit.
        steps_per_call: Steps that run on the device without coming back; chosen by the device where it is not given.
        deterministic: The same bits in every run on a GPU too, at a price in speed; a CPU always gives them.
        checkpoint_minutes, checkpoint_steps: After either a checkpoint is written; one is at the end of every epoch.
    """

    model_config = CONFIG

    optimizer: Optimizer = Optimizer.model_construct()
    schedule: LearningRate = LearningRate.model_construct()
    phases: Annotated[
        tuple[Phase, ...],
        BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
        Field(min_length=1, max_length=1000),
    ]
    augment_engine: EngineName = "native"
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    label_smoothing: Fraction = 0.0
    ema_momentum: Fraction | None = None
    holdout: Annotated[Number, Field(ge=0.0, le=0.5)] = 0.0
    class_weight: Annotated[dict[str, Penalty], Field(max_length=100_000)] | None = None
    sampling: Literal["natural", "class_balanced"] = "natural"
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    images: Literal["auto", "resident", "streamed"] = "auto"
    steps_per_call: Count | None = None
    deterministic: bool = False
    checkpoint_minutes: Positive = 10.0
    checkpoint_steps: Count | None = None

    @property
    def epochs(self) -> int:
        """Epochs of all phases together."""
        return sum(phase.epochs for phase in self.phases)
