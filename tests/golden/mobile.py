"""mobile: a network in Keras, rendered from its design.

Source: drawn for the tests, of the rows that small classifiers are made of

At 24x32 it has 3,738 parameters (3,434 trainable), a receptive field of 31 px and 216,928 multiply-accumulates an
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


def depthwise_conv(
    x: keras.KerasTensor,
    filters: None,
    unit: Unit,
    *,
    name: str,
    kernel_size: Window = 3,
    strides: Window = 1,
    padding: str = "same",
    dilation_rate: Window = 1,
) -> keras.KerasTensor:
    """One kernel a channel; the channels stay as they are, so there is no number of filters."""
    return layers.DepthwiseConv2D(
        kernel_size,
        strides=strides,
        padding=padding,
        dilation_rate=dilation_rate,
        use_bias=unit.use_bias,
        depthwise_initializer=unit.kernel_initializer,
        depthwise_regularizer=keras.regularizers.L2(unit.l2) if unit.l2 else None,
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


def inverted_residual(
    x: keras.KerasTensor,
    filters: int,
    unit: Unit,
    *,
    name: str,
    expansion: int = 6,
    kernel_size: Window = 3,
    strides: Window = 1,
) -> keras.KerasTensor:
    """Widen by 1x1, filter each channel, narrow by 1x1 without activation (MobileNetV2, arXiv:1801.04381).

    The input is added where size and channels stay as they are. An expansion of 1 has no first convolution.
    """
    channels = x.shape[-1]
    y, number = x, 1
    if expansion > 1:
        y, number = conv_unit(y, channels * expansion, unit, name=name, kernel_size=1), 2
    depthwise = unit._replace(conv=depthwise_conv)
    y = conv_unit(y, None, depthwise, name=name, number=number, kernel_size=kernel_size, strides=strides)
    y = conv_unit(y, filters, unit._replace(activation=None), name=name, number=number + 1, kernel_size=1)
    if strides in (1, (1, 1)) and channels == filters:
        y = layers.Add(name=f"{name}_add")([x, y])
    return y


def squeeze_excite(x: keras.KerasTensor, *, name: str, ratio: int = 16) -> keras.KerasTensor:
    """Every channel scaled by a gate that the means of all channels open (SENet, arXiv:1709.01507)."""
    channels = x.shape[-1]
    gate = layers.GlobalAveragePooling2D(name=f"{name}_pool")(x)
    gate = dense(gate, max(1, channels // ratio), name=f"{name}_dense_1")
    gate = layers.Activation("relu", name=f"{name}_relu_1")(gate)
    gate = dense(gate, channels, name=f"{name}_dense_2")
    gate = layers.Activation("sigmoid", name=f"{name}_sigmoid_1")(gate)
    gate = layers.Reshape((1, 1, channels), name=f"{name}_reshape")(gate)
    return layers.Multiply(name=f"{name}_multiply")([x, gate])


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


STANDARD = Unit(standard_conv, use_bias=False, batch_norm=True, activation="relu6")
DEPTHWISE = Unit(depthwise_conv, use_bias=False, batch_norm=True, activation="relu6")
STANDARD_2 = Unit(standard_conv, use_bias=False, batch_norm=True, activation="relu6", l2=0.0001)
STANDARD_3 = Unit(standard_conv, groups=2, use_bias=False, batch_norm=True, activation=None)


def build_model(image_size: int | tuple[int, int] = (24, 32), classes: int = 5) -> keras.Model:
    """The network with fresh weights.

    Args:
        image_size: Side of the pictures in px, or (height, width).
        classes: What the network tells apart.

    Raises:
        ValueError: Its parameters are not those of the design.
    """
    height, width = image_size if isinstance(image_size, tuple) else (image_size, image_size)
    inputs = keras.Input((height, width, 1), name="input")

    # fmt: off
    #                                                                                             size  jump     rf  params
    # Stem
    x = layers.Rescaling(2.0, offset=-1.0, name="rescaling_0")(inputs)                        #  24x32     1      1       0
    x = layers.ZeroPadding2D(((0, 1), (0, 1)), name="zero_padding_0")(x)                      #  25x33     1      1       0
    # halves both axes
    x = conv_unit(x, 8, STANDARD, strides=2, padding="valid", name="conv_0")                  #  12x16     2      3     104
    x = conv_unit(x, None, DEPTHWISE, kernel_size=(3, 5), name="conv_1")                      #  12x16     2   7x11     152

    # Block 1
    x = inverted_residual(x, 8, STANDARD, expansion=1, name="inverted_residual_0")            #  12x16     2  11x15     200
    x = squeeze_excite(x, name="squeeze_excite_0")                                            #  12x16     2  11x15      25
    x = inverted_residual(x, 12, STANDARD_2, strides=2, name="inverted_residual_1")           #    6x8     4  15x19   1,824

    # Block 2
    x = conv_unit(x, 12, STANDARD_3, name="conv_2")                                           #    6x8     4  23x27     696
    x = layers.LayerNormalization(scale=False, name="layer_norm_0")(x)                        #    6x8     4  23x27      12
    x = layers.Activation("hard_swish", name="activation_0")(x)                               #    6x8     4  23x27       0
    x = layers.AveragePooling2D((3, 2), strides=2, padding="same", name="average_pool_0")(x)  #    3x4     8     31       0

    # Head
    x = layers.Dropout(0.2, name="dropout_0")(x)                                              #    3x4     8     31       0
    # the image size is fixed from here on
    x = layers.Flatten(name="flatten_0")(x)                                                   #      -     -      -       0
    x = dense(x, classes, activation="softmax", l2=0.25, name="dense_0")                      #      -     -      -     725
    # fmt: on

    model = keras.Model(inputs, x, name="mobile")
    if image_size == (24, 32) and classes == 5 and model.count_params() != 3_738:
        raise ValueError(f"the network has {model.count_params():,} parameters, its design 3,738")
    return model


def main() -> None:
    """Prints the network layer by layer."""
    build_model().summary()


if __name__ == "__main__":
    main()
