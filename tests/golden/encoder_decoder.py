"""encoder-decoder: a network in Keras, rendered from its design.

Source: drawn for the tests, of branches that part and meet again; it tells a class for each pixel

At 20x28 it has 1,194 parameters (1,178 trainable), a receptive field of 18 px and 374,176 multiply-accumulates an
image.

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


def transposed_conv(
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
    """Every unit is spread over a window: the map grows by the strides."""
    return layers.Conv2DTranspose(
        filters,
        kernel_size,
        strides=strides,
        padding=padding,
        dilation_rate=dilation_rate,
        use_bias=unit.use_bias,
        kernel_initializer=unit.kernel_initializer,
        kernel_regularizer=keras.regularizers.L2(unit.l2) if unit.l2 else None,
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


def dense_block(
    x: keras.KerasTensor,
    filters: int,
    unit: Unit,
    *,
    name: str,
    convolutions: int = 2,
    kernel_size: Window = 3,
    dilation_rate: Window = 1,
) -> keras.KerasTensor:
    """Units one after another, their result concatenated behind the block's input (DenseNet, arXiv:1608.06993)."""
    y = x
    for number in range(1, convolutions + 1):
        y = conv_unit(y, filters, unit, name=name, number=number, kernel_size=kernel_size, dilation_rate=dilation_rate)
    return layers.Concatenate(name=f"{name}_concat")([x, y])


STANDARD = Unit(standard_conv)
STANDARD_2 = Unit(standard_conv, activation="sigmoid")
TRANSPOSED = Unit(transposed_conv)
SEPARABLE = Unit(separable_conv)
STANDARD_3 = Unit(standard_conv, activation=None)


def build_model(image_size: int | tuple[int, int] | None = None, classes: int = 4) -> keras.Model:
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
    #                                                                                   size  jump     rf  params
    # Down
    fine = conv_unit(inputs, 6, STANDARD, name="fine")                              #  20x28     1      3     168
    max_pool_0 = layers.MaxPooling2D(2, name="max_pool_0")(fine)                    #  10x14     2      4       0
    wide = conv_unit(max_pool_0, 8, STANDARD, kernel_size=(1, 3), name="wide")      #  10x14     2    4x8     152
    high = conv_unit(max_pool_0, 8, STANDARD, kernel_size=(3, 1), name="high")      #  10x14     2    8x4     152
    x = layers.Add(name="coarse")([wide, high])                                     #  10x14     2      8       0
    coarse = layers.Activation("silu", name="coarse_silu_1")(x)                     #  10x14     2      8       0

    # Gate
    x = layers.GlobalMaxPooling2D(keepdims=True, name="global_max_pool_0")(coarse)  #      1     2  26x34       0
    gate = bottleneck(x, 8, STANDARD_2, name="gate")                                #      1     2  26x34      72
    x = layers.Multiply(name="multiply_0")([gate, coarse])                          #  10x14     2      8       0

    # Up
    x = layers.BatchNormalization(epsilon=1e-05, name="batch_norm_0")(x)            #  10x14     2      8      32
    drawn = conv_unit(x, 6, TRANSPOSED, kernel_size=2, strides=2, name="drawn")     #  20x28     1      8     198
    grown = layers.UpSampling2D(2, interpolation="bilinear", name="grown")(coarse)  #  20x28     1     10       0
    x = layers.Concatenate(name="concat_0")([fine, drawn, grown])                   #  20x28     1     10       0
    x = dense_block(x, 4, SEPARABLE, dilation_rate=2, name="dense_block_0")         #  20x28     1     18     320

    # Classes
    x = layers.Cropping2D((1, 2), name="cropping_0")(x)                             #  18x24     1     18       0
    x = bottleneck(x, classes, STANDARD_3, name="bottleneck_1")                     #  18x24     1     18     100
    x = layers.Activation("softmax", name="softmax_0")(x)                           #  18x24     1     18       0
    # fmt: on

    model = keras.Model(inputs, x, name="encoder_decoder")
    if classes == 4 and model.count_params() != 1_194:
        raise ValueError(f"the network has {model.count_params():,} parameters, its design 1,194")
    return model


def main() -> None:
    """Prints the network layer by layer."""
    build_model().summary()


if __name__ == "__main__":
    main()
