"""small-0-1-0: a network in Keras, rendered from its design.

Source: drawn for the tests

At 8x8 it has 351 parameters (327 trainable), a receptive field of 8 px and 12,384 multiply-accumulates an image.

Behind each line of the plan: side of the map, jump and receptive field in px of the input, parameters.
"""

from collections.abc import Callable
from typing import NamedTuple

import keras
from keras import layers

Window = int | tuple[int, int]
"""One number for both axes, or (height, width)."""

Margins = Window | tuple[tuple[int, int], tuple[int, int]]
"""Pixels on every side: one number, (height, width), or ((top, bottom), (left, right))."""


class Unit(NamedTuple):
    """How the convolution units of a row are made: one of the `*_conv` functions, and what stands around it.

    `epsilon` is that of batch normalisation. `l2` is the penalty on the kernels; it and `kernel_initializer` hold for both
    kernels of a separable convolution.
    """

    conv: Callable[..., keras.KerasTensor]
    groups: int = 1
    use_bias: bool = True
    batch_norm: bool = False
    epsilon: float = 1e-3
    activation: str | None = "relu"
    kernel_initializer: str = "glorot_uniform"
    l2: float = 0.0


def standard_conv(
    x: keras.KerasTensor,
    filters: int,
    unit: Unit,
    *,
    name: str,
    kernel_size: Window = 3,
    strides: Window = 1,
    padding: str = "same",
    dilation_rate: Window = 1,
) -> keras.KerasTensor:
    """Every filter sees all channels of its group."""
    return layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding=padding,
        dilation_rate=dilation_rate,
        groups=unit.groups,
        use_bias=unit.use_bias,
        kernel_initializer=unit.kernel_initializer,
        kernel_regularizer=keras.regularizers.L2(unit.l2) if unit.l2 else None,
        name=name,
    )(x)


def separable_conv(
    x: keras.KerasTensor,
    filters: int,
    unit: Unit,
    *,
    name: str,
    kernel_size: Window = 3,
    strides: Window = 1,
    padding: str = "same",
    dilation_rate: Window = 1,
) -> keras.KerasTensor:
    """One kernel a channel, then a 1x1 convolution over all channels."""
    return layers.SeparableConv2D(
        filters,
        kernel_size,
        strides=strides,
        padding=padding,
        dilation_rate=dilation_rate,
        use_bias=unit.use_bias,
        depthwise_initializer=unit.kernel_initializer,
        pointwise_initializer=unit.kernel_initializer,
        depthwise_regularizer=keras.regularizers.L2(unit.l2) if unit.l2 else None,
        pointwise_regularizer=keras.regularizers.L2(unit.l2) if unit.l2 else None,
        name=name,
    )(x)


def conv_unit(
    x: keras.KerasTensor,
    filters: int | None,
    unit: Unit,
    *,
    name: str,
    number: int = 1,
    kernel_size: Window = 3,
    strides: Window = 1,
    padding: str | Margins = "same",
    dilation_rate: Window = 1,
) -> keras.KerasTensor:
    """Convolution, then batch normalisation and activation as the unit asks; `number` is its place within the row."""
    if not isinstance(padding, str):
        x = layers.ZeroPadding2D(padding, name=f"{name}_pad_{number}")(x)
        padding = "valid"
    x = unit.conv(
        x,
        filters,
        unit,
        name=f"{name}_conv_{number}",
        kernel_size=kernel_size,
        strides=strides,
        padding=padding,
        dilation_rate=dilation_rate,
    )
    if unit.batch_norm:
        x = layers.BatchNormalization(epsilon=unit.epsilon, name=f"{name}_bn_{number}")(x)
    if unit.activation:
        x = layers.Activation(unit.activation, name=f"{name}_{unit.activation}_{number}")(x)
    return x


def bottleneck(x: keras.KerasTensor, filters: int, unit: Unit, *, name: str) -> keras.KerasTensor:
    """A 1x1 unit, which changes the number of channels."""
    return conv_unit(x, filters, unit, name=name, kernel_size=1)


STANDARD = Unit(standard_conv, batch_norm=True, l2=0.001)
SEPARABLE = Unit(separable_conv, batch_norm=True, l2=0.001)
STANDARD_2 = Unit(standard_conv)


def build_model(image_size: int | tuple[int, int] | None = None, classes: int = 3) -> keras.Model:
    """The network with fresh weights.

    Args:
        image_size: Side of the pictures in px, or (height, width); None leaves it open, for all sizes.
        classes: What the network tells apart.

    Raises:
        ValueError: Its parameters are not those of the design.
    """
    height, width = image_size if isinstance(image_size, tuple) else (image_size, image_size)
    inputs = keras.Input((height, width, 3), name="input")

    # fmt: off
    #                                                                      size  jump  rf  params
    # the first one
    x = conv_unit(inputs, 6, STANDARD, name="stem")                     #     8     1   3     192
    x = layers.Dropout(0.2, name="dropout_0")(x)                        #     8     1   3       0
    half = layers.MaxPooling2D(2, name="half")(x)                       #     4     2   4       0
    middle = conv_unit(half, 6, SEPARABLE, name="middle")               #     4     2   8     120
    x = layers.Concatenate(name="concat_0")([half, middle])             #     4     2   8       0
    x = bottleneck(x, classes, STANDARD_2, name="bottleneck_0")         #     4     2   8      39
    x = layers.GlobalAveragePooling2D(name="global_average_pool_0")(x)  #     -     -   -       0
    x = layers.Activation("softmax", name="softmax_0")(x)               #     -     -   -       0
    # fmt: on

    model = keras.Model(inputs, x, name="small_0_1_0")
    if classes == 3 and model.count_params() != 351:
        raise ValueError(f"the network has {model.count_params():,} parameters, its design 351")
    return model


def main() -> None:
    """Prints the network layer by layer."""
    build_model().summary()


if __name__ == "__main__":
    main()
