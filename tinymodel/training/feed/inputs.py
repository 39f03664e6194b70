"""The device's share of every step: from a batch as the host gives it to what the network sees and should say."""

from __future__ import annotations

from typing import Any, NamedTuple

from keras import ops

from generator.design.recipe import AugmentName
from tinymodel import augmentation
from tinymodel.augmentation import cutmix
from tinymodel.training.feed.batches import StepArrays


class Inputs(NamedTuple):
    """What a step trains on.

    Attributes:
        images: (batch, size, size, 3) float32 in [0, 1].
        targets: (batch, classes) float32; each row sums to the weight of its image's label.
        labels: (batch,) int32, the label that counts for the accuracy: of two, the one with the larger share.
    """

    images: Any
    targets: Any
    labels: Any


class Targets(NamedTuple):
    """What labels become.

    Attributes:
        classes: How many there are.
        label_smoothing: Share of a label that is spread evenly over all classes.
        class_weights: (classes,) factors on the loss; empty where all are 1.
    """

    classes: int
    label_smoothing: float
    class_weights: tuple[float, ...]

    def of(self, labels: Any) -> Any:
        """(batch,) int → (batch, classes) float32."""
        rows = ops.one_hot(labels, self.classes, dtype="float32") * (1.0 - self.label_smoothing)
        rows = rows + self.label_smoothing / self.classes
        if not self.class_weights:
            return rows
        return rows * ops.take(ops.convert_to_tensor(self.class_weights, "float32"), labels)[:, None]


def inputs_of(step: StepArrays, name: AugmentName, resident: Any, targets: Targets) -> Inputs:
    """Gathers, augments and mixes.

    Args:
        step: One step's arrays, without a step axis.
        name: The augmentation that is left to the device.
        resident: (n, size, size, 3) uint8, all images, where `step.inputs` are positions; else None.
        targets: What labels become.
    """
    images = step.inputs if resident is None else ops.take(resident, step.inputs, axis=0)
    images, rows, labels = augmentation.apply(name, images, step.draws), targets.of(step.labels), step.labels
    if step.boxes is not None:
        images, own = cutmix.cutmix(images, step.boxes)
        rows = own[:, None] * rows + (1.0 - own)[:, None] * cutmix.cutmix_partners(rows)
        labels = ops.where(own >= 0.5, labels, cutmix.cutmix_partners(labels))
    return Inputs(images, rows, labels)
