"""What is minimised, in Keras operations: the same for every backend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from generator.errors import InputError
from generator.recipe import Optimizer


def logits_model(model: keras.Model) -> keras.Model:
    """The same network without its final softmax, on the same variables.

    Cross-entropy of a softmax's output loses its gradient where a probability rounds to 0; that of logits does not.

    Raises:
        InputError: The network does not end in a softmax over the classes.
    """
    last = model.outputs[0]._keras_history.operation
    softmax = isinstance(last, keras.layers.Softmax) or getattr(last, "activation", None) is keras.activations.softmax
    if not softmax or not isinstance(last, keras.layers.Softmax | keras.layers.Activation) or len(model.output_shape) != 2:
        raise InputError(
            "the network cannot be trained as a classifier: it does not end in a softmax over a vector of classes",
            received=f"{last.name}, output shape {model.output_shape}",
            help="end the plan with `- {kind: global_average_pool}` and `- {kind: softmax}`",
        )
    return keras.Model(model.inputs, last.input, name=f"{model.name}_logits")


def make_optimizer(recipe: Optimizer) -> keras.optimizers.Optimizer:
    """The optimizer of a recipe, fresh."""
    if recipe.name == "sgd":
        return keras.optimizers.SGD(recipe.learning_rate, momentum=recipe.momentum, nesterov=recipe.nesterov)
    return keras.optimizers.Adam(recipe.learning_rate)


def probabilities(logits: Any) -> Any:
    """The softmax that `logits_model` left out, float32."""
    return ops.softmax(ops.cast(logits, "float32"), axis=-1)


def loss(logits: Any, labels: Any, penalties: Sequence[Any], label_smoothing: float) -> Any:
    """Mean categorical cross-entropy with smoothed labels, plus the penalties of the layers.

    Args:
        logits: (batch, classes).
        labels: (batch,) int.
        penalties: Regularisation losses, scalars.
        label_smoothing: Share of the label that is spread evenly over all classes.
    """
    classes = logits.shape[-1]
    targets = ops.one_hot(labels, classes, dtype="float32") * (1.0 - label_smoothing) + label_smoothing / classes
    cross_entropy = ops.mean(ops.sum(-targets * ops.log_softmax(ops.cast(logits, "float32")), axis=-1))
    # Stacked first: TensorFlow adds a list of scalars in the order in which they are ready, and sums of floats depend on it.
    return cross_entropy + ops.sum(ops.stack(penalties)) if penalties else cross_entropy


def correct(logits: Any, labels: Any) -> Any:
    """How many images have the largest logit at their label."""
    return ops.sum(ops.cast(ops.equal(ops.argmax(logits, axis=-1), ops.cast(labels, "int32")), "int32"))
