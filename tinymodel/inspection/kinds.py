"""What a Keras layer is in the words of the table. A class that is not named here, or derives from one that is, is unknown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import layers

from generator.network.graph import LayerKind
from tinymodel.inspection.arguments import (
    activation_name,
    factors_arguments,
    kernel_arguments,
    margins_arguments,
    transposed_padding,
    window_arguments_pair,
)
from tinymodel.inspection.walk import Shape

Meaning = tuple[LayerKind, dict[str, Any]]
"""Kind and arguments."""

SLOPE = 0.2
"""Of `keras.activations.leaky_relu`; the layer has another default."""


def meaning_of(layer: Any, shape: Shape) -> Meaning | None:
    """Kind and arguments of a layer that is known.

    Args:
        layer: A Keras layer.
        shape: Of the first thing that it reads, for one image.

    Returns:
        None for a layer that nobody can say the geometry of.
    """
    found = _KINDS.get(type(layer)) or _OF_APPLICATIONS.get((type(layer).__module__, type(layer).__name__))
    meaning = found(layer, shape) if found else None
    if meaning is None or not hasattr(layer, "activation"):
        return meaning
    name = _name_of_layer(layer.activation, shape) or activation_name(layer.activation)
    if name is None:
        return None
    silent = name == "linear" and meaning[0] != "activation"
    return (meaning[0], meaning[1] if silent else {**meaning[1], "activation": name})


def _name_of_layer(activation: Any, shape: Shape) -> str | None:
    """The name of an activation that is a layer, as in `Conv2D(8, 3, activation=LeakyReLU())`."""
    found = _KINDS.get(type(activation))
    if found is None or activation.weights:
        return None
    kind, arguments = found(activation, shape) or (None, {})
    return arguments["activation"] if kind == "activation" else None


def _conv(layer: Any, shape: Shape) -> Meaning:
    return "conv", {"filters": layer.filters, **_window(layer), "groups": layer.groups, **kernel_arguments(layer)}


def _separable(layer: Any, shape: Shape) -> Meaning:
    return "separable_conv", {"filters": layer.filters, **_depthwise_window(layer)}


def _depthwise(layer: Any, shape: Shape) -> Meaning:
    return "depthwise_conv", _depthwise_window(layer)


def _depthwise_window(layer: Any) -> dict[str, Any]:
    return {**_window(layer), "depth_multiplier": layer.depth_multiplier, **kernel_arguments(layer, "depthwise")}


def _transposed(layer: Any, shape: Shape) -> Meaning:
    padding = {"padding": transposed_padding(layer)}
    return "transposed_conv", {"filters": layer.filters, **_window(layer), **padding, **kernel_arguments(layer)}


def _window(layer: Any) -> dict[str, Any]:
    return {
        "kernel_size": window_arguments_pair(layer.kernel_size),
        "strides": window_arguments_pair(layer.strides),
        "padding": layer.padding,
        "dilation_rate": window_arguments_pair(layer.dilation_rate),
    }


def _pool(kind: LayerKind) -> Callable[[Any, Shape], Meaning]:
    def meaning(layer: Any, shape: Shape) -> Meaning:
        return kind, {
            "pool_size": window_arguments_pair(layer.pool_size),
            "strides": window_arguments_pair(layer.strides),
            "padding": layer.padding,
        }

    return meaning


def _global_pool(kind: LayerKind) -> Callable[[Any, Shape], Meaning]:
    return lambda layer, shape: (kind, {"keepdims": True} if layer.keepdims else {})


def _upsample(layer: Any, shape: Shape) -> Meaning | None:
    if layer.interpolation not in ("nearest", "bilinear"):
        return None
    return "upsample", {"size": window_arguments_pair(layer.size), "interpolation": layer.interpolation}


def _batch_norm(layer: Any, shape: Shape) -> Meaning | None:
    if layer.axis not in (-1, len(shape)):
        return None
    return "batch_norm", _norm_arguments(layer)


def _norm_arguments(layer: Any) -> dict[str, Any]:
    return {"epsilon": float(layer.epsilon), "scale": bool(layer.scale), "center": bool(layer.center)}


def _layer_norm(layer: Any, shape: Shape) -> Meaning:
    kind: LayerKind = "rms_norm" if getattr(layer, "rms_scaling", False) else "layer_norm"
    return kind, _norm_arguments(layer) if _is_over_channels(layer.axis, shape) else {"whole_map": True}


def _unit_norm(kind: LayerKind) -> Callable[[Any, Shape], Meaning | None]:
    """A normalisation over the channels of each unit; over anything else nobody knows what a unit sees."""
    return lambda layer, shape: (kind, {}) if _is_over_channels(layer.axis, shape) else None


def _is_over_channels(axis: int | Sequence[int], shape: Shape) -> bool:
    return {each % (len(shape) + 1) for each in ([axis] if isinstance(axis, int) else axis)} == {len(shape)}


def _rescaling(layer: Any, shape: Shape) -> Meaning:
    return "rescaling", factors_arguments(shape[-1] or 0, scale=layer.scale, offset=layer.offset)


def _normalization(layer: Any, shape: Shape) -> Meaning:
    """By mean and variance of a data set, which were found or given before."""
    mean, variance = (np.asarray(keras.ops.convert_to_numpy(each), np.float64) for each in (layer.mean, layer.variance))
    deviation = np.maximum(np.sqrt(variance), keras.config.epsilon())
    scale, offset = (deviation, mean) if layer.invert else (1 / deviation, -mean / deviation)
    return "rescaling", factors_arguments(shape[-1] or 0, scale=scale, offset=offset)


def _group_norm(layer: Any, shape: Shape) -> Meaning | None:
    if layer.axis not in (-1, len(shape)):
        return None
    return "group_norm", {"groups": layer.groups, "whole_map": True}


def _activation(name: Callable[[Any], str]) -> Callable[[Any, Shape], Meaning]:
    return lambda layer, shape: ("activation", {"activation": name(layer)})


def _relu_name(layer: Any) -> str:
    plain = not layer.negative_slope and not layer.threshold
    if plain and layer.max_value in (None, 6):
        return "relu" if layer.max_value is None else "relu6"
    return f"relu(max_value={layer.max_value}, negative_slope={layer.negative_slope}, threshold={layer.threshold})"


def _softmax(layer: Any, shape: Shape) -> Meaning | None:
    return ("activation", {"activation": "softmax"}) if layer.axis in (-1, len(shape)) else None


def _concat(layer: Any, shape: Shape) -> Meaning | None:
    return ("concat", {}) if layer.axis in (-1, len(shape)) else None


def _reshape(layer: Any, shape: Shape) -> Meaning:
    return reshape_meaning(tuple(layer.target_shape), shape)


def reshape_meaning(target: tuple[int, ...], shape: Shape) -> Meaning:
    """What a change of shape is; one side of the target may be -1."""
    if -1 in target:
        whole, rest = 1, 1
        for side in shape:
            whole *= side or 0
        for side in target:
            rest *= side if side != -1 else 1
        target = tuple(whole // rest if side == -1 else side for side in target)
    if len(shape) == 3 and len(target) == 1 and shape[:2] != (1, 1):
        return "flatten", {}
    return "reshape", {"target_shape": target}


def _plain(kind: LayerKind, **arguments: Any) -> Callable[[Any, Shape], Meaning]:
    return lambda layer, shape: (kind, arguments)


_IDLE_IN_USE = (
    layers.Dropout,
    layers.SpatialDropout2D,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.AlphaDropout,
    layers.ActivityRegularization,
)
"""Layers that do nothing when a network is used."""

_AUGMENTATIONS = tuple(
    getattr(layers, name)
    for name in (
        "AugMix", "CutMix", "MixUp", "RandAugment", "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter",
        "RandomContrast", "RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur", "RandomGrayscale",
        "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomRotation", "RandomSaturation",
        "RandomSharpness", "RandomShear", "RandomTranslation", "RandomZoom", "Solarization",
    )
    if hasattr(layers, name)  # Some came with later versions of Keras.
)  # fmt: skip
"""Layers that change pictures in training and hand them on as they are when a network is used."""

_KINDS: dict[type, Callable[[Any, Shape], Meaning | None]] = {
    layers.Conv2D: _conv,
    layers.SeparableConv2D: _separable,
    layers.DepthwiseConv2D: _depthwise,
    layers.Conv2DTranspose: _transposed,
    layers.MaxPooling2D: _pool("max_pool"),
    layers.AveragePooling2D: _pool("average_pool"),
    layers.GlobalAveragePooling2D: _global_pool("global_average_pool"),
    layers.GlobalMaxPooling2D: _global_pool("global_max_pool"),
    layers.UpSampling2D: _upsample,
    layers.ZeroPadding2D: lambda layer, shape: ("zero_padding", {"padding": margins_arguments(layer.padding)}),
    layers.Cropping2D: lambda layer, shape: ("cropping", {"cropping": margins_arguments(layer.cropping)}),
    layers.BatchNormalization: _batch_norm,
    layers.LayerNormalization: _layer_norm,
    layers.GroupNormalization: _group_norm,
    layers.UnitNormalization: _unit_norm("unit_norm"),
    **({layers.RMSNormalization: _unit_norm("rms_norm")} if hasattr(layers, "RMSNormalization") else {}),
    layers.Rescaling: _rescaling,
    layers.Normalization: _normalization,
    layers.Activation: _plain("activation"),
    layers.ReLU: _activation(_relu_name),
    layers.LeakyReLU: _activation(
        lambda layer: "leaky_relu" if layer.negative_slope == SLOPE else f"leaky_relu({float(layer.negative_slope):g})"
    ),
    layers.ELU: _activation(lambda layer: "elu" if layer.alpha == 1 else f"elu({float(layer.alpha):g})"),
    layers.PReLU: _activation(lambda layer: "prelu"),
    layers.Softmax: _softmax,
    layers.Identity: _activation(lambda layer: "linear"),
    layers.Concatenate: _concat,
    layers.Add: _plain("add"),
    layers.Subtract: _plain("subtract"),
    layers.Multiply: _plain("multiply"),
    layers.Average: _plain("average"),
    layers.Maximum: _plain("maximum"),
    layers.Minimum: _plain("minimum"),
    layers.Dense: lambda layer, shape: ("dense", {"units": layer.units, **kernel_arguments(layer)}),
    layers.Flatten: _plain("flatten"),
    layers.Reshape: _reshape,
    **{made: (lambda layer, shape: ("dropout", {"rate": float(getattr(layer, "rate", 0.0))})) for made in _IDLE_IN_USE},
    **dict.fromkeys(_AUGMENTATIONS, _plain("augmentation")),
}

_APPLICATIONS = "keras.src.applications"

_OF_APPLICATIONS: dict[tuple[str, str], Callable[[Any, Shape], Meaning | None]] = {
    (f"{_APPLICATIONS}.inception_resnet_v2", "CustomScaleLayer"): lambda layer, shape: (
        "add",
        {"scales": (1.0, float(layer.scale))},
    ),
    (f"{_APPLICATIONS}.convnext", "LayerScale"): _plain("rescaling"),
    (f"{_APPLICATIONS}.convnext", "StochasticDepth"): _plain("dropout", rate=0.0),
}
"""Layers that networks of `keras.applications` keep to themselves, by module and class; Keras gives them no public name."""
