"""Grad-CAM: where in an image the evidence for a class lies, by the gradient of its score at the maps of a layer.

The network is never cut, because branches may run past any layer: a copy of it adds an offset of zeros to the maps, and the
gradient is taken by that offset.

Source: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization", 2017.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from generator.errors import InputError, did_you_mean
from tinymodel.fields.gradients import gradient
from tinymodel.training.objective import logits_model

BATCH = 16
"""Images at once: the maps of all layers behind the chosen one are kept for each."""

WHITE = 255.0


def grad_cam(model: keras.Model, images: np.ndarray, classes: np.ndarray, layer: str | None = None) -> np.ndarray:
    """Heat maps of images, each for one class.

    Args:
        model: A classifier that ends in a softmax.
        images: (n, height, width, channels), uint8, or float32 in [0, 1].
        classes: (n,) int, the class whose evidence is looked for.
        layer: Name of a layer with maps; the last one with maps where it is not given.

    Returns:
        (n, height, width) float32 in [0, 1] at the size of the images: 0 where nothing speaks for the class, 1 at the most.

    Raises:
        InputError: There is no such layer, or it has no map.
    """
    name = _checked(model, layer)
    maps_of = keras.Model(model.input, model.get_layer(name).output)
    scores_of = _nudged(model, name)
    found = [np.zeros((0, *images.shape[1:3]), np.float32)]
    for start in range(0, len(images), BATCH):
        part = _as_float(images[start : start + BATCH])
        maps = np.asarray(ops.convert_to_numpy(maps_of(part, training=False)), np.float32)
        slopes = gradient(_score(scores_of, part, classes[start : start + BATCH]), np.zeros_like(maps))
        heat = np.maximum((slopes.mean(axis=(1, 2), keepdims=True) * maps).sum(axis=-1), 0.0)
        found.append(_resized(heat, images.shape[1:3]))
    return np.concatenate(found)


def last_map(model: keras.Model) -> str:
    """Name of the last layer with maps.

    Raises:
        InputError: There is none.
    """
    for layer in reversed(model.layers):
        if not isinstance(layer, keras.layers.InputLayer) and len(layer.output.shape) == 4:
            return str(layer.name)
    raise InputError("the network has no layer with maps", help="Grad-CAM looks at the maps of a convolution")


def _checked(model: keras.Model, layer: str | None) -> str:
    if layer is None:
        return last_map(model)
    names = [known.name for known in model.layers]
    if layer not in names:
        raise InputError(f'there is no layer "{layer}"', help=did_you_mean(layer, names))
    if len(model.get_layer(layer).output.shape) != 4:
        raise InputError(f'layer "{layer}" has no map', help=f"name one before it, such as {last_map(model)}")
    return layer


def _nudged(model: keras.Model, name: str) -> Callable[[Any, Any], Any]:
    """The scores of a copy of the network, as a function of the images and of what is added to a layer's maps."""
    offset: dict[str, Any] = {"now": 0.0}

    def call(layer: Any, *arguments: Any, **keywords: Any) -> Any:
        output = layer(*arguments, **keywords)
        if layer.name != name:
            return output
        return keras.layers.Lambda(lambda maps: maps + ops.cast(offset["now"], maps.dtype), name="nudge")(output)

    logits = logits_model(model)
    copy = keras.models.clone_model(logits, call_function=call)
    copy.set_weights(logits.get_weights())

    def scores(images: Any, added: Any) -> Any:
        offset["now"] = added
        try:
            return copy(images, training=False)
        finally:
            offset["now"] = 0.0

    return scores


def _score(scores_of: Callable[[Any, Any], Any], images: np.ndarray, classes: np.ndarray) -> Callable[[Any], Any]:
    def score(added: Any) -> Any:
        scores = ops.cast(scores_of(images, added), "float32")
        return ops.sum(scores * ops.one_hot(np.asarray(classes, np.int32), scores.shape[-1], dtype="float32"))

    return score


def _as_float(images: np.ndarray) -> np.ndarray:
    return np.asarray(images, np.float32) / np.float32(WHITE) if images.dtype == np.uint8 else np.asarray(images, np.float32)


def _resized(heat: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Bilinear to the size of the images; the largest value of each is 1."""
    resized = ops.image.resize(heat[..., None], size, interpolation="bilinear", data_format="channels_last")
    found = np.asarray(ops.convert_to_numpy(resized), np.float32)[..., 0]
    largest = found.max(axis=(1, 2), keepdims=True)
    return np.divide(found, largest, out=np.zeros_like(found), where=largest > 0)
