"""tiny-imagenet-v4: a network in Keras, rendered from its design.

Source: the visible sheet 'Proposed Model V4' of Model Design.xlsx, two convolutions a row as its column 'New RF' counts
them

Expected: 27,878,152 parameters, rf 64 (the sheet says 102)

At 32x32 it has 27,878,152 parameters (27,878,152 trainable), a receptive field of 64 px and 23,851,794,432
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
    #                                                                      size  jump  rf     params
    # Block 1
    x = conv_unit(inputs, 32, STANDARD, name="conv_0")                  #    32     1   3        896
    x = dense_block(x, 64, STANDARD, name="dense_block_0")              #    32     1   7     55,424
    x = dense_block(x, 128, STANDARD, name="dense_block_1")             #    32     1  11    258,304

    # Intersection
    x = bottleneck(x, 64, STANDARD, name="bottleneck_0")                #    32     1  11     14,400

    # Block 2
    x = dense_block(x, 64, STANDARD, name="dense_block_2")              #    32     1  15     73,856
    x = dense_block(x, 128, STANDARD, name="dense_block_3")             #    32     1  19    295,168
    x = dense_block(x, 256, STANDARD, name="dense_block_4")             #    32     1  23  1,180,160

    # Intersection
    x = bottleneck(x, 128, STANDARD, name="bottleneck_1")               #    32     1  23     65,664

    # Block 3
    x = dense_block(x, 128, STANDARD, name="dense_block_5")             #    32     1  27    295,168
    x = dense_block(x, 256, STANDARD, name="dense_block_6")             #    32     1  31  1,180,160
    x = dense_block(x, 512, STANDARD, name="dense_block_7")             #    32     1  35  4,719,616

    # Intersection
    x = bottleneck(x, 256, STANDARD, name="bottleneck_2")               #    32     1  35    262,400

    # Block 4
    x = dense_block(x, 256, STANDARD, name="dense_block_8")             #    32     1  39  1,180,160
    x = dense_block(x, 512, STANDARD, name="dense_block_9")             #    32     1  43  4,719,616
    x = dense_block(x, 512, STANDARD, name="dense_block_10")            #    32     1  47  7,078,912

    # Intersection
    x = bottleneck(x, 256, STANDARD, name="bottleneck_3")               #    32     1  47    393,472
    x = layers.MaxPooling2D(2, name="max_pool_0")(x)                    #    16     2  48          0

    # Block 5
    x = dense_block(x, 256, STANDARD, name="dense_block_11")            #    16     2  56  1,180,160
    x = dense_block(x, 512, STANDARD, name="dense_block_12")            #    16     2  64  4,719,616

    # Intersection
    x = bottleneck(x, classes, STANDARD, name="bottleneck_4")           #    16     2  64    205,000

    # head
    x = layers.GlobalAveragePooling2D(name="global_average_pool_0")(x)  #     -     -   -          0
    x = layers.Activation("softmax", name="softmax_0")(x)               #     -     -   -          0
    # fmt: on

    model = keras.Model(inputs, x, name="tiny_imagenet_v4")
    if classes == 200 and model.count_params() != 27_878_152:
        raise ValueError(f"the network has {model.count_params():,} parameters, its design 27,878,152")
    return model


def main() -> None:
    """Prints the network layer by layer."""
    build_model().summary()


if __name__ == "__main__":
    main()
