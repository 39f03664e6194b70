"""Small Keras models, as functions that `MODULE:FUNCTION` can name."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers

CALLED: list[Any] = []
"""What `with_weights` was called with."""


def chain() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((32, 24, 3), name="image"),
            layers.Conv2D(8, 3, padding="same", activation="relu", name="conv"),
            layers.MaxPooling2D(name="pool"),
            layers.SeparableConv2D(6, (1, 5), name="separable"),
            layers.GlobalAveragePooling2D(name="global"),
            layers.Dense(5, activation="softmax", name="head"),
        ],
        name="chain",
    )


def with_weights(weights: str | None = "imagenet", include_top: bool = True) -> keras.Model:
    CALLED.append((weights, include_top))
    image = keras.Input((None, None, 3))
    x = layers.Conv2D(4, 3)(image)
    return keras.Model(image, layers.GlobalAveragePooling2D()(x) if include_top else x, name="with_weights")


def gated() -> keras.Model:
    """A gate of convolutions on a pooled map, between two convolutions."""
    image = keras.Input((16, 16, 3), name="image")
    x = layers.Conv2D(8, 3, padding="same", name="before")(image)
    gate = layers.GlobalAveragePooling2D(keepdims=True, name="pool")(x)
    gate = layers.Conv2D(2, 1, activation="relu", name="squeeze")(gate)
    gate = layers.Conv2D(8, 1, activation="sigmoid", name="expand")(gate)
    x = layers.Multiply(name="gate")([x, gate])
    return keras.Model(image, layers.Conv2D(4, 3, strides=2, padding="same", name="after")(x), name="gated")


def two_inputs() -> keras.Model:
    left, right = keras.Input((8, 8, 3), name="left"), keras.Input((8, 8, 3), name="right")
    return keras.Model([left, right], layers.Add()([left, right]), name="two_inputs")


def two_outputs() -> keras.Model:
    image = keras.Input((8, 8, 3))
    return keras.Model(image, [layers.Conv2D(1, 1, name="one")(image), layers.Conv2D(2, 1, name="two")(image)], name="forked")


def no_model() -> int:
    return 3


def fails() -> keras.Model:
    raise RuntimeError("the disk is on fire\nand more")


def ends() -> keras.Model:
    raise SystemExit("no time")


def talks() -> keras.Model:
    print("building")
    return chain()


class _Sized:
    """A function as those of `keras.applications` are: one image size, unless it is told another."""

    def __call__(self, weights: str | None = "imagenet", input_shape: tuple[int, int, int] = (32, 32, 3)) -> keras.Model:
        image = keras.Input(input_shape)
        return keras.Model(image, layers.Dense(2)(layers.Flatten()(layers.Conv2D(4, 3)(image))), name="sized")


sized = _Sized()


def fitted(input_shape: tuple[int | None, int | None, int] = (None, None, 3)) -> keras.Model:
    """A model that pads by the image size that it is built for, and cannot be at odd ones if none is said."""
    image = keras.Input(input_shape)
    x = layers.ZeroPadding2D(((0, 1), (0, 1)))(image) if (input_shape[0] or 0) % 2 else image
    branches = [layers.Conv2D(3, 3, 2, padding="same")(image), layers.AveragePooling2D(2)(x)]
    return keras.Model(image, layers.Add()(branches), name="fitted")


def forked() -> keras.Model:
    image = keras.Input((16, 16, 3))
    branches = [layers.Conv2D(4, kernel, padding="same")(image) for kernel in ((3, 5), (7, 1))]
    return keras.Model(image, layers.Add()(branches), name="forked")


def precise() -> keras.Model:
    """Numbers of its own: of normalisations, of a data set, of operations; a gate without bias; a branch that is dropped."""
    image = keras.Input((16, 16, 3))
    x = layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 4.0, 0.25], name="known")(layers.Rescaling(1 / 255)(image))
    x = layers.BatchNormalization(epsilon=1e-5, momentum=0.9)(layers.Conv2D(4, 3)(x))
    gate = layers.Reshape((1, 1, 4))(layers.GlobalAveragePooling2D()(x))
    gate = layers.Dense(4, use_bias=False, activation="hard_sigmoid")(layers.Dense(2, use_bias=False, activation="relu")(gate))
    x = layers.Multiply()([gate, x])
    y = layers.LayerNormalization(epsilon=1e-6)(3.0 - (x / 2.0) * 0.5)
    y = layers.Activation("linear")(layers.Conv2D(4, 1)(y))
    y = layers.Dropout(0.1, noise_shape=(None, 1, 1, 1))(y)
    x = layers.Add()([layers.ReLU(6.0)(x + 3.0), y])
    return keras.Model(image, layers.BatchNormalization(name="usual")(layers.Conv2D(4, 3)(x)), name="precise")


def adapted() -> keras.Model:
    """It found mean and variance in pictures, and keeps them among its weights."""
    image = keras.Input((16, 16, 3))
    norm = layers.Normalization(name="found")
    norm.adapt(np.arange(2 * 4 * 4 * 3, dtype="float32").reshape((2, 4, 4, 3)) ** 1.5)
    return keras.Model(image, layers.Conv2D(4, 3)(norm(image)), name="adapted")


def heads(chosen: int) -> keras.Model:
    """A model that reads one of two outputs of a model in it; the second reads the first."""
    image = keras.Input((16, 16, 3))
    first = layers.Conv2D(4, 3, name="first")(image)
    inner = keras.Model(image, [first, layers.Conv2D(5, 7, name="second")(first)], name="inner")
    outer = keras.Input((16, 16, 3))
    return keras.Model(outer, inner(outer)[chosen], name="heads")


def needs(depth: int) -> keras.Model:
    return chain() if depth else gated()


class OwnCall(keras.Model):
    def __init__(self) -> None:
        super().__init__(name="own_call")
        self.conv = layers.Conv2D(3, 3)

    def call(self, x: Any) -> Any:
        return self.conv(x)


def own_call() -> keras.Model:
    model = OwnCall()
    model(keras.ops.zeros((1, 8, 8, 3)))
    return model


class Wide(layers.Conv2D):
    """Derived from a layer that is known, and another one all the same."""

    def call(self, x: Any) -> Any:
        return super().call(keras.ops.roll(x, 1, axis=1))


def derived() -> keras.Model:
    image = keras.Input((16, 16, 3), name="image")
    x = layers.Conv2D(4, 3, padding="same", name="known")(image)
    x = Wide(4, 3, padding="same", name="wide")(x)
    return keras.Model(image, layers.Conv2D(5, 3, name="behind")(x), name="derived")


def with_lambda() -> keras.Model:
    image = keras.Input((8, 8, 3), name="image")
    x = layers.Lambda(lambda x: x * 2.0, name="twice")(image)
    return keras.Model(image, layers.Conv2D(2, 3, name="conv")(x), name="with_lambda")
