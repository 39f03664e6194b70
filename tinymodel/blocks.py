"""The building blocks of a network as plain Keras functions: what a row of a plan becomes.

This text is also the library of the rendered scripts, which hold the definitions that their plan uses, word for word. So it
imports nothing of this project, and every definition stands by itself. Layers are named after their row:
`<row>_conv_1`, `<row>_bn_1`, `<row>_relu_1`, `<row>_concat`. Maps are `(batch, height, width, channels)`.
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
