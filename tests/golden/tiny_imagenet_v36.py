"""tiny-imagenet-v36: a network in Keras, rendered from its design.

Source: the network as Keras printed it before its training; filters as in the hidden sheet 'Proposed Model V3' of Model
Design.xlsx

Expected: 11,178,211 parameters (11,150,739 trainable), rf 80, 10.37 G macs at 32x32; 59.49 % val top-1

At 32x32 it has 11,178,211 parameters (11,150,739 trainable), a receptive field of 80 px and 10,365,692,928
multiply-accumulates an image.

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


SEPARABLE = Unit(separable_conv, batch_norm=True)
STANDARD = Unit(standard_conv, batch_norm=True, kernel_initializer="he_normal", l2=0.0001)


def build_model(image_size: int | tuple[int, int] | None = None, classes: int = 200) -> keras.Model:
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
    #                                                                                       size  jump  rf     params
    # Block 1
    x = conv_unit(inputs, 32, SEPARABLE, name="conv_0")                                  #    32     1   3        283
    x = dense_block(x, 64, SEPARABLE, name="dense_block_0")                              #    32     1   7      7,648
    x = dense_block(x, 128, SEPARABLE, name="dense_block_1")                             #    32     1  11     31,968
    x = dense_block(x, 256, SEPARABLE, name="dense_block_2")                             #    32     1  15    129,760
    bottleneck_0 = bottleneck(x, 64, STANDARD, name="bottleneck_0")                      #    32     1  15     31,040

    # Block 2
    x = dense_block(bottleneck_0, 64, SEPARABLE, name="dense_block_3")                   #    32     1  19      9,984
    x = dense_block(x, 128, SEPARABLE, name="dense_block_4")                             #    32     1  23     36,352
    x = dense_block(x, 256, SEPARABLE, name="dense_block_5")                             #    32     1  27    138,240
    x = dense_block(x, 512, SEPARABLE, name="dense_block_6")                             #    32     1  31    538,624
    bottleneck_1 = bottleneck(x, 128, STANDARD, name="bottleneck_1")                     #    32     1  31    131,712

    # Block 3
    x = layers.Concatenate(name="concat_0")([bottleneck_0, bottleneck_1])                #    32     1  31          0
    x = dense_block(x, 128, SEPARABLE, name="dense_block_7")                             #    32     1  35     45,120
    x = dense_block(x, 256, SEPARABLE, name="dense_block_8")                             #    32     1  39    155,200
    x = dense_block(x, 512, SEPARABLE, name="dense_block_9")                             #    32     1  43    571,968
    x = dense_block(x, 1024, SEPARABLE, name="dense_block_10")                           #    32     1  47  2,191,936
    bottleneck_2 = bottleneck(x, 256, STANDARD, name="bottleneck_2")                     #    32     1  47    541,952

    # Block 4
    x = layers.Concatenate(name="concat_1")([bottleneck_0, bottleneck_1, bottleneck_2])  #    32     1  47          0
    x = dense_block(x, 256, SEPARABLE, name="dense_block_11")                            #    32     1  51    189,120
    x = dense_block(x, 512, SEPARABLE, name="dense_block_12")                            #    32     1  55    638,656
    x = dense_block(x, 512, SEPARABLE, name="dense_block_13")                            #    32     1  59    905,408
    x = dense_block(x, 1024, SEPARABLE, name="dense_block_14")                           #    32     1  63  2,853,056
    bottleneck_3 = bottleneck(x, 256, STANDARD, name="bottleneck_3")                     #    32     1  63    705,792

    # Block 5
    x = layers.Concatenate(name="concat_2")([
        bottleneck_0, bottleneck_1, bottleneck_2, bottleneck_3,
    ])                                                                                   #    32     1  63          0
    x = layers.MaxPooling2D(2, padding="same", name="max_pool_0")(x)                     #    16     2  64          0
    x = dense_block(x, 256, SEPARABLE, name="dense_block_15")                            #    16     2  72    256,960
    x = dense_block(x, 512, SEPARABLE, name="dense_block_16")                            #    16     2  80    772,032
    x = bottleneck(x, classes, STANDARD, name="bottleneck_4")                            #    16     2  80    295,400

    # head
    x = layers.GlobalAveragePooling2D(name="global_average_pool_0")(x)                   #     -     -   -          0
    x = layers.Activation("softmax", name="softmax_0")(x)                                #     -     -   -          0
    # fmt: on

    model = keras.Model(inputs, x, name="tiny_imagenet_v36")
    if classes == 200 and model.count_params() != 11_178_211:
        raise ValueError(f"the network has {model.count_params():,} parameters, its design 11,178,211")
    return model


def main() -> None:
    """Prints the network layer by layer."""
    build_model().summary()


if __name__ == "__main__":
    main()
