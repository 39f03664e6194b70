"""What is minimised, in Keras operations: the same for every backend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from generator.design.recipe import Optimizer
from generator.errors import InputError


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
    return keras.Model(model.input, last.input, name=f"{model.name}_logits")


def make_optimizer(recipe: Optimizer, model: keras.Model) -> keras.optimizers.Optimizer:
    """The optimizer of a recipe, fresh, for the weights of a model."""
    if recipe.name == "sgd":
        made = keras.optimizers.SGD(recipe.learning_rate, momentum=recipe.momentum, nesterov=recipe.nesterov)
    else:
        made = keras.optimizers.Adam(recipe.learning_rate, weight_decay=recipe.weight_decay or None)
        made.exclude_from_weight_decay([variable for variable in model.trainable_variables if not is_kernel(variable)])
    made.build(model.trainable_variables)
    return made


def is_kernel(variable: keras.Variable) -> bool:
    """Whether weight decay is for it: kernels, not biases, nor what batch norm scales and shifts by.

    >>> [is_kernel(keras.Variable([1.0], name=name)) for name in ("kernel", "depthwise_kernel", "bias", "gamma")]
    [True, True, False, False]
    """
    return bool(variable.name.endswith("kernel"))


def decayed_gradients(
    recipe: Optimizer, model: keras.Model, gradients: Sequence[Any], weights: Sequence[Any], parts: int = 1
) -> list[Any]:
    """The gradients with the penalty that SGD's weight decay is; Adam's is the optimizer's own.

    Args:
        recipe: Its `weight_decay`.
        model: Says which weights are kernels.
        gradients: As the loss has them, in the order of the trainable variables.
        weights: The values of these variables.
        parts: Over how many devices the gradients are going to be added.
    """
    if recipe.name != "sgd" or not recipe.weight_decay:
        return list(gradients)
    decay = recipe.weight_decay / parts
    return [
        gradient + decay * weight if is_kernel(variable) else gradient
        for gradient, weight, variable in zip(gradients, weights, model.trainable_variables, strict=True)
    ]


def probabilities(logits: Any) -> Any:
    """The softmax that `logits_model` left out, float32."""
    return ops.softmax(ops.cast(logits, "float32"), axis=-1)


def loss(logits: Any, targets: Any, penalties: Sequence[Any], images: int, parts: int = 1) -> Any:
    """Mean categorical cross-entropy, plus the penalties of the layers.

    Args:
        logits: (batch, classes).
        targets: (batch, classes) float32, weights in.
        penalties: Regularisation losses, scalars.
        images: Of the whole batch, which may be spread over several devices.
        parts: Over how many; the losses of the parts add up to that of the whole.
    """
    total = ops.sum(ops.sum(-targets * ops.log_softmax(ops.cast(logits, "float32")), axis=-1))
    # Stacked first: TensorFlow adds a list of scalars in the order in which they are ready, and sums of floats depend on it.
    return total / images + (ops.sum(ops.stack(penalties)) / parts if penalties else 0.0)


def correct_count(logits: Any, labels: Any) -> Any:
    """How many images have the largest logit at their label."""
    return ops.sum(ops.cast(ops.equal(ops.argmax(logits, axis=-1), ops.cast(labels, "int32")), "int32"))
