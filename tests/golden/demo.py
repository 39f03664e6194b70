"""demo: a network in Keras, rendered from its design.

Source: drawn for this project: as small as sees a whole picture of 64 px

Expected: 91,010 parameters, rf 68; at least 93 % val top-1 on the toy pictures in about a minute on two cores
(measured: 100 % for each of three seeds)

At 32x32 it has 91,010 parameters (90,430 trainable), a receptive field of 68 px and 6,682,624 multiply-accumulates an
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


STANDARD = Unit(standard_conv, batch_norm=True)


def build_model(image_size: int | tuple[int, int] | None = None, classes: int = 10) -> keras.Model:
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
    # Block 1
    x = conv_unit(inputs, 8, STANDARD, name="conv_0")                   #    32     1   3     256
    x = conv_unit(x, 16, STANDARD, name="conv_1")                       #    32     1   5   1,232

    # Transition
    x = layers.MaxPooling2D(2, name="max_pool_0")(x)                    #    16     2   6       0

    # Block 2
    x = conv_unit(x, 24, STANDARD, name="conv_2")                       #    16     2  10   3,576
    x = conv_unit(x, 32, STANDARD, name="conv_3")                       #    16     2  14   7,072

    # Transition
    x = layers.MaxPooling2D(2, name="max_pool_1")(x)                    #     8     4  16       0

    # Block 3
    x = conv_unit(x, 40, STANDARD, name="conv_4")                       #     8     4  24  11,720
    x = conv_unit(x, 48, STANDARD, name="conv_5")                       #     8     4  32  17,520

    # Transition
    x = layers.MaxPooling2D(2, name="max_pool_2")(x)                    #     4     8  36       0

    # Block 4
    x = conv_unit(x, 48, STANDARD, name="conv_6")                       #     4     8  52  20,976
    x = conv_unit(x, 64, STANDARD, name="conv_7")                       #     4     8  68  27,968

    # Classes
    x = conv_unit(x, classes, STANDARD, kernel_size=1, name="conv_8")   #     4     8  68     690

    x = layers.GlobalAveragePooling2D(name="global_average_pool_0")(x)  #     -     -   -       0
    x = layers.Activation("softmax", name="softmax_0")(x)               #     -     -   -       0
    # fmt: on

    model = keras.Model(inputs, x, name="demo")
    if classes == 10 and model.count_params() != 91_010:
        raise ValueError(f"the network has {model.count_params():,} parameters, its design 91,010")
    return model


def main() -> None:
    """Prints the network layer by layer."""
    build_model().summary()


if __name__ == "__main__":
    main()
