"""resnet18-tiny-imagenet: a network in Keras, rendered from its design.

Source: He et al., 'Deep Residual Learning for Image Recognition', 2016, with a 3x3 stem for small images; recipe after
giung2-jax

Expected: 11,281,032 parameters (11,271,432 trainable), rf 109, 2.22 G macs at 64x64; 65.5 % val top-1 (published; not
trained here)

At 64x64 it has 11,281,032 parameters (11,271,432 trainable), a receptive field of 109 px and 2,221,772,800
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


def residual_block(
    x: keras.KerasTensor,
    filters: int,
    unit: Unit,
    *,
    name: str,
    convolutions: int = 2,
    kernel_size: Window = 3,
    strides: Window = 1,
    projection: str = "auto",
) -> keras.KerasTensor:
    """Units added to the block's input, the activation of the last one behind the sum (ResNet, arXiv:1512.03385).

    The first unit has the strides. `projection`, a 1x1 convolution of the input, is "always", "never", or "auto": where the
    block changes the size or the channels.
    """
    y = x
    for number in range(1, convolutions + 1):
        inner = unit if number < convolutions else unit._replace(activation=None)
        step = strides if number == 1 else 1
        y = conv_unit(y, filters, inner, name=name, number=number, kernel_size=kernel_size, strides=step)
    changes = strides not in (1, (1, 1)) or x.shape[-1] != filters
    if projection == "always" or (projection == "auto" and changes):
        x = standard_conv(x, filters, unit, name=f"{name}_project", kernel_size=1, strides=strides)
        if unit.batch_norm:
            x = layers.BatchNormalization(epsilon=unit.epsilon, name=f"{name}_project_bn")(x)
    x = layers.Add(name=f"{name}_add")([x, y])
    if unit.activation:
        x = layers.Activation(unit.activation, name=f"{name}_{unit.activation}_{convolutions}")(x)
    return x


def dense(
    x: keras.KerasTensor,
    units: int,
    *,
    name: str,
    use_bias: bool = True,
    activation: str | None = None,
    kernel_initializer: str = "glorot_uniform",
    l2: float = 0.0,
) -> keras.KerasTensor:
    """A fully connected layer, then the activation if there is one."""
    regularizer = keras.regularizers.L2(l2) if l2 else None
    x = layers.Dense(
        units, use_bias=use_bias, kernel_initializer=kernel_initializer, kernel_regularizer=regularizer, name=name
    )(x)
    if activation:
        x = layers.Activation(activation, name=f"{name}_{activation}_1")(x)
    return x


STANDARD = Unit(standard_conv, use_bias=False, batch_norm=True, kernel_initializer="he_normal")


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
    #                                                                            size  jump   rf     params
    # stem
    x = conv_unit(inputs, 64, STANDARD, name="conv_0")                        #    64     1    3      1,984

    # Block 1
    x = residual_block(x, 64, STANDARD, name="residual_block_0")              #    64     1    7     74,240
    x = residual_block(x, 64, STANDARD, name="residual_block_1")              #    64     1   11     74,240

    # Block 2
    x = residual_block(x, 128, STANDARD, strides=2, name="residual_block_2")  #    32     2   17    230,912
    x = residual_block(x, 128, STANDARD, name="residual_block_3")             #    32     2   25    295,936

    # Block 3
    x = residual_block(x, 256, STANDARD, strides=2, name="residual_block_4")  #    16     4   37    920,576
    x = residual_block(x, 256, STANDARD, name="residual_block_5")             #    16     4   53  1,181,696

    # Block 4
    x = residual_block(x, 512, STANDARD, strides=2, name="residual_block_6")  #     8     8   77  3,676,160
    x = residual_block(x, 512, STANDARD, name="residual_block_7")             #     8     8  109  4,722,688

    # head
    x = layers.GlobalAveragePooling2D(name="global_average_pool_0")(x)        #     -     -    -          0
    x = dense(x, classes, kernel_initializer="he_normal", name="dense_0")     #     -     -    -    102,600
    x = layers.Activation("softmax", name="softmax_0")(x)                     #     -     -    -          0
    # fmt: on

    model = keras.Model(inputs, x, name="resnet18_tiny_imagenet")
    if classes == 200 and model.count_params() != 11_281_032:
        raise ValueError(f"the network has {model.count_params():,} parameters, its design 11,281,032")
    return model


def main() -> None:
    """Prints the network layer by layer."""
    build_model().summary()


if __name__ == "__main__":
    main()
