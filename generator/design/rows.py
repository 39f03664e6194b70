"""One record for each kind of row that a plan may hold. Arguments carry Keras' own names and meaning.

Adding a kind: a record here and in `ROWS`, its expansion in `expand.py`, its block in `tinymodel/blocks.py`, and a design
that uses it; the test of kinds names whatever is missing.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, model_validator

from generator.design.fields import (
    CONFIG,
    Count,
    Factors,
    Filters,
    Fraction,
    MarginsField,
    Name,
    Names,
    Padding,
    Penalty,
    Positive,
    Text,
    Window,
)

Convolution = Literal["standard", "separable", "depthwise", "transposed"]
BlockConvolution = Literal["standard", "separable"]
ActivationName = Literal[
    "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "hard_swish", "hard_sigmoid", "sigmoid", "tanh",
    "softmax", "linear",
]  # fmt: skip
Initializer = Literal["glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_normal", "zeros"]


EPSILON = 1e-3
"""What Keras adds to a variance before it divides by its root, where nothing else is said."""


class Row(BaseModel):
    """What every row may say. `inputs` names the rows it reads; without it, it reads the row before."""

    model_config = CONFIG

    kind: str
    name: Name | None = None
    block: int | Text | None = None
    note: Text | None = None


class OneInputRow(Row):
    """A row with one input."""

    inputs: Names | None = None


class Unit(OneInputRow):
    """The arguments that convolution units share: convolution, then batch normalisation and activation as asked.

    Attributes:
        epsilon: Of the batch normalisation.
    """

    use_bias: bool = True
    batch_norm: bool = False
    epsilon: Positive = EPSILON
    activation: ActivationName | None = "relu"
    kernel_initializer: Initializer = "glorot_uniform"
    l2: Penalty = 0.0


class Conv(Unit):
    """One convolution unit. A depthwise one keeps its input's channels and takes no `filters`."""

    kind: Literal["conv"] = "conv"
    conv: Convolution = "standard"
    filters: Filters | None = None
    kernel_size: Window = (3, 3)
    strides: Window = (1, 1)
    padding: Padding = "same"
    dilation_rate: Window = (1, 1)
    groups: Count = 1

    @model_validator(mode="after")
    def _filters_fit_the_convolution(self) -> Conv:
        if self.conv == "depthwise" and self.filters is not None:
            raise ValueError("expected no filters: a depthwise convolution keeps the channels of its input")
        if self.conv != "depthwise" and self.filters is None:
            raise ValueError("expected filters, a number of output channels")
        if self.groups > 1 and self.conv != "standard":
            raise ValueError('expected groups of 1: only a "standard" convolution is grouped')
        return self


class DenseBlock(Unit):
    """Convolution units one after another, their result concatenated behind the block's input."""

    kind: Literal["dense_block"] = "dense_block"
    conv: BlockConvolution = "standard"
    filters: Filters
    convolutions: Count = 2
    kernel_size: Window = (3, 3)
    dilation_rate: Window = (1, 1)


class ResidualBlock(Unit):
    """Convolution units, the last without activation, added to the input (or its 1x1 projection), then the activation."""

    kind: Literal["residual_block"] = "residual_block"
    conv: BlockConvolution = "standard"
    filters: Filters
    convolutions: Count = 2
    kernel_size: Window = (3, 3)
    strides: Window = (1, 1)
    projection: Literal["auto", "always", "never"] = "auto"


class Bottleneck(Unit):
    """A 1x1 convolution unit that changes the number of channels."""

    kind: Literal["bottleneck"] = "bottleneck"
    filters: Filters


class InvertedResidual(OneInputRow):
    """Expand by 1x1, filter by depthwise, project by 1x1 without activation; added to the input where the shapes allow it."""

    kind: Literal["inverted_residual"] = "inverted_residual"
    filters: Filters
    expansion: Count = 6
    kernel_size: Window = (3, 3)
    strides: Window = (1, 1)
    use_bias: bool = False
    batch_norm: bool = True
    epsilon: Positive = EPSILON
    activation: ActivationName | None = "relu6"
    kernel_initializer: Initializer = "glorot_uniform"
    l2: Penalty = 0.0


class SqueezeExcite(OneInputRow):
    """Every channel is scaled by a gate computed from the mean of all channels over the map."""

    kind: Literal["squeeze_excite"] = "squeeze_excite"
    ratio: Count = 16


class Merge(Row):
    """A row with several inputs."""

    inputs: Names


class Concat(Merge):
    """Channels of the inputs side by side."""

    kind: Literal["concat"] = "concat"


class Add(Merge):
    """Inputs added, then the activation if there is one."""

    kind: Literal["add"] = "add"
    activation: ActivationName | None = None


class Multiply(Merge):
    """Inputs multiplied. A map of one unit behind a global pool gates channels, one of a single channel gates pixels."""

    kind: Literal["multiply"] = "multiply"


class Pool(OneInputRow):
    """A pooling window; `strides` is the window where it is not given, as in Keras."""

    pool_size: Window = (2, 2)
    strides: Window | None = None
    padding: Padding = "valid"


class MaxPool(Pool):
    """Largest value of each window."""

    kind: Literal["max_pool"] = "max_pool"


class AveragePool(Pool):
    """Mean of each window."""

    kind: Literal["average_pool"] = "average_pool"


class GlobalPool(OneInputRow):
    """A pool over the whole map: what remains is a vector of channels, or with `keepdims` a map of one unit."""

    keepdims: bool = False


class GlobalAveragePool(GlobalPool):
    """Mean over the whole map."""

    kind: Literal["global_average_pool"] = "global_average_pool"


class GlobalMaxPool(GlobalPool):
    """Largest value over the whole map."""

    kind: Literal["global_max_pool"] = "global_max_pool"


class Upsample(OneInputRow):
    """Every pixel repeated, or interpolated."""

    kind: Literal["upsample"] = "upsample"
    size: Window = (2, 2)
    interpolation: Literal["nearest", "bilinear"] = "nearest"


class ZeroPadding(OneInputRow):
    """Zeros around the map."""

    kind: Literal["zero_padding"] = "zero_padding"
    padding: MarginsField = ((1, 1), (1, 1))


class Cropping(OneInputRow):
    """Rows and columns cut from the edges of the map."""

    kind: Literal["cropping"] = "cropping"
    cropping: MarginsField


class BatchNorm(OneInputRow):
    """Batch normalisation by itself, with or without its two trained numbers a channel: a factor and a shift."""

    kind: Literal["batch_norm"] = "batch_norm"
    epsilon: Positive = EPSILON
    scale: bool = True
    center: bool = True


class LayerNorm(OneInputRow):
    """Every unit normalised over its channels, with or without two trained numbers a channel: a factor and a shift."""

    kind: Literal["layer_norm"] = "layer_norm"
    epsilon: Positive = EPSILON
    scale: bool = True
    center: bool = True


class Rescaling(OneInputRow):
    """Values times `scale` plus `offset`: one number, or one for each channel. Nothing of it is trained."""

    kind: Literal["rescaling"] = "rescaling"
    scale: Factors
    offset: Factors = 0.0


class Activation(OneInputRow):
    """An activation by itself."""

    kind: Literal["activation"] = "activation"
    activation: ActivationName = "relu"


class Dropout(OneInputRow):
    """Units set to zero during training."""

    kind: Literal["dropout"] = "dropout"
    rate: Fraction


class Flatten(OneInputRow):
    """The map as one vector."""

    kind: Literal["flatten"] = "flatten"


class Dense(OneInputRow):
    """A fully connected layer."""

    kind: Literal["dense"] = "dense"
    units: Filters
    use_bias: bool = True
    activation: ActivationName | None = None
    kernel_initializer: Initializer = "glorot_uniform"
    l2: Penalty = 0.0


class Softmax(OneInputRow):
    """The softmax activation alone: its channels are the classes."""

    kind: Literal["softmax"] = "softmax"


ROWS: dict[str, type[Row]] = {
    "conv": Conv,
    "residual_block": ResidualBlock,
    "dense_block": DenseBlock,
    "bottleneck": Bottleneck,
    "inverted_residual": InvertedResidual,
    "squeeze_excite": SqueezeExcite,
    "concat": Concat,
    "add": Add,
    "multiply": Multiply,
    "max_pool": MaxPool,
    "average_pool": AveragePool,
    "global_average_pool": GlobalAveragePool,
    "global_max_pool": GlobalMaxPool,
    "upsample": Upsample,
    "zero_padding": ZeroPadding,
    "cropping": Cropping,
    "batch_norm": BatchNorm,
    "layer_norm": LayerNorm,
    "rescaling": Rescaling,
    "activation": Activation,
    "dropout": Dropout,
    "flatten": Flatten,
    "dense": Dense,
    "softmax": Softmax,
}

MERGE_KINDS = tuple(kind for kind, record in ROWS.items() if issubclass(record, Merge))
"""Kinds of rows with several inputs."""
NORM_KINDS = ("batch_norm", "layer_norm")
"""Kinds that normalise, by themselves."""
